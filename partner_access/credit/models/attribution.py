"""Rows of decisions: what was decided and of which facts, by which version of the rules, and who has the credit."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.credit.models.numbers import numbered
from partner_access.db import Base, new_id
from partner_access.seals import Sealed


class StoredDecision(Sealed, Base):
    """What `engine.decide` answered for a sign-up, with the facts and rule version to replay it. Append-only.

    number: of two decisions about one account the greater one holds.
    """

    __texts__ = ("facts", "findings")
    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("(winner_id is null) = (basis is null)", name="basis_when_won"),
        CheckConstraint("reason <> ''", name="reason_given"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = numbered("decision")
    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), index=True)
    winner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    contender_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    basis: Mapped[str | None]
    reason: Mapped[str]
    rule_version: Mapped[int]
    facts: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    decided_at: Mapped[datetime] = mapped_column(default=now)


class RuleSet(Sealed, Base):
    """One version of the rules: it decides the sign-ups from `valid_from` until the next version's. Append-only.

    A setting that is younger than a version is null there, which means off.

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
    visit_months: Mapped[int]
    order: Mapped[str] = mapped_column("rule_order")
    click: Mapped[str]
    dispute_days: Mapped[int | None]
    trial_days: Mapped[int | None]
    return_months: Mapped[int | None]
    comeback_days: Mapped[int | None]
    lead_limit: Mapped[int | None]
    lead_cooldown_days: Mapped[int | None]
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
