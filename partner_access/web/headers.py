"""The headers that every answer carries: pages, static files, refusals, and what the server itself says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication

from werkzeug.datastructures import Headers


def always(base_url: str) -> dict[str, str]:
    """The headers of every answer of the portal at this address. A page may say less of itself, never more."""
    held = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if urlsplit(base_url).scheme == "https":
        held["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return held


def on_all(application: WSGIApplication, base_url: str) -> WSGIApplication:
    """The application with these headers on whatever it answers; one that it has set itself stays."""
    added = always(base_url)

    def answering(environ: dict[str, Any], start_response: StartResponse) -> Any:
        def start(status: str, found: list[tuple[str, str]], *error: Any) -> Any:
            headers = Headers(found)
            for name, value in added.items():
                headers.setdefault(name, value)
            return start_response(status, headers.to_wsgi_list(), *error)

        return application(environ, start)

    return answering
