"""Rows of the API: its tokens, and the answers that are kept for calls which may be sent twice."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.clock import now
from partner_access.db import Base, new_id
from partner_access.organizations.models.organizations import Organization
from partner_access.permissions import TokenRole


class ApiToken(Base):
    """A key of the API: of one organization, or of the programme (`org_id` is then empty). It outlives its maker.

    A programme table, for whoever brings a token is found before anybody knows for which organization. beginning: what
    lists show of it; fingerprint: all that is kept of the secret. replaced_by: the one it was rotated for.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("scope in ('read', 'write')", name="scope"),
        CheckConstraint("name <> ''", name="named"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    name: Mapped[str]
    scope: Mapped[str]
    beginning: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    replaced_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_token.id"))

    org: Mapped[Organization | None] = relationship(lazy="joined")

    @property
    def role(self) -> TokenRole:
        """What it may do, as the one table of permissions says."""
        return TokenRole(f"{'org' if self.org_id else 'programme'}-{self.scope}")

    @property
    def is_live(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now())


class ApiAnswer(Base):
    """What a call with an `Idempotency-Key` was answered with, for a day; request: a fingerprint of what it asked."""

    __tablename__ = "api_answer"

    token_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
