"""What somebody typed into a form that was refused, kept in the page for them, so that the form comes back filled.

It is encrypted for this person and this form, and good for an hour. Nothing of it is ever sent by itself: it fills the
form on a GET, which writes nothing, and the person sends that. Passwords, codes and files are not kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Response, current_app, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from partner_access.clock import now

FIELD, LIFE, MOST = "kept", timedelta(hours=1), 64 * 1024
SECRET = re.compile(r"passw|current|code|token|secret|^kept$|^next$", re.IGNORECASE)
"""Names of fields that are not kept."""


def keep(person: object) -> str:
    """The present form, sealed for this person (None: it needs no login), or '' where there is none to fill."""
    path = path_of_form()
    fields = list(typed().items(multi=True))
    told = json.dumps({"for": str(person or ""), "path": path, "fields": fields})
    if request.method != "POST" or not path or not fields or len(told) > MOST:
        return ""
    return _seal().encrypt_at_time(told.encode(), int(now().timestamp())).decode()


def show(sealed: str, person: object, note: str) -> Response | None:
    """The page of the form as this person gets it, filled, with a sentence on top; None for anything but their own.

    Only a page that is shown as a page: whoever is led elsewhere from there goes on there.
    """
    try:
        moment = int(now().timestamp())
        opened = _seal().decrypt_at_time(sealed.encode(), int(LIFE.total_seconds()), moment)
    except (InvalidToken, UnicodeEncodeError):
        return None
    told: dict[str, Any] = json.loads(opened)
    if told["for"] not in ("", str(person or "")):
        return None
    return fill(told["path"], MultiDict(map(tuple, told["fields"])), note)


def fill(path: str, fields: MultiDict[str, str], note: str) -> Response:
    """The page at this path of ours as a GET by the present browser, its form filled."""
    target, _, asked = path.partition("?")
    environ = {name: value for name, value in request.environ.items() if not name.startswith(("werkzeug.", "flask."))}
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": target, "QUERY_STRING": asked, "CONTENT_LENGTH": "0"}
    with current_app.request_context(environ):
        g.kept_fields, g.kept_note = fields, note
        return current_app.full_dispatch_request()


def typed() -> MultiDict[str, str]:
    """What the present request carries, without what is not kept."""
    return MultiDict((name, text) for name, text in request.form.items(multi=True) if not SECRET.search(name))


def path_of_form() -> str:
    """The path of the page that shows the form of the present POST: its own, or the page it came from; else ''."""
    came_from = urlsplit(request.referrer or "")
    there = came_from._replace(scheme="", netloc="", fragment="").geturl()
    own = request.full_path.rstrip("?")
    candidates = (own, there) if came_from.netloc == request.host else (own,)
    return next((path for path in candidates if _can_be_opened(path)), "")


def _can_be_opened(path: str) -> bool:
    try:
        current_app.create_url_adapter(request).match(urlsplit(path).path, method="GET")  # type: ignore[union-attr]
        return True
    except HTTPException:
        return False


def _seal() -> MultiFernet:
    config: Mapping[str, Any] = current_app.config
    keys = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    digests = (hashlib.sha256(f"partner-access/kept-form:{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
