"""The outbox: one row a mail, with its state in view."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, new_id


class MailRefusal(Base):
    """An address whose reader has no login and asked never to be mailed."""

    __tablename__ = "mail_refusal"

    email_key: Mapped[str] = mapped_column(primary_key=True)
    refused_at: Mapped[datetime] = mapped_column(default=now)


class OutboxMail(Base):
    """A mail to one address. Its id is its Message-ID, so that a repeated delivery can be recognised.

    state: `queued` (a job of the same id sends it), `sent`, or `failed` (refused for good, come back, or given up after
    a day of tries, with how many and the last error). about_id: the row that says so when it has failed. Bodies hold
    one-time links, so they are dropped when the mail is sent.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'sent', 'failed')", name="state"),
        Index(None, "state", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    to: Mapped[str] = mapped_column("to_address")
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    about_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    dedupe: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="queued")
    created_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
