"""The one table of jobs: what is still to be done, and what was set aside."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, new_id


class Job(Base):
    """Work that is to be done when `due_at` has come. It is deleted in the transaction that does it.

    A worker takes it by moving `due_at` ahead by a lease and counting the attempt: after a crash it is due again by
    itself, and whoever ends it proves by the number of the attempt that nobody else has taken it since.

    subject_id: the row that the work is about; org_id: whose it is. dedupe: there is one job of this name at most.
    set_aside_at: it has failed too often (`last_error` says how), and staff decide.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_waiting",
            "queue",
            "due_at",
            sqlite_where=text("set_aside_at is null"),
            postgresql_where=text("set_aside_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    queue: Mapped[str]
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    dedupe: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    set_aside_at: Mapped[datetime | None]
