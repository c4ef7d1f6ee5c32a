"""The ledger month by month, in UTC: the balances before and after, and the lines between, which add up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select

from partner_access.clock import now
from partner_access.credit.ledger import months
from partner_access.credit.models import CreditEntry
from partner_access.db import session
from partner_access.errors import NotFound

PAGE = 200


class Balance(NamedTuple):
    """What an organization has after the line `seq`, whose hash is `hash`; seq 0: before the first."""

    seq: int = 0
    hash: str = ""
    pending: int = 0
    active: int = 0
    managed: int = 0


@dataclass(frozen=True)
class Period:
    """The lines after `opening.seq` up to `closing.seq`. first: its first moment, until: the one after it.

    Both are None for the whole ledger. Which lines belong to a month is said by the numbers, so that no line is in two
    months or in none, whatever the clocks of several servers say; a line stands in the month in which it was posted,
    also where it concerns an earlier one, for that is closed.
    """

    first: datetime | None
    until: datetime | None
    opening: Balance
    closing: Balance


def first_of(text: str | None) -> datetime:
    """The first moment of a month written `2026-11`; of the present one for None. Raises NotFound for any other."""
    present = months.month_of(now())
    text = (text or "").rstrip(" .,;:)>]")  # what a sentence, or a mail program, adds to a mailed link
    if not text:
        return present
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise NotFound(code="no-such-month") from None
    if found > present or f"{found:%Y-%m}" != text:
        raise NotFound(code="no-such-month")
    return found


def following(first: datetime) -> datetime:
    """The first moment of the month after the one that begins here."""
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def preceding(first: datetime) -> datetime:
    """The first moment of the month before the one that begins here."""
    return first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1)


def of(first: datetime) -> Period:
    """The bound organization's month that begins here. Two look-ups by index each, however long the ledger is."""
    opening, closing = _before(first), _before(following(first))
    return Period(first, following(first), opening, max(opening, closing, key=lambda balance: balance.seq))


def whole() -> Period:
    """The bound organization's whole ledger."""
    return Period(None, None, Balance(), _last(None))


def _before(first: datetime) -> Balance:
    return _last(months.first_seq(first))


def _last(before: int | None) -> Balance:
    """The balance after the last line, or after the last one before a number."""
    statement = select(CreditEntry).order_by(CreditEntry.seq.desc()).limit(1)
    row = session().scalar(statement if before is None else statement.where(CreditEntry.seq < before))
    return after(row) if row else Balance()


def after(entry: CreditEntry) -> Balance:
    """The balance after a line."""
    return Balance(entry.seq, entry.hash, entry.pending_after, entry.active_after, entry.managed_after)


def before(entry: CreditEntry) -> Balance:
    """The balance before a line."""
    return Balance(
        entry.seq - 1,
        entry.previous_hash,
        entry.pending_after - entry.pending,
        entry.active_after - entry.active,
        entry.managed_after - entry.managed,
    )


def lines(period: Period, *, before: int | None = None) -> Sequence[CreditEntry]:
    """A page of PAGE lines of a period, the newest first; before: the number of the last one seen."""
    statement = select(CreditEntry).where(*_within(period)).order_by(CreditEntry.seq.desc()).limit(PAGE)
    if before is not None:
        statement = statement.where(CreditEntry.seq < before)
    return session().scalars(statement).all()


def stream(period: Period) -> Iterator[Sequence[CreditEntry]]:
    """All lines of a period, the oldest first, some hundreds at a time."""
    statement = select(CreditEntry).where(*_within(period)).order_by(CreditEntry.seq)
    return session().scalars(statement, execution_options={"yield_per": 500}).partitions()


def _within(period: Period) -> tuple:  # type: ignore[type-arg]
    return CreditEntry.seq > period.opening.seq, CreditEntry.seq <= period.closing.seq


def with_lines(year: int) -> list[datetime]:
    """The months that have lines, newest first: those of a year, and the nearest before and after it."""
    known = months.with_lines()
    before, after = [one for one in known if one.year < year], [one for one in known if one.year > year]
    return [*after[:1], *(one for one in reversed(known) if one.year == year), *before[-1:]]
