"""Rows of the team: who is a member, and which mails each of them gets."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import Base, OrgOwned
from partner_access.organizations.models.organizations import Organization
from partner_access.permissions import Role


class Membership(OrgOwned, Base):
    """A person in an organization: role, state and how it came to be. A removed one stays, as the tombstone.

    via: the e-mail domain, or the invited address, that let them in. admitted_by: who of the team invited them or let
    them in; None where nobody had to.
    """

    __tablename__ = "membership"
    __person_column__ = "user_id"
    __table_args__ = (
        UniqueConstraint("org_id", "user_id"),
        CheckConstraint("role in ('owner', 'admin', 'member')", name="role"),
        Index(None, "user_id"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    role: Mapped[str]
    provenance: Mapped[str]
    via: Mapped[str | None]
    admitted_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    suspended_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
    admitter: Mapped[User | None] = relationship(
        primaryjoin=lambda: foreign(Membership.admitted_by) == User.id, viewonly=True
    )

    @property
    def is_active(self) -> bool:
        return self.state == "active"

    @property
    def is_present(self) -> bool:
        return self.state in ("active", "suspended")

    @property
    def state(self) -> str:
        """`active`, `suspended`, `removed` or `left`."""
        ends = [("removed", self.removed_at), ("left", self.left_at), ("suspended", self.suspended_at)]
        return next((state for state, at in ends if at), "active")

    @property
    def role_name(self) -> Role:
        return Role(self.role)


class MailChoice(OrgOwned, Base):
    """What was chosen for one person about one topic of mails (topics.TOPICS); without a row their role decides.

    chosen: whether owners and admins want them to get it, None where the role decides. off_since: they took themselves
    off. Both end with the membership: a row that is older than it says nothing.
    """

    __tablename__ = "mail_choice"
    __table_args__ = (
        UniqueConstraint("org_id", "topic", "user_id"),
        CheckConstraint("topic in ('team', 'domains', 'clients', 'statement')", name="topic"),
    )

    topic: Mapped[str]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    chosen: Mapped[bool | None]
    off_since: Mapped[datetime | None]
    changed_at: Mapped[datetime]
