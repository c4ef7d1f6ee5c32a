"""Tokens of the API: made, shown once, found again by their fingerprint, rotated, and revoked.

Of the bound organization, or of the programme where none is bound; nobody reaches another's.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update

from partner_access import audit, signing
from partner_access.clock import now
from partner_access.db import changed, found, fresh, scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.integrations import token_format
from partner_access.integrations.models import ApiToken
from partner_access.keys import text
from partner_access.transactions import lock

SCOPES = ("read", "write")
LONGEST_NAME, LONGEST_DAYS, MOST = 60, 3650, 50
OVERLAP = timedelta(hours=24)
"""How long a token that was rotated goes on working beside the new one."""
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class NewToken:
    """A token that was made just now; `secret` is shown this once and kept nowhere."""

    row: ApiToken
    secret: str


def create(name: str, token_scope: str, *, days: int | None = None, is_new_name: bool = False) -> NewToken:
    """Make a token of the bound organization, or of the programme. days: for how long it is good, else for good.

    is_new_name: no other that lives may have the name, as with a form, which two clicks send twice. Raises Invalid
    beside `name`, `scope` or `days`, and where there are MOST that live.
    """
    name = text.checked(" ".join(name.split()), "name", LONGEST_NAME, missing="Give the token a name.")
    if token_scope not in SCOPES:
        raise Invalid("Choose read, or read and write.", code="no-such-scope", field="scope")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"Use a whole number of days from 1 to {LONGEST_DAYS:,}.", code="days-out-of-range", field="days")
    lock(f"api-tokens:{scope().org_id}")
    live = [row for row in listing() if row.is_live]
    if len(live) >= MOST:
        raise Invalid(f"You have {MOST} tokens, which is the most there can be. Revoke one first.", field="name")
    if is_new_name and name.casefold() in {row.name.casefold() for row in live}:
        raise Invalid("You have a token of this name already. Give this one another name.", field="name")
    made = _make(name, token_scope)
    made.row.expires_at = now() + timedelta(days=days) if days else None
    audit.record("api_token.created", subject=made.row.id, name=name, scope=token_scope)
    return made


def _make(name: str, token_scope: str) -> NewToken:
    org_id = scope().org_id
    secret = token_format.new(token_format.ORG if org_id else token_format.PROGRAMME)
    row = ApiToken(
        org_id=org_id,
        name=name,
        scope=token_scope,
        beginning=token_format.beginning(secret),
        fingerprint=signing.fingerprint(secret),
        created_at=now(),
        created_by=scope().actor.user_id,
    )
    session().add(row)
    session().flush()
    return NewToken(row, secret)


def rotate(token_id: uuid.UUID) -> NewToken:
    """Make a token in the place of this one, which goes on for OVERLAP. Raises Conflict for one that lives no more."""
    old = fetch(token_id)
    made = _make(old.name, old.scope)
    made.row.expires_at = now() + (old.expires_at - old.created_at) if old.expires_at else None
    end = min(filter(None, (old.expires_at, now() + OVERLAP)))
    # Of two who rotate at once one wins: two new secrets for one old token would leave one that nobody knows of.
    live = ApiToken.id == old.id, ApiToken.revoked_at.is_(None), ApiToken.replaced_by.is_(None)
    replaced = update(ApiToken).where(*live).values(replaced_by=made.row.id, expires_at=end)
    if not old.is_live or not changed(replaced.execution_options(synchronize_session="fetch")):
        raise Conflict("This token was revoked, has expired or was replaced already.", code="token-not-live")
    audit.record("api_token.rotated", subject=old.id, name=old.name, scope=old.scope)
    return made


def revoke(token_id: uuid.UUID) -> ApiToken:
    """End a token at once. Idempotent. Raises NotFound."""
    row = fetch(token_id)
    ended = update(ApiToken).where(ApiToken.id == row.id, ApiToken.revoked_at.is_(None)).values(revoked_at=now())
    if changed(ended.execution_options(synchronize_session="fetch")):
        audit.record("api_token.revoked", subject=row.id, name=row.name, scope=row.scope)
    return row


def listing() -> Sequence[ApiToken]:
    """The tokens of the bound organization, or of the programme, the newest first; those that ended too."""
    return session().scalars(select(ApiToken).where(_mine()).order_by(ApiToken.id.desc())).all()


def fetch(token_id: uuid.UUID) -> ApiToken:
    """One of these. Raises NotFound, also for another organization's."""
    return found(fresh(select(ApiToken).where(ApiToken.id == token_id, _mine())).one_or_none())


def everybodys() -> Sequence[ApiToken]:
    """Every token, of the programme and of all organizations, the newest first. For commands."""
    return session().scalars(select(ApiToken).order_by(ApiToken.id.desc())).all()


def fetch_anybodys(token_id: uuid.UUID) -> ApiToken:
    """A token, whosever it is. Raises NotFound. For commands."""
    return found(session().scalar(select(ApiToken).where(ApiToken.id == token_id)))


def _mine() -> ColumnElement[bool]:
    org_id = scope().org_id
    return ApiToken.org_id == org_id if org_id else ApiToken.org_id.is_(None)


def find(secret: str) -> ApiToken | None:
    """The live token of this secret, or None; that it is used is noted every USED_EVERY."""
    if not token_format.is_one(secret):
        return None
    row = session().scalar(select(ApiToken).where(ApiToken.fingerprint == signing.fingerprint(secret)))
    if row is None or not row.is_live:
        return None
    if row.last_used_at is None or row.last_used_at <= now() - USED_EVERY:
        row.last_used_at = now()
    return row
