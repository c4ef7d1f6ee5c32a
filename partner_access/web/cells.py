"""Cells of the CSV files that we write: text stays text and numbers stay numbers, also in a spreadsheet. Pure."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these, full-width ones too, a spreadsheet takes a cell for a formula (OWASP, "CSV Injection")."""
IN_MEMORY = 1 << 20
BLOCK = 1 << 16


def plain(cell: str) -> str:
    """A text that no spreadsheet runs as a formula: an apostrophe stands before one that looks like it."""
    return f"'{cell}" if unicodedata.normalize("NFKC", cell[:1]) in FORMULA_STARTS else cell


def file(rows: Iterable[Iterable[str | int | None]]) -> Iterator[bytes]:
    """A CSV file of these rows, block by block; they are all taken before this returns, and need little memory.

    Texts are made plain, numbers are written as they are, None is an empty cell. It begins with a byte order mark,
    without which Excel takes UTF-8 for something else; lines end as RFC 4180 says.
    """
    blocks = _blocks(rows)
    next(blocks)
    return blocks


def _blocks(rows: Iterable[Iterable[str | int | None]]) -> Iterator[bytes]:
    with SpooledTemporaryFile(max_size=IN_MEMORY) as found:
        text = TextIOWrapper(found, encoding="utf-8-sig", newline="")
        writer = csv.writer(text)
        for row in rows:
            writer.writerow([plain(cell) if isinstance(cell, str) else cell for cell in row])
        text.detach()
        found.seek(0)
        yield b""  # everything is written; whether anybody reads on, the file is closed
        while block := found.read(BLOCK):
            yield block
