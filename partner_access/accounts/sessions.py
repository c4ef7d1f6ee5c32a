"""Sessions: a row for each sign-in, so that each can be listed and ended. 12 hours idle, 7 days at most."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from partner_access import audit, signing
from partner_access.accounts.models import User, UserSession
from partner_access.clock import now
from partner_access.db import acting, changed, found, session

IDLE, ABSOLUTE, TOUCH_EVERY = timedelta(hours=12), timedelta(days=7), timedelta(minutes=5)


def begin(user: User, *, browser: str, address: str, reason: str) -> None:
    """Start a session; the person keeps its secret for this request. reason: what proved them, as an audit code."""
    user.session_secret = signing.new_secret()
    stored = signing.fingerprint(user.session_secret)
    with acting(user.actor):
        session().add(UserSession(user_id=user.id, secret_fingerprint=stored, browser=browser, address=address))
        audit.record("user.signed_in", subject=user.id, reason=reason)


def end(row: UserSession) -> None:
    """End a session from its own browser. Idempotent."""
    if row.ended_at is None:
        row.ended_at = now()
        audit.record("user.signed_out", subject=row.user_id, reason="own-browser")


def find(secret: str) -> UserSession | None:
    """The session of this cookie, live or not, or None."""
    return session().scalar(select(UserSession).where(UserSession.secret_fingerprint == signing.fingerprint(secret)))


def is_live(row: UserSession) -> bool:
    """Whether a session is neither ended nor idle nor too old."""
    return row.ended_at is None and now() - row.seen_at < IDLE and now() - row.created_at < ABSOLUTE


def touch(row: UserSession) -> bool:
    """Remember that the session was used, at most every few minutes; whether anything was written."""
    if now() - row.seen_at < TOUCH_EVERY:
        return False
    live = UserSession.id == row.id, UserSession.ended_at.is_(None)
    statement = update(UserSession).where(*live).values(seen_at=now())
    session().execute(statement.execution_options(synchronize_session=False))
    return True


def listing(user: User) -> Sequence[UserSession]:
    """The live sessions of a person, the most recently used first."""
    rows = session().scalars(
        select(UserSession)
        .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None), UserSession.seen_at > now() - IDLE)
        .order_by(UserSession.seen_at.desc())
    )
    return [row for row in rows if is_live(row)]


def last_seen(user_ids: Sequence[uuid.UUID]) -> list[datetime]:
    """When each of these people who ever signed in was last here, in no order."""
    return list(seen_by(user_ids).values())


def seen_by(user_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When those of these people who ever signed in were last here, by person."""
    latest = func.max(UserSession.seen_at, type_=UserSession.seen_at.type)
    mine = select(UserSession.user_id, latest).where(UserSession.user_id.in_(user_ids))
    return {row[0]: row[1] for row in session().execute(mine.group_by(UserSession.user_id))}


def revoke(user: User, session_id: uuid.UUID) -> None:
    """End one of the person's own sessions. Raises NotFound; idempotent."""
    statement = select(UserSession).where(UserSession.id == session_id, UserSession.user_id == user.id)
    row = found(session().scalar(statement))
    if row.ended_at is None:
        row.ended_at = now()
        audit.record("session.revoked", subject=row.id, reason="own-list")


def revoke_all(user: User, *, except_id: uuid.UUID | None = None) -> int:
    """End every session of a person, or every one but the present; how many there were."""
    statement = update(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    if except_id:
        statement = statement.where(UserSession.id != except_id)
    return changed(statement.values(ended_at=now()))


def end_everywhere(user: User) -> None:
    """The person signs out on every device, the present one too. Twice is no mistake."""
    revoke_all(user)
    audit.record("user.signed_out", subject=user.id, reason="everywhere")


def end_by_staff(user: User, words: str) -> int:
    """Staff sign a person out on every device, with their reason; how many sessions were live. Raises Invalid."""
    live, told = len(listing(user)), audit.checked(words)
    revoke_all(user)
    audit.record("user.signed_out", subject=user.id, reason="by-staff", words=told)
    return live
