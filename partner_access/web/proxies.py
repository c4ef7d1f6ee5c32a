"""What proxies and load balancers in front make of a request: whose address it has, and which host was meant."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication

WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")
HEALTH = "/healthz"
PORTS = {"http": 80, "https": 443}


def client_address(text: str) -> str:
    """The IP address in what a proxy has written of a client (`ip`, `ip:port`, `[ip]:port`, quoted), or ''."""
    text = text.strip().strip('"')
    found = WITH_PORT.fullmatch(text)
    try:
        return str(ipaddress.ip_address((found["six"] or found["four"]) if found else text))
    except ValueError:
        return ""


def origin(url: str) -> str:
    """Scheme, host and port as browsers compare them: no case, no final dot, no port that is the usual one."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:  # no number, or too large a one
        return ""
    host = (parts.hostname or "").removesuffix(".")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != PORTS.get(parts.scheme) else "")


def straighten(application: WSGIApplication, base_url: str) -> WSGIApplication:
    """The application, told of each request what its own rules compare: a plain address, and its host as it is written.

    A health check asks by whatever name or number it has: it is the portal's own host to the application.
    """
    own = urlsplit(base_url).netloc

    def answering(environ: dict[str, Any], start_response: StartResponse) -> Any:
        address = client_address(environ.get("REMOTE_ADDR", ""))
        environ["REMOTE_ADDR"] = address or _nameless(environ)
        host = urlsplit(origin(f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}")).netloc
        environ["HTTP_HOST"] = own if environ.get("PATH_INFO") == HEALTH else host or environ.get("HTTP_HOST", "")
        return application(environ, start_response)

    return answering


def _nameless(environ: dict[str, Any]) -> str:
    """A name for a client whose proxy does not tell the address: what limits count must not be one for all of them."""
    told = "\n".join(environ.get(name, "") for name in ("REMOTE_ADDR", "HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE"))
    return f"unknown-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
