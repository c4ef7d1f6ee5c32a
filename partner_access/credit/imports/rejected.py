"""Files of rejected lines: written so that they open in an office program and come back exactly as they were."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from partner_access.credit.imports import columns
from partner_access.credit.imports.office_files import OfficeFile, Record
from partner_access.web.cells import plain


def write(path: Path, file: OfficeFile, rows: Iterable[tuple[str, str, Record]]) -> None:
    """Write reason, sentence and cells of each line: the file whole or not at all, in the separator it came in.

    Cells that a spreadsheet would run as a formula are made plain text.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    encoding = "utf-8-sig" if file.is_marked else "utf-8"
    with fresh.open("w", encoding=encoding, errors="surrogateescape", newline="") as out:
        writer = csv.writer(out, delimiter=file.separator, lineterminator="\n")
        writer.writerow([*columns.REJECTED, *map(_quoted, file.header.cells)])
        for reason, sentence, row in rows:
            writer.writerow([row.line, reason, sentence, *map(_quoted, row.cells)])
    fresh.replace(path)


def restored(file: OfficeFile) -> OfficeFile:
    """The file as its lines were before they were rejected, where it is one of rejected lines that somebody has mended.

    An apostrophe that we added is taken off, no other.
    """
    if [cell.strip().lower() for cell in file.header.cells[:3]] != columns.REJECTED:
        return file
    header, *records = (Record(row.line, list(map(_original, row.cells[3:]))) for row in (file.header, *file.records))
    return replace(file, header=header, records=records)


def _original(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _quoted(cell[1:]) == cell else cell


def _quoted(cell: str) -> str:
    """As plain(); also where apostrophes of its own stand before the formula, so that one too many is always ours."""
    return f"'{cell}" if plain(cell.lstrip("'")) != cell.lstrip("'") else cell
