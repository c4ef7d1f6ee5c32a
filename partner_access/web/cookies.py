"""Cookies of the portal's own: named so that no other host can set them, and kept from scripts and other sites.

Over HTTPS a browser takes `__Host-` for the whole of this host alone, and `__Secure-` for a part of it only over HTTPS
(RFC 6265bis section 4.1.3): a neighbour beneath the same domain cannot plant one.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request
from werkzeug.wrappers import Response


def name(plain: str, path: str = "/") -> str:
    """What a cookie is called at the portal's own address."""
    if not current_app.config["SESSION_COOKIE_SECURE"]:
        return plain
    return f"{'__Host-' if path == '/' else '__Secure-'}{plain}"


def read(plain: str, path: str = "/") -> str:
    """What this browser was told to keep, or ''."""
    return request.cookies.get(name(plain, path), "")


def keep(response: Response, plain: str, value: str, *, path: str = "/", life: timedelta) -> None:
    """Let this browser keep it for so long."""
    response.set_cookie(
        name(plain, path),
        value,
        max_age=life,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
