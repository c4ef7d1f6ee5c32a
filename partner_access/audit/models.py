"""The audit tables: of the organizations' own events, of events that belong to none, and of what staff decided."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, OrgOwned, new_id


class _Event:
    at: Mapped[datetime] = mapped_column(default=now)
    event: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    subject_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None]
    fields: Mapped[dict[str, Any]]


class OrgEvent(_Event, OrgOwned, Base):
    """An event of one organization; its people read it as their activity. Append-only."""

    __tablename__ = "org_event"
    __table_args__ = (Index(None, "org_id", "at"),)


class ProgrammeEvent(_Event, Base):
    """An event outside any organization: requests, proofs, sign-ins, refusals. Append-only."""

    __tablename__ = "programme_event"
    __table_args__ = (Index(None, "at", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)


class StaffDecision(Base):
    """What staff decided, with their reason in words. Append-only. Without `decided_by` it was a command."""

    __tablename__ = "staff_decision"
    __table_args__ = (Index(None, "at", "id"), CheckConstraint("reason <> ''", name="reason_given"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    outcome: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
