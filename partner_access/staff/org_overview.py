"""What staff see of one organization: its facts, its people, what waits for them about it, and what they decided."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sessions
from partner_access.credit.disputes import disputes
from partner_access.credit.lifecycle import org_closures
from partner_access.credit.lifecycle.org_closures import ClosurePreview
from partner_access.credit.managed import claims
from partner_access.credit.touchpoints import lead_allowances
from partner_access.credit.touchpoints.lead_bounds import LeadBound
from partner_access.db import acting, found, scope
from partner_access.organizations.directory import mergers, organizations, search, staff_acts
from partner_access.organizations.domains import domain_disputes
from partner_access.organizations.entry import unanswered_requests
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Domain, Membership, Organization, OrgPause
from partner_access.organizations.team import memberships
from partner_access.organizations.words import MEMBER_STATES
from partner_access.staff.queue import queue
from partner_access.staff.queue.cases import WaitingCase, decider_name


@dataclass(frozen=True)
class TeamMember:
    """A member, and when they were last here, whatever for."""

    row: Membership
    state: dict[str, str]
    seen_at: datetime | None


@dataclass(frozen=True)
class StaffAct:
    """Something that staff decided about an organization. what: who did what."""

    what: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class OrgOverview:
    """All of one organization's page. waiting: what is in the queue about it; heir: what it has become part of, and
    when; came: what has become part of it.
    """

    org: Organization
    state: dict[str, str]
    domains: Sequence[Domain]
    people: Sequence[TeamMember]
    outlook: ClosurePreview
    leads: LeadBound
    waiting: Sequence[WaitingCase]
    acts: Sequence[StaffAct]
    pauses: Sequence[OrgPause]
    heir: tuple[Organization, datetime] | None
    came: Sequence[tuple[Organization, datetime]]


def fetch(slug: str) -> Organization:
    """One organization by its slug. Raises NotFound."""
    return found(organizations.find(slug))


def overview(org: Organization) -> OrgOverview:
    """What is to be seen of an organization now; nothing is changed."""
    with acting(scope().actor, org.id):
        team = memberships.listing()
    seen = sessions.seen_by([row.user_id for row in team])
    people = [TeamMember(row, MEMBER_STATES[row.state], seen.get(row.user_id)) for row in team]
    return OrgOverview(
        org,
        search.STATES[org.state],
        organizations.domains_of(org.id),
        people,
        org_closures.preview(org),
        lead_bound(org),
        _waiting(org),
        _acts(org),
        pauses.of(org.id),
        *_relatives(org),
    )


def lead_bound(org: Organization) -> LeadBound:
    """How many open leads an organization has and may have."""
    with acting(scope().actor, org.id):
        return lead_allowances.bound(org)


def _relatives(
    org: Organization,
) -> tuple[tuple[Organization, datetime] | None, list[tuple[Organization, datetime]]]:
    rows = mergers.listing()
    became = [(organizations.fetch(row.into_id), row.at) for row in rows if row.org_id == org.id]
    came = [(organizations.fetch(row.org_id), row.at) for row in rows if row.into_id == org.id]
    return (became[0] if became else None), came


def newest(org: Organization) -> str:
    """The id of what staff decided last about an organization, or '', for a form that must not be too old."""
    last = audit.staff_decision(org.id, staff_acts.KIND)
    return str(last.id) if last else ""


def _acts(org: Organization) -> list[StaffAct]:
    rows = audit.staff_decisions(org.id)
    return [StaffAct(_act_sentence(org, row), row.at, row.reason) for row in rows]


def _act_sentence(org: Organization, row: audit.StaffDecision) -> str:
    who = decider_name(row.decided_by)
    if row.kind == lead_allowances.KIND:
        many = "as many open leads as the rules say" if row.outcome == "by-the-rules" else f"{row.outcome} open leads"
        return f"{who} let it have {many}"
    if row.kind != staff_acts.KIND:
        return f"{who} appointed an owner"
    return f"{who} {staff_acts.TOLD[row.outcome].format(org='it')}"


def _waiting(org: Organization) -> list[WaitingCase]:
    """What waits in the queue and has to do with the organization."""
    ids = {row.id for row in disputes.of_org(org.id)} | set(claims.asks_of(org.id)) | {org.id}
    ids |= {disputed.dispute.id for disputed in domain_disputes.listing() if org.id in _sides(disputed)}
    ids |= {row.join_request_id for row in unanswered_requests.escalated() if row.org_id == org.id}
    return [row for row in queue.listing() if row.id in ids]


def _sides(disputed: domain_disputes.DisputedDomain) -> set[uuid.UUID]:
    return {disputed.holder.id, disputed.dispute.org_id}
