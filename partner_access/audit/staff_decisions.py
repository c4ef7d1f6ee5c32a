"""What the programme's staff decided, in their own words: one row a decision, never changed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_

from partner_access.audit.models import StaffDecision
from partner_access.audit.records import PAGE
from partner_access.db import scope, session
from partner_access.keys import text

LONGEST = 2000


def staff_decided(kind: str, subject: uuid.UUID, outcome: str, reason: str) -> StaffDecision:
    """Keep a decision of the programme, by whoever of staff acts or by its own token, with its reason. Raises Invalid
    beside `reason` without one.

    kind: what was decided (`application`, `domain`, `managed-claim` …); subject: the row that it is about.
    """
    actor = scope().actor
    if actor.kind not in ("staff", "token"):
        raise ValueError(f"{actor.kind} is not the programme’s staff.")
    row = StaffDecision(
        kind=kind, subject_id=subject, outcome=outcome, reason=checked(reason), decided_by=actor.user_id
    )
    session().add(row)
    session().flush()
    return row


def checked(reason: str) -> str:
    """The reason as it is kept. Raises Invalid beside `reason` for none, one that is too long, or what is no text."""
    return text.checked(reason.strip(), "reason", LONGEST, missing="Give the reason.")


def staff_decision(subject: uuid.UUID, kind: str | None = None) -> StaffDecision | None:
    """The newest decision of staff about a row, of one kind or of any, or None."""
    return next((row for row in staff_decisions(subject) if kind in (None, row.kind)), None)


def all_staff_decisions(*, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[StaffDecision]:
    """A page of PAGE decisions of staff, newest first; `before`: key of the last one seen."""
    statement = select(StaffDecision).order_by(StaffDecision.at.desc(), StaffDecision.id.desc()).limit(PAGE)
    if before is not None:
        statement = statement.where(tuple_(StaffDecision.at, StaffDecision.id) < tuple_(*before))
    return session().scalars(statement).all()


def staff_decisions(subject: uuid.UUID) -> Sequence[StaffDecision]:
    """Every decision of staff about a row, newest first."""
    mine = select(StaffDecision).where(StaffDecision.subject_id == subject)
    return session().scalars(mine.order_by(StaffDecision.id.desc())).all()
