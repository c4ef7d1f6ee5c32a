"""Lines that were pasted to claim managed accounts and are answered later: kept with their time, then their answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.models import LateClaim
from partner_access.db import fresh, scope, session
from partner_access.transactions import lock

SHOWN_FOR, MOST_SHOWN = timedelta(days=7), 200
AT_ONCE = 50
"""So many are answered in one transaction."""


def waiting(line: str) -> LateClaim | None:
    """What the bound organization has sent of this line before and is not answered yet, or None."""
    open_ones = LateClaim.line == line, LateClaim.answered_at.is_(None)
    return session().scalar(select(LateClaim).where(*open_ones).limit(1))


def take(line: str, person: User, answer_at: datetime) -> LateClaim:
    """Keep a line of the bound organization with the time of now; the same one twice is one."""
    lock(f"late-claims:{scope().org_id}")
    row = waiting(line)
    if row is None:
        row = LateClaim(line=line, claimed_by=person.id, taken_at=now(), answer_at=answer_at, claimer=person)
        session().add(row)
        session().flush()
    return row


def due() -> Sequence[LateClaim]:
    """The bound organization's lines whose answer is due, in the order in which they were sent, AT_ONCE at most."""
    rows = LateClaim.answered_at.is_(None), LateClaim.answer_at <= now()
    return fresh(select(LateClaim).where(*rows).order_by(LateClaim.taken_at, LateClaim.id).limit(AT_ONCE)).all()


def listing() -> Sequence[LateClaim]:
    """The bound organization's lines that wait for their answer or got it lately, the newest first."""
    lately = or_(LateClaim.answered_at.is_(None), LateClaim.answered_at > now() - SHOWN_FOR)
    rows = select(LateClaim).where(lately).order_by(LateClaim.taken_at.desc(), LateClaim.id.desc())
    return session().scalars(rows.limit(MOST_SHOWN)).all()
