"""Rows of the ledger: its lines, the counts kept with them, the months whose statement is out."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, OrgOwned


class CreditEntry(OrgOwned, Base):
    """One line of the ledger: what changed in the counts of pending, active and managed credit; the counts since.

    at: when it was posted; effective_at: from when on what it says is so, perhaps in a month that was closed by then;
    signed_up_at: of the client; company, site: of the client as the line was written; texts: their salted digest.
    Append-only, `seq` without gaps. hash: SHA-256 over the line and the hash of the line before it (entries.seal).
    """

    __texts__ = ("company", "site")

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("org_id", "seq"),
        ForeignKeyConstraint(["org_id", "client_id"], ["client.org_id", "client.id"]),
        Index(None, "org_id", "client_id"),
        Index(None, "org_id", "at"),
    )

    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    effective_at: Mapped[datetime]
    signed_up_at: Mapped[datetime]
    kind: Mapped[str]
    client_id: Mapped[uuid.UUID]
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    company: Mapped[str]
    site: Mapped[str]
    salt: Mapped[str | None]
    texts: Mapped[str]
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

    @property
    def is_late(self) -> bool:
        """Whether it concerns a month that was closed when it was posted; months are UTC's."""
        return (self.effective_at.year, self.effective_at.month) < (self.at.year, self.at.month)


class OrgTotals(OrgOwned, Base):
    """The counts that pages show, kept in the transaction that changes them. One row an organization (id = org_id).

    head: the hash of the ledger's newest line; month: the first moment of the month that it is counted to.
    """

    __tablename__ = "org_totals"

    entries: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    active: Mapped[int] = mapped_column(default=0)
    managed: Mapped[int] = mapped_column(default=0)
    declined: Mapped[int] = mapped_column(default=0)
    leads: Mapped[int] = mapped_column(default=0)
    live_leads: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(default="")
    month: Mapped[datetime | None]


class LedgerMonth(OrgOwned, Base):
    """What the lines of one kind in a month (its first moment) changed together, and the number of the first of them.

    Kept in the transaction that posts a line. A line is of the month in which it was posted; `late` of them concern one
    that was closed by then.
    """

    __tablename__ = "ledger_month"
    __table_args__ = (UniqueConstraint("org_id", "month", "kind"), Index(None, "org_id", "month", "first_seq"))

    month: Mapped[datetime]
    kind: Mapped[str]
    first_seq: Mapped[int]
    lines: Mapped[int]
    late: Mapped[int]
    pending: Mapped[int]
    active: Mapped[int]
    managed: Mapped[int]


class Statement(Base):
    """A month (its first moment) of an organization is settled: its statement was mailed, or had nothing to tell."""

    __tablename__ = "statement"

    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    month: Mapped[datetime] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
