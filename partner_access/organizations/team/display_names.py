"""What people are called to an organization: its own by their names, everybody else by what they are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from partner_access.db import acting, scope, session
from partner_access.organizations.directory import mergers
from partner_access.organizations.models import Membership
from partner_access.organizations.team import memberships

OUTSIDE = "Outside your team"


def former(user_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these people who are no longer members of the bound organization."""
    return user_ids - {row.user_id for row in memberships.listing()}


def of(user_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What those of these people are called who are or were members of the bound organization, or of what has become
    part of it."""
    found: dict[uuid.UUID, str] = {}
    for org_id in mergers.family(memberships.bound_org_id()) if user_ids else ():
        with acting(scope().actor, org_id):
            rows = session().scalars(select(Membership).where(Membership.user_id.in_(user_ids - found.keys()))).all()
        found |= {row.user_id: _called(row) for row in rows}
    return found


def _called(row: Membership) -> str:
    return f"{row.user.name} (former teammate)" if row.removed_at or row.left_at else row.user.name


def called(kind: str, user_id: uuid.UUID | None, people: Mapping[uuid.UUID, str]) -> str:
    """Who an actor is to the bound organization: of others than its own `people` and staff it learns no name."""
    if kind == "staff":
        return "The programme’s staff"
    if kind == "system":
        return "Automatic"
    if kind == "token":
        return "The API"
    return people.get(user_id, OUTSIDE) if user_id else OUTSIDE


def everybody() -> dict[uuid.UUID, str]:
    """What all who are or were members of the bound organization are called; who is one still comes first, by name."""
    rows = session().scalars(select(Membership)).all()
    rows = sorted(rows, key=lambda row: (bool(row.removed_at or row.left_at), row.user.name.casefold()))
    return {row.user_id: _called(row) for row in rows}
