"""Who has signed in with this browser lately: remembered by it, also after they signed out."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import after_this_request
from werkzeug.wrappers import Response

from partner_access import signing
from partner_access.clock import now
from partner_access.errors import PortalError
from partner_access.web import cookies

COOKIE, KEPT, MOST = "people", timedelta(days=365), 10


def remember(user_id: uuid.UUID) -> None:
    """Let the answer to this request mark the browser as this person's, too."""
    people = _marked() | {str(user_id): now().isoformat()}
    newest = dict(sorted(people.items(), key=lambda pair: str(pair[1]))[-MOST:])

    @after_this_request
    def _mark(response: Response) -> Response:
        cookies.keep(response, COOKIE, signing.sign("own-browser", newest), life=KEPT)
        return response


def key_of(user_id: uuid.UUID) -> str | None:
    """What tells this browser from others, where the person has signed in here before, else None."""
    mark = cookies.read(COOKIE)
    return f"{signing.fingerprint(mark)}:{user_id}" if str(user_id) in _marked() else None


def newest() -> str | None:
    """The id of whoever signed in here last, or None."""
    return max(_marked().items(), key=lambda pair: str(pair[1]), default=(None, ""))[0]


def people(since: datetime) -> set[uuid.UUID]:
    """The ids of those who have signed in here since then."""
    return {uuid.UUID(person) for person, at in _marked().items() if datetime.fromisoformat(at) >= since}


def _marked() -> dict[str, Any]:
    """What the cookie says; nothing where it is none of ours."""
    try:
        return signing.unsign("own-browser", cookies.read(COOKIE), max_age=KEPT)
    except PortalError:
        return {}
