"""Websites for made-up client accounts: real brands under real domain endings, each once, as many as there are to be.

The brands are those of examples/sign-ups.csv (examples/README.md names the sources and their licences), the endings
those of the Public Suffix List that comes with `publicsuffixlist`. Whether anybody is at such an address is not known.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import site_key

SIGN_UPS = Path(__file__).parent.parent / "examples" / "sign-ups.csv"
FREQUENT = ("com", "de", "co.uk", "net", "org", "nl", "fr", "it", "es", "io", "com.au", "co", "ca", "ch", "at", "pl")
BEFORE = ("", "shop-", "my-", "get-", "the-", "go-", "try-", "hello-")
"""What is put before the brand once all brands have all endings."""


@dataclass(frozen=True)
class Names:
    """Brands as (label, title), and endings; together they are the sites."""

    brands: tuple[tuple[str, str], ...]
    endings: tuple[str, ...]

    def site(self, number: int) -> tuple[str, str]:
        """The site of a number, and the company's title; no two numbers have the same site."""
        number, brand = divmod(number, len(self.brands))
        before, ending = divmod(number, len(self.endings))
        label, title = self.brands[brand]
        return f"{BEFORE[before]}{label}.{self.endings[ending]}", title


@cache
def load() -> Names:
    """The names that the portal's own site key takes as they are."""
    brands = {}
    with SIGN_UPS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = _key(row["website"])
            if key and _key(f"{key.partition('.')[0]}.com"):
                brands[key.partition(".")[0]] = row["company"] or key
    endings = dict.fromkeys([*FREQUENT, *sorted(_suffixes())])
    return Names(tuple(sorted(brands.items())), tuple(ending for ending in endings if _is_taken(f"brand.{ending}")))


def _suffixes() -> list[str]:
    text = resources.files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text(encoding="utf-8")
    lines = text.partition("===END ICANN DOMAINS===")[0].splitlines()
    return [line.encode("idna").decode() for line in lines if line and line[0] not in "/*!"]


def _is_taken(site: str) -> bool:
    return _key(site) == site


def _key(text: str) -> str:
    try:
        return site_key(text)
    except Refused:
        return ""
