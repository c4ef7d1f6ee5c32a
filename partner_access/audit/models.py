"""The audit tables: of the organizations' own events, of events that belong to none, and of what staff decided."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, OrgOwned, new_id
from partner_access.seals import Sealed


class _Event(Sealed):
    __texts__ = ("fields",)

    at: Mapped[datetime] = mapped_column(default=now)
    event: Mapped[str]
    kind: Mapped[str | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    subject_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None]
    fields: Mapped[dict[str, Any]]


def _told(name: str, which: str, *first: str) -> list[Index]:
    """The order in which a filtered log is read, over the events that the filter can let through alone."""
    return [Index(name, "org_id", *first, "at", "id", sqlite_where=text(which), postgresql_where=text(which))]


class OrgEvent(_Event, OrgOwned, Base):
    """An event of one organization; its people read it as their activity. Append-only."""

    __tablename__ = "org_event"
    __table_args__ = (
        *_told("ix_org_event_told", "kind is not null"),
        *_told("ix_org_event_by_staff", "actor_kind = 'staff'"),
        *_told("ix_org_event_by_person", "actor_id is not null", "actor_id"),
        *_told("ix_org_event_reason", "reason is not null", "reason"),
        Index(None, "org_id", "kind", "at", "id"),
        Index(None, "org_id", "subject_id", "at", "id"),
    )


class ProgrammeEvent(_Event, Base):
    """An event outside any organization: requests, proofs, sign-ins, refusals. Append-only."""

    __tablename__ = "programme_event"
    __table_args__ = (Index(None, "at", "id"), Index(None, "kind", "at", "id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)


class StaffDecision(Sealed, Base):
    """What staff decided, with their reason in words. Append-only. Without `decided_by` it was a command."""

    __texts__ = ("reason",)

    __tablename__ = "staff_decision"
    __table_args__ = (Index(None, "at", "id"), CheckConstraint("reason <> ''", name="reason_given"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    outcome: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    at: Mapped[datetime] = mapped_column(default=now)
