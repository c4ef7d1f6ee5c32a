"""The one way to a digest: SHA-256 over canonical JSON. Texts stand under it by a salted digest of their own. Pure.

Who erases a text and its salt leaves the digest, which nobody can then trace back to the text by trying texts.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

GENESIS = "0" * 64
"""What the first link of a chain names as the one before it."""


def canonical(values: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 with sorted keys and no spaces, moments as ISO 8601, ids as texts. Moments have to be in UTC.

    What is None is left out, so that a column which a table gets later changes no digest of before.
    """
    given = {key: value for key, value in values.items() if value is not None}
    return orjson.dumps(given, option=orjson.OPT_SORT_KEYS)


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256, hex, over the canonical JSON."""
    return sha256(canonical(values)).hexdigest()


def new_salt() -> str:
    """A salt for the texts of one row: 128 bits."""
    return secrets.token_hex(16)


def of_texts(salt: str, texts: Mapping[str, Any]) -> str:
    """The salted digest of a row's texts."""
    return sha256(salted(salt, texts)).hexdigest()


def salted(salt: str, texts: Mapping[str, Any]) -> bytes:
    """The salt and the texts as canonical JSON, which their digest is the SHA-256 of."""
    return canonical({"salt": salt, "texts": {key: value for key, value in texts.items() if value is not None}})
