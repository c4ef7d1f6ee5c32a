"""Says what is meant by links, codes and ids that mail programs, chats, office programs and people have changed."""

from __future__ import annotations

import pytest

from partner_access.keys import codes

TOKEN = "aB3_-" * 8 + "xyz"
SIGNED = "eyJhIjoxfQ.aRtGpQ.kq3w-Zr_5uQxVbN0mEo1tYsLd2c"
CODE_ENDINGS = [
    "", "/", ".", ",", ")", ">", "]", "%20", " ", "\n", "&utm_source=x", "?utm_source=x", "%3Futm_source=x", "#x",
    "=20", "…", "”", "'", "*", "_", "-", ":", "!", "\u200b", "\u00a0", "%E2%80%8B", "%2520",
    "/get-started?visit=x", '"><b>', ").",
]  # fmt: skip
CELLS = {
    "http://localhost:8150/r/nextlevel": "nextlevel",
    "HTTPS://PORTAL.EXAMPLE/R/NEXTLEVEL": "nextlevel",
    "/r/nextlevel": "nextlevel",
    "Our link: https://portal.example/r/nextlevel.": "nextlevel",
    "https://safelinks.example/?url=https%3A%2F%2Fportal.example%2Fr%2Fnextlevel&data=1": "nextlevel",
    "?referral=NextLevel": "nextlevel",
    "ｎｅｘｔlevel": "nextlevel",
    f"https://meridian.example/sign-up?plan=free&referral={TOKEN}": TOKEN,
    f"<{TOKEN}>.": TOKEN,
}
NO_CELLS = [
    "", " ", "%", "é", "a\x00b", "John told me", "john.smith", "ann@acme.com", "nextlevel, acme", "nextlevel;acme",
    "https://acme.com/landing", "https://p.example/r/one https://p.example/r/two", "a" * 101,
]  # fmt: skip
PATHS = {
    "/": "/",
    "/r/acme/": "/r/acme",
    "/r/<acme>": "/r/acme",
    "/r/(acme).": "/r/acme",
    "/r/acme and more": "/r/acme",
    "/orgs/a/clients/x.txt": "/orgs/a/clients/x.txt",
    "/sign-in).": "/sign-in",
    "/verify/x</a>": "/verify/x",
    "//evil.example/)": "/evil.example",
    f"/verify/{TOKEN}_": f"/verify/{TOKEN}",
    f"/verify/{TOKEN[:-1]}_": f"/verify/{TOKEN[:-1]}_",
    f"/transfer/{SIGNED}.": f"/transfer/{SIGNED}",
    f"/transfer/.{SIGNED}*": f"/transfer/.{SIGNED}",
    f"/transfer/{SIGNED}_/refuse": f"/transfer/{SIGNED}/refuse",
}


@pytest.mark.parametrize("ending", CODE_ENDINGS)
def test_a_code_is_read_whatever_its_carrier_has_added(ending: str) -> None:
    for text in (f"acme-1{ending}", f"<ACME-1{ending}", f" “acme-1{ending}"):
        assert codes.code(text) == codes.referral(text) == "acme-1"


@pytest.mark.parametrize(("cell", "meant"), CELLS.items())
def test_a_cell_names_a_code_or_a_visit(cell: str, meant: str) -> None:
    assert codes.referral(cell) == meant


@pytest.mark.parametrize("cell", NO_CELLS)
def test_of_several_words_or_addresses_none_is_chosen(cell: str) -> None:
    assert codes.referral(cell) == ""


@pytest.mark.parametrize(("path", "meant"), PATHS.items())
def test_a_path_is_read_without_what_its_carrier_has_added(path: str, meant: str) -> None:
    assert codes.path(path) == codes.path(meant) == meant


def test_ids_that_look_the_same_are_the_same() -> None:
    ids = ["zw-é", "zw-e\u0301", "zw-é\u200b", "\u200ezw-é", " zw\u00ad-é\ufeff\n", "\u2066zw-é\u2069"]
    assert {codes.identity(text) for text in ids} == {"zw-é"}
    assert codes.identity("ZW-1") != codes.identity("zw-1")
