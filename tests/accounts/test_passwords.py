from __future__ import annotations

import re
import unicodedata

import pytest

from partner_access.accounts import passwords
from tests.portal import PASSWORD, Portal

NAMES = ["Ana Maria Lopez", "ana.lopez@nextlevel.example", "Meridian"]


@pytest.mark.parametrize(
    ("password", "told"),
    [
        (PASSWORD, None),
        ("correct horse battery staple ana", None),
        ("ünïcödé täkes pärt", None),
        ("    four     words    ", None),
        ("x" * 14, "15 characters or more"),
        ("", "15 characters or more"),
        ("four quiet rivers bend " * 6, "128 characters or fewer"),
        ("aaaaaaaaaaaaaaaa", "lists that attackers try"),
        ("abababababababab", "lists that attackers try"),
        ("passwordpassword", "lists that attackers try"),
        ("ana lopez nextlevel", "not made of your name"),
        ("Meridian meridian 1", "not made of your name"),
        ("lopez.nextlevel.example", "not made of your name"),
        ("Northwind northwind", "does not say the same twice"),
        ("northwind-NORTHWIND1!", "does not say the same twice"),
        ("tangerine.Tangerine.99", "does not say the same twice"),
        ("blue blue blue blue", "does not say the same twice"),
        ("correct horse correct battery", None),
        ("!%7&/(§)=?#+*~<>|", None),
        ("水曜日の朝に三匹の猫が橋を渡る", None),
        ("qwertyuiopasdfgh", "attackers try first|guessed easily"),
        ("p4ssw0rd12345678", "guessed easily"),
        ("ｐ４ｓｓｗ０ｒｄ１２３４５６７８", "guessed easily"),
    ],
)
def test_a_password_is_refused_when_it_is_short_known_or_made_of_names(password: str, told: str | None) -> None:
    problem = passwords.problem(password, NAMES)
    assert problem is None if told is None else re.search(told, problem or "")


def test_a_password_of_128_characters_is_compared_whole(portal: Portal) -> None:
    with portal.app.app_context():
        stored = passwords.hash_password("é" * 128)
        assert passwords.matches("é" * 128, stored)
        assert not passwords.matches("é" * 127 + "e", stored)


def test_a_longer_password_is_nobodys_and_never_cut(portal: Portal) -> None:
    with portal.app.app_context():
        stored = passwords.hash_password("é" * 128)
        for longer in ("é" * 129, "é" * 128 + "\N{COMBINING ACUTE ACCENT}" * 600, "é" * 10_000):
            assert not passwords.matches(longer, stored)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_is_the_same_from_every_keyboard(portal: Portal, form: str) -> None:
    typed = "Åse trinkt １２ Weißbier ﬁx"
    with portal.app.app_context():
        stored = passwords.hash_password(unicodedata.normalize(form, typed))  # type: ignore[arg-type]
        assert passwords.matches(typed, stored)


def test_a_hash_made_with_other_parameters_is_made_anew_at_sign_in(portal: Portal) -> None:
    with portal.app.app_context():
        weak = passwords.hash_password(PASSWORD)
        portal.app.config["PASSWORD_MEMORY_KIB"] = 16
        assert passwords.is_outdated(weak)
        assert not passwords.is_outdated(passwords.hash_password(PASSWORD))


def test_nobody_has_the_password_that_is_compared_for_unknown_people(portal: Portal) -> None:
    with portal.app.app_context():
        assert not passwords.matches("nobody has this password", None)
