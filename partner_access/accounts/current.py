"""Who is at the other end of the present request; guard.py fills this in."""

from __future__ import annotations

from flask import g, request, session

from partner_access import signing
from partner_access.accounts import browsers, sessions
from partner_access.accounts.models import User, UserSession


def sign_in_row() -> UserSession | None:
    """The session row of the present request, or None."""
    row: UserSession | None = g.get("sign_in_row")
    return row


def visitor() -> User | None:
    """The signed-in person, or None on a public page."""
    row = sign_in_row()
    return row.user if row else None


def person() -> User:
    """The signed-in person, on a page that only signed-in people reach."""
    user = visitor()
    assert user is not None, "this page is for signed-in people"
    return user


def browser() -> str:
    """The visitor's browser in words."""
    return browsers.describe(request.user_agent.string)


def sign_in(user: User, *, reason: str) -> None:
    """Sign the person in here, in a fresh cookie: nothing of the one before stays (session fixation)."""
    before = sign_in_row()
    if before is not None:
        sessions.end(before)
    secret = sessions.begin(user, browser=browser(), address=request.remote_addr or "", reason=reason)
    session.clear()
    session.permanent = True
    session["secret"] = secret


def sign_out() -> None:
    """End the session of this browser, if there is one."""
    row = sign_in_row()
    if row is not None:
        sessions.end(row)
    session.clear()


def browser_secret() -> str | None:
    """The secret by which this browser is known to have made a request for an account."""
    return session.get("browser")


def new_browser_secret() -> str:
    """Make this browser known; one secret a browser until somebody signs in."""
    if "browser" not in session:
        session.permanent = True
        session["browser"] = signing.new_secret()
    return str(session["browser"])
