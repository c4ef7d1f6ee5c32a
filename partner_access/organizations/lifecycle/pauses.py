"""Pauses: for a time the programme lets nobody into an organization, and what its people bring earns nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select, update

from partner_access import audit, mail
from partner_access.clock import now
from partner_access.db import acting, scope, session
from partner_access.organizations.directory import staff_acts
from partner_access.organizations.models import Organization, OrgPause
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute


def suspend(org: Organization, reason: str, *, seen: str | None = None) -> None:
    """Pause an organization until it is resumed; those who manage its team are mailed the reason.

    Its people keep their memberships, and what it has earned; its leads go on for as long as they are held. Twice is
    the same. Raises what staff_acts.decide() raises.
    """
    if not staff_acts.decide(org, "paused", reason, seen=seen):
        return
    org.suspended_at = now()
    session().add(OrgPause(org_id=org.id, since=org.suspended_at))
    with acting(scope().actor, org.id):
        audit.record("organization.paused", subject=org.id, reason="staff-decided")
        for person in memberships.managers():
            mail.queue(
                "org-paused",
                person.email,
                org_name=org.name,
                reason=reason.strip(),
                join_url=absolute("organizations.join"),
            )


def resume(org: Organization, reason: str, *, seen: str | None = None) -> None:
    """Let the people of a paused organization in again; those who manage its team are mailed. Likewise."""
    if not staff_acts.decide(org, "resumed", reason, seen=seen):
        return
    lasting = OrgPause.org_id == org.id, OrgPause.until.is_(None)
    session().execute(update(OrgPause).where(*lasting).values(until=now()))
    org.suspended_at = None
    with acting(scope().actor, org.id):
        audit.record("organization.resumed", subject=org.id, reason="staff-decided")
        for person in memberships.managers():
            mail.queue(
                "org-resumed",
                person.email,
                org_name=org.name,
                reason=reason.strip(),
                home_url=absolute("credit.home", slug=org.slug),
            )


def present(org_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Which of these organizations are paused now, and since when."""
    lasting = OrgPause.org_id.in_(set(org_ids)), OrgPause.until.is_(None)
    return {row.org_id: row.since for row in session().scalars(select(OrgPause).where(*lasting))}


def of(org_id: uuid.UUID) -> Sequence[OrgPause]:
    """Every pause of an organization, the first one first."""
    return session().scalars(select(OrgPause).where(OrgPause.org_id == org_id).order_by(OrgPause.since)).all()
