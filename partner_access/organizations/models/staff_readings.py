"""Rows of staff who read an organization's pages. Programme tables."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.clock import now
from partner_access.db import Base, new_id
from partner_access.organizations.models.organizations import Organization


class StaffReading(Base):
    """One of staff reads an organization's pages until then, with a reason that the organization reads too."""

    __tablename__ = "staff_reading"
    __table_args__ = (
        Index(None, "user_id", "org_id"),
        Index(None, "ended_at", "until"),
        CheckConstraint("reason <> ''", name="reason_given"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    reason: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class StaffReadingPage(Base):
    """A page that was opened in a reading, once each."""

    __tablename__ = "staff_reading_page"

    reading_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_reading.id"), primary_key=True)
    endpoint: Mapped[str] = mapped_column(primary_key=True)
