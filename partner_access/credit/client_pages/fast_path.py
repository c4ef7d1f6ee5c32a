"""The landing page of a link, answered before Flask: from the parts of Flask's own answer to another visitor.

Only what nobody can tell apart is answered so: a visit by a browser that the portal has no session with. Flask answers
everything else, and each link once a minute; what it says then, headers included, is divided at the secrets of that
one visitor, and filled with those of the next.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from sqlalchemy.engine import Engine
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response

from partner_access import signing
from partner_access.credit.client_pages import sign_up_browsers
from partner_access.credit.models import ReferralCode
from partner_access.credit.touchpoints import networks, openings, visit_rows, visits
from partner_access.credit.touchpoints.visit_rows import NotStored, OpenedLink, VisitGroups
from partner_access.db import database
from partner_access.web import cookies

WANTED = "partner_access.landing_page"
"""Where in the WSGI environment the view puts the page that it has made, if the fast path wants one."""
PATH = re.compile(r"/r/[A-Za-z0-9-]{1,100}")
KEPT_SECONDS, MOST_KEPT = 60, 1000
TOKEN, FORM, CSRF, SESSION, BROWSER = "{token}", "{form}", "{csrf}", "{session}", "{browser}"
"""What stands in a kept page for each secret of a visitor."""


@dataclass(frozen=True)
class MadePage:
    """A page that Flask has made for one visitor. secrets: theirs, by what shall stand for them."""

    link: OpenedLink
    network_key: bytes
    secrets: Mapping[str, str]


@dataclass(frozen=True)
class KeptPage:
    """The same in parts: texts, and between them what stands for a secret."""

    link: OpenedLink
    network_key: bytes
    headers: Sequence[tuple[str, Sequence[str]]]
    body: Sequence[str]
    has_session: bool
    until: float


def offer(environ: WSGIEnvironment, link: ReferralCode, network_key: bytes, secrets: Mapping[str, str]) -> None:
    """Let the fast path keep the page that answers this request, if it wants one."""
    if WANTED in environ:
        environ[WANTED].append(MadePage(OpenedLink(link.org_id, link.code), network_key, secrets))


class FastPath:
    """A WSGI application in front of Flask's own."""

    def __init__(self, app: Flask) -> None:
        self._flask, self._app = app, app.wsgi_app
        self._kept: dict[tuple[str, str, str], KeptPage] = {}
        self._keeping = threading.Lock()
        self._groups = VisitGroups(lambda: self._engine)
        with app.app_context():
            self._visitor = cookies.name(visits.COOKIE, sign_up_browsers.PATH)
        # What the session or a visitor's earlier cookie says is Flask's to read.
        earlier = rf"|(?:^|; ?){visits.COOKIE}=" if self._visitor != visits.COOKIE else ""
        self._is_known = re.compile(f"{app.config['SESSION_COOKIE_NAME']}=[^;]{earlier}")
        self._sign_session = _signer(SecureCookieSessionInterface().get_signing_serializer(app))
        self._sign_csrf = _signer(URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token"))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._is_plain_visit(environ):
            return self._app(environ, start_response)
        # Flask has looked at this very Host: it refuses another one, of which no page is kept.
        key = environ.get("HTTP_HOST", ""), environ["wsgi.url_scheme"], environ["PATH_INFO"]
        page = self._kept.get(key)
        if page is None or page.until < time.monotonic():
            return self._learn(key, environ)(environ, start_response)
        visitor = self._new_visitor(environ, has_session=page.has_session)
        try:
            self._store(page, visitor, environ)
        except NotStored:
            return self._app(environ, start_response)  # Flask tries by itself, and says so if it cannot either
        body = _fill(page.body, visitor).encode()
        headers = [(name, _fill(parts, visitor)) for name, parts in page.headers]
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _is_plain_visit(self, environ: WSGIEnvironment) -> bool:
        if not PATH.fullmatch(environ.get("PATH_INFO", "")):
            return False
        sent = environ.get("HTTP_COOKIE")
        return not (sent and self._is_known.search(sent)) and openings.is_visit(environ)

    def _new_visitor(self, environ: WSGIEnvironment, *, has_session: bool) -> dict[str, str]:
        """The secrets of whoever asks. The token of the page's form fits the session, if there is a form."""
        sent = parse_cookie(environ) if "HTTP_COOKIE" in environ else {}
        browser = openings.known_secret(sent.get(self._visitor)) or signing.new_secret()
        visitor = {TOKEN: signing.new_secret(), FORM: signing.new_secret(), BROWSER: browser}
        if has_session:
            raw = json.dumps(secrets.token_hex(20))
            name = json.dumps(self._flask.config["WTF_CSRF_FIELD_NAME"])
            visitor |= {CSRF: self._sign_csrf(raw), SESSION: self._sign_session(f"{{{name}:{raw}}}")}
        return visitor

    def _store(self, page: KeptPage, visitor: Mapping[str, str], environ: WSGIEnvironment) -> None:
        network = networks.fingerprint(page.network_key, environ.get("REMOTE_ADDR", ""))
        evidence = openings.evidence(environ)
        self._groups.store(visit_rows.row(page.link, visitor[TOKEN], visitor[BROWSER], evidence, network))

    def _learn(self, key: tuple[str, str, str], environ: WSGIEnvironment) -> Response:
        """Flask's answer; if it is the page, it is kept."""
        made: list[MadePage] = []
        answer = Response.from_app(self._app, environ | {WANTED: made}, buffered=True)
        if answer.status_code == 200 and made:
            page = _divided(made[0], answer, self._flask.config["SESSION_COOKIE_NAME"])
            if page is not None:
                self._keep(key, page)
        return answer

    def _keep(self, key: tuple[str, str, str], page: KeptPage) -> None:
        with self._keeping:
            self._kept.pop(key, None)
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]  # the oldest: the dictionary has them in their order
            self._kept[key] = page

    @cached_property
    def _engine(self) -> Engine:
        with self._flask.app_context():
            return database.engine


def _signer(serializer: Any) -> Callable[[str], str]:
    """What Flask and Flask-WTF would sign a JSON text to, uncompressed: they read that as well, and it is faster."""
    signer = serializer.make_signer(serializer.salt)
    return lambda text: str(signer.sign(base64_encode(text)).decode())


def _divided(made: MadePage, answer: Response, session_cookie: str) -> KeptPage | None:
    """An answer in parts. Its session is the one secret that the view does not know yet.

    None where it sets a cookie with no secret that we know: that would be one visitor's, sent to all.
    """
    stands_for = {secret: mark for mark, secret in made.secrets.items() if secret}
    for cookie in answer.headers.getlist("Set-Cookie"):
        if cookie.startswith(f"{session_cookie}="):
            stands_for[cookie.partition("=")[2].partition(";")[0]] = SESSION
    pattern = re.compile(f"({'|'.join(map(re.escape, stands_for))})")

    def divide(text: str) -> list[str]:
        return [stands_for.get(part, part) for part in pattern.split(text)]

    headers = [(name, divide(text)) for name, text in answer.headers if name != "Content-Length"]
    if any(name == "Set-Cookie" and len(parts) == 1 for name, parts in headers):
        return None
    until = time.monotonic() + KEPT_SECONDS
    body, has_session = divide(answer.get_data(as_text=True)), SESSION in stands_for.values()
    return KeptPage(made.link, made.network_key, headers, body, has_session, until)


def _fill(parts: Sequence[str], visitor: Mapping[str, str]) -> str:
    return "".join([visitor.get(part, part) for part in parts])
