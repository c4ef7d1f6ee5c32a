"""One organization becomes part of another: everything that it has is the other's, and nothing is written anew.

What was decided about its clients stays written as it was; they are decided once more, with the merger as a fact
(facts.MergerFact), so that the credit moves by a reversal in its ledger and a new line in the other's.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from partner_access import audit, mail
from partner_access.clock import now
from partner_access.credit.attribution import decisions, source_credits
from partner_access.credit.clients import client_accounts
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.ledger import totals
from partner_access.credit.lifecycle import org_merger_rows
from partner_access.credit.lifecycle.org_merger_rows import MergerPair
from partner_access.credit.managed import claims
from partner_access.credit.models import Client, ClientAccount, Dispute, Lead, OrgTotals
from partner_access.credit.touchpoints import lead_queue
from partner_access.db import acting, scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import mergers, staff_acts
from partner_access.organizations.lifecycle import absorptions, ways_in
from partner_access.organizations.lifecycle.absorptions import AbsorbedPeople
from partner_access.organizations.lifecycle.ways_in import WaysIn
from partner_access.organizations.models import Membership, Organization, OrgMerger
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute


@dataclass(frozen=True)
class OrgMergerPreview:
    """What would come over with an organization: how much of each. counts: of its credit, leads and lines.

    doubled: sites for which both have a live lead, of which the first in line stays; clients: of those, `shared` are in
    both lists already; disputes: open ones in which it is a side.
    """

    people: AbsorbedPeople
    doors: WaysIn
    counts: OrgTotals
    doubled: int
    clients: int
    shared: int
    disputes: int


def preview(gone: Organization, stays: Organization) -> OrgMergerPreview:
    """What a merger would bring now; nothing is changed. Raises Invalid and Conflict as merge_into() does."""
    _check_two(gone, stays)
    if mergers.of([gone.id]):
        raise Conflict(staff_acts.why_shut(gone), code="merged-already")
    _check_active(stays)
    pair = MergerPair(gone, stays)
    accounts = [_account_ids(org_id) for org_id in pair.ids]
    with acting(scope().actor, gone.id):
        counts = totals.read()
    return OrgMergerPreview(
        absorptions.preview(gone, stays),
        ways_in.of(gone),
        counts,
        len(org_merger_rows.doubled(pair)),
        len(accounts[0]),
        len(accounts[0] & accounts[1]),
        len(disputes.of_org(gone.id)),
    )


def merge_into(gone: Organization, stays: Organization, reason: str, *, seen: str | None = None) -> None:
    """One organization becomes part of another, for good; those who manage either team are mailed the reason.

    Its people join the other team, its domains, leads, links, clients, claims and disputes are the other's, and what
    its clients were credited with moves there. Where both have something of one kind for one client or site, the
    first in line, the active claim, else what the other has stays. Twice is the same. Raises Invalid beside `into` for
    an organization and itself, Conflict for one that is part of another one already or not active to take it over;
    besides what staff_acts.decide() raises.
    """
    _check_two(gone, stays)
    if not staff_acts.decide(gone, "merged", reason, seen=seen):
        if mergers.of([gone.id])[0].into_id != stays.id:
            raise Conflict(staff_acts.why_shut(gone), code="merged-already")
        return
    _check_active(stays)
    audit.staff_decided(staff_acts.KIND, stays.id, "took-over", reason)
    pair, readers = MergerPair(gone, stays), _readers(gone, stays)
    with acting(scope().actor, stays.id):
        before = {row.user_id for row in memberships.listing()}
    absorptions.absorb(gone, stays)
    families = _families(gone.id)
    _lock(pair, families)
    gone.closed_at = gone.closed_at or now()
    session().add(OrgMerger(org_id=gone.id, into_id=stays.id, at=now()))
    session().flush()
    _take_credit(pair, families)
    for org, other in ((gone, stays), (stays, gone)):
        with acting(scope().actor, org.id):
            audit.record("organization.merged", subject=org.id, reason="staff-decided", slug=other.slug)
    _mail_teams(pair, readers, reason.strip(), before)


def _check_two(gone: Organization, stays: Organization) -> None:
    if gone.id == stays.id:
        raise Invalid("An organization cannot become part of itself.", code="same-organization", field="into")


def _check_active(stays: Organization) -> None:
    session().refresh(stays)
    if not stays.is_active:
        raise Conflict(f"{stays.name} is {stays.state}, so it takes nothing over.", code="not-active")


def _families(org_id: uuid.UUID) -> list[Family]:
    """The client accounts in which an organization has any part, with those merged with them."""
    mine = select(ClientAccount).where(ClientAccount.id.in_(_account_ids(org_id)))
    return [client_accounts.family(row) for row in session().scalars(mine).all()]


def _account_ids(org_id: uuid.UUID) -> set[uuid.UUID]:
    with acting(scope().actor, org_id):
        return set(session().scalars(select(Client.client_account_id)).all())


def _lock(pair: MergerPair, families: Sequence[Family]) -> None:
    """All sites and counts that this may touch. Nobody else decides about credit now (staff_acts): this is for those
    who only make pending credit active."""
    live = [row.site for row in org_merger_rows.rows_of(Lead, pair.gone.id) if row.ended_at is None]
    managed = claims.concerned(row for family in families for row in family.members)
    decisions.prepare(families, orgs={*pair.ids, *managed}, more_sites=live)


def _take_credit(pair: MergerPair, families: Sequence[Family]) -> None:
    org_merger_rows.take_leads(pair)
    for site in {row.site for row in org_merger_rows.rows_of(Lead, pair.stays.id) if row.ended_at is None}:
        lead_queue.settle(site)  # who went may have been paused and passed over
    org_merger_rows.take_links(pair)
    here = org_merger_rows.take_clients(pair)
    org_merger_rows.take_handovers(pair, here)
    org_merger_rows.take_claims(pair, here)
    asked = org_merger_rows.take_sides(pair, here)
    decisions.again(families)
    for dispute in asked:
        _close_if_moot(dispute, pair.stays.id)


def _close_if_moot(dispute: Dispute, org_id: uuid.UUID) -> None:
    """A dispute that nobody asks any more but who has the credit."""
    session().refresh(dispute)
    is_theirs = source_credits.holder(dispute.client_account_id) == org_id
    if dispute.closed_at is None and is_theirs and dispute_sides.parties(dispute) == [org_id]:
        disputes.close(dispute, disputes.MOOT)


def _readers(*orgs: Organization) -> dict[uuid.UUID, tuple[Organization, Membership]]:
    """Those who manage either team; who manages both is told as one of the team that stays."""
    readers: dict[uuid.UUID, tuple[Organization, Membership]] = {}
    for org in orgs:
        with acting(scope().actor, org.id):
            may = {person.id for person in memberships.managers()}
            readers |= {row.user_id: (org, row) for row in memberships.listing() if row.user_id in may}
    return readers


def _mail_teams(
    pair: MergerPair, readers: dict[uuid.UUID, tuple[Organization, Membership]], reason: str, before: set[uuid.UUID]
) -> None:
    with acting(scope().actor, pair.stays.id):
        team = {row.user_id: row for row in memberships.listing()}
        for user_id, (org, row) in readers.items():
            if user_id in team:
                mail.queue(
                    "org-merged",
                    row.user.email,
                    org_name=pair.stays.name,
                    gone_name=pair.gone.name,
                    reason=reason,
                    is_gone=org.id == pair.gone.id,
                    role=team[user_id].role,
                    come=len(team.keys() - before),
                    home_url=absolute("credit.home", slug=pair.stays.slug),
                )
