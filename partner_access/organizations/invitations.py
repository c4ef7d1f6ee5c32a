"""Invitations: one address may join with a certain role, once it is proved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.addresses import Address
from partner_access.clock import now
from partner_access.db import Actor, acting, session
from partner_access.organizations import memberships
from partner_access.organizations.models import Invitation, Membership

LIFE = timedelta(days=7)


def invite(address: Address, role: str) -> Invitation:
    """Invite an address to the bound organization; inviting it again renews the open invitation."""
    row = session().scalar(select(Invitation).where(Invitation.email_key == address.key, *_unanswered()))
    if row is None:
        row = Invitation(email=address.email, email_key=address.key, created_at=now())
        session().add(row)
    row.role, row.expires_at = role, now() + LIFE
    session().flush()
    audit.record("invitation.sent", subject=row.id, reason="asked", role=role)
    return row


def open_for(user: User) -> Sequence[Invitation]:
    """The open invitations to this person's proved address, from whatever organizations."""
    with acting(user.actor):
        rows = session().scalars(select(Invitation).where(Invitation.expires_at > now(), *_unanswered())).all()
        return [row for row in rows if row.org.suspended_at is None]


def accept(row: Invitation, user: User) -> Membership:
    """The invited person joins, with the role of the invitation."""
    with acting(user.actor, row.org_id):
        row.accepted_at = row.accepted_at or now()
        audit.record("invitation.accepted", subject=row.id, reason="invitation", role=row.role)
        return memberships.create(user, row.role, provenance="invitation")


def renew(email_key: str) -> None:
    """Let the unanswered invitations to an address stand anew: the mail that carried them had run out."""
    invited = Actor("person", None, email_key)
    with acting(invited):
        rows = session().scalars(select(Invitation).where(*_unanswered())).all()
    for row in rows:
        with acting(invited, row.org_id):
            row.expires_at = now() + LIFE
            audit.record("invitation.sent", subject=row.id, reason="renewed", role=row.role)


def _unanswered() -> tuple:  # type: ignore[type-arg]
    return Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
