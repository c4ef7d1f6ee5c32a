"""Rows of credit that belong to one organization. What must be unique across organizations is in `programme.py`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import Base, OrgOwned


class Lead(OrgOwned, Base):
    """A site that the organization registered before the client signed up."""

    __tablename__ = "lead"
    __table_args__ = (
        Index(None, "org_id", "submitted_at", "id"),
        Index(
            "uq_lead_live", "org_id", "site", unique=True,
            sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null"),
        ),
        CheckConstraint("end_reason in ('won', 'expired', 'withdrawn', 'lost', 'too-late')", name="end_reason"),
        CheckConstraint("(end_reason is null) = (ended_at is null)", name="reason_when_ended"),
    )  # fmt: skip

    company: Mapped[str]
    website: Mapped[str]
    site: Mapped[str]
    contact_name: Mapped[str | None]
    contact_email: Mapped[str | None]
    note: Mapped[str | None]
    submitted_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    submitted_at: Mapped[datetime]
    held_from: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    free_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]

    submitter: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class ReferralLink(OrgOwned, Base):
    """One of the organization's links; a lead has one of its own."""

    __tablename__ = "referral_link"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "lead_id"], ["lead.org_id", "lead.id"]),
        Index(
            "uq_referral_link_primary", "org_id", unique=True,
            sqlite_where=text("is_primary"), postgresql_where=text("is_primary"),
        ),
        UniqueConstraint("org_id", "lead_id"),
    )  # fmt: skip

    code: Mapped[str] = mapped_column(ForeignKey("referral_code.code"))
    label: Mapped[str]
    is_primary: Mapped[bool] = mapped_column(default=False)
    lead_id: Mapped[uuid.UUID | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Client(OrgOwned, Base):
    """A client account as one organization sees it: its credit there, or the reason why there is none.

    state: of the source credit: `pending`, `active`, `ended`, `declined` (always with its reason code), or `none` for
    an account that the organization only manages, or only asked about. managed: of the managed credit, with its reason
    code and the moment that counts for it (answer by, since, or until). review_by: while staff look at it;
    hand_over_by: while the account that was created for the client is not theirs yet. lead_id: the lead that won it.
    trace: the organization's own view, a list of Findings as JSON.
    """

    __tablename__ = "client"
    __table_args__ = (
        UniqueConstraint("org_id", "client_account_id"),
        Index(None, "org_id", "signed_up_at", "id"),
        Index(None, "org_id", "site"),
        Index(None, "org_id", "lead_id"),
        CheckConstraint("state in ('pending', 'active', 'ended', 'declined', 'none')", name="state"),
        CheckConstraint("basis in ('lead', 'behalf', 'link', 'ruling')", name="basis"),
        CheckConstraint("(basis is null) = (state in ('declined', 'none'))", name="basis_when_credited"),
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint("managed in ('pending', 'active', 'ended')", name="managed"),
        CheckConstraint("(managed is null) = (managed_at is null)", name="managed_at"),
        CheckConstraint("(managed is null) = (managed_reason is null)", name="managed_reason"),
    )

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    company: Mapped[str]
    site: Mapped[str]
    signed_up_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    state: Mapped[str]
    basis: Mapped[str | None]
    reason: Mapped[str]
    hold_until: Mapped[datetime | None]
    active_from: Mapped[datetime | None]
    managed: Mapped[str | None]
    managed_at: Mapped[datetime | None]
    managed_reason: Mapped[str | None]
    review_by: Mapped[datetime | None]
    hand_over_by: Mapped[datetime | None]
    lead_id: Mapped[uuid.UUID | None]
    rule_version: Mapped[int]
    trace: Mapped[list[Any]]

    @property
    def is_credited(self) -> bool:
        """Whether the organization has the source credit, pending or active."""
        return self.state in ("pending", "active")


class ManagedClaim(OrgOwned, Base):
    """The organization's claim "we run this client's account for them" (PRODUCT.md section 3).

    asked_at: when the client was mailed; None for one that only staff can answer. answer: what staff wrote.
    taken_over_by: the colleague who is in charge since whoever claimed it went.
    """

    __tablename__ = "managed_claim"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        Index(
            "uq_managed_claim_live", "org_id", "client_account_id", unique=True,
            sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null"),
        ),
        Index(None, "org_id", "client_id"),
        CheckConstraint("state in ('pending', 'active', 'ended')", name="state"),
        CheckConstraint("(state = 'ended') = (ended_at is not null)", name="ended_when"),
        CheckConstraint("(end_reason is null) = (ended_at is null)", name="reason_when_ended"),
    )  # fmt: skip

    client_id: Mapped[uuid.UUID]
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    claimed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    taken_over_by: Mapped[uuid.UUID | None]
    claimed_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    answer_by: Mapped[datetime]
    reminders: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="pending")
    confirmed_by: Mapped[str | None]
    active_from: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    answer: Mapped[str | None]

    claimer: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    successor: Mapped[User | None] = relationship(
        primaryjoin=lambda: foreign(ManagedClaim.taken_over_by) == User.id, viewonly=True
    )

    @property
    def in_charge(self) -> User:
        """Whom mails about it go to while they are in the team."""
        return self.successor or self.claimer


class HandOver(OrgOwned, Base):
    """An account that a teammate created on the client's behalf, until the client accepted it as theirs.

    mailed: how many links were sent; the newest alone works, until due_at, unless it was stopped before.
    taken_over_by: the colleague who is in charge since whoever created it went.
    """

    __tablename__ = "hand_over"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        UniqueConstraint("org_id", "client_account_id"),
        UniqueConstraint("org_id", "client_id"),
        CheckConstraint("stop_reason in ('cancelled', 'refused')", name="stop_reason"),
        CheckConstraint("(stop_reason is null) = (stopped_at is null)", name="reason_when_stopped"),
    )

    client_id: Mapped[uuid.UUID]
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    name: Mapped[str]
    email: Mapped[str]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"))
    taken_over_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    due_at: Mapped[datetime]
    mailed: Mapped[int] = mapped_column(default=0)
    reminders: Mapped[int] = mapped_column(default=0)
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    accepted_at: Mapped[datetime | None]

    creator: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    successor: Mapped[User | None] = relationship(
        primaryjoin=lambda: foreign(HandOver.taken_over_by) == User.id, viewonly=True
    )

    @property
    def in_charge(self) -> User:
        """Whom mails about it go to while they are in the team."""
        return self.successor or self.creator


class DisputeSide(OrgOwned, Base):
    """One organization's side of a question about a client account: its words, and the answer that it reads."""

    __tablename__ = "dispute_side"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        UniqueConstraint("org_id", "dispute_id"),
        Index(None, "org_id", "client_id"),
        CheckConstraint("(answer is null) = (closed_at is null)", name="answer_when_closed"),
    )

    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("dispute.id"))
    client_id: Mapped[uuid.UUID]
    words: Mapped[str | None]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    is_credited: Mapped[bool | None]
    answer: Mapped[str | None]

    asker: Mapped[User | None] = relationship(lazy="joined")


class CreditEntry(OrgOwned, Base):
    """One line of the ledger: what changed in the counts of pending, active and managed credit; the counts since.

    Append-only, `seq` without gaps. hash: SHA-256 over the line and the hash of the line before it (ledger.seal).
    """

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("org_id", "seq"),
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        Index(None, "org_id", "client_id"),
        Index(None, "org_id", "at"),
    )

    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str]
    client_id: Mapped[uuid.UUID]
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    basis: Mapped[str]
    reason: Mapped[str]
    pending: Mapped[int]
    active: Mapped[int]
    managed: Mapped[int]
    pending_after: Mapped[int]
    active_after: Mapped[int]
    managed_after: Mapped[int]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    reverses: Mapped[int | None]
    ruling_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ruling.id"))
    previous_hash: Mapped[str]
    hash: Mapped[str]


class OrgTotals(OrgOwned, Base):
    """The counts that pages show, kept in the transaction that changes them. One row an organization (id = org_id)."""

    __tablename__ = "org_totals"

    entries: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    active: Mapped[int] = mapped_column(default=0)
    managed: Mapped[int] = mapped_column(default=0)
    declined: Mapped[int] = mapped_column(default=0)
    leads: Mapped[int] = mapped_column(default=0)
    live_leads: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(default="")
