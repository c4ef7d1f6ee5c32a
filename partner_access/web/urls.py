"""Addresses of pages: absolute ones for mails, always from BASE_URL, and the page that a changed address means."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import current_app, redirect, request
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from partner_access.keys import codes
from partner_access.web import problems

LONGEST_WORD = 42
"""Beyond it a part of a path is a secret, of which capitals are a part."""


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of a page, for mails and for text that people copy; works outside requests too."""
    path = current_app.url_map.bind("portal").build(endpoint, values)
    return f"{current_app.config['BASE_URL']}{path}"


def to_page_meant() -> Response | None:
    """The way to the page that the requested address means; None where it means itself, or no page.

    A program means what it asks for: ids in the addresses of calls are the vendor's own, and may hold any sign.
    """
    missing = request.routing_exception
    if problems.are_wanted():
        return None
    if there := _meant():
        return redirect(there)
    if isinstance(missing, RequestRedirect):  # a slash is missing
        _, _, there = missing.new_url.partition("://")
        # a path alone, for a proxy that ends TLS may not say that it does
        return redirect(f"/{there.partition('/')[2]}", missing.code)
    return None


def _meant() -> str | None:
    """The page that a link led to before its carrier changed it; None where nothing was changed, or there is none."""
    if request.method not in ("GET", "HEAD", "OPTIONS") or request.endpoint == "static":
        return None
    meant, came = codes.path(request.path), request.path
    if request.routing_exception is None:
        came = came.rstrip("/") or "/"
    else:  # capitals: of a QR code, or of a telephone at the start of a word; a secret keeps its own
        meant = "/".join(part if len(part) > LONGEST_WORD else part.lower() for part in meant.split("/"))
    pages = current_app.create_url_adapter(request)
    if meant == came or not meant.isprintable() or pages is None or not pages.test(meant):
        return None
    query = request.query_string.decode("latin-1")
    return f"{quote(meant)}?{query}" if query else quote(meant)
