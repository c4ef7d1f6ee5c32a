"""A filter of events as it is typed: their kind, who did them, days and a reason code. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from partner_access.errors import Invalid, NotFound

CODE = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class EventFilter:
    """Which events: of this kind, by this person or this kind of actor (`staff`, `system`), with this reason code.

    since: from this moment on; until: before this one.
    """

    kind: str | None = None
    actor: uuid.UUID | str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None


def choose(
    asked: Mapping[str, str], kinds: Collection[str], actor: Callable[[], uuid.UUID | str | None]
) -> EventFilter:
    """The events that a page's address asks for.

    kinds: those there are; actor: finds who is asked for, and may raise. Raises NotFound for a kind that is none of
    these, Invalid beside `since`, `until` or `code` for what is no day, ends before it begins, or is no code.
    """
    kind, since, until, code = (asked.get(name, "").strip() for name in ("kind", "since", "until", "code"))
    if kind and kind not in kinds:
        raise NotFound(code="no-such-filter")
    first, end = _days(since, until)
    return EventFilter(kind or None, actor(), first, end, _code(code))


def _days(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """The first moment of the first day and the first moment after the last one, in UTC; None for what was left out."""
    first, last = _day(since, "since"), _day(until, "until")
    if first and last and last < first:
        raise Invalid("The last day comes before the first. Enter a later one.", code="ends-early", field="until")
    return _midnight(first), _midnight(last + timedelta(days=1) if last else None)


def _code(text: str) -> str | None:
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
