"""When a member may become owner because no owner is there any more. Pure: no Flask, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE, OBJECT = timedelta(days=60), timedelta(days=7)


@dataclass(frozen=True)
class RecoveryFacts:
    """What is known of a member and of the owners.

    owner_seen_at: when an active owner was last here, or objected; None where there is none. domains: those of the
    organization that are proved and not in dispute. proved_at: when the member proved the one they chose (`domain`).
    """

    is_member: bool
    is_owner: bool
    owner_seen_at: datetime | None
    domains: tuple[str, ...]
    domain: str | None = None
    proved_at: datetime | None = None


def decide(facts: RecoveryFacts, at: datetime) -> str:
    """What the member may do now, as a key of SENTENCES. Asked at every step, so that an owner who returns ends it."""
    if not facts.is_member:
        return "not-a-member"
    if facts.is_owner:
        return "is-owner"
    if facts.owner_seen_at is not None and at - facts.owner_seen_at < IDLE:
        return "owner-active"
    if not facts.domains:
        return "no-domain"
    if facts.domain is None:
        return "may-ask"
    if facts.domain not in facts.domains:
        return "domain-lost"
    if facts.proved_at is None:
        return "may-prove"
    return "waiting" if at - facts.proved_at < OBJECT else "granted"


REFUSALS = frozenset({"not-a-member", "is-owner", "owner-active", "no-domain", "domain-lost"})

SENTENCES: dict[str, str] = {
    "not-a-member": "You are no active member of {org} any more.",
    "is-owner": "You are an owner of {org}, so there is nothing to recover.",
    "owner-active": "An owner of {org} was here on {seen}. Ask them. Without an owner for {idle} days, from {possible} "
    "on, you can recover the ownership here.",
    "no-domain": "{org} has no proved e-mail domain that is not in dispute, so this way is closed. Write to us.",
    "domain-lost": "{domain} is not a proved domain of {org} any more, or it is in dispute.",
    "may-ask": "No owner of {org} has been here for {idle} days. If you control the DNS of its domain, you can become "
    "an owner.",
    "may-prove": "Add the record below to the DNS of {domain}, then check.",
    "waiting": "The record was found. All owners were mailed and can object until {due}. If none does, you become an "
    "owner then.",
    "granted": "No owner objected in {days} days, so you are an owner of {org} now.",
    "objected": "An owner of {org} objected, so everything stays as it is. Ask the owners.",
    "withdrawn": "You withdrew the request.",
}
"""Code -> what it means to the member. Slots: {org}, {domain}, {seen}, {possible}, {due}, {idle}, {days}."""
