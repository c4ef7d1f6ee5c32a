"""Rows that must be unique across organizations: narrow, and reached only by functions that answer neutrally."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, new_id


class SiteHold(Base):
    """Which organization holds a site for a lead, or waits in the queue for it (`held_from` is then empty).

    The database keeps one holder a site and one live row an organization and site. registered_for: the organization
    that registered it, where another one has taken it over.
    """

    __tablename__ = "site_hold"
    __table_args__ = (
        Index(
            "uq_site_hold_holder", "site", unique=True,
            sqlite_where=text("ended_at is null and held_from is not null"),
            postgresql_where=text("ended_at is null and held_from is not null"),
        ),
        Index(
            "uq_site_hold_live", "site", "org_id", unique=True,
            sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null"),
        ),
        Index(None, "site", "submitted_at"),
        Index(None, "held_until"),
        CheckConstraint("(held_from is null) = (held_until is null)", name="held_from_until"),
    )  # fmt: skip

    lead_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    site: Mapped[str]
    submitted_at: Mapped[datetime]
    held_from: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    registered_for: Mapped[uuid.UUID | None]

    @property
    def is_waiting(self) -> bool:
        """Whether it stands in the queue."""
        return self.ended_at is None and self.held_from is None

    @property
    def is_holding(self) -> bool:
        """Whether the site is held by it, also past its time until somebody settles the site."""
        return self.ended_at is None and self.held_from is not None

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


class Visit(Base):
    """One opening of a referral link by a browser. Secrets are kept as fingerprints."""

    __tablename__ = "visit"
    __table_args__ = (Index(None, "browser_fingerprint", "opened_at"), Index(None, "org_id", "opened_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    code: Mapped[str] = mapped_column(ForeignKey("referral_code.code"))
    token_fingerprint: Mapped[str] = mapped_column(unique=True)
    browser_fingerprint: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=now)


class ClientAccount(Base):
    """A customer business of the vendor, known by the vendor's `external_id`, with the facts of its sign-up.

    created_for: the organization that created it in the portal on the client's behalf. merged_into: the account that
    goes on in its place.
    """

    __tablename__ = "client_account"
    __table_args__ = (Index(None, "site", "signed_up_at"), Index(None, "signed_up_at", "id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    external_id: Mapped[str] = mapped_column(unique=True)
    company: Mapped[str]
    website: Mapped[str]
    site: Mapped[str]
    owner_name: Mapped[str | None]
    email: Mapped[str | None]
    email_domain: Mapped[str | None]
    signed_up_at: Mapped[datetime]
    referral: Mapped[str | None]
    came_by: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(default=now)
    created_for: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    accepted_at: Mapped[datetime | None]
    merged_into: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("client_account.id"))
    merged_at: Mapped[datetime | None]

    @property
    def is_handed_over(self) -> bool:
        """Whether it is the client's own: they signed up themselves, or accepted what was created for them."""
        return self.created_for is None or self.accepted_at is not None


class ClientSite(Base):
    """A site of a client account: since when, and until when nobody else can claim it (None: it has it now).

    A client who moves away and comes back has a row for each time.
    """

    __tablename__ = "client_site"
    __table_args__ = (Index(None, "site", "since"),)

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]


class StoredDecision(Base):
    """What `rules.decide` answered for a sign-up, with the facts and the rule version, so that it can be replayed."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("(winner_id is null) = (basis is null)", name="basis_when_won"),
        CheckConstraint("reason <> ''", name="reason_given"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), index=True)
    winner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    contender_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    basis: Mapped[str | None]
    reason: Mapped[str]
    rule_version: Mapped[int]
    facts: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    decided_at: Mapped[datetime] = mapped_column(default=now)


class RuleSet(Base):
    """One version of the rules: it decides the sign-ups from `valid_from` until the next version's. Append-only.

    Versions have no gaps: the key lets one save the next one. decided_by: who saved it, None for a command.
    """

    __tablename__ = "rule_set"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint("rule_order in ('lead-first', 'link-first')", name="rule_order"),
        CheckConstraint("click in ('last', 'first')", name="click"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    window_days: Mapped[int]
    lead_days: Mapped[int]
    hold_hours: Mapped[int]
    order: Mapped[str] = mapped_column("rule_order")
    click: Mapped[str]
    valid_from: Mapped[datetime]
    reason: Mapped[str]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))


class SourceCredit(Base):
    """Which ONE organization brought the client: the client account is the key, so there cannot be two."""

    __tablename__ = "source_credit"
    __table_args__ = (
        Index(None, "state", "hold_until"),
        CheckConstraint("state in ('pending', 'active', 'ended')", name="state"),
    )

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decision.id"))
    state: Mapped[str] = mapped_column(default="pending")
    hold_until: Mapped[datetime]


class Dispute(Base):
    """An open question about who brought a client, for staff to answer by a date; one open one a client account.

    kind: `conflict` (a lead against another organization's link), `suggestion` (evidence that never credits by itself)
    or `dispute` (an organization asked for another look).
    """

    __tablename__ = "dispute"
    __table_args__ = (
        Index(
            "uq_dispute_open", "client_account_id", unique=True,
            sqlite_where=text("closed_at is null"), postgresql_where=text("closed_at is null"),
        ),
        Index(None, "closed_at", "answer_by"),
        CheckConstraint("kind in ('conflict', 'suggestion', 'dispute')", name="kind"),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), index=True)
    kind: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=now)
    answer_by: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class DisputeParty(Base):
    """Which organizations are sides of a question; what each of them says and reads is its own row (DisputeSide)."""

    __tablename__ = "dispute_party"

    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("dispute.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)


class Ruling(Base):
    """What staff decided about a client account, with the reason that every side reads. A fact for R1; append-only.

    org_id: who is credited, None for nobody. dispute_id: the question it answers; staff may also rule unasked.
    """

    __tablename__ = "ruling"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason_given"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), index=True)
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    reason: Mapped[str]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    dispute_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("dispute.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class ManagedSeat(Base):
    """Which ONE organization manages a client account now: the client account is the key, so there cannot be two."""

    __tablename__ = "managed_seat"

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    claim_id: Mapped[uuid.UUID]
    since: Mapped[datetime]


class ManagedAsk(Base):
    """Which organizations have claimed to manage a client account and wait for an answer, each at most once."""

    __tablename__ = "managed_ask"

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(unique=True)


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


class Statement(Base):
    """A month (its first moment) of an organization is settled: its statement was mailed, or had nothing to tell."""

    __tablename__ = "statement"

    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    month: Mapped[datetime] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
