"""Disputes about a domain: a second organization proved it too; nobody joins by it at once until staff have ruled."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from partner_access import audit, mail
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, changed, found, scope, session
from partner_access.errors import Conflict
from partner_access.organizations.directory import org_lock, organizations, own_names
from partner_access.organizations.models import Domain, DomainClaim, DomainDispute, Organization
from partner_access.organizations.team import anonymity, recipients
from partner_access.organizations.team.topics import Topic
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute

KIND = "domain"


@dataclass(frozen=True)
class DisputedDomain:
    """An open dispute as staff see it: who holds the domain, how it was proved, and who proved it too."""

    dispute: DomainDispute
    holder: Organization
    proof: str


def find(domain: str, rival_id: uuid.UUID | None = None) -> DomainDispute | None:
    """The open dispute about a domain; of a rival (`rival_id`) the newest that is open or was decided against it."""
    statement = select(DomainDispute).where(DomainDispute.domain == domain)
    if rival_id is None:
        statement = statement.where(DomainDispute.decided_at.is_(None))
    else:
        lost = DomainDispute.decided_at.is_(None) | (DomainDispute.outcome == "holder")
        statement = statement.where(DomainDispute.org_id == rival_id, lost)
    return session().scalar(statement.order_by(DomainDispute.id.desc()).limit(1))


def begin(claim: DomainClaim) -> None:
    """The bound organization has proved a domain that is another's: staff decide. What was ruled stays ruled."""
    if find(claim.name, claim.org_id) is not None:
        return
    row = DomainDispute(domain=claim.name, org_id=claim.org_id, opened_at=now())
    if not insert_once(row):
        return
    holder = session().scalars(select(Domain).where(Domain.name == claim.name)).one()
    for org in (claim.org, holder.org):
        with acting(scope().actor if org is claim.org else SYSTEM, org.id):
            audit.record("domain.disputed", subject=row.id, reason="proved-twice", domain=claim.name)
            for address, told in _readers(org, claim.name):
                mail.queue("domain-disputed", address, **told)


def listing() -> list[DisputedDomain]:
    """The open disputes, oldest first."""
    statement = (
        select(DomainDispute, Domain)
        .join(Domain, Domain.name == DomainDispute.domain)
        .where(DomainDispute.decided_at.is_(None))
        .order_by(DomainDispute.id)
    )
    return [DisputedDomain(dispute, domain.org, domain.proof) for dispute, domain in session().execute(statement).all()]


def fetch(dispute_id: uuid.UUID) -> DomainDispute:
    """One dispute. Raises NotFound."""
    return found(session().scalar(select(DomainDispute).where(DomainDispute.id == dispute_id)))


def rule(row: DomainDispute, *, outcome: str, reason: str) -> None:
    """Staff decide: the `holder` keeps the domain, or the `rival` gets it, proved by DNS, with policy `request`
    whatever that organization's default is: people of both may have addresses there.

    Idempotent for the same decision; raises Conflict when it was decided otherwise, Invalid for a reason that tells
    the two apart by name. Nobody loses a membership.
    """
    org_lock.lock_alone()
    organizations.lock_domain(row.domain)
    domain = session().scalar(select(Domain).where(Domain.name == row.domain))
    anonymity.check_names_none(_without(row.domain, reason), [row.org_id, *([domain.org_id] if domain else [])])
    if not _decide(row, outcome, audit.checked(reason)):
        return
    audit.staff_decided(KIND, row.id, outcome, reason)
    domain = found(domain)
    holder, rival = domain.org, row.org
    if outcome == "rival":
        own_names.end(holder.id, own_names.DOMAIN, row.domain)
        own_names.begin(rival.id, own_names.DOMAIN, row.domain)
        domain.org_id, domain.proof, domain.policy, domain.include_subdomains = rival.id, "dns", "request", False
        domain.proved_at, domain.check_at, domain.missed_since, domain.lapsed_at = now(), now(), None, None
        domain.vouched_at = None
    for org in (holder, rival):
        with acting(scope().actor, org.id):
            _mail_ruling(org, row, is_yours=(org is holder) == (outcome == "holder"))


def _without(domain: str, reason: str) -> str:
    """The reason without the domain itself, which both have and may read."""
    return re.sub(re.escape(domain), " ", reason, flags=re.IGNORECASE)


def withdraw(domain: str, *, rival_id: uuid.UUID | None = None) -> None:
    """End the open disputes about a domain because its holder lets it go, or the one of a rival who lets its claim go.

    In the first case the rivals are told that the domain is free: nothing passes to them by itself.
    """
    statement = select(DomainDispute).where(DomainDispute.domain == domain, DomainDispute.decided_at.is_(None))
    if rival_id:
        statement = statement.where(DomainDispute.org_id == rival_id)
    for row in session().scalars(statement).all():
        if _decide(row, "withdrawn", "One of the two let it go.") and rival_id is None:
            with acting(SYSTEM, row.org_id):
                _mail_ruling(row.org, row, is_yours=False)


def follow_merger(domain: str, gone_id: uuid.UUID, stays_id: uuid.UUID) -> None:
    """One organization became part of another: they dispute no domain between them, and what one disputes with a third
    the other does. The domain is the other's already."""
    held = session().scalar(select(Domain.org_id).where(Domain.name == domain))
    statement = select(DomainDispute).where(DomainDispute.domain == domain, DomainDispute.decided_at.is_(None))
    rivals = {row.org_id: row for row in session().scalars(statement).all()}
    over = [stays_id, gone_id] if held == stays_id else [gone_id] if stays_id in rivals else []
    for org_id in over:
        if org_id in rivals:
            _decide(rivals[org_id], "withdrawn", "Both sides are one organization now.")
    if gone_id in rivals and not over:
        rivals[gone_id].org_id = stays_id


def _decide(row: DomainDispute, outcome: str, reason: str) -> bool:
    """Decide once: True for whoever is first, False for the same decision again, Conflict for another one."""
    first = changed(
        update(DomainDispute)
        .where(DomainDispute.id == row.id, DomainDispute.decided_at.is_(None))
        .values(outcome=outcome, reason=reason, decided_at=now())
    )
    session().refresh(row)
    if not first and row.outcome != outcome:
        raise Conflict(f"This dispute was decided already: {row.outcome}.", code="decided-already")
    return bool(first)


def _mail_ruling(org: Organization, row: DomainDispute, *, is_yours: bool) -> None:
    """Tell the bound organization what became of a dispute."""
    reason, is_free = row.reason or "", row.outcome == "withdrawn"
    audit.record("domain.ruled", subject=row.id, reason=row.outcome, domain=row.domain, outcome=row.outcome)
    for address, told in _readers(org, row.domain):
        mail.queue("domain-ruled", address, **told, reason=reason, is_yours=is_yours, is_free=is_free)


def _readers(org: Organization, domain: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Who of the bound organization is told, and what every such mail says."""
    url = absolute("organizations.domains", slug=org.slug)
    for reader in recipients.of(Topic.DOMAINS):
        yield reader.email, {"org_name": org.name, "domain": domain, "domains_url": url}
