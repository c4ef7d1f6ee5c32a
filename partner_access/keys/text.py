"""Text that somebody typed: whether it can be kept at all, is there, and is short enough; and a name's initials."""

from __future__ import annotations

from partner_access.errors import Invalid


def storable(text: str, field: str) -> str:
    """The same text. Raises Invalid at `field` for a NUL, which PostgreSQL cannot store."""
    if "\x00" in text:
        raise Invalid("This contains a character that is not text. Type it again.", code="not-text", field=field)
    return text


def checked(text: str, field: str, most: int, *, missing: str = "") -> str:
    """The same text, of at most `most` characters. missing: the sentence for none, where there has to be some.

    Raises Invalid at `field`, with the codes `<field>-missing`, `not-text` and `<field>-too-long`.
    """
    code = field.replace("_", "-")
    if missing and not text:
        raise Invalid(missing, code=f"{code}-missing", field=field)
    if len(storable(text, field)) > most:
        raise Invalid(too_long(most), code=f"{code}-too-long", field=field)
    return text


def too_long(most: int) -> str:
    """The sentence for a text of more than so many characters."""
    return f"Use {most:,} characters or fewer."


def words(text: str) -> frozenset[str]:
    """A list of ours, written as words with spaces between them."""
    return frozenset(text.split())


def initials(name: str) -> str:
    """One or two letters of a name, for the round badge."""
    words = name.split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else ""
