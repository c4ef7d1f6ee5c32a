"""Rows of what ties a client to a partner: leads and site holds, referral links and codes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.models.numbers import numbered
from partner_access.db import Base, OrgOwned


class Lead(OrgOwned, Base):
    """A site that the organization registered before the client signed up.

    submitted_by: None for one that a program of the organization registered. progress: what had moved when it was
    renewed. passed_on_at: when the next in line got the site, because the programme had paused the organization.
    answer_at: when the organization is told how it came out, where it had sent so many before; until it was, the lead
    is only taken. One for a website that a client had then has no site hold.
    """

    __tablename__ = "lead"
    __table_args__ = (
        Index(None, "org_id", "submitted_at", "id"),
        Index(None, "org_id", "site"),
        Index(
            "ix_lead_live",
            "org_id",
            "submitted_at",
            "id",
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index(
            "ix_lead_ended",
            "org_id",
            "submitted_at",
            "id",
            sqlite_where=text("ended_at is not null"),
            postgresql_where=text("ended_at is not null"),
        ),
        Index(
            "uq_lead_live",
            "org_id",
            "site",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        CheckConstraint("end_reason in ('won', 'expired', 'withdrawn', 'lost', 'too-late')", name="end_reason"),
        CheckConstraint("(end_reason is null) = (ended_at is null)", name="reason_when_ended"),
    )

    company: Mapped[str]
    website: Mapped[str]
    site: Mapped[str]
    contact_name: Mapped[str | None]
    contact_email: Mapped[str | None]
    note: Mapped[str | None]
    submitted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    submitted_at: Mapped[datetime]
    held_from: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    progress: Mapped[str | None]
    passed_on_at: Mapped[datetime | None]
    free_at: Mapped[datetime | None]
    answer_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]

    submitter: Mapped[User | None] = relationship(lazy="joined")

    @property
    def is_taken(self) -> bool:
        """Whether its organization is not told yet whether it holds the site."""
        return self.answer_at is not None and self.ended_at is None


class ReferralLink(OrgOwned, Base):
    """One of the organization's links; a lead has one of its own."""

    __tablename__ = "referral_link"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "lead_id"], ["lead.org_id", "lead.id"]),
        Index(
            "uq_referral_link_primary",
            "org_id",
            unique=True,
            sqlite_where=text("is_primary = 1"),  # as the ORM asks for it: SQLite compares the very terms
            postgresql_where=text("is_primary"),
        ),
        UniqueConstraint("org_id", "lead_id"),
    )

    code: Mapped[str] = mapped_column(ForeignKey("referral_code.code"))
    label: Mapped[str]
    is_primary: Mapped[bool] = mapped_column(default=False)
    lead_id: Mapped[uuid.UUID | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class SiteHold(Base):
    """Which organization holds a site for a lead, or waits in the queue for it (`held_from` is then empty).

    The database keeps one holder a site and one live row an organization and site. number: its place in the line for
    the site. registered_for: the organization that registered it, where another one has taken it over. passed_on: from
    when until when it held the site before it had to stand in line again, each as two moments in ISO 8601. warned_of:
    the end of the term of which programs were warned last.
    """

    __tablename__ = "site_hold"
    __table_args__ = (
        Index(
            "uq_site_hold_holder",
            "site",
            unique=True,
            sqlite_where=text("ended_at is null and held_from is not null"),
            postgresql_where=text("ended_at is null and held_from is not null"),
        ),
        Index(
            "uq_site_hold_live",
            "site",
            "org_id",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index(None, "site", "number"),
        Index(None, "held_until"),
        CheckConstraint("(held_from is null) = (held_until is null)", name="held_from_until"),
    )

    lead_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = numbered("site_hold")
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    site: Mapped[str]
    submitted_at: Mapped[datetime]
    held_from: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    registered_for: Mapped[uuid.UUID | None]
    warned_of: Mapped[datetime | None]
    passed_on: Mapped[list[Any]] = mapped_column(default=list)

    @property
    def place(self) -> tuple[bool, int]:
        """What orders the line for a site: who holds it, and then by registration."""
        return self.held_from is None, self.number

    @property
    def is_waiting(self) -> bool:
        """Whether it stands in the queue."""
        return self.ended_at is None and self.held_from is None

    @property
    def is_holding(self) -> bool:
        """Whether the site is held by it, also past its time until somebody settles the site."""
        return self.ended_at is None and self.held_from is not None

    def term(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """From when until when it holds the site; of several times the one that a moment lies in."""
        for since, until in self.passed_on:
            if datetime.fromisoformat(since) <= at < datetime.fromisoformat(until):
                return datetime.fromisoformat(since), datetime.fromisoformat(until)
        return self.held_from, self.held_until

    def passed_on_by(self, at: datetime) -> datetime | None:
        """When it had to stand in line again, for the last time before a moment; None for one that had not to."""
        return max((end for _, text in self.passed_on if (end := datetime.fromisoformat(text)) <= at), default=None)

    def is_over(self, at: datetime) -> bool:
        """Whether its time to hold the site had ended at a moment."""
        return self.held_until is not None and self.held_until <= at


class ReferralCode(Base):
    """The code in a referral link's address, unique across the programme, and how often it was opened."""

    __tablename__ = "referral_code"

    code: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    lead_id: Mapped[uuid.UUID | None]
    visits: Mapped[int] = mapped_column(default=0)
