"""Knows the columns of a file of sign-ups: how people write their names, and which cells a line may leave out."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from partner_access.errors import Invalid

COLUMNS = ("external_id", "company", "website", "email", "signed_up_at", "referral")
MAY_BE_EMPTY = {"", "company", "email", "referral"}
"""What a line may leave out at its end, where offices drop empty cells; "" is a column that we do not read."""
REJECTED = ["line", "reason", "sentence"]
"""What stands before the columns of a file of rejected lines."""


def _letters(name: str) -> str:
    """What of a name counts: “External ID”, “external-id” and “externalId” are one column."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())


_BY_LETTERS = {_letters(name): name for name in COLUMNS}


def named(cells: Sequence[str]) -> list[str]:
    """The column that each cell of a header names, "" for none of ours."""
    return [_BY_LETTERS.get(_letters(cell), "") for cell in cells]


def header(cells: Sequence[str], line: int) -> list[str]:
    """The columns of a header. Raises Invalid where one is missing, or is there twice."""
    names = named(cells)
    if missing := [name for name in COLUMNS if name not in names]:
        raise Invalid(f"The file lacks the columns {', '.join(missing)}.", code="columns-missing")
    if twice := next((name for name in COLUMNS if names.count(name) > 1), ""):
        places = " and ".join(str(place) for place, name in enumerate(names, 1) if name == twice)
        sentence = f"Line {line} names the column {twice} twice, in the cells {places}. Take one of them out."
        raise Invalid(sentence, code="column-twice")
    return names


def is_header(cells: Sequence[str]) -> bool:
    """Whether a line is a header once more, as where two files were put together."""
    return set(named(cells)) >= set(COLUMNS)


def given(cells: Sequence[str], names: Sequence[str]) -> dict[str, str] | None:
    """The cells of a line by column; None where they are not as many as the header's.

    Empty cells at the end may be missing, where the column may be empty, or too many.
    """
    surplus, missing = cells[len(names) :], names[len(cells) :]
    if any(cell.strip() for cell in surplus) or not MAY_BE_EMPTY.issuperset(missing):
        return None
    full = [*cells[: len(names)], *("" for _ in missing)]
    return {name: cell for name, cell in zip(names, full, strict=True) if name}
