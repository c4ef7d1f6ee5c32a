"""Says how files that office programs save are read, and which are refused because they would be read with losses."""

from __future__ import annotations

import csv
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from partner_access.credit.imports import columns, imports, office_files, rejected
from partner_access.errors import Invalid

HEADER = "external_id,company,website,email,signed_up_at,referral"
LINE = "t-0,Bäckerei Süß,firma.com,a@firma.com,2026-10-03T09:15:00Z,"
CELLS = ["t-0", "Bäckerei Süß", "firma.com", "a@firma.com", "2026-10-03T09:15:00Z", ""]
COMMAS = f"{HEADER}\r\n{LINE}\r\n"
SEMICOLONS, TABS = COMMAS.replace(",", ";"), COMMAS.replace(",", "\t")
MARK = "\ufeff"

READ = {
    "semicolons, as Excel saves them": ((MARK + SEMICOLONS).encode(), "UTF-8, separated by semicolons"),
    "Unicode text of Excel": ((MARK + TABS).encode("utf-16-le"), "UTF-16, separated by tabs"),
    "UTF-16 with commas": ((MARK + COMMAS).encode("utf-16-be"), "UTF-16, separated by commas"),
    "UTF-16 without a mark": (COMMAS.encode("utf-16-le"), "UTF-16, separated by commas"),
    "UTF-32": ((MARK + COMMAS).encode("utf-32-le"), "UTF-32, separated by commas"),
    "Windows-1252": (COMMAS.encode("cp1252"), "Windows-1252, as in “Bäckerei”, separated by commas"),
    "bars": (COMMAS.replace(",", "|").encode(), "UTF-8, separated by bars"),
    "a line that names the separator": (f"{MARK}sep=;\r\n{SEMICOLONS}".encode(), "UTF-8, separated by semicolons"),
    "an odd separator that is named": (f"sep=^\r\n{COMMAS.replace(',', '^')}".encode(), "UTF-8, separated by “^”"),
    "two marks": ((MARK * 2 + COMMAS).encode(), "UTF-8, separated by commas"),
    "empty lines in front": (f"\r\n,,,,,\r\n{COMMAS}".encode(), "UTF-8, separated by commas"),
    "lines that end as an old Mac's": (COMMAS.replace("\r\n", "\r").encode(), "UTF-8, separated by commas"),
    "no line end": (COMMAS.rstrip().encode(), "UTF-8, separated by commas"),
}
HEADERS = [
    "External ID,Company,Website,E-mail,Signed up at,Referral",
    "externalId,COMPANY,web-site,e_mail,signedUpAt,referral",
    'external_id,company,\u200bwebsite,"email",signed_up_at,referral\u200b',
    "\u00a0external\u00a0id ,company,website,email,signed-up-at,referral,,",
]
LINES = {
    "a,b,c,d,e,f": ["a", "b", "c", "d", "e", "f"],
    "a,b,c,d,e": ["a", "b", "c", "d", "e", ""],
    "a,b,c,d,e,f,,, ": ["a", "b", "c", "d", "e", "f"],
    "a,b,c,d": None,
    "a,b,c,d,e,f,g": None,
}
REFUSED = {
    "column-twice": (f"{HEADER},Web site\n{LINE},x\n", "Line 1 names the column website twice, in the cells 3 and 7."),
    "header-twice": (f"{COMMAS}{COMMAS}", "Line 3 is a header again"),
    "columns-missing": (f"{HEADER}\n".replace("email", "mail"), "The file lacks the columns email."),
    "quotation-open": (
        f'{HEADER}\n{LINE}\nt-1,"Firma,f.com,,2026-10-03,\n{LINE}\n{LINE}\n',
        "A quotation mark that opens in line 3 takes the lines up to 5 into one cell.",
    ),
}


@pytest.mark.parametrize(("data", "told"), READ.values(), ids=READ)
def test_a_file_is_read_as_its_program_saved_it_and_says_how(data: bytes, told: str) -> None:
    file = office_files.read(data)
    assert (file.header.cells, [row.cells for row in file.records]) == (list(columns.COLUMNS), [CELLS])
    assert file.told == told


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_is_read_however_people_spell_it(header: str) -> None:
    names = columns.header(next(csv.reader([header])), 1)
    assert names[:6] == list(columns.COLUMNS) and not any(names[6:])


@pytest.mark.parametrize(("line", "cells"), LINES.items())
def test_empty_cells_at_the_end_may_be_missing_or_too_many(line: str, cells: list[str] | None) -> None:
    given = columns.given(line.split(","), list(columns.COLUMNS))
    assert (list(given.values()) if given else None) == cells


@pytest.mark.parametrize(("code", "content", "told"), [(code, *case) for code, case in REFUSED.items()])
def test_a_file_that_would_be_read_with_losses_is_refused_with_the_line(code: str, content: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        imports.read(content.encode())
    assert caught.value.code == code
    assert caught.value.sentence.startswith(told)


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        (['a,"b', 'c,"d', "e,f"], 1),  # the second mark closes the first one, in the middle of a cell
        (["a,b,c,d,e,f", 'a,b,c,d,"e', "a,b,c,d,e,f", 'a,b,c,d,e"'], 2),
        (['a,b,"c,d,e,f', 'a,b,c",d,e,f'], 1),
        (['a,"b",c,d,e,f', 'a,"b,c,d,e,f', "a,b,c,d,e,f", 'a,b",c,d,e,f'], 2),
    ],
)
def test_a_stray_quotation_mark_that_joins_lines_is_told(lines: list[str], at: int) -> None:
    with pytest.raises(Invalid, match=f"opens in line {at + 1} "):
        office_files.read("\n".join([HEADER, *lines, ""]).encode())


def test_a_cell_may_hold_line_breaks() -> None:
    file = office_files.read(f'{HEADER}\na,"Two\nlines, and\n""more""",c,d,e,f\nb,c,d,e,f,g\n'.encode())
    assert [(row.line, row.cells[1]) for row in file.records] == [(2, 'Two\nlines, and\n"more"'), (5, "c")]


def test_lines_of_two_encodings_are_each_read_in_their_own_and_others_kept() -> None:
    rows = [LINE.encode(), LINE.encode("cp1252"), b"\x81\x8d,Odd,o.com,,2026-10-03,"]
    file = office_files.read(b"\n".join([HEADER.encode(), *rows]))
    assert [row.cells[1] for row in file.records] == ["Bäckerei Süß", "Bäckerei Süß", "Odd"]
    assert file.told.startswith("UTF-8, and 1 lines in Windows-1252, as in “Bäckerei”")
    assert file.records[2].cells[0].encode("utf-8", "surrogateescape") == b"\x81\x8d"


@pytest.mark.parametrize("data", [b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600])
def test_a_workbook_that_cannot_be_opened_is_told(data: bytes) -> None:
    with pytest.raises(Invalid, match="Save it as CSV"):
        office_files.read(data)


def test_a_workbook_is_read_whatever_its_name() -> None:
    file = office_files.read(
        workbook([["External ID", *columns.COLUMNS[1:]], [1001, "Süß", "firma.com", "", 46298, ""]])
    )
    assert file.told.startswith("a workbook, sheet “Tabelle1”")
    assert file.records[0].cells[:3] == ["1001", "Süß", "firma.com"]
    assert imports.read(workbook([list(columns.COLUMNS), ["a", "b", "c.com", "", 46298, ""]])).rows[0].signup


CELLS_THAT_COME_BACK = [
    "-1001", "+1002", "=1+1", "'=1+1", "''-1", "'s-Hertogenbosch", "'", "''", "\t+3", "＝4", "@b", "a'b", " x ", "",
    'say "x"', "two\nlines", "\udc81\udc8d", "ä;b|c",
]  # fmt: skip


@pytest.mark.parametrize("separator", office_files.SEPARATORS)
def test_rejected_lines_come_back_exactly(separator: str, tmp_path: Path) -> None:
    lines = [office_files.Record(9, [cell, "b", "c", "", "soon", ""]) for cell in CELLS_THAT_COME_BACK]
    header = office_files.Record(1, list(columns.COLUMNS))
    file = office_files.OfficeFile(header, lines, "", separator)
    for _ in range(3):  # rejected once more, and again
        rejected.write(tmp_path / "x.csv", file, [("code", "Why.", line) for line in file.records])
        data = (tmp_path / "x.csv").read_bytes()
        file = rejected.restored(office_files.read(data))
        assert [row.cells[0] for row in file.records] == CELLS_THAT_COME_BACK
    assert not any(cell.startswith(tuple("=+-@")) for row in office_files.read(data).records for cell in row.cells)


def workbook(rows: list[list[str | int]]) -> bytes:
    """A small XLSX file, as office programs write it: texts inline, one sheet."""
    sheet = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "application/vnd.openxmlformats-"
    of_package = "http://schemas.openxmlformats.org/package/2006"
    of_office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{of_package}/content-types"><Default Extension="rels" '
        f'ContentType="{office}package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{of_package}/relationships"><Relationship Id="r1" '
        f'Type="{of_office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{of_office}"><sheets>'
        '<sheet name="Tabelle1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{of_package}/relationships"><Relationship Id="r1" '
        f'Type="{of_office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for name, text in parts.items():
            out.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return data.getvalue()


def _cell(value: str | int) -> str:
    return f"<c><v>{value}</v></c>" if isinstance(value, int) else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
