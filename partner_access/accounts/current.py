"""Who is at the other end of the present request: Flask-Login, with a session row behind its cookie."""

from __future__ import annotations

import uuid

from flask import Flask, Response, g, request, session
from flask_login import LoginManager, current_user, login_user, logout_user

from partner_access import signing
from partner_access.accounts import sessions
from partner_access.accounts.browsers import own_browsers, user_agents
from partner_access.accounts.models import User, UserSession


class _Logins(LoginManager):  # type: ignore[misc]  # Flask-Login has no types
    """Flask-Login without its second cookie: nobody is remembered for longer than a session row lives."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def init_app(app: Flask) -> None:
    """Let Flask-Login ask the session rows who is there."""
    logins = _Logins()
    logins.session_protection = None  # the row decides, not whether address and browser are still the same
    logins.user_loader(_load)
    logins.init_app(app)
    app.config["REMEMBER_COOKIE_NAME"] = None  # no cookie has this name, so that none is read as one


def _load(secret: object) -> User | None:
    """The person of the live session with this secret, which is what the cookie holds; the row is remembered in `g`.

    The page of a refusal asks nothing (see pages/refusals.py): it is shown before the guard has asked, or without a
    database.
    """
    if "failed" in g or not isinstance(secret, str) or not secret.isascii():
        return None
    row = sessions.find(secret)
    g.last_person = row.user_id if row else None
    row = g.sign_in_row = row if row and sessions.is_live(row) else None
    return row.user if row else None


def sign_in_row() -> UserSession | None:
    """The session row of the present request, or None."""
    row: UserSession | None = g.get("sign_in_row")
    return row


def last_person() -> uuid.UUID | str | None:
    """The id of who is or was signed in here last, also once the session is over; None for nobody."""
    row = sign_in_row()
    return row.user_id if row else g.get("last_person") or own_browsers.newest()


def person() -> User:
    """The signed-in person, to hand down: `current_user` is nobody in particular, neither for mypy nor in a row.

    A row that is given the proxy for its person has whoever is there when it is read.
    """
    user = current_user._get_current_object()
    assert isinstance(user, User), "this page is for signed-in people"
    return user


def forget() -> None:
    """Answer the rest of this request without a person; the cookie stays as it is."""
    g.pop("_login_user", None)  # where Flask-Login remembers whom it has loaded
    g.pop("sign_in_row", None)


def browser() -> str:
    """The visitor's browser in words."""
    return user_agents.describe(request.user_agent.string)


def sign_in(user: User, *, reason: str) -> None:
    """Sign the person in here, in a fresh cookie: nothing of the one before stays (session fixation)."""
    sign_out()
    sessions.begin(user, browser=browser(), address=request.remote_addr or "", reason=reason)
    session.permanent = True
    login_user(user)
    own_browsers.remember(user.id)


def sign_out() -> None:
    """End the session of this browser, if there is one, and empty its cookie."""
    row: UserSession | None = g.pop("sign_in_row", None)
    if row is not None:
        sessions.end(row)
    logout_user()
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
