"""Rows of credit that belong to one organization. What must be unique across organizations is in `programme.py`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

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

    state: `pending`, `active`, `ended` or `declined`; a declined one always has its reason code.
    trace: the organization's own view of the decision, a list of rungs (rules.Finding as JSON).
    """

    __tablename__ = "client"
    __table_args__ = (
        UniqueConstraint("org_id", "client_account_id"),
        Index(None, "org_id", "signed_up_at", "id"),
        Index(None, "org_id", "site"),
        CheckConstraint("state in ('pending', 'active', 'ended', 'declined')", name="state"),
        CheckConstraint("basis in ('lead', 'link')", name="basis"),
        CheckConstraint("(basis is null) = (state = 'declined')", name="basis_when_credited"),
        CheckConstraint("reason <> ''", name="reason_given"),
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
    rule_version: Mapped[int]
    trace: Mapped[list[Any]]


class CreditEntry(OrgOwned, Base):
    """One line of the ledger: what changed in the counts of pending and active credit. Append-only, gapless `seq`."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("org_id", "seq"),
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        Index(None, "org_id", "client_id"),
    )

    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str]
    client_id: Mapped[uuid.UUID]
    basis: Mapped[str]
    reason: Mapped[str]
    pending: Mapped[int]
    active: Mapped[int]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    reverses: Mapped[int | None]


class OrgTotals(OrgOwned, Base):
    """The counts that pages show, kept in the transaction that changes them. One row an organization (id = org_id)."""

    __tablename__ = "org_totals"

    entries: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    active: Mapped[int] = mapped_column(default=0)
    declined: Mapped[int] = mapped_column(default=0)
    leads: Mapped[int] = mapped_column(default=0)
    live_leads: Mapped[int] = mapped_column(default=0)
