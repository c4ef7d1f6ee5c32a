"""Knows how offices write dates and times, and which of two readings a whole file means; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

from partner_access.clock import day
from partner_access.errors import Invalid

ORDERS = ("dmy", "mdy")
"""Day first, as most of the world writes it, or month first, as the United States do."""
EACH = ""
"""Each date by itself."""
_MONTHS = {
    prefix: number
    for number, prefixes in enumerate(
        ("jan gen ene", "feb fév fev", "mar mär mrt mrz", "apr avr abr", "may mai mei mag", "jun juin giu",
         "jul juil lug", "aug aoû aou ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic"), 1)
    for prefix in prefixes.split()
}  # fmt: skip
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]*\.?,?\s+", re.IGNORECASE)
_TIME = re.compile(
    r"(?:T|,?\s+(?:at |um )?)(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap])?(?:\.?m\.?)?(?:\s*Uhr)?"
    r"\s*(?:(Z|UTC|GMT)?\s*([+-]\d{1,2}:?\d{2})?)(?:\s*\([^)]*\))?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
_DAY_AND_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[.\s-]+(?:de\s+|of\s+)?([^\W\d]{3,})\.?,?[\s-]+(?:de\s+)?(\d{4})")
_NAME_AND_DAY = re.compile(r"([^\W\d]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")  # Excel's own count of days, where a column lost its format
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_EXCEL_BEGAN = datetime(1899, 12, 30, tzinfo=UTC)


class SignUpTime(NamedTuple):
    """A moment, aware; is_day: only the day is known, of which it is the first moment."""

    at: datetime
    is_day: bool


def read(text: str, order: str = "dmy") -> SignUpTime:
    """The moment that a cell says: ISO 8601, or as offices write it; without an offset it is UTC.

    order: of ORDERS, for days and months in numbers, or EACH. Raises Invalid at `signed_up_at`.
    """
    text = _plain(text)
    if order == EACH:
        can_be = _orders(text)
        if len(can_be) > 1:
            sentence = f"This can be {_readings(text)}. Write it in ISO 8601, like 2026-10-03T09:15:00Z."
            raise Invalid(sentence, code="time-ambiguous", field="signed_up_at")
        order = next(iter(can_be), "dmy")
    with suppress(ValueError):
        return SignUpTime(datetime.combine(date.fromisoformat(text), time(), UTC), is_day=True)
    with suppress(ValueError, OverflowError):
        found = _of_iso(text) or _of_count(text) or _of_office(_WEEKDAY.sub("", text, count=1), order)
        if found:
            return found
    sentence = "Write the time in ISO 8601, like 2026-10-03T09:15:00Z."
    raise Invalid(sentence, code="time-unreadable", field="signed_up_at")


def order_of(cells: Iterable[tuple[int, str]]) -> str:
    """The order that these dates are written in, which come with the numbers of their lines.

    EACH where few of them are in numbers: they are then rejected line by line, where they can be read in two ways.
    Raises Invalid, with both readings, where that is how the file writes its dates.
    """
    only: dict[str, tuple[int, str]] = {}
    either: tuple[int, str] | None = None
    doubtful = clear = 0
    for line, cell in cells:
        found = _orders(_plain(cell))
        doubtful, clear = doubtful + bool(found), clear + (not found and any(map(str.isdigit, cell)))
        if len(found) == 1:
            only.setdefault(found[0], (line, cell.strip()))
        elif found:
            either = either or (line, cell.strip())
    if len(only) == 1 or not doubtful:
        return next(iter(only), "dmy")
    if doubtful < clear:
        return EACH
    raise Invalid(_question(only, either), code="dates-ambiguous", field="signed_up_at")


def _question(only: dict[str, tuple[int, str]], either: tuple[int, str] | None) -> str:
    if only:
        (line, cell), (other_line, other) = only["dmy"], only["mdy"]
        told = f"The day is first in line {line}, {cell}, and the month in line {other_line}, {other}."
    else:
        line, cell = either or (0, "")
        told = f"The dates can be read in two ways: line {line} says {cell}, which is {_readings(cell)}."
    return f"{told} Import it again with --dates dmy (day first) or --dates mdy (month first)."


def _readings(cell: str) -> str:
    return " or ".join(day(read(cell, order).at) for order in ORDERS)


def _orders(text: str) -> list[str]:
    """The orders that a date can be read in and that matter to it; dots stand in dates with the day first alone."""
    found = _NUMBERS.match(text)
    if not found or found[2] == "." or found[1].zfill(2) == found[3].zfill(2):
        return []
    first, second = int(found[1]), int(found[3])
    return [order for order, month in zip(ORDERS, (second, first), strict=True) if month <= 12]


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())


def _of_iso(text: str) -> SignUpTime | None:
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        return SignUpTime(found if found.tzinfo else found.replace(tzinfo=UTC), is_day=False)
    return None


def _of_count(text: str) -> SignUpTime | None:
    """A number of days, as Excel counts them, or of seconds or thousandths of them, as machines do."""
    if _SERIAL.fullmatch(text):
        return SignUpTime(_EXCEL_BEGAN + timedelta(seconds=round(float(text) * 86_400)), is_day="." not in text)
    if _EPOCH.fullmatch(text):
        return SignUpTime(datetime.fromtimestamp(int(text[:10]), UTC), is_day=False)
    return None


def _of_office(text: str, order: str) -> SignUpTime | None:
    year, month, day_of_month, end = _date(text, order)
    if not year or not month:
        return None
    found = datetime(year, month, day_of_month, tzinfo=UTC)
    rest = text[end:].strip(" .")
    if not rest:
        return SignUpTime(found, is_day=True)
    at = _TIME.fullmatch(f" {rest.removeprefix(',').strip()}" if rest[0] != "T" else rest)
    return SignUpTime(_with_time(found, at), is_day=False) if at else None


def _date(text: str, order: str) -> tuple[int, int, int, int]:
    """Year, month and day, and where the date ends; zeros where there is none."""
    if found := _YEAR_FIRST.match(text):
        return int(found[1]), int(found[3]), int(found[4]), found.end()
    if found := _NUMBERS.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if year < 20:  # two digits that may be a day: 26/10/03 is of October 2026 for some
            return 0, 0, 0, 0
        day_of_month, month = (second, first) if order == "mdy" else (first, second)
        return year + 2000 if year < 100 else year, month, day_of_month, found.end()
    if found := _DAY_AND_NAME.match(text):
        return int(found[3]), _month(found[2]), int(found[1]), found.end()
    if found := _NAME_AND_DAY.match(text):
        return int(found[3]), _month(found[1]), int(found[2]), found.end()
    return 0, 0, 0, 0


def _month(name: str) -> int:
    return _MONTHS.get(name[:4].lower()) or _MONTHS.get(name[:3].lower(), 0)


def _with_time(found: datetime, at: re.Match[str]) -> datetime:
    hour, half, offset = int(at[1]), (at[4] or "").lower(), (at[6] or "").replace(":", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "p" else 0)
    zone = timezone(timedelta(hours=int(offset[:-2]), minutes=int(offset[0] + offset[-2:]))) if offset else UTC
    return found.replace(hour=hour, minute=int(at[2]), second=int(at[3] or 0), tzinfo=zone)
