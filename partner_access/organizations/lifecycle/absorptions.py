"""One organization becomes part of another: its people, its domains, and who wants to join it. Credit comes after."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from partner_access import audit
from partner_access.clock import now
from partner_access.db import acting, scope, session
from partner_access.organizations.directory import organizations, own_names
from partner_access.organizations.domains import domain_disputes
from partner_access.organizations.entry import invitations, join_requests
from partner_access.organizations.models import Domain, DomainClaim, Membership, Organization
from partner_access.organizations.ownership import recoveries
from partner_access.organizations.team import memberships
from partner_access.permissions import Role

REASON = "org-merged"


@dataclass(frozen=True)
class AbsorbedPeople:
    """Of the members of the one that goes: how many come, are there already, and stay out because they were removed."""

    come: int
    there: int
    removed: int


def preview(gone: Organization, stays: Organization) -> AbsorbedPeople:
    """Who would come into the organization that stays; nothing is changed."""
    going, there = _present(gone.id), _members(stays.id)
    known = [there.get(row.user_id) for row in going]
    present = sum(row is not None and row.is_present for row in known)
    removed = sum(row is not None and row.removed_at is not None for row in known)
    return AbsorbedPeople(len(going) - present - removed, present, removed)


def absorb(gone: Organization, stays: Organization) -> None:
    """Bring domains, people and requests to join over. Who sends for whom is locked in the order domains, teams."""
    _bring_domains(gone.id, stays.id)
    own_names.take_over(gone.id, stays.id)
    with acting(scope().actor, gone.id):
        invitations.revoke_all(REASON)
        recoveries.withdraw_all(REASON)
        asked = join_requests.end_all(REASON)
    _bring_people(gone.id, stays.id)
    inside = {user_id for user_id, row in _members(stays.id).items() if row.is_present}
    for row in asked:
        if row.user_id not in inside:
            join_requests.ask(row.user, stays, reason=row.reason, domain=row.user.email_domain, was=gone.name)


def _bring_people(gone_id: uuid.UUID, stays_id: uuid.UUID) -> None:
    """Who is in there keeps their role, and who was removed there stays out; owners become admins, if there is one."""
    going, there = _present(gone_id), _members(stays_id)
    with acting(scope().actor, stays_id):
        team = memberships.lock_team()
        has_owner = any(row.is_active and row.role == Role.OWNER for row in team)
        for row in going:
            known = there.get(row.user_id)
            if known is not None and (known.is_present or known.removed_at):
                continue
            role = Role.ADMIN if has_owner and row.role == Role.OWNER else row.role_name
            fresh = memberships.create(row.user, role, provenance="merged")
            fresh.suspended_at = row.suspended_at


def _present(org_id: uuid.UUID) -> list[Membership]:
    with acting(scope().actor, org_id):
        return list(memberships.listing())


def _members(org_id: uuid.UUID) -> dict[uuid.UUID, Membership]:
    """Everybody who is or was a member of an organization, by person."""
    with acting(scope().actor, org_id):
        return {row.user_id: row for row in session().scalars(select(Membership)).all()}


def _bring_domains(gone_id: uuid.UUID, stays_id: uuid.UUID) -> None:
    """Proved ones with their proof, policy and record; those that were only claimed as claims."""
    with acting(scope().actor, gone_id):
        claims = session().scalars(select(DomainClaim).order_by(DomainClaim.name)).all()
    for claim in claims:
        organizations.lock_domain(claim.name)
        domain = session().scalar(select(Domain).where(Domain.name == claim.name, Domain.org_id == gone_id))
        if domain is not None:
            domain.org_id = stays_id
        domain_disputes.follow_merger(claim.name, gone_id, stays_id)
        with acting(scope().actor, gone_id):
            session().delete(claim)
            audit.record("domain.released", subject=claim.id, reason=REASON, domain=claim.name)
        with acting(scope().actor, stays_id):
            _claim(claim, is_proved=domain is not None)


def _claim(claim: DomainClaim, *, is_proved: bool) -> None:
    """The bound organization claims it too, with the token that the record of a proved domain holds."""
    own = session().scalar(select(DomainClaim).where(DomainClaim.name == claim.name))
    if own is None:
        own = DomainClaim(name=claim.name, token=claim.token, created_at=now(), created_by=claim.created_by)
        session().add(own)
        session().flush()
        audit.record("domain.claimed", subject=own.id, domain=claim.name)
    if is_proved:
        own.token, own.checked_at, own.answer, own.seen_at = claim.token, claim.checked_at, claim.answer, claim.seen_at
        audit.record("domain.proved", subject=own.id, reason=REASON, domain=claim.name)
