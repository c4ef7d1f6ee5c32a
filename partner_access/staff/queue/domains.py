"""E-mail domains that two organizations have proved."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from partner_access.db import acting, scope
from partner_access.organizations.directory import organizations
from partner_access.organizations.domains import domain_disputes
from partner_access.organizations.domains.domain_disputes import DisputedDomain
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from partner_access.organizations.words import POLICIES
from partner_access.staff.queue.cases import Case, CaseKind, CaseSide, Choice, DecidedCase, WaitingCase

PROOFS = {"dns": "By a DNS record", "staff": "By the programme’s staff"}


class DomainCases(CaseKind):
    """Disputes about a domain: its holder, or the rival that proved it too."""

    outcomes: Mapping[str, str] = {
        "holder": "The holder keeps it",
        "rival": "The other one gets it",
        "withdrawn": "Over: one of the two let it go",
    }

    def listing(self) -> Sequence[WaitingCase]:
        return [self._waiting(disputed) for disputed in domain_disputes.listing()]

    def _waiting(self, disputed: DisputedDomain) -> WaitingCase:
        row = disputed.dispute
        return WaitingCase(self.name, row.id, row.domain, f"{disputed.holder.name} and {row.org.name}", row.opened_at)

    def case(self, item_id: uuid.UUID) -> Case | None:
        disputed = next((one for one in domain_disputes.listing() if one.dispute.id == item_id), None)
        if disputed is None:
            return None
        row, holder = disputed.dispute, disputed.holder
        answer, why = suggest_for_domain(disputed.proof)
        choices = [
            Choice("holder", f"{holder.name} keeps it", "Nothing changes for anybody."),
            Choice("rival", f"{row.org.name} gets it", "With policy “asks first”. Nobody loses a membership."),
        ]
        sides = [_side(holder, row.domain, disputed.proof), _side(row.org, row.domain, "dns", row.opened_at)]
        return Case(
            self._waiting(disputed),
            f"Whose domain is {row.domain}?",
            sides,
            choices,
            answer,
            why,
            "Both organizations read the reason, so name neither of them.",
        )

    def decide(self, item_id: uuid.UUID, choice: str, reason: str) -> None:
        domain_disputes.rule(domain_disputes.fetch(item_id), outcome=choice, reason=reason)

    def done(self, item_id: uuid.UUID) -> DecidedCase | None:
        row = domain_disputes.fetch(item_id)
        if row.decided_at is None or row.outcome is None:
            return None
        return super().done(item_id) or DecidedCase(self.outcomes[row.outcome], row.decided_at, row.reason or "", None)


def _side(org: Organization, domain: str, proof: str, since: datetime | None = None) -> CaseSide:
    proved = {row.name: row for row in organizations.domains_of(org.id)}
    mine = proved.get(domain)
    with acting(scope().actor, org.id):
        people = [row.user.email for row in memberships.listing() if row.is_active]
    at_domain = [email for email in people if email.lower().endswith(f"@{domain}")]
    facts: list[tuple[str, str | datetime]] = [
        ("Proved", PROOFS[proof]),
        ("Since", since or (mine.proved_at if mine else org.created_at)),
        ("Partner since", org.created_at),
        ("Website", org.website or "Not given"),
        ("People", f"{len(people)}, of them {len(at_domain)} at {domain}"),
        ("Its other proved domains", ", ".join(name for name in proved if name != domain) or "None"),
    ]
    if mine:
        facts.append(("Who gets in by it", POLICIES[mine.policy]))
    return CaseSide(org.name, facts)


def suggest_for_domain(holder_proof: str) -> tuple[str, str]:
    """For a domain that two have proved, the second by DNS: a DNS record is more than what staff once believed."""
    if holder_proof == "staff":
        return "rival", "A DNS record proves more than the programme’s staff could see (mailbox < staff < DNS)."
    return "holder", "Both have a DNS record, and the holder had it first."
