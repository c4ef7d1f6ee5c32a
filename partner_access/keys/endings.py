"""Knows which endings of names exist, and the nearest one to an ending that does not; pure, from the list inside."""

from __future__ import annotations

from string import ascii_lowercase

from publicsuffixlist import PSLFILE, PublicSuffixList

_SUFFIXES = PublicSuffixList(only_icann=True)
with open(PSLFILE, encoding="utf-8") as _rules:
    _KNOWN = {
        line.split()[0].rpartition(".")[2].encode("idna").decode()
        for line in _rules
        if line.strip() and not line.startswith("//")
    }
"""The last labels of all rules: some countries have only rules of their second level (co.za)."""
_FOR_EXAMPLES = {"example", "test"}
"""RFC 2606 keeps them for examples and tests, which is what our demo, documents and tests use them for."""
_USUAL = """
    com net org de uk fr nl it es eu pl ch at be se dk no fi ie pt cz gr ro hu us ca mx br ar au nz jp kr cn in za co io
    me info biz shop store online site app dev
"""
"""Where several endings are as near, the more usual one is meant."""


def exists(ending: str) -> bool:
    """Whether names may end in this, a lower-case label without a dot (an A-label where it is international)."""
    return ending in _FOR_EXAMPLES or ending in _KNOWN


def nearest(name: str) -> str:
    """The name that is meant by one whose ending does not exist: one letter off, or the ending left out; '' if none."""
    rest, _, ending = name.rpartition(".")
    if rest == "www":
        return f"{ending}.com"
    near = [f"{rest}.{other}" for other in sorted(_one_letter_off(ending)) if exists(other)]
    return min(near, key=_likelihood, default="")


def _likelihood(name: str) -> tuple[int, int]:
    """What is meant sorts first: acme.co.za before acme.co.ca, since shops are registered at co.za; then the usual."""
    usual, ending = _USUAL.split(), name.rpartition(".")[2]
    suffix = _SUFFIXES.publicsuffix(name) or ""
    return -suffix.count("."), usual.index(ending) if ending in usual else len(usual)


def _one_letter_off(word: str) -> set[str]:
    """A letter too many, too few, another one, or two exchanged (Damerau); never nothing, and of no long word."""
    if len(word) > 12:
        return set()
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in halves if right}
    turned = {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    others = {left + letter + right[skip:] for left, right in halves for letter in ascii_lowercase for skip in (0, 1)}
    return {other for other in fewer | turned | others if len(other) > 1}
