"""Signing in, and everything a signed-in person does with their own login."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select, update

from partner_access import audit, mail, signing
from partner_access.accounts import guesses, passwords, sessions, throttles
from partner_access.accounts.browsers import own_browsers
from partner_access.accounts.models import EmailChange, PasswordReset, StaffGrant, User
from partner_access.clock import now
from partner_access.db import changed, session
from partner_access.errors import TooMany
from partner_access.keys import pasted
from partner_access.keys.addresses import Address, address
from partner_access.keys.mistakes import Refused
from partner_access.permissions import StaffRole
from partner_access.transactions import release
from partner_access.web.urls import absolute

RESET_LIFE = timedelta(hours=1)


def sign_in(email: str, password: str, *, ip: str) -> User | None:
    """The person with this address and password, or None, alike and as slow for unknown addresses and wrong passwords.

    Raises TooMany beyond what guesses.py allows (ASVS 5.0 section 6.3).
    """
    key, network = _key(email), throttles.network(ip)
    user = find(key)
    own_browser = own_browsers.key_of(user.id) if user else None
    if not _is_right(user, password, guesses.at_the_door(key, own_browser, network)) or user is None:
        known = user.id if user else None  # never what was typed, which may be a password
        audit.record("user.sign_in_refused", subject=known, reason="wrong-password", network=network)
        return None
    if passwords.is_outdated(user.password_hash):
        fresh = passwords.hash_password(password)
        same = User.id == user.id, User.password_hash == user.password_hash
        session().execute(update(User).where(*same).values(password_hash=fresh))
    return user


def knows_password(user: User, password: str) -> bool:
    """Whether a signed-in person knows their current password. Raises TooMany beyond what guesses.py allows."""
    if _is_right(user, password, guesses.signed_in(user.id)):
        return True
    audit.record("user.password_change_refused", subject=user.id, reason="wrong-password")
    return False


def _is_right(user: User | None, password: str, guesser: guesses.Guesser) -> bool:
    """Compare with no transaction open, because that is slow by design; the try is counted before that."""
    try:
        guesses.take(guesser)
    except TooMany as refusal:
        refusal.subject = user.id if user else None
        raise
    release()
    right = passwords.matches(password, user.password_hash if user else None)
    if right:
        guesses.hit(guesser)
    else:
        guesses.missed(guesser)
    return right


def find(email_key: str) -> User | None:
    """The person with this address key, or None."""
    return session().scalar(select(User).where(User.email_key == email_key))


def staff_role(user: User) -> StaffRole | None:
    """The role of one of the vendor's people, or None for everybody else."""
    role = session().scalar(select(StaffGrant.role).where(StaffGrant.email_key == user.email_key))
    return StaffRole(role) if role else None


def name_of(user_id: uuid.UUID | None) -> str | None:
    """What a person is called, for the programme's staff to read; None for nobody."""
    return session().scalar(select(User.name).where(User.id == user_id)) if user_id else None


def staff() -> list[User]:
    """The vendor's people who have a login."""
    return list(session().scalars(select(User).join(StaffGrant, StaffGrant.email_key == User.email_key)))


def people(user_ids: Collection[uuid.UUID]) -> Sequence[User]:
    """The people of these ids; of one that is nobody's there is none."""
    return session().scalars(select(User).where(User.id.in_(user_ids))).all() if user_ids else []


def names(user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What these people are called and their addresses, for the programme's staff to read."""
    return {row.id: f"{row.name}, {row.email}" for row in people(user_ids)}


def change_name(user: User, name: str) -> None:
    """Set the person's own name."""
    user.name = name
    audit.record("user.details_changed", subject=user.id, reason="own-choice")


def change_password(user: User, new_hash: str, *, keep_session: object = None) -> None:
    """Set a new password and end every other session; the person is told by mail."""
    _set_password(user, new_hash)
    sessions.revoke_all(user, except_id=keep_session)  # type: ignore[arg-type]
    audit.record("user.password_changed", subject=user.id, reason="own-choice")


def ask_reset(asked: Address) -> None:
    """Mail a link to set a new password; an unknown address is told that it has no login. The caller answers alike.

    A row is kept for both, so that both are the same work.
    """
    user = find(asked.key)
    allowed = throttles.take_mail("password-reset", asked.key)
    outcome = "too-many-mails" if not allowed else "mailed"
    audit.record("user.password_reset_asked", subject=user.id if user else None, reason=outcome, known=bool(user))
    if not allowed:
        return
    link = reset_link(user)
    if user:
        mail.queue("password-reset", user.email, name=user.name, url=link, hours=1)
    else:
        mail.queue("no-login", asked.email, email=asked.email, request_url=absolute("accounts.request_account"))


def reset_link(user: User | None) -> str:
    """A fresh link by which this person, or whoever holds it, sets a new password within RESET_LIFE."""
    link = signing.new_secret()
    row = PasswordReset(
        user_id=user.id if user else None,
        link_fingerprint=signing.fingerprint(link),
        created_at=now(),
        expires_at=now() + RESET_LIFE,
    )
    session().add(row)
    return absolute("accounts.reset_password", token=link)


def find_reset(link: str) -> PasswordReset | None:
    """The reset whose mail held this link, whatever became of it; none of nobody's, see the inner join."""
    return session().scalar(select(PasswordReset).where(PasswordReset.link_fingerprint == signing.fingerprint(link)))


def is_usable(reset: PasswordReset) -> bool:
    """Whether a reset link still works: unused, within the hour, and not older than the current password."""
    fresh = reset.used_at is None and reset.expires_at > now()
    return fresh and reset.created_at >= reset.user.password_changed_at


def reset_password(reset: PasswordReset, new_hash: str) -> User | None:
    """Set a new password by a mailed link, once; ends all sessions. None when the link has stopped meanwhile."""
    used = changed(
        update(PasswordReset)
        .where(PasswordReset.id == reset.id, PasswordReset.used_at.is_(None), PasswordReset.expires_at > now())
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    user = reset.user
    session().refresh(user)
    if not used or reset.created_at < user.password_changed_at:
        audit.record("user.password_reset_refused", subject=user.id, reason="link-stopped")
        return None
    _set_password(user, new_hash)
    sessions.revoke_all(user)
    guesses.forgive(user.email_key, user.id)
    audit.record("user.password_reset", subject=user.id, reason="mailed-link")
    return user


def grant_staff(email_key: str, role: str) -> None:
    """Make the owner of an address one of the vendor's people. Idempotent."""
    if session().scalar(select(StaffGrant).where(StaffGrant.email_key == email_key)) is None:
        session().add(StaffGrant(email_key=email_key, role=role))
        audit.record("staff.granted", reason="command")


def revoke_staff(email_key: str) -> bool:
    """The owner of an address is not one of the vendor's people any more, from the next request on; if they were."""
    removed = changed(delete(StaffGrant).where(StaffGrant.email_key == email_key))
    if removed:
        known = find(email_key)
        audit.record("staff.removed", subject=known.id if known else None, reason="command")
    return bool(removed)


def staff_addresses() -> list[str]:
    """The addresses of the vendor's people; where there are none yet, the one that people read as ours."""
    granted = session().scalars(select(StaffGrant.email_key).order_by(StaffGrant.email_key)).all()
    return list(granted) or [current_app.config["SUPPORT"]]


def names_of(user: User) -> list[str]:
    """Words that may not make up this person's password."""
    return [user.name, user.email, current_app.config["PROGRAMME_NAME"]]


def _set_password(user: User, new_hash: str) -> None:
    """A change of address that was asked for before stops: whoever had the login may have asked for it."""
    user.password_hash = new_hash
    user.password_changed_at = now()
    unfinished = EmailChange.user_id == user.id, EmailChange.confirmed_at.is_(None), EmailChange.stopped_at.is_(None)
    session().execute(update(EmailChange).where(*unfinished).values(stopped_at=now()))
    mail.queue(
        "password-changed",
        user.email,
        name=user.name,
        when=user.password_changed_at,
        reset_url=absolute("accounts.forgot_password"),
    )


def _key(email: str) -> str:
    """The identity of what was typed; text that is no address is a key of its own that matches nobody."""
    try:
        return address(pasted.one_address(email)).key
    except Refused:
        return f"not-an-address:{signing.fingerprint(email)}"
