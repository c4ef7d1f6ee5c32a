"""Rows of organizations. Programme tables: organization, domain, its disputes, application. The others: tenants'."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import Base, OrgOwned, new_id
from partner_access.permissions import Role


class Organization(Base):
    """A partner organization: the tenant. default_policy: the join policy that a newly proved domain begins with.

    suspended_at: since when it is paused now (OrgPause has all its pauses); closed_at: since when it is over for good.
    owners_look_at: when the worker next looks whether an owner is there; ownerless_since: none is, as it found.
    """

    __tablename__ = "organization"
    __table_args__ = (CheckConstraint("default_policy in ('auto', 'request', 'closed')", name="default_policy"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    website: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    suspended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    owners_look_at: Mapped[datetime | None] = mapped_column(default=now, index=True)
    ownerless_since: Mapped[datetime | None] = mapped_column(index=True)
    default_policy: Mapped[str] = mapped_column(default="request")

    @property
    def state(self) -> str:
        """`active`, `paused` or `closed`."""
        return "closed" if self.closed_at else "paused" if self.suspended_at else "active"

    @property
    def is_active(self) -> bool:
        return self.state == "active"


class OrgPause(Base):
    """A time for which the programme has paused an organization; `until` is None while it lasts."""

    __tablename__ = "org_pause"
    __table_args__ = (
        Index(
            "uq_org_pause_open", "org_id", unique=True,
            sqlite_where=text("until is null"), postgresql_where=text("until is null"),
        ),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class OrgMerger(Base):
    """An organization became part of another one, for good. What it was before stays written as it was.

    The other one may become part of a third later: who goes on at last is found by going from one to the next.
    """

    __tablename__ = "org_merger"

    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    into_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    at: Mapped[datetime]


class Domain(Base):
    """A proved e-mail domain. It belongs to at most one organization, so the name itself is the key.

    check_at: when the worker looks for the record again; None where staff proved it. missed_since: the record is not
    there since then; lapsed_at: for so long that auto-join is off.
    """

    __tablename__ = "domain"
    __table_args__ = (
        CheckConstraint("proof in ('staff', 'dns')", name="proof"),
        CheckConstraint("policy in ('auto', 'request', 'closed')", name="policy"),
        CheckConstraint("proof = 'dns' or not include_subdomains", name="subdomains_need_dns"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    proof: Mapped[str]
    policy: Mapped[str]
    include_subdomains: Mapped[bool] = mapped_column(default=False)
    proved_at: Mapped[datetime] = mapped_column(default=now)
    check_at: Mapped[datetime | None] = mapped_column(index=True)
    missed_since: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class DomainClaim(OrgOwned, Base):
    """An e-mail domain that an organization says is its own, with the token to prove it. It grants nothing.

    answer, seen_at: the last reading of the DNS (domain_rules.READINGS) and the name it is about.
    """

    __tablename__ = "domain_claim"
    __table_args__ = (UniqueConstraint("org_id", "name"),)

    name: Mapped[str]
    token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[uuid.UUID | None]
    checked_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    seen_at: Mapped[str | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class DomainDispute(Base):
    """A domain of one organization (the one that `domain` names) that another one, `org_id`, has proved too.

    While it is open, nobody joins by the domain at once. outcome: `holder` keeps it, the `rival` gets it, or it was
    `withdrawn` because one of them let the domain go.
    """

    __tablename__ = "domain_dispute"
    __table_args__ = (
        Index(
            "uq_domain_dispute_open", "domain", "org_id", unique=True,
            sqlite_where=text("decided_at is null"), postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('holder', 'rival', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    domain: Mapped[str]
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class OwnerRecovery(OrgOwned, Base):
    """A member who asks to become owner because no owner is there any more, by proving a domain with this token.

    answer, seen_at: the last reading of the DNS, as in DomainClaim.
    """

    __tablename__ = "owner_recovery"
    __table_args__ = (
        Index(
            "uq_owner_recovery_open", "org_id", "user_id", unique=True,
            sqlite_where=text("decided_at is null"), postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('granted', 'objected', 'refused', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
    )  # fmt: skip

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


class RecoveryDeadline(Base):
    """When a proved recovery is carried out: the narrow programme row by which the worker finds it."""

    __tablename__ = "recovery_deadline"

    recovery_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    due_at: Mapped[datetime] = mapped_column(index=True)


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
    removed_by: Mapped[uuid.UUID | None]
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


class Invitation(OrgOwned, Base):
    """One address that may join with a certain role, once it is proved. Without `invited_by` staff invited it."""

    __tablename__ = "invitation"
    __person_column__ = "email_key"
    __table_args__ = (
        Index(
            "uq_invitation_open", "org_id", "email_key", unique=True,
            sqlite_where=text("accepted_at is null and revoked_at is null"),
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
        Index(None, "email_key"),
    )  # fmt: skip

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
            "uq_join_request_open", "org_id", "user_id", unique=True,
            sqlite_where=text("decided_at is null"), postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('approved', 'declined', 'expired', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
        Index(None, "user_id"),
    )  # fmt: skip

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


class JoinDeadline(Base):
    """When something is next due about an open join request: the narrow programme row by which the worker finds it.

    told_staff_at: since when the programme's staff know that nobody at the organization answers.
    """

    __tablename__ = "join_deadline"

    join_request_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    due_at: Mapped[datetime] = mapped_column(index=True)
    told_staff_at: Mapped[datetime | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class Application(Base):
    """A proved person of an unknown domain who wants to found a partner organization; staff decide."""

    __tablename__ = "application"
    __table_args__ = (
        Index(
            "uq_application_open", "user_id", unique=True,
            sqlite_where=text("decided_at is null"), postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('approved', 'declined', 'withdrawn', 'joined')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
        Index(None, "domain"),
    )  # fmt: skip

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
