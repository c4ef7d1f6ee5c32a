"""Rows of accounts that a teammate created, until the client accepts them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.credit.models.in_charge import InCharge
from partner_access.db import Base, OrgOwned


class Handover(InCharge, OrgOwned, Base):
    """An account that a teammate created on the client's behalf, until the client accepted it as theirs.

    mailed: how many links were sent; the newest alone works, until due_at, unless it was stopped before.
    """

    __tablename__ = "hand_over"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        UniqueConstraint("org_id", "client_account_id"),
        UniqueConstraint("org_id", "client_id"),
        CheckConstraint("stop_reason in ('cancelled', 'refused')", name="stop_reason"),
        CheckConstraint("(stop_reason is null) = (stopped_at is null)", name="reason_when_stopped"),
    )

    client_id: Mapped[uuid.UUID]
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    name: Mapped[str]
    email: Mapped[str]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    due_at: Mapped[datetime]
    mailed: Mapped[int] = mapped_column(default=0)
    reminders: Mapped[int] = mapped_column(default=0)
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
