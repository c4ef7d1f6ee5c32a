"""Rows of recovering an organization that has lost its owners."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import Base, OrgOwned
from partner_access.organizations.models.organizations import Organization


class OwnerRecovery(OrgOwned, Base):
    """A member who asks to become owner because no owner is there any more, by proving a domain with this token.

    answer, seen_at: the last reading of the DNS, as in DomainClaim.
    """

    __tablename__ = "owner_recovery"
    __table_args__ = (
        Index(
            "uq_owner_recovery_open",
            "org_id",
            "user_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('granted', 'objected', 'refused', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    domain: Mapped[str]
    token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    checked_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    seen_at: Mapped[str | None]
    proved_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None]
    outcome: Mapped[str | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
