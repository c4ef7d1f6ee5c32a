"""Disputes about who brought a client: conflicts, suggestions, and partners who ask for another look."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.models import Dispute
from partner_access.credit.rulings import rulings
from partner_access.db import scope
from partner_access.errors import NotFound
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import mergers, organizations
from partner_access.staff.queue import sides
from partner_access.staff.queue.cases import Case, CaseKind, DecidedCase, WaitingCase, decided_case

ASKED = {
    "conflict": "A lead and another partner’s link lead to {company}. Who brought them?",
    "suggestion": "No rule credits anybody for {company}, but something ties a partner to them. Did they bring them?",
    "another-look": "A partner asks for another look at {company}. Who brought them?",
}


class DisputeCases(CaseKind):
    """Three kinds in the queue, one decision: they differ in what opened them. name: the kind of the dispute."""

    def listing(self) -> Sequence[WaitingCase]:
        return [self._waiting(row) for row in disputes.listing() if row.kind == self.name]

    def _waiting(self, row: Dispute) -> WaitingCase:
        account = client_accounts.fetch(row.client_account_id)
        about = ", ".join(organizations.fetch(org_id).name for org_id in dispute_sides.parties(row))
        title = f"{account.company}, {display_site(account.site)}"
        return WaitingCase(self.name, row.id, title, about, row.opened_at, row.answer_by, row.ends_at)

    def case(self, item_id: uuid.UUID) -> Case | None:
        row = disputes.fetch(item_id)
        if row.closed_at or row.kind != self.name:
            return None
        account = client_accounts.fetch(row.client_account_id)
        family = client_accounts.family(account)
        concerned = set(dispute_sides.parties(row)) | decisions.had_a_part(family)
        org_ids = sorted({mergers.survivor_id(org_id) for org_id in concerned})
        shown = [sides.side(account, row, org_id) for org_id in org_ids]
        answer, why = sides.by_the_rules(account, family)
        return Case(
            self._waiting(row),
            ASKED[self.name].format(company=account.company),
            shown,
            sides.choices(org_ids),
            answer,
            why,
            sides.READERS,
            sides.client(account, family, decisions.latest(account)),
        )

    def decide(self, item_id: uuid.UUID, choice: str, reason: str) -> None:
        row = disputes.fetch(item_id)
        if row.kind != self.name:
            raise NotFound(code="another-kind")
        rulings.rule(row, sides.chosen(choice), reason, scope().actor)

    def done(self, item_id: uuid.UUID) -> DecidedCase | None:
        row = disputes.fetch(item_id)
        if row.closed_at is None or row.kind != self.name:
            return None
        ruling = rulings.on_dispute(row)
        if ruling is None:
            outcome = "Not answered in time" if row.lapsed_at else "Fell away"
            return DecidedCase(outcome, row.closed_at, disputes.answer(row), None)
        credited = organizations.fetch(ruling.org_id).name if ruling.org_id else "nobody"
        return decided_case(ruling, f"Credited to {credited}")
