"""Claims of managed accounts: those that only staff can answer, and those that clients were asked about first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from partner_access.credit.attribution import source_credits
from partner_access.credit.clients import client_accounts
from partner_access.credit.managed import claims
from partner_access.credit.models import ClientAccount, ManagedClaim
from partner_access.errors import NotFound
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.staff.queue.cases import Case, CaseKind, CaseSide, Choice, DecidedCase, WaitingCase

CHOICES = (
    Choice("yes", "Yes, they manage it", "Whoever managed it until now no longer does, and is told without a name."),
    Choice("no", "No", "They can claim it again at once."),
)


class ManagedClaimCases(CaseKind):
    """Two kinds in the queue, one decision: is_ours tells which list a claim stands in."""

    outcomes: Mapping[str, str] = {"yes": "Managed by them", "no": "Not granted"}

    def listing(self) -> Sequence[WaitingCase]:
        return [_waiting(row, account) for row, account in claims.waiting() if (row.asked_at is None) == self.is_ours]

    def case(self, item_id: uuid.UUID) -> Case | None:
        found = next(((row, account) for row, account in claims.waiting() if row.id == item_id), None)
        if found is None:
            return None
        row, account = found
        org, held = organizations.fetch(row.org_id), source_credits.holder(account.id)
        manager, others = claims.manager(account), claims.concerned([account]) - {row.org_id}
        answer, why = claims.suggest(brought=held == row.org_id, is_free=manager is None, is_only_one=not others)
        sides = [
            CaseSide(
                org.name,
                [
                    ("Claimed", row.claimed_at),
                    ("By", row.begun_by),
                    ("Partner since", org.created_at),
                    (
                        "Its own domains",
                        ", ".join(domain.name for domain in organizations.domains_of(org.id)) or "None",
                    ),
                ],
            ),
            CaseSide(f"The client: {account.company}", _client(account, held, manager, others)),
        ]
        return Case(
            _waiting(row, account),
            f"Does {org.name} manage {account.company}?",
            sides,
            CHOICES,
            answer,
            why,
            "The organization and the client read the reason, so name no other organization.",
        )

    def decide(self, item_id: uuid.UUID, choice: str, reason: str) -> None:
        claims.decide(item_id, yes=choice == "yes", reason=reason)

    def done(self, item_id: uuid.UUID) -> DecidedCase | None:
        made = super().done(item_id)
        if made is None and all(row.id != item_id for row, _ in claims.waiting()):
            raise NotFound(code="not-waiting")
        return made


def _waiting(row: ManagedClaim, account: ClientAccount) -> WaitingCase:
    title = f"{account.company}, {display_site(client_accounts.present_site(account))}"
    kind = "managed-asked" if row.asked_at else "managed"
    return WaitingCase(kind, row.id, title, organizations.fetch(row.org_id).name, row.claimed_at, row.answer_by)


def _client(
    account: ClientAccount, held: uuid.UUID | None, manager: uuid.UUID | None, others: set[uuid.UUID]
) -> list[tuple[str, str | datetime]]:
    also = others - ({manager} if manager else set())
    return [
        ("Account", account.external_id),
        ("Signed up", account.signed_up_at),
        ("Owner", account.email or "No address"),
        ("Brought by", organizations.fetch(held).name if held else "Nobody"),
        ("Managed by now", organizations.fetch(manager).name if manager else "Nobody"),
        ("Claimed by others too", ", ".join(organizations.fetch(org_id).name for org_id in sorted(also)) or "Nobody"),
    ]
