"""Imports sign-ups from a CSV file: row by row, each its own transaction, so that a crash loses and doubles nothing."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import sleep
from typing import Any, TextIO

from sqlalchemy.exc import OperationalError

from partner_access.credit.attribution import signups
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Invalid
from partner_access.keys.moments import moment
from partner_access.web.cells import plain

COLUMNS = ["external_id", "company", "website", "email", "signed_up_at", "referral"]
TRIES = 5
PAUSE = 0.002
"""Seconds between two lines: SQLite's lock has no queue, so without a gap nobody else would ever get a turn."""


@dataclass
class ImportCounts:
    """What an import did: sign-ups new, repeated, credited by basis, uncredited; rejected lines by reason code."""

    new: int = 0
    duplicate: int = 0
    uncredited: int = 0
    credited: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class ImportRow:
    """One line of the file: its number, and the sign-up in it, or its cells and the reason why there is none."""

    line: int
    cells: list[str]
    signup: signups.SignUp | None
    reason: str = ""
    sentence: str = ""


def run(path: Path) -> ImportCounts:
    """Import a file; rejected lines go to `<name>.rejected.csv` beside it. Raises Invalid for a file of other columns.

    Lines are taken in the order of their time, so that the file's own order does not matter.
    """
    counts = ImportCounts()
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        records = _records(file)
        header = _header(records)
        rows = [_parse(line, cells, header) for line, cells in records if cells is None or any(map(str.strip, cells))]
    rejected = [row for row in rows if row.signup is None]
    for row in rejected:
        counts.rejected[row.reason] += 1
    for signup in sorted((row.signup for row in rows if row.signup), key=_order):
        _count(_record(signup), counts)
    _write_rejected(path.with_suffix(".rejected.csv"), header, rejected)
    return counts


def _records(file: TextIO) -> Iterator[tuple[int, list[str] | None]]:
    """The line on which each record begins, and its cells; None for one that is no CSV."""
    reader = csv.reader(file)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell beyond csv.field_size_limit(): most often a quotation mark that is never closed
            yield line, None
        else:
            yield line, cells


def _header(records: Iterator[tuple[int, list[str] | None]]) -> list[str]:
    _, cells = next(records, (1, None))
    header = [name.strip().lower() for name in cells or []]
    if missing := [name for name in COLUMNS if name not in header]:
        raise Invalid(f"The file lacks the columns {', '.join(missing)}.", code="columns-missing")
    return header


def _order(signup: signups.SignUp) -> tuple[Any, ...]:
    """By time; at the same moment by what else tells two lines apart, never by their place in the file."""
    texts = (signup.external_id, signup.website, signup.company, signup.email, signup.referral)
    return signup.signed_up_at, *(text or "" for text in texts)


def _parse(line: int, cells: list[str] | None, header: list[str]) -> ImportRow:
    if cells is None:
        return ImportRow(line, [], None, "cell-too-long", "A cell here is too long. Is a quotation mark not closed?")
    if len(cells) != len(header):
        return ImportRow(
            line, cells, None, "columns-count", f"The line has {len(cells)} cells, the header {len(header)}."
        )
    given = {name: cell for name, cell in zip(header, cells, strict=True) if name in COLUMNS}
    if any("\ufffd" in cell for cell in given.values()):
        return ImportRow(line, cells, None, "not-text", "The line holds bytes that are no UTF-8 text.")
    try:
        at, is_day = _moment(given.pop("signed_up_at"))
        signup = signups.check(signed_up_at=at, came_by="csv", **given)
        return ImportRow(line, [], replace(signup, is_day=is_day))
    except Invalid as refusal:
        return ImportRow(line, cells, None, refusal.code, refusal.sentence)


def _moment(text: str) -> tuple[datetime, bool]:
    """As moment(); a date alone is its first moment, and that only the day is known."""
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(text.strip()), time(), UTC), True
    return moment(text), False


def _record(signup: signups.SignUp) -> signups.SignUpResult:
    """Record one sign-up in its own transaction; tried again when two transactions got into each other's way."""
    for attempt in range(1, TRIES + 1):
        try:
            with acting(SYSTEM):
                answer = signups.record(signup)
            session().commit()
            sleep(PAUSE)
            return answer
        except OperationalError:
            session().rollback()
            if attempt == TRIES:
                raise
            sleep(PAUSE * 4**attempt)
        finally:
            session().expunge_all()
    raise AssertionError("the last try raises")


def _count(answer: signups.SignUpResult, counts: ImportCounts) -> None:
    if not answer.is_new:
        counts.duplicate += 1
        return
    counts.new += 1
    if answer.basis:
        counts.credited[answer.basis] += 1
    else:
        counts.uncredited += 1


def _write_rejected(path: Path, header: list[str], rejected: list[ImportRow]) -> None:
    """Write the file whole or not at all; cells that a spreadsheet would run as a formula are made plain text."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["line", "reason", "sentence", *map(plain, header)])
        for row in rejected:
            writer.writerow([row.line, row.reason, row.sentence, *map(plain, row.cells)])
    fresh.replace(path)
