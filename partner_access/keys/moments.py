"""Moments as files, commands and forms write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time

from partner_access.errors import Invalid


def moment(text: str, field: str = "") -> datetime:
    """ISO 8601; without an offset it is UTC, a date alone is its first moment. Raises Invalid at `field`."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        sentence = "Write the time in ISO 8601, like 2026-10-03T09:15:00Z."
        raise Invalid(sentence, code="time-unreadable", field=field) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def moment_or_day(text: str, field: str = "") -> tuple[datetime, bool]:
    """As moment(); a date alone is its first moment, and that only the day is known."""
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(text.strip()), time(), UTC), True
    return moment(text, field), False
