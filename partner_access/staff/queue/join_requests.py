"""Join requests that nobody at their organization has answered for a week."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from partner_access.db import acting, scope
from partner_access.errors import NotFound
from partner_access.organizations.entry import join_requests, unanswered_requests
from partner_access.organizations.entry.rules import explain
from partner_access.organizations.models import EscalatedRequest, JoinRequest
from partner_access.organizations.team import memberships
from partner_access.staff.queue.cases import Case, CaseKind, CaseSide, Choice, WaitingCase

CHOICES = (
    Choice("approved", "Let them in", "As a member. Owners and admins can undo it for 10 minutes, and remove anybody."),
    Choice("declined", "Decline", "They read your reason."),
)


class JoinRequestCases(CaseKind):
    """Join requests: staff answer in place of the organization’s people."""

    outcomes: Mapping[str, str] = {"approved": "Let in", "declined": "Declined"}

    def listing(self) -> Sequence[WaitingCase]:
        return [self._waiting(escalated, _row(escalated)) for escalated in unanswered_requests.escalated()]

    def _waiting(self, escalated: EscalatedRequest, row: JoinRequest) -> WaitingCase:
        about = f"{row.user.name}, {row.user.email}"
        return WaitingCase(
            self.name, row.id, f"Join {escalated.org.name}", about, escalated.told_staff_at, row.expires_at
        )

    def case(self, item_id: uuid.UUID) -> Case | None:
        escalated = _escalated(item_id)
        if escalated is None:
            return None
        row, org = _row(escalated), escalated.org
        with acting(scope().actor, org.id):
            team = [f"{member.user.name}, {member.role}" for member in memberships.listing() if member.is_active]
        told = explain(row.reason, org=org.name, domain=row.user.email_domain)
        asked: list[tuple[str, str | datetime]] = [
            ("Name", row.user.name),
            ("E-mail", row.user.email),
            ("Asked", row.created_at),
            ("Why they wait", told),
            ("Ends by itself", row.expires_at),
        ]
        sides = [
            CaseSide("Who asks", asked),
            CaseSide(org.name, [("Team", "; ".join(team)), ("Partner since", org.created_at)]),
        ]
        answer, why = suggest_for_join_request(row.reason)
        question = f"Nobody at {org.name} has answered for a week. May {row.user.name} join?"
        readers = "Of a refusal the person reads the reason; of letting them in staff do."
        return Case(self._waiting(escalated, row), question, sides, CHOICES, answer, why, readers)

    def decide(self, item_id: uuid.UUID, choice: str, reason: str) -> None:
        escalated = _escalated(item_id)
        if escalated is None:
            raise NotFound("This was answered meanwhile.", code="not-waiting")
        with acting(scope().actor, escalated.org_id):
            row = join_requests.fetch(item_id)
            join_requests.answer_for(row, is_in=choice == "approved", reason=reason)


def _row(escalated: EscalatedRequest) -> JoinRequest:
    with acting(scope().actor, escalated.org_id):
        return join_requests.fetch(escalated.join_request_id)


def _escalated(item_id: uuid.UUID) -> EscalatedRequest | None:
    return next((row for row in unanswered_requests.escalated() if row.join_request_id == item_id), None)


def suggest_for_join_request(reason: str) -> tuple[str, str]:
    """For a join request that nobody answers; reason: why the person waits, a code of rules.ENTRY_REASONS."""
    if reason == "policy-request":
        return "approved", "They read mail at a proved domain of the organization; nothing else speaks against them."
    return "declined", "Only the organization itself can know better than the rule that made them wait."
