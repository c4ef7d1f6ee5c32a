"""Drives the portal in tests: as people with a browser, and as the code beneath the pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from partner_access.db import SYSTEM, Actor, acting, session
from partner_access.mail.models import OutboxMail

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PASSWORD = "four quiet rivers bend"


class Browser:
    """A person's browser: keeps cookies, sends the form token of the page it looked at."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: TestResponse | None = None

    def get(self, url: str, **options: Any) -> TestResponse:
        """Open a page; redirects are not followed unless `follow_redirects=True`."""
        self.page = self.client.get(url, **options)
        return self.page

    def post(self, url: str, data: dict[str, Any] | None = None, *, on: str | None = None, **options: Any) -> TestResponse:
        """Send a form of the page `on` (default: the page of the same address, else the sign-in page)."""
        token = self._token(on or url) or self._token("/help") or self._token("/sign-in")
        self.page = self.client.post(url, data={"csrf_token": token, **(data or {})}, **options)
        return self.page

    def _token(self, url: str) -> str | None:
        found = CSRF.search(self.client.get(url).get_data(as_text=True))
        return unescape(found[1]) if found else None


class Portal:
    """The application with a database of its own."""

    def __init__(self, app: Flask, database_url: str) -> None:
        self.app = app
        self.database_url = database_url

    @contextmanager
    def acting(self, actor: Actor = SYSTEM, org: uuid.UUID | None = None) -> Iterator[None]:
        """Work beneath the pages, in one transaction that is committed at the end."""
        with self.app.app_context(), acting(actor, org):
            yield
            session().commit()

    def browser(self) -> Browser:
        """A new browser without cookies."""
        return Browser(self.app.test_client())

    def run(self, *command: str, stdin: str | None = None) -> Any:
        """Run a `flask` command; click's result, with `.output` and `.exit_code`."""
        return self.app.test_cli_runner().invoke(args=list(command), input=stdin)

    def mails(self, to: str | None = None, name: str | None = None) -> list[OutboxMail]:
        """The mails in the outbox, oldest first."""
        with self.app.app_context():
            rows = session().scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        return [row for row in rows if (to is None or row.to == to) and (name is None or row.name == name)]

    def sign_in(self, email: str, password: str = PASSWORD) -> Browser:
        """A browser in which this person is signed in."""
        browser = self.browser()
        answer = browser.post("/sign-in", {"email": email, "password": password})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser
