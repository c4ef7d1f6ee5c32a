"""Organizations whose owners have not been here for 60 days, or that have none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sessions
from partner_access.db import acting, scope
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.ownership import ownerless
from partner_access.organizations.team import display_names, memberships
from partner_access.permissions import Role
from partner_access.staff.queue.cases import Case, CaseKind, CaseSide, Choice, DecidedCase, WaitingCase, decided_case


class OwnershipCases(CaseKind):
    """Organizations without an owner; each choice is a person of the team."""

    def listing(self) -> Sequence[WaitingCase]:
        return [self._waiting(org) for org in ownerless.listing()]

    def _waiting(self, org: Organization) -> WaitingCase:
        since = org.ownerless_since or org.created_at
        return WaitingCase(self.name, org.id, org.name, "No owner here for 60 days", since)

    def case(self, item_id: uuid.UUID) -> Case | None:
        org = organizations.fetch(item_id)
        if org.ownerless_since is None or not org.is_active:
            return None
        with acting(scope().actor, org.id):
            team = [row for row in memberships.listing() if row.is_active]
            seen = sessions.seen_by([row.user_id for row in team])
        others = [row for row in team if row.role != Role.OWNER]
        answer, why = suggest_for_ownership(
            [(str(row.id), row.role_name, row.created_at, seen.get(row.user_id)) for row in others]
        )
        choices = [Choice(str(row.id), f"{row.user.name}, {row.role}", row.user.email) for row in others]
        owners = [_seen(row, seen.get(row.user_id)) for row in team if row.role == Role.OWNER]
        rest = [_seen(row, seen.get(row.user_id)) for row in others]
        sides = [
            CaseSide("Owners", owners or [("Owners", "None")]),
            CaseSide("The others", rest or [("People", "Nobody")]),
        ]
        question = f"Who becomes an owner of {org.name}?"
        return Case(self._waiting(org), question, sides, choices, answer, why, "All owners are mailed the reason.")

    def decide(self, item_id: uuid.UUID, choice: str, reason: str) -> None:
        org = organizations.fetch(item_id)
        with acting(scope().actor, org.id):
            ownerless.appoint(org, memberships.fetch(uuid.UUID(choice)), reason)

    def done(self, item_id: uuid.UUID) -> DecidedCase | None:
        org, last = organizations.fetch(item_id), audit.staff_decision(item_id, ownerless.KIND)
        if last is None or org.ownerless_since:
            return None
        with acting(scope().actor, org.id):
            name = display_names.of({uuid.UUID(last.outcome)}).get(uuid.UUID(last.outcome), "Somebody")
        return decided_case(last, f"{name} is an owner")


def _seen(row: Membership, at: datetime | None) -> tuple[str, str | datetime]:
    return f"{row.user.name}, {row.role}, last here", at or "Never"


RANKS = {Role.OWNER: 0, Role.ADMIN: 1, Role.MEMBER: 2}


def suggest_for_ownership(team: Sequence[tuple[str, Role, datetime, datetime | None]]) -> tuple[str, str]:
    """For an organization without an owner; team: (id, role, member since, last here) of those who could become one."""
    here = [person for person in team if person[3] is not None]
    if not here:
        return "", "Nobody else of the team was ever here. Invite an owner on the organization’s page."
    best = min(here, key=lambda person: (RANKS[person[1]], person[2]))
    return best[0], "Admins come first, then who has been in the team for longest, of those who have been here."
