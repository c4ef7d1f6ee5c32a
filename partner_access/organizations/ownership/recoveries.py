"""Recovering the ownership of an organization whose owners are gone: proof by DNS, a week to object, then owner."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from partner_access import audit, jobs, mail, signing
from partner_access.accounts import sessions, throttles
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.db import SYSTEM, Actor, acting, changed, found, scope, session
from partner_access.errors import Conflict, Expired, NotFound, TooMany
from partner_access.organizations.directory import organizations
from partner_access.organizations.domains import dns_lookups, domain_disputes
from partner_access.organizations.models import Organization, OwnerRecovery
from partner_access.organizations.ownership.recovery_rules import (
    IDLE,
    OBJECT,
    REFUSALS,
    SENTENCES,
    RecoveryFacts,
    decide,
)
from partner_access.organizations.team import memberships
from partner_access.permissions import Role
from partner_access.transactions import lock, release
from partner_access.web.urls import absolute

CHECK_EVERY = timedelta(minutes=1)
DUE = jobs.Kind("deadlines", "recovery")


@dataclass(frozen=True)
class RecoveryStatus:
    """Where a member stands: `code` of recovery_rules.SENTENCES with its `sentence`; `row` is the open request."""

    code: str
    sentence: str
    domains: tuple[str, ...]
    row: OwnerRecovery | None


def standing(org: Organization, user: User) -> RecoveryStatus:
    """Where this person stands in the bound organization; nothing is changed."""
    row = find_open(user)
    facts = _facts(org, user.id, row)
    code = decide(facts, now())
    return RecoveryStatus(code, _sentence(code, org, facts), facts.domains, row)


def find_open(user: User) -> OwnerRecovery | None:
    """The open request of this person in the bound organization, or None."""
    mine = OwnerRecovery.user_id == user.id, OwnerRecovery.decided_at.is_(None)
    return session().scalar(select(OwnerRecovery).where(*mine))


def ask(org: Organization, user: User, domain: str) -> OwnerRecovery:
    """Begin, with a token of its own for the domain; asking again with another domain starts over.

    Raises Conflict with the reason where it is not possible.
    """
    lock(f"owners:{org.id}")
    now_standing = standing(org, user)
    if now_standing.code in REFUSALS - {"domain-lost"}:
        raise Conflict(now_standing.sentence, code=now_standing.code)
    if domain not in now_standing.domains:
        facts = RecoveryFacts(is_member=True, is_owner=False, owner_seen_at=None, domains=(), domain=domain)
        raise Conflict(_sentence("domain-lost", org, facts), code="domain-lost")
    if now_standing.row is not None:
        if now_standing.row.domain == domain:
            return now_standing.row
        _decide(now_standing.row, "withdrawn")
    row = OwnerRecovery(user_id=user.id, domain=domain, token=signing.new_secret(), created_at=now())
    session().add(row)
    session().flush()
    audit.record("ownership.recovery_asked", subject=row.id, domain=domain)
    return row


def check(org: Organization, row: OwnerRecovery) -> str:
    """Look for the record with no transaction open; what it came to, as the code of a reading (dns_rules.READINGS).

    Once it is there all owners are mailed, and the week begins. Raises TooMany, and Conflict where it is over.
    """
    if not throttles.take(f"domain-check:{org.id}:{row.domain}:{row.user_id}", 1, CHECK_EVERY):
        raise TooMany(
            "You can look once a minute. Wait a moment, then check again.", code="checked-just-now", retry_after=60
        )
    release()
    reading = dns_lookups.look_up(row.domain, row.token)
    lock(f"owners:{org.id}")
    session().refresh(row)
    row.checked_at, row.answer, row.seen_at = now(), reading.code, reading.name
    facts = _facts(org, row.user_id, row)
    code = decide(facts, now())
    if row.decided_at is not None or code in REFUSALS:
        raise Conflict(_sentence(code, org, facts), code=code)
    if code == "may-prove" and reading.code == "proved":
        _begin_week(org, row)
    return reading.code


def _begin_week(org: Organization, row: OwnerRecovery) -> None:
    row.proved_at = now()
    due = row.proved_at + OBJECT
    jobs.enqueue(DUE, row.id, org_id=org.id, due_at=due, dedupe=_deadline(row))
    audit.record("ownership.recovery_proved", subject=row.id, domain=row.domain)
    for owner in memberships.owners():
        data = {"org": str(org.id), "recovery": str(row.id), "owner": str(owner.user_id)}
        mail.queue(
            "recovery-started",
            owner.user.email,
            who_name=row.user.name,
            who_email=row.user.email,
            org_name=org.name,
            domain=row.domain,
            due=due,
            days=OBJECT.days,
            object_url=absolute("organizations.object_recovery", token=signing.sign("object-recovery", data)),
        )


def withdraw(row: OwnerRecovery) -> None:
    """The member thought better of it. Idempotent."""
    if _decide(row, "withdrawn"):
        audit.record("ownership.recovery_refused", subject=row.id, reason="withdrawn")


def withdraw_all(reason: str) -> None:
    """Nobody becomes owner of the bound organization any more, for a reason code."""
    for row in session().scalars(select(OwnerRecovery).where(OwnerRecovery.decided_at.is_(None))).all():
        if _decide(row, "withdrawn"):
            audit.record("ownership.recovery_refused", subject=row.id, reason=reason)


def read_objection(text: str) -> tuple[OwnerRecovery, Actor]:
    """The request that an owner's link objects to, and the owner. Raises Expired; NotFound for who is no owner now."""
    try:
        data = signing.unsign("object-recovery", text, max_age=OBJECT)
    except Expired:
        sentence = f"It worked for {OBJECT.days} days. Sign in and look at your team."
        raise Expired(sentence, code="link-expired") from None
    owner = Actor("person", uuid.UUID(data["owner"]))
    with acting(owner, uuid.UUID(data["org"])):
        membership = memberships.find(uuid.UUID(data["owner"]))
        if membership is None or membership.role != Role.OWNER:
            raise NotFound("Only an owner can use this link, and you are none any more.", code="not-an-owner")
        wanted = select(OwnerRecovery).where(OwnerRecovery.id == uuid.UUID(data["recovery"]))
        return found(session().scalar(wanted)), owner


def object_to(row: OwnerRecovery) -> None:
    """An owner objects: it is over, and the member is told. Idempotent; too late changes nothing."""
    lock(f"owners:{row.org_id}")
    if _decide(row, "objected"):
        audit.record("ownership.recovery_refused", subject=row.id, reason="objected")
        _mail_team(row, "objected")


def follow_up(recovery_id: uuid.UUID, org_id: uuid.UUID | None) -> None:
    """The week to object is over: carry it out. Run by the worker."""
    with acting(SYSTEM, org_id):
        lock(f"owners:{org_id}")
        _carry_out(found(session().scalar(select(OwnerRecovery).where(OwnerRecovery.id == recovery_id))))


def _carry_out(row: OwnerRecovery) -> None:
    """The week is over: the member becomes owner, unless an owner came back or the ground is gone."""
    code = decide(_facts(row.org, row.user_id, row), now())
    if code == "waiting":
        raise jobs.Later("The week is not over.")
    if not _decide(row, "granted" if code == "granted" else "refused"):
        return
    if code != "granted":
        audit.record("ownership.recovery_refused", subject=row.id, reason=code)
        _mail_team(row, code)
        return
    membership = found(memberships.find(row.user_id))
    membership.role = Role.OWNER
    audit.record("ownership.recovered", subject=membership.id, reason="owners-inactive", domain=row.domain)
    for owner in memberships.owners():
        mail.queue(
            "recovery-granted",
            owner.user.email,
            who_name=row.user.name,
            org_name=row.org.name,
            domain=row.domain,
            team_url=absolute("organizations.team", slug=row.org.slug),
        )


def _mail_team(row: OwnerRecovery, code: str) -> None:
    """Mail the member why it came to nothing."""
    sentence = _sentence(code, row.org, _facts(row.org, row.user_id, row))
    page = absolute("organizations.recover", slug=row.org.slug)
    mail.queue("recovery-refused", row.user.email, org_name=row.org.name, sentence=sentence, page_url=page)


def _facts(org: Organization, user_id: uuid.UUID, row: OwnerRecovery | None) -> RecoveryFacts:
    membership = memberships.find(user_id)
    owners = memberships.owners()
    seen = [owner.created_at for owner in owners] + sessions.last_seen([owner.user_id for owner in owners])
    objections = select(OwnerRecovery).where(OwnerRecovery.outcome == "objected")
    seen += [other.decided_at for other in session().scalars(objections) if other.decided_at]
    names = [domain.name for domain in organizations.domains_of(org.id) if domain.lapsed_at is None]
    return RecoveryFacts(
        is_member=membership is not None,
        is_owner=membership is not None and membership.role == Role.OWNER,
        owner_seen_at=max(seen, default=None),
        domains=tuple(name for name in names if domain_disputes.find(name) is None),
        domain=row.domain if row else None,
        proved_at=row.proved_at if row else None,
    )


def _sentence(code: str, org: Organization, facts: RecoveryFacts) -> str:
    seen, proved = facts.owner_seen_at, facts.proved_at
    return SENTENCES[code].format(
        org=org.name,
        domain=facts.domain,
        idle=IDLE.days,
        days=OBJECT.days,
        seen=day(seen),
        possible=day(seen + IDLE if seen else None),
        due=day(proved + OBJECT if proved else None),
    )


def _decide(row: OwnerRecovery, outcome: str) -> bool:
    """Close an open request: True for whoever is first."""
    first = changed(
        update(OwnerRecovery)
        .where(OwnerRecovery.id == row.id, OwnerRecovery.decided_at.is_(None))
        .values(outcome=outcome, decided_at=now(), decided_by=scope().actor.user_id)
    )
    jobs.drop(_deadline(row))
    session().refresh(row)
    return bool(first)


def _deadline(row: OwnerRecovery) -> str:
    return f"recovery:{row.id}"
