"""The sums of a month's lines by kind, kept in the transaction that posts a line, so that no page adds them up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from partner_access.credit.models import CreditEntry, LedgerMonth, OrgTotals
from partner_access.db import changed, session

SHORTEST = timedelta(days=28)
"""What no month is shorter than."""
SUMS = ("lines", "late", "pending", "active", "managed")


def count(entry: CreditEntry, counts: OrgTotals) -> None:
    """Count a new line of the bound organization to its month; the lock of its counts is held."""
    counts.month = month = _month(entry, counts.month)
    same = LedgerMonth.month == month, LedgerMonth.kind == entry.kind
    more = dict(zip(SUMS, _more(entry, month), strict=True))
    statement = update(LedgerMonth).where(*same)
    statement = statement.values({name: getattr(LedgerMonth, name) + number for name, number in more.items()})
    if not changed(statement.execution_options(synchronize_session=False)):
        session().add(LedgerMonth(month=month, kind=entry.kind, first_seq=entry.seq, **more))


def _more(entry: CreditEntry, month: datetime) -> tuple[int, ...]:
    """What a line adds to the sums of its month, in the order of SUMS."""
    return 1, int(entry.effective_at < month), entry.pending, entry.active, entry.managed


def _month(entry: CreditEntry, newest: datetime | None) -> datetime:
    if newest and entry.at < newest + SHORTEST:
        return newest
    # A clock that steps back takes no line into an earlier month: months follow each other as the numbers do.
    return max(month_of(entry.at), newest or month_of(entry.at))


def month_of(moment: datetime) -> datetime:
    """The first moment of a moment's month, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def of(month: datetime) -> Sequence[LedgerMonth]:
    """The sums of one month of the bound organization, a kind each, in the order of their first lines."""
    mine = select(LedgerMonth).where(LedgerMonth.month == month)
    return session().scalars(mine.order_by(LedgerMonth.first_seq)).all()


def first_seq(since: datetime) -> int | None:
    """The number of the first line of this month or, where it has none, of the next one that has some."""
    later = select(LedgerMonth.first_seq).where(LedgerMonth.month >= since)
    return session().scalar(later.order_by(LedgerMonth.month, LedgerMonth.first_seq).limit(1))


def with_lines() -> list[datetime]:
    """Every month of the bound organization that has lines, the oldest first."""
    return list(session().scalars(select(LedgerMonth.month).distinct().order_by(LedgerMonth.month)))


class Tally:
    """Adds up all lines of the bound organization once more, in their order, to hold the kept sums against them."""

    def __init__(self) -> None:
        self._month: datetime | None = None
        self._sums: dict[tuple[datetime, str], list[int]] = {}

    def add(self, entry: CreditEntry) -> None:
        """The next line."""
        self._month = _month(entry, self._month)
        sums = self._sums.setdefault((self._month, entry.kind), [entry.seq, *[0] * len(SUMS)])
        for place, more in enumerate(_more(entry, self._month), 1):
            sums[place] += more

    def mistakes(self) -> Iterator[str]:
        """Where the kept sums are not those of the lines, in words."""
        rows = session().scalars(select(LedgerMonth))
        kept = {(row.month, row.kind): [row.first_seq, *(getattr(row, name) for name in SUMS)] for row in rows}
        for month, kind in sorted(kept.keys() | self._sums):
            if kept.get((month, kind)) != self._sums.get((month, kind)):
                yield f"the sums kept of {kind} in {month:%Y-%m} are not those of its lines"
