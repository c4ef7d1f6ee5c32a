"""Rows of managed accounts: the claim, the seat that only one organization has, the question to the client."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.credit.models.in_charge import InCharge
from partner_access.db import Base, OrgOwned


class ManagedClaim(InCharge, OrgOwned, Base):
    """The organization's claim "we run this client's account for them" (docs/rules.md).

    asked_at: when the client was mailed; None for one that only staff can answer. answer: what staff wrote.
    """

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
    claimed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
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
