"""When the worker next has something to do for a row of credit."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.db import Base


class CreditDeadline(Base):
    """When the worker next has something to do for a row of an organization: a reminder, or the end of waiting.

    kind: `managed-claim`, `hand-over` or `dispute`; subject_id: the row's id.
    """

    __tablename__ = "credit_deadline"
    __table_args__ = (Index(None, "due_at"),)

    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str]
    due_at: Mapped[datetime]
