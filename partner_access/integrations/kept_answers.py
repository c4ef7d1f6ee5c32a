"""Answers that are kept for a day for calls with an `Idempotency-Key`: sent twice, they are done and answered once."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select

from partner_access.clock import now
from partner_access.db import session
from partner_access.errors import Conflict, Invalid, KeyReused
from partner_access.integrations.models import ApiAnswer, ApiToken
from partner_access.transactions import try_lock

KEPT = timedelta(hours=24)
LONGEST = 255


def begin(token: ApiToken, key: str, asked: bytes) -> ApiAnswer | None:
    """The answer that was given to this call before, or None for one that is to be done now, by this transaction alone.

    asked: all that makes it the same call. Raises KeyReused where the key came with another call, and Conflict while
    the first one is still at work; on SQLite that is waited for instead, for writers take turns there.
    """
    if len(key) > LONGEST:
        raise Invalid(f"Use {LONGEST} characters or fewer for the Idempotency-Key.", code="key-too-long")
    if not try_lock(f"api-answer:{token.id}:{key}"):
        raise Conflict("The first call with this Idempotency-Key is still at work.", code="still-at-work")
    mine = ApiAnswer.token_id == token.id, ApiAnswer.key == key
    session().execute(delete(ApiAnswer).where(*mine, ApiAnswer.at <= now() - KEPT))
    row = session().scalar(select(ApiAnswer).where(*mine))
    if row is not None and row.request != _fingerprint(asked):
        raise KeyReused("This Idempotency-Key came with another call before.", code="key-reused")
    return row


def keep(token: ApiToken, key: str, asked: bytes, status: int, body: str) -> None:
    """Keep what a call was answered with, in the transaction that did it; a refused call has done nothing."""
    row = ApiAnswer(token_id=token.id, key=key, request=_fingerprint(asked), status=status, body=body, at=now())
    session().add(row)


def _fingerprint(asked: bytes) -> str:
    return hashlib.sha256(asked).hexdigest()


def forget_old() -> None:
    """Drop the answers that are kept no longer."""
    session().execute(delete(ApiAnswer).where(ApiAnswer.at <= now() - KEPT))
