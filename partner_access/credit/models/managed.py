"""Rows of managed accounts: the claim, the seat that only one organization has, the question to the client."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.credit.models.in_charge import InCharge
from partner_access.db import Base, OrgOwned
from partner_access.seals import Sealed


class ManagedClaim(Sealed, InCharge, OrgOwned, Base):
    """The organization's claim "we run this client's account for them" (docs/rules.md).

    claimed_by: None where the vendor's product said so, and nobody of the team.

    asked_at: when the client was mailed; None for one that only staff can answer. answer: what staff wrote.
    """

    __texts__ = ("answer",)
    __tablename__ = "managed_claim"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        Index(
            "uq_managed_claim_live",
            "org_id",
            "client_account_id",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index(None, "org_id", "client_id"),
        CheckConstraint("state in ('pending', 'active', 'ended')", name="state"),
        CheckConstraint("(state = 'ended') = (ended_at is not null)", name="ended_when"),
        CheckConstraint("(end_reason is null) = (ended_at is null)", name="reason_when_ended"),
    )

    client_id: Mapped[uuid.UUID]
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    claimed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    claimed_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    answer_by: Mapped[datetime]
    reminders: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="pending")
    confirmed_by: Mapped[str | None]
    active_from: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    answer: Mapped[str | None]


class LateClaim(OrgOwned, Base):
    """A line that was sent to claim an account after so many others that its answer comes later (answer_at).

    taken_at: when it was sent, which is the time that counts. code, site, date, why: its answer, once there is one;
    client_id: the organization's client that it led to.
    """

    __tablename__ = "late_claim"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        Index(None, "org_id", "taken_at"),
        CheckConstraint("(code is null) = (answered_at is null)", name="code_when_answered"),
    )

    line: Mapped[str]
    claimed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    taken_at: Mapped[datetime]
    answer_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    code: Mapped[str | None]
    site: Mapped[str | None]
    date: Mapped[datetime | None]
    why: Mapped[str | None]
    client_id: Mapped[uuid.UUID | None]

    claimer: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class ManagedSeat(Base):
    """Which ONE organization manages a client account now: the client account is the key, so there cannot be two."""

    __tablename__ = "managed_seat"

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    claim_id: Mapped[uuid.UUID]
    since: Mapped[datetime]


class ManagedAsk(Base):
    """Which organizations have claimed to manage a client account and wait for an answer, each at most once."""

    __tablename__ = "managed_ask"
    __table_args__ = (Index(None, "org_id"),)

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(unique=True)
