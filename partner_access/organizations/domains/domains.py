"""Domains of an organization: claimed, proved by DNS, looked after every day, and let go again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from partner_access import audit, mail, signing
from partner_access.accounts import throttles
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, changed, found, fresh, scope, session
from partner_access.errors import Invalid, TooMany
from partner_access.keys.mistakes import Refused
from partner_access.organizations.directory import mail_providers, org_lock, organizations, own_names
from partner_access.organizations.domains import dns_lookups, domain_disputes, policies
from partner_access.organizations.domains.dns_rules import LAPSE, DnsReading, ProofWatch, follow
from partner_access.organizations.entry import applications
from partner_access.organizations.models import Domain, DomainClaim, DomainDispute
from partner_access.organizations.team import recipients
from partner_access.organizations.team.topics import Topic
from partner_access.transactions import insert_once, lock, release
from partner_access.web.urls import absolute

CHECK_EVERY, RECHECK_EVERY = timedelta(minutes=1), timedelta(days=1)
MOST = 50


@dataclass(frozen=True)
class DomainStatus:
    """How a claim of the bound organization stands. domain: the proved domain, where it is this organization's.

    dispute: the one this organization is in about it, open or decided against it. state: a key of dns_rules.STATES.
    """

    claim: DomainClaim
    domain: Domain | None
    dispute: DomainDispute | None
    state: str


def claim(name: str) -> DomainClaim:
    """Claim a domain (a domain key); claiming it again finds the same claim. Grants nothing.

    Raises Invalid after MOST, and for the domain of a mail provider. That another organization has it does not show:
    until a domain is proved, nobody learns whose it is.
    """
    if mail_providers.is_public(name):
        raise Refused("domain-public-mailbox", "name")
    lock(f"domain-claims:{scope().org_id}")
    rows = session().scalars(select(DomainClaim)).all()
    row = next((row for row in rows if row.name == name), None)
    if row is None and len(rows) >= MOST:
        raise Invalid(f"You have {MOST} domains here. Remove one first.", code="too-many-domains", field="name")
    if row is None:
        row = DomainClaim(name=name, token=signing.new_secret(), created_at=now(), created_by=scope().actor.user_id)
        session().add(row)
        session().flush()
        audit.record("domain.claimed", subject=row.id, domain=name)
    return row


def fetch(claim_id: uuid.UUID) -> DomainClaim:
    """One claim of the bound organization. Raises NotFound."""
    return found(session().scalar(select(DomainClaim).where(DomainClaim.id == claim_id)))


def listing() -> list[DomainStatus]:
    """Every domain that the bound organization claims, and how it stands, in alphabetical order."""
    return [standing(row) for row in session().scalars(select(DomainClaim).order_by(DomainClaim.name)).all()]


def standing(row: DomainClaim) -> DomainStatus:
    """How one claim of the bound organization stands."""
    domain = proved(row)
    dispute = domain_disputes.find(row.name, None if domain else row.org_id)
    return DomainStatus(row, domain, dispute, _state(domain, dispute))


def _state(domain: Domain | None, dispute: DomainDispute | None) -> str:
    if domain is None:
        return "unproved" if dispute is None else "ruled" if dispute.decided_at else "claimed"
    if dispute is not None:
        return "disputed"
    return "lapsed" if domain.lapsed_at else "missing" if domain.missed_since else domain.proof


def proved(row: DomainClaim) -> Domain | None:
    """The proved domain of this claim, if it is this organization's."""
    mine = select(Domain).where(Domain.name == row.name, Domain.org_id == row.org_id)
    return fresh(mine).first()  # it may be older than a look-up


def check(row: DomainClaim) -> DnsReading:
    """Look for the record now and take the consequences. Raises TooMany within a minute of the last look.

    The look-up happens with no transaction open.
    """
    if not throttles.take(f"domain-check:{row.org_id}:{row.name}", 1, CHECK_EVERY):
        raise TooMany(
            "You can look once a minute. Wait a moment, then check again.", code="checked-just-now", retry_after=60
        )
    release()
    reading = dns_lookups.look_up(row.name, row.token)
    org_lock.lock_alone()  # before the domain's, as whoever merges organizations does it
    organizations.lock_domain(row.name)
    row = fetch(row.id)  # it may have been removed meanwhile
    audit.record("domain.checked", subject=row.id, reason=reading.code, domain=row.name)
    take(row, reading)
    return reading


def take(row: DomainClaim, reading: DnsReading) -> None:
    """Keep what a check saw, and let what follows from it happen: proof, a dispute, a miss, a lapse."""
    row.checked_at, row.answer, row.seen_at = now(), reading.code, reading.name
    domain = proved(row)
    if domain is not None and (domain.proof == "dns" or reading.code == "proved"):
        _follow(row, domain, reading)
    elif domain is None and reading.code == "proved":
        _prove(row)


def _prove(row: DomainClaim) -> None:
    """The domain becomes this organization's, with its default policy; where it is another's, a dispute begins.

    Nobody is moved: who applied with an address there asks to join, and who may join at once is offered to.
    """
    session().refresh(row.org)  # it may be older than a look-up
    policy = row.org.default_policy
    won = Domain(name=row.name, org_id=row.org_id, proof="dns", policy=policy, check_at=now() + RECHECK_EVERY)
    if not insert_once(won):
        domain_disputes.begin(row)
        return
    own_names.begin(row.org_id, own_names.DOMAIN, row.name)
    audit.record("domain.proved", subject=row.id, reason="dns", domain=row.name, policy=policy)
    domain = proved(row)
    if policy != "closed":
        applications.turn_into_join_requests(row.org, row.name)
    if domain is not None and policy == "auto":
        for user in policies.preview_change(domain, policies.PolicyChange(policy, False)).offered:
            policies.offer(user, domain)


def _follow(row: DomainClaim, domain: Domain, reading: DnsReading) -> None:
    """One more reading of a domain that is this organization's."""
    if domain.proof != "dns":
        domain.proof = "dns"
        audit.record("domain.proved", subject=row.id, reason="dns", domain=row.name)
    before = ProofWatch(domain.missed_since, domain.lapsed_at)
    after = follow(before, reading.code, now())
    domain.missed_since, domain.lapsed_at, domain.check_at = after.missed_since, after.lapsed_at, now() + RECHECK_EVERY
    if after.lapsed_at and not before.lapsed_at:
        audit.record("domain.lapsed", subject=row.id, reason=reading.code, domain=row.name)
        for address, told in _readers(row):
            mail.queue("domain-lapsed", address, **told, since=after.missed_since)
    elif after.missed_since and not before.missed_since:
        for address, told in _readers(row):
            mail.queue("domain-missing", address, **told, until=after.missed_since + LAPSE)
    elif before.lapsed_at and not after.lapsed_at:
        audit.record("domain.proved", subject=row.id, reason="found-again", domain=row.name)


def _readers(row: DomainClaim) -> Iterator[tuple[str, dict[str, Any]]]:
    """Who is told of a change, and what every such mail says."""
    url = absolute("organizations.domain", slug=row.org.slug, domain_id=row.id)
    for reader in recipients.of(Topic.DOMAINS):
        yield reader.email, {"org_name": row.org.name, "domain": row.name, "domain_url": url}


def recheck_due() -> bool:
    """Look for the record of the one domain whose look is due first; whether there was one. Run by the worker."""
    due = session().scalar(select(Domain).where(Domain.check_at <= now()).order_by(Domain.check_at).limit(1))
    if due is None:
        return False
    with acting(SYSTEM, due.org_id):
        row = session().scalar(select(DomainClaim).where(DomainClaim.name == due.name))
        release()
        reading = dns_lookups.look_up(row.name, row.token) if row else None
        organizations.lock_domain(due.name)
        if _is_mine(due) and row is not None and reading is not None:
            take(fetch(row.id), reading)
    return True


def _is_mine(due: Domain) -> bool:
    """Whether no other worker looked at this domain meanwhile, nor anybody let it go."""
    same = Domain.name == due.name, Domain.org_id == due.org_id, Domain.check_at == due.check_at
    return bool(changed(update(Domain).where(*same).values(check_at=now() + RECHECK_EVERY)))


def remove(row: DomainClaim, *, reason: str = "own-choice") -> None:
    """Let a domain go: nobody joins by it from now on, who is in stays in, and a dispute about it ends."""
    org_lock.lock_alone()
    organizations.lock_domain(row.name)
    domain = proved(row)
    if domain is None:
        domain_disputes.withdraw(row.name, rival_id=row.org_id)
    else:
        own_names.end(row.org_id, own_names.DOMAIN, row.name)
        session().delete(domain)
        domain_disputes.withdraw(row.name)
    session().delete(row)
    audit.record("domain.released", subject=row.id, reason=reason, domain=row.name)
