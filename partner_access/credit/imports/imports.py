"""Imports sign-ups from a file: line by line, each its own transaction, so that a crash loses and doubles nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import sleep
from typing import Any

from sqlalchemy.exc import OperationalError

from partner_access.credit.attribution import fact_finding, signups
from partner_access.credit.imports import columns, dates, office_files, rejected
from partner_access.credit.imports.office_files import OfficeFile, Record
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Invalid
from partner_access.keys import addresses

TRIES = 5
PAUSE = 0.002
"""Seconds between two lines: SQLite's lock has no queue, so without a gap nobody else would ever get a turn."""
LONGEST_CELL = 131_072

Progress = Callable[[int, int], object]
"""Told how many of how many are done."""


@dataclass
class ImportCounts:
    """What an import did: lines read; sign-ups new, repeated, credited by basis, uncredited; rejected lines by reason
    code. Every line read is new, repeated or rejected. warnings: a sentence for each thing that could not be read."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    uncredited: int = 0
    credited: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ImportRow:
    """One line of the file, and the sign-up in it, or the reason why there is none."""

    record: Record
    signup: signups.SignUp | None
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class ReadFile:
    """A file whose lines were checked, and nothing recorded yet."""

    file: OfficeFile
    rows: Sequence[ImportRow]

    @property
    def rejected(self) -> list[tuple[str, str, Record]]:
        """Reason, sentence and cells of each line without a sign-up."""
        return [(row.reason, row.sentence, row.record) for row in self.rows if row.signup is None]


def read(data: bytes, order: str | None = None) -> ReadFile:
    """Check every line of a file, and record nothing. order: of dates.ORDERS, where the file does not tell.

    Raises Invalid with a sentence for a file of other columns, and for one that could be read in two ways.
    """
    file = rejected.restored(office_files.read(data))
    names = columns.header(file.header.cells, file.header.line)
    lines: list[tuple[Record, dict[str, str] | None]] = []
    for record in file.records:
        if columns.is_header(record.cells):
            sentence = f"Line {record.line} is a header again: these are two files. Import each of them by itself."
            raise Invalid(sentence, code="header-twice")
        lines.append((record, columns.given(record.cells, names)))
    known = order or dates.order_of((record.line, cells["signed_up_at"]) for record, cells in lines if cells)
    return ReadFile(file, [_row(record, cells, len(names), known) for record, cells in lines])


def record(found: ReadFile, tell: Progress = lambda *_: None) -> ImportCounts:
    """Record the sign-ups of a file and decide their credit, in the order of their time, whatever the file's own is."""
    counts = ImportCounts(read=len(found.rows))
    counts.rejected.update(reason for reason, _, _ in found.rejected)
    rows = sorted((row for row in found.rows if row.signup), key=_order)
    for done, row in enumerate(rows, 1):
        assert row.signup is not None
        answer, is_unknown = _record(row.signup)
        _count(answer, counts)
        if row.signup.unread:
            counts.warnings.append(f"Line {row.record.line}: {row.signup.unread}")
        if is_unknown:
            counts.warnings.append(f"Line {row.record.line}: no link and no visit is called “{row.signup.referral}”.")
        tell(done, len(rows))
    return counts


def _order(row: ImportRow) -> tuple[Any, ...]:
    """By time; at the same moment by what else tells two lines apart, never by their place in the file."""
    signup = row.signup
    assert signup is not None
    texts = (signup.external_id, signup.website, signup.company, signup.email, signup.referral)
    return signup.signed_up_at, *(text or "" for text in texts)


def _row(record: Record, given: dict[str, str] | None, width: int, order: str) -> ImportRow:
    cells = record.cells
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return ImportRow(record, None, "cell-too-long", "A cell here is too long. Is a quotation mark not closed?")
    if given is None:
        return ImportRow(record, None, "columns-count", f"The line has {len(cells)} cells, the header {width}.")
    if any(_is_no_text(cell) for cell in given.values()):
        return ImportRow(record, None, "not-text", "The line holds bytes that are no text.")
    try:
        at, is_day = dates.read(given.pop("signed_up_at"), order)
        email, unread = addresses.meant(given.pop("email"))
        signup = signups.check(signed_up_at=at, came_by="csv", email=email, **given)
        return ImportRow(record, replace(signup, is_day=is_day, unread=unread))
    except Invalid as refusal:
        return ImportRow(record, None, refusal.code, refusal.sentence)


def _is_no_text(cell: str) -> bool:
    return any(sign == "\ufffd" or "\ud800" <= sign <= "\udfff" for sign in cell)


def _record(signup: signups.SignUp) -> tuple[signups.SignUpResult, bool]:
    """Record one sign-up in its own transaction, and whether nobody has the link that it names; tried again when two
    transactions got into each other's way."""
    for attempt in range(1, TRIES + 1):
        try:
            with acting(SYSTEM):
                answer = signups.record(signup)
                is_unknown = bool(signup.referral) and not any(fact_finding.read_referral(signup.referral))
            session().commit()
            sleep(PAUSE)
            return answer, is_unknown
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
