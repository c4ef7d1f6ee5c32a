"""Rows of webhooks: where events are posted to, and what was posted there."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, new_id


class WebhookEndpoint(Base):
    """An address to which events are posted: of one organization, or of the programme (`org_id` is then empty).

    A programme table, for the publisher reads all of them; endpoints.py reaches those of the bound organization alone.
    It outlives who added it. secret: signs what is posted, so it is kept as it is; previous_secret signs besides until
    `previous_until`. secret_number: how often there was a new one. failures: in a row, since `failing_since`. Before
    `rests_until` nothing is posted. off_reason: `by-hand`, `gone` (it answered 410) or `failing`.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        Index(None, "org_id"),
        CheckConstraint("(off_at is null) = (off_reason is null)", name="off_for_a_reason"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    url: Mapped[str]
    types: Mapped[list[Any]]
    secret: Mapped[str]
    secret_number: Mapped[int] = mapped_column(default=1)
    previous_secret: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    off_at: Mapped[datetime | None]
    off_reason: Mapped[str | None]

    @property
    def secrets(self) -> list[str]:
        """The secrets that sign now, the newest first."""
        overlaps = self.previous_secret and self.previous_until and self.previous_until > now()
        return [self.secret, self.previous_secret] if overlaps and self.previous_secret else [self.secret]


class WebhookDelivery(Base):
    """One event on its way to one endpoint, or a ping (`event_id` is then empty), with what its last attempt came to.

    state: `queued` (the next attempt is at `due_at`), `delivered`, or `failed` for good. body: what is posted, the same
    at every attempt. status and answer: what the endpoint answered, the first part of it; error: why it was no success.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'delivered', 'failed')", name="state"),
        Index(None, "endpoint_id", "id"),
        Index(
            "ix_webhook_delivery_queued",
            "endpoint_id",
            "due_at",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "uq_webhook_delivery_queued",
            "endpoint_id",
            "event_id",
            unique=True,
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    endpoint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhook_endpoint.id"))
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"))
    type: Mapped[str]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[datetime | None]
    took_ms: Mapped[int | None]
    status: Mapped[int | None]
    answer: Mapped[str | None]
    error: Mapped[str | None]

    @property
    def message_id(self) -> str:
        """Its `webhook-id`: the same at every attempt, and whenever the same event is sent again."""
        return str(self.event_id or self.id)
