"""Secrets: random tokens with their fingerprints, short codes, and signed links that expire."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from partner_access.errors import Expired, NotFound

SALTS = {
    "confirm-managed": "partner-access/confirm-managed",
    "transfer": "partner-access/transfer",
    "confirm-sign-up": "partner-access/confirm-sign-up",
    "answered-lines": "partner-access/answered-lines",
    "own-browser": "partner-access/own-browser",
    "undo-join": "partner-access/undo-join",
    "invited-elsewhere": "partner-access/invited-elsewhere",
    "no-more-mail": "partner-access/no-more-mail",
    "object-recovery": "partner-access/object-recovery",
}
"""One salt per purpose: a link signed for one purpose opens nothing else."""


def new_secret() -> str:
    """A 256-bit secret for a URL or a cookie, 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """What is stored of a secret: SHA-256, hex. A 256-bit secret needs no salt and no stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


def short_fingerprint(secret: str) -> bytes:
    """The same in 16 bytes, for tables of millions of rows: nobody finds a second secret with the same 128 bits."""
    return hashlib.sha256(secret.encode()).digest()[:16]


def new_code() -> str:
    """Six digits, uniformly random."""
    return f"{secrets.randbelow(1_000_000):06d}"


def code_fingerprint(code: str, purpose: str) -> str:
    """What is stored of a short code: an HMAC keyed by SECRET_KEY, because 10^6 codes can be tried in a blink."""
    return _mac(current_app.config["SECRET_KEY"], code, purpose)


def code_matches(code: str, purpose: str, stored: str) -> bool:
    """Whether `code` is the one stored, under the present key or one being rotated out."""
    keys = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    return any(hmac.compare_digest(_mac(key, code, purpose), stored) for key in keys)


def _mac(key: str, code: str, purpose: str) -> str:
    return hmac.new(key.encode(), f"{purpose}:{code}".encode(), hashlib.sha256).hexdigest()


def sign(purpose: str, data: dict[str, Any]) -> str:
    """A URL-safe text that carries `data` and cannot be forged; `purpose` is a key of SALTS."""
    return str(_serializer(purpose).dumps(data))


def unsign(purpose: str, text: str, *, max_age: timedelta) -> dict[str, Any]:
    """The data of a signed link. Raises NotFound for a forged one, Expired for an old one."""
    try:
        data: dict[str, Any] = _serializer(purpose).loads(text, max_age=int(max_age.total_seconds()))
    except SignatureExpired as error:
        raise Expired(code="link-expired") from error
    except BadSignature as error:
        raise NotFound(code="link-unknown") from error
    return data


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    keys = [*reversed(current_app.config["SECRET_KEY_FALLBACKS"]), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt=SALTS[purpose])
