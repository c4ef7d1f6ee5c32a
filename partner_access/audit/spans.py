"""Days and reason codes as they are typed into a filter of events."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from partner_access.errors import Invalid

CODE = re.compile(r"[a-z0-9-]{1,60}")


def days(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """The first moment of the first day and the first moment after the last one, in UTC; None for what was left out.

    Raises Invalid beside `since` or `until` for what is no day, or ends before it begins.
    """
    first, last = _day(since, "since"), _day(until, "until")
    if first and last and last < first:
        raise Invalid("The last day comes before the first. Enter a later one.", code="ends-early", field="until")
    return _midnight(first), _midnight(last + timedelta(days=1) if last else None)


def code(text: str) -> str | None:
    """A reason code, None for none. Raises Invalid beside `code` for what can be none."""
    if text and not CODE.fullmatch(text):
        sentence = "A reason code has small letters, digits and hyphens alone, like role-too-low."
        raise Invalid(sentence, code="no-code", field="code")
    return text or None


def _day(text: str, field: str) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.min
    if found and not 1900 < found.year < 9999:
        raise Invalid("Enter the day like 2026-11-23, or leave it out.", code="no-day", field=field)
    return found


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
