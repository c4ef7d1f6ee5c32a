"""What a token of the API looks like: a prefix that says whose it is, 256 random bits, and a checksum. Pure.

The prefix and the checksum let secret scanners find a token in code and know it for one, and let the portal refuse what
is none without asking the database.
"""

from __future__ import annotations

import re
import secrets
import zlib

PROGRAMME, ORG = "pap_", "pao_"
RANDOM, CHECKSUM = 43, 6
"""Characters of base 62: 62^43 is more than 2^256, 62^6 is more than 2^32."""
TOKEN = re.compile(rf"(?:{PROGRAMME}|{ORG})[0-9A-Za-z]{{{RANDOM + CHECKSUM}}}")
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SHOWN = 10


def new(prefix: str) -> str:
    """A new token, with its checksum."""
    body = prefix + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + _checksum(body)


def is_one(text: str) -> bool:
    """Whether a text can be a token of ours: its form and its checksum are right."""
    return TOKEN.fullmatch(text) is not None and text[-CHECKSUM:] == _checksum(text[:-CHECKSUM])


def beginning(token: str) -> str:
    """What lists show of a token, by which its holder knows it again."""
    return token[:SHOWN]


def _checksum(body: str) -> str:
    """CRC-32 (ISO 3309) in base 62, as GitHub's tokens have it."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
