"""Reads tables as office programs save them, whatever their encoding, separator or format; nothing is lost unseen."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO

from python_calamine import CalamineError, CalamineWorkbook

from partner_access.credit.imports import columns
from partner_access.errors import Invalid

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # ZIP, of xlsx and ods; OLE, of xls
_MARKS = {  # the longer ones first: a mark of UTF-32 begins as one of UTF-16
    b"\xff\xfe\x00\x00": "utf-32-le", b"\x00\x00\xfe\xff": "utf-32-be", b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8",
}  # fmt: skip
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
# Cells may be as long as the file, and are refused one by one: at csv's own limit it loses the line.
csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Record:
    """The cells of one line of a table, and the line of the file on which it begins."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class OfficeFile:
    """A table: its header and what follows. told: how it was read, in words; separator: of its cells; is_marked:
    whether a file beside it gets a byte order mark: an office program reads UTF-8 by it alone."""

    header: Record
    records: list[Record]
    told: str
    separator: str = ","
    is_marked: bool = True


def read(data: bytes) -> OfficeFile:
    """A file's table, without empty lines. Raises Invalid with the line for one that would be read with losses."""
    if data.startswith(_WORKBOOKS):
        return _workbook(data)
    text, encoding = _text(data)
    separator, before = _separator(text), 0
    if found := _SEPARATOR_LINE.match(text):
        separator, text, before = found[1], text[found.end() :], 1
    records = [row for row in _records(text, separator, before) if any(map(str.strip, row.cells))]
    header = records[0] if records else Record(1, [])
    told = f"{encoding}, separated by {SEPARATORS.get(separator, f'“{separator}”')}"
    return OfficeFile(header, records[1:], told, separator, is_marked=encoding != "UTF-8" or data[:3] in _MARKS)


# -- text -------------------------------------------------------------------------------------------------------------


def _text(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding: by its mark, by its zero bytes, else line by line."""
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    name = _MARKS.get(mark) or _by_zeros(data)
    if name and name != "utf-8":
        return data.decode(name, "replace").lstrip("\ufeff"), name.upper().removesuffix("-LE").removesuffix("-BE")
    while data.startswith(b"\xef\xbb\xbf"):  # two, where a program put one before a file that had one
        data = data[3:]
    try:
        return data.decode(), "UTF-8"
    except UnicodeDecodeError:
        return _mixed(data)


def _by_zeros(data: bytes) -> str:
    """UTF-16 without a mark has a zero byte beside nearly every letter."""
    first, second = (data[place:2_000:2].count(0) for place in (0, 1))
    if max(first, second) < len(data[:2_000]) / 5 or min(first, second) > max(first, second) / 10:
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def _mixed(data: bytes) -> tuple[str, str]:
    """Each line in UTF-8 where it is that, else in Windows-1252: files of two programs are put together too.

    What is neither stays as the bytes that it is (surrogateescape), so that a rejected line comes back exactly.
    """
    lines, western, has_utf8, example = [], 0, False, ""
    for line in data.splitlines(keepends=True):
        try:
            lines.append(line.decode())
            has_utf8 = has_utf8 or not line.isascii()
        except UnicodeDecodeError:
            try:
                lines.append(line.decode("cp1252"))
                western += 1
                example = example or _word(lines[-1])
            except UnicodeDecodeError:
                lines.append(line.decode("utf-8", "surrogateescape"))
    told = f"Windows-1252, as in “{example}”" if western else "not text everywhere"
    return "".join(lines), f"UTF-8, and {western} lines in {told}" if has_utf8 and western else told


def _word(line: str) -> str:
    """A word with a letter that shows whether the encoding is the right one."""
    return next((word for word in re.findall(r"\w+", line) if not word.isascii()), "")


# -- lines and cells --------------------------------------------------------------------------------------------------


def _separator(text: str) -> str:
    """The one by which the first line names most of our columns."""
    first = next((line for line in StringIO(text, newline="") if line.strip()), "")
    known = {sign: sum(map(bool, columns.named(next(csv.reader([first], delimiter=sign))))) for sign in SEPARATORS}
    return max(known, key=lambda sign: known[sign])


def _records(text: str, separator: str, before: int) -> Iterator[Record]:
    lines = list(StringIO(text, newline=""))
    reader, start, width = csv.reader(lines, delimiter=separator), 0, 0
    for cells in reader:
        taken, line, start = lines[start : reader.line_num], start + before + 1, reader.line_num
        width = width or len(cells)
        if len(taken) > 1 and _swallows(taken, separator, width):
            told = f"A quotation mark that opens in line {line} takes the lines up to {start + before} into one cell."
            raise Invalid(f"{told} Close it or take it out, then import the file again.", code="quotation-open")
        yield Record(line, cells)


def _swallows(taken: Sequence[str], separator: str, width: int) -> bool:
    """Whether a record of several lines is no cell with line breaks, but lines that a stray quotation mark joined.

    Such a mark is never closed, or closed in the middle of a cell, or each of the lines has the separators of a whole
    one (or one less, as the last cell may be missing).
    """
    try:
        list(csv.reader(taken, delimiter=separator, strict=True))
    except csv.Error:
        return True
    return width > 2 and all(line.count(separator) >= width - 2 for line in taken)


# -- workbooks --------------------------------------------------------------------------------------------------------


def _workbook(data: bytes) -> OfficeFile:
    """The first sheet of a workbook; what it is called does not matter. Raises Invalid where it cannot be opened."""
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError, IndexError):
        sentence = "This workbook cannot be opened. Save it as CSV (UTF-8), without a password, and import that."
        raise Invalid(sentence, code="workbook-unreadable") from None
    records = [Record(line, list(map(_cell, row))) for line, row in enumerate(rows, 1)]
    records = [row for row in records if any(map(str.strip, row.cells))]
    told = f"a workbook, sheet “{book.sheet_names[0]}”"
    if len(book.sheet_names) > 1:
        told += f"; {len(book.sheet_names) - 1} more sheets were not read"
    return OfficeFile(records[0] if records else Record(1, []), records[1:], told)


def _cell(value: object) -> str:
    """A cell as it would be typed: 1001 for the number 1001.0, ISO 8601 for a date."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
