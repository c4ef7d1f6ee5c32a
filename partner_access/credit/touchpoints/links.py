"""Referral links: an organization's own landing pages. A code is unique across the programme."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select

from partner_access import audit
from partner_access.clock import now
from partner_access.credit.models import ReferralCode, ReferralLink
from partner_access.db import found, scope, session
from partner_access.errors import Invalid
from partner_access.keys import codes
from partner_access.organizations.models import Organization
from partner_access.transactions import insert_once, lock
from partner_access.web.urls import absolute

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for each other when a code is read out."""
MOST = 100


def url(code: str) -> str:
    """The address to share."""
    return absolute("landing.open_link", code=code)


def primary(org: Organization, *, code: str | None = None) -> ReferralLink:
    """The organization's primary link; it is made when there is none yet.

    Its code is the slug and a random part, so that nobody finds out by guessing names who the partners are.
    """
    row = session().scalar(select(ReferralLink).where(ReferralLink.is_primary))
    if row is None:
        lock(f"primary-link:{org.id}")
        row = session().scalar(select(ReferralLink).where(ReferralLink.is_primary))
    return row or _create("Referral link", _reserve(code or f"{org.slug}-{_random(4)}"), is_primary=True)


def primary_url() -> str | None:
    """The address of the bound organization's primary link, or None before it was made."""
    code = session().scalar(select(ReferralLink.code).where(ReferralLink.is_primary))
    return url(code) if code else None


def create(label: str, *, code: str | None = None) -> ReferralLink:
    """Another link with a label of its own. Raises Invalid when the label is taken, or there are MOST links."""
    label = " ".join(label.replace("\x00", " ").split())
    lock(f"links:{scope().org_id}")
    labels = [row.label.casefold() for row in listing()]
    if label.casefold() in labels:
        raise Invalid("You have a link with this label already. Give this one another name.", field="label")
    if len(labels) >= MOST:
        raise Invalid(f"You have {MOST} links, which is the most there can be.", field="label")
    return _create(label, _reserve(code or f"{_word(label)}-{_random(4)}".strip("-")))


def for_lead(lead_id: uuid.UUID, company: str) -> ReferralLink:
    """The link of one lead, which proves the lead without any cookie: its code cannot be guessed."""
    return _create(company, _reserve(_random(10), lead_id), lead_id=lead_id)


def of_lead(lead_id: uuid.UUID) -> ReferralLink:
    """The link of a lead of the bound organization. Raises NotFound."""
    return found(session().scalar(select(ReferralLink).where(ReferralLink.lead_id == lead_id)))


def of_leads(lead_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The codes of the links of these leads, by lead id."""
    rows = session().execute(select(ReferralLink.lead_id, ReferralLink.code).where(ReferralLink.lead_id.in_(lead_ids)))
    return {lead_id: code for lead_id, code in rows if lead_id}


def listing() -> Sequence[ReferralLink]:
    """The organization's links but those of leads, the primary one first, then in order of age."""
    statement = select(ReferralLink).where(ReferralLink.lead_id.is_(None))
    return session().scalars(statement.order_by(ReferralLink.is_primary.desc(), ReferralLink.id)).all()


def fetch(link_id: uuid.UUID) -> ReferralLink:
    """One link of the bound organization. Raises NotFound."""
    return found(session().scalar(select(ReferralLink).where(ReferralLink.id == link_id)))


def visits(rows: Sequence[ReferralLink]) -> dict[str, int]:
    """How often each link was opened by people, by code."""
    codes = [row.code for row in rows]
    counted = select(ReferralCode.code, ReferralCode.visits).where(ReferralCode.code.in_(codes))
    return {row.code: row.visits for row in session().execute(counted)}


def find_code(code: str) -> ReferralCode | None:
    """Whose code this is, across the programme, whatever its carriers have made of it."""
    code = codes.code(code)
    if not code:  # what cannot be a code needs no look
        return None
    return session().scalar(select(ReferralCode).where(ReferralCode.code == code))


def _create(label: str, code: str, *, is_primary: bool = False, lead_id: uuid.UUID | None = None) -> ReferralLink:
    row = ReferralLink(
        code=code,
        label=label,
        is_primary=is_primary,
        lead_id=lead_id,
        created_by=scope().actor.person_id,
        created_at=now(),
    )
    session().add(row)
    session().flush()
    audit.record("referral_link.created", subject=row.id, code=code, label=label)
    return row


def _reserve(wanted: str, lead_id: uuid.UUID | None = None) -> str:
    """Take a code that nobody has: the one wanted, or it with a random end."""
    code = wanted
    while not insert_once(ReferralCode(code=code, org_id=scope().org_id, lead_id=lead_id)):
        code = f"{wanted}-{_random(4)}"
    return code


def _word(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:24].strip("-")


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
