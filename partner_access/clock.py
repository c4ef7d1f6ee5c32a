"""The only clock: every moment in the portal is aware and in UTC; and how a date is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_set: ContextVar[datetime | None] = ContextVar("set_clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _set.get() or datetime.now(UTC)


def day(moment: datetime | None) -> str:
    """The date of a moment in full, in UTC, as every sentence says it: "3 October 2026"; a dash for none."""
    return f"{moment.day} {moment:%B %Y}" if moment else "–"


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stop the clock at an aware moment: the demo tells its story so, and tests stop time so."""
    token = _set.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set.reset(token)
