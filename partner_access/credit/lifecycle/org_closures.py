"""Closing an organization for good: what it has open ends, what it has earned stays, and what is its clients' too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from partner_access import audit, mail
from partner_access.clock import now
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.handovers import handovers
from partner_access.credit.ledger import totals
from partner_access.credit.managed import claim_states, claims
from partner_access.credit.models import Handover, Lead, ManagedClaim, OrgTotals
from partner_access.credit.touchpoints import lead_queue, leads
from partner_access.db import acting, fresh, scope, session
from partner_access.organizations.directory import staff_acts
from partner_access.organizations.lifecycle import ways_in
from partner_access.organizations.lifecycle.ways_in import WaysIn
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute


@dataclass(frozen=True)
class ClosurePreview:
    """What closing an organization now would end (how many there are), and what stays, in `counts`."""

    doors: WaysIn
    leads: int
    claims: int
    managed: int
    handovers: int
    counts: OrgTotals


def preview(org: Organization) -> ClosurePreview:
    """What closing an organization would do now; nothing is changed."""
    with acting(scope().actor, org.id):
        counts = totals.read()
        waiting = Handover.accepted_at.is_(None), Handover.stopped_at.is_(None)
        handed_over = session().scalar(select(func.count()).select_from(Handover).where(*waiting)) or 0
    pending = len(claims.asks_of(org.id))
    return ClosurePreview(ways_in.of(org), counts.live_leads, pending, counts.managed, handed_over, counts)


def close(org: Organization, reason: str, *, seen: str | None = None) -> None:
    """Close an organization for good; those who manage its team are mailed the reason. Twice is the same.

    Its people see nothing but that; its domains are free; its leads are withdrawn, and who waited for their sites gets
    them; its claims end, and clients it managed are told; accounts that it created are the client's to accept for a
    year. Sign-ups from now on earn it nothing; what it has earned stays in its ledger. Raises what staff_acts.decide()
    raises.
    """
    if not staff_acts.decide(org, "closed", reason, seen=seen):
        return
    org.closed_at = now()
    with acting(scope().actor, org.id):
        audit.record("organization.closed", subject=org.id, reason="staff-decided")
        ways_in.shut(org)
    _give_up_credit(org)
    with acting(scope().actor, org.id):
        for person in memberships.managers():
            mail.queue(
                "org-closed",
                person.email,
                org_name=org.name,
                reason=reason.strip(),
                counts=totals.read(),
                join_url=absolute("organizations.join"),
            )


def _give_up_credit(org: Organization) -> None:
    """End what is open of the credit. All sites are locked at once, then all counts: see lock_and_settle()."""
    actor = scope().actor
    with acting(actor, org.id):
        accounts = [client_accounts.fetch(row.client_account_id) for row in _claims()]
        sites = {lead.site for lead in _leads()}
    lead_queue.lock_and_settle(sites | {account.site for account in accounts}, {org.id, *claims.concerned(accounts)})
    with acting(actor, org.id):
        given_up = _leads()
        for lead in given_up:
            leads.end(lead, "withdrawn", now())
        for claim in _claims():
            claim_states.end(claim, "org-closed")
        for row in _created_accounts():
            handovers.leave_to_client(handovers.lock(row.id), clients.fetch(row.client_id))
    for lead in given_up:
        lead_queue.settle(lead.site)


def _leads() -> Sequence[Lead]:
    """The live leads of the bound organization as they are now."""
    live = select(Lead).where(Lead.ended_at.is_(None)).order_by(Lead.site)
    return fresh(live).all()


def _claims() -> Sequence[ManagedClaim]:
    live = select(ManagedClaim).where(ManagedClaim.ended_at.is_(None)).order_by(ManagedClaim.id)
    return fresh(live).all()


def _created_accounts() -> Sequence[Handover]:
    return session().scalars(select(Handover).order_by(Handover.id)).all()
