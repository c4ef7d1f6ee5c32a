"""What staff see of one organization: its facts, its people, what waits for them about it, and what they decided."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sessions, sign_ins
from partner_access.credit import closures, managed, questions
from partner_access.credit.closures import Outlook
from partner_access.db import acting, found, scope
from partner_access.organizations import (
    domain_disputes,
    join_requests,
    memberships,
    mergers,
    organizations,
    pauses,
    registers,
    staff_acts,
)
from partner_access.organizations.models import Domain, Membership, Organization, OrgPause
from partner_access.organizations.rules import MEMBER_STATES
from partner_access.staff import queue
from partner_access.staff.cases import Waiting


@dataclass(frozen=True)
class Person:
    """A member, and when they were last here, whatever for."""

    row: Membership
    state: dict[str, str]
    seen_at: datetime | None


@dataclass(frozen=True)
class Act:
    """Something that staff decided about an organization. what: who did what."""

    what: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Overview:
    """All of one organization's page. waiting: what is in the queue about it; heir: what it has become part of, and
    when; came: what has become part of it.
    """

    org: Organization
    state: dict[str, str]
    domains: Sequence[Domain]
    people: Sequence[Person]
    outlook: Outlook
    waiting: Sequence[Waiting]
    acts: Sequence[Act]
    pauses: Sequence[OrgPause]
    heir: tuple[Organization, datetime] | None
    came: Sequence[tuple[Organization, datetime]]


def fetch(slug: str) -> Organization:
    """One organization by its slug. Raises NotFound."""
    return found(organizations.find(slug))


def overview(org: Organization) -> Overview:
    """What is to be seen of an organization now; nothing is changed."""
    with acting(scope().actor, org.id):
        team = memberships.listing()
    seen = sessions.seen_by([row.user_id for row in team])
    people = [Person(row, MEMBER_STATES[row.state], seen.get(row.user_id)) for row in team]
    return Overview(
        org, registers.STATES[org.state], organizations.domains_of(org.id), people, closures.foresee(org),
        _waiting(org), _acts(org), pauses.of(org.id), *_relatives(org),
    )  # fmt: skip


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


def _acts(org: Organization) -> list[Act]:
    rows = audit.staff_decisions(org.id)
    return [Act(_told(org, row), row.at, row.reason) for row in rows]


def _told(org: Organization, row: audit.StaffDecision) -> str:
    who = sign_ins.name_of(row.decided_by) or "A command"
    if row.kind != staff_acts.KIND:
        return f"{who} appointed an owner"
    return f"{who} {staff_acts.TOLD[row.outcome].format(org='it')}"


def _waiting(org: Organization) -> list[Waiting]:
    """What waits in the queue and has to do with the organization."""
    ids = {row.id for row in questions.open_of(org.id)} | set(managed.asks_of(org.id)) | {org.id}
    ids |= {case.dispute.id for case in domain_disputes.listing() if org.id in _sides(case)}
    ids |= {row.join_request_id for row in join_requests.escalated() if row.org_id == org.id}
    return [row for row in queue.listing() if row.id in ids]


def _sides(case: domain_disputes.Case) -> set[uuid.UUID]:
    return {case.holder.id, case.dispute.org_id}
