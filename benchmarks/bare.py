"""The least that the server can be asked for: a page of the size of a landing page, from memory."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from partner_access.web import serving

PAGE = b"x" * 4000
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(PAGE)))]


def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """A WSGI application."""
    start_response("200 OK", HEADERS)
    return [PAGE]


server = serving.Buffering(app, most=0, headers={})
