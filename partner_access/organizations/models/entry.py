"""Rows of coming in: invitations, join requests, applications to found an organization."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import Base, OrgOwned, new_id
from partner_access.organizations.models.organizations import Organization


class Invitation(OrgOwned, Base):
    """One address that may join with a certain role, once it is proved. Without `invited_by` staff invited it."""

    __tablename__ = "invitation"
    __person_column__ = "email_key"
    __table_args__ = (
        Index(
            "uq_invitation_open",
            "org_id",
            "email_key",
            unique=True,
            sqlite_where=text("accepted_at is null and revoked_at is null"),
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
        Index(None, "email_key"),
    )

    email: Mapped[str]
    email_key: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[uuid.UUID | None]
    revoked_at: Mapped[datetime | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
    inviter: Mapped[User | None] = relationship(
        primaryjoin=lambda: foreign(Invitation.invited_by) == User.id, viewonly=True
    )


class InvitationLink(Base):
    """A mailed link to an invitation: the narrow programme row by which its secret is found, also after it stopped."""

    __tablename__ = "invitation_link"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    invitation_id: Mapped[uuid.UUID] = mapped_column(index=True)
    sent_at: Mapped[datetime] = mapped_column(default=now)
    replaced_at: Mapped[datetime | None]


class JoinRequest(OrgOwned, Base):
    """A proved person who waits for an admin's decision."""

    __tablename__ = "join_request"
    __person_column__ = "user_id"
    __table_args__ = (
        Index(
            "uq_join_request_open",
            "org_id",
            "user_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('approved', 'declined', 'expired', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
        Index(None, "user_id"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class EscalatedRequest(Base):
    """An open join request that nobody at the organization answers: since told_staff_at it waits for staff."""

    __tablename__ = "escalated_request"

    join_request_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    told_staff_at: Mapped[datetime] = mapped_column(index=True)

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class Application(Base):
    """A proved person of an unknown domain who wants to found a partner organization; staff decide."""

    __tablename__ = "application"
    __table_args__ = (
        Index(
            "ix_application_open",
            "id",
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
        Index(
            "uq_application_open",
            "user_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('approved', 'declined', 'withdrawn', 'joined')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
        Index(None, "domain"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    domain: Mapped[str]
    domain_is_public: Mapped[bool]
    org_name: Mapped[str]
    website: Mapped[str | None]
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    completed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
