"""Rows of disputes: the open question to staff, its sides, and the ruling that answers it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.models.numbers import numbered
from partner_access.db import Base, OrgOwned, new_id
from partner_access.seals import Sealed


class DisputeSide(Sealed, OrgOwned, Base):
    """One organization's side of a dispute about a client account: its words, and the answer that it reads."""

    __texts__ = ("words", "answer")
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


class Dispute(Base):
    """An open question about who brought a client, for staff to answer by a date; one open one a client account.

    kind: `conflict` (a lead against another organization's link), `suggestion` (evidence that never credits by itself)
    or `another-look` (an organization asked for another look). ends_at: when it ends though nobody has answered, by the
    rules of the sign-up; lapsed_at: the same, once it has.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        Index(
            "uq_dispute_open",
            "client_account_id",
            unique=True,
            sqlite_where=text("closed_at is null"),
            postgresql_where=text("closed_at is null"),
        ),
        Index(None, "closed_at", "answer_by"),
        CheckConstraint("kind in ('conflict', 'suggestion', 'another-look')", name="kind"),
        CheckConstraint("lapsed_at is null or (lapsed_at = ends_at and lapsed_at = closed_at)", name="lapsed_when_due"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), index=True)
    kind: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=now)
    answer_by: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]


class DisputeParty(Base):
    """Which organizations are sides of a dispute; what each of them says and reads is its own row (DisputeSide)."""

    __tablename__ = "dispute_party"

    dispute_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("dispute.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)


class Ruling(Sealed, Base):
    """What staff decided about a client account, with the reason that every side reads. A fact for R1; append-only.

    org_id: who is credited, None for nobody. dispute_id: the dispute it answers; staff may also rule unasked. number:
    of two rulings the greater one is the later.
    """

    __texts__ = ("reason",)
    __tablename__ = "ruling"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason_given"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = numbered("ruling")
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), index=True)
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    reason: Mapped[str]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    dispute_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("dispute.id"))
    at: Mapped[datetime] = mapped_column(default=now)
