"""Drives the portal in tests: as people with a browser, and as the code beneath the pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from html import unescape
from typing import Any, ClassVar

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select
from werkzeug.test import TestResponse

from partner_access.audit.models import OrgEvent, ProgrammeEvent
from partner_access.cli.work import drain
from partner_access.db import SYSTEM, Actor, acting, session
from partner_access.jobs.models import Job
from partner_access.mail.models import OutboxMail
from partner_access.organizations.models import Organization

SIGN_OF_LIFE = re.compile(r"^.* … \d+ s\n".encode(), re.MULTILINE)
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
LINK = re.compile(
    r"http://localhost(/(?:verify|reset-password|undo-join|invitations|confirm-email|undo-email|confirm-sign-up)/\S+)"
)  # fmt: skip
CODE = re.compile(r"^(\d{3}) (\d{3})\b")
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
PASSWORD = "four quiet rivers bend"


class Browser:
    """A person's browser: keeps cookies, sends the form token of the page it looked at."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: TestResponse | None = None
        self._session, self._found = "", None  # type: tuple[str, str | None]

    def get(self, url: str, **options: Any) -> TestResponse:
        """Open a page; redirects are not followed unless `follow_redirects=True`."""
        self.page = self.client.get(url, **options)
        return self.page

    def post(
        self, url: str, data: dict[str, Any] | None = None, *, on: str | None = None, **options: Any
    ) -> TestResponse:
        """Send a form of the page `on` (default: the page of the same address, else the sign-in page)."""
        token = self._token(on or url) or self._token("/help") or self._token("/sign-in")
        self.page = self.client.post(url, data={"csrf_token": token, **(data or {})}, **options)
        return self.page

    @property
    def heading(self) -> str:
        """The one h1 of the page it looks at."""
        assert self.page is not None
        found = HEADING.findall(self.page.get_data(as_text=True))
        assert len(found) == 1, f"a page has one h1, not {found}"
        return " ".join(unescape(found[0]).split())

    @property
    def text(self) -> str:
        """The words in the main part of the page it looks at, without the markup."""
        assert self.page is not None
        main = self.page.get_data(as_text=True).partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def _token(self, url: str) -> str | None:
        """The form token: one holds for all forms while the session is the same, so it is looked for once."""
        session = str(self.client.get_cookie(self.client.application.config["SESSION_COOKIE_NAME"]))
        if session != self._session or self._found is None:
            found = CSRF.search(self.client.get(url).get_data(as_text=True))
            self._found = unescape(found[1]) if found else None
            self._session = str(self.client.get_cookie(self.client.application.config["SESSION_COOKIE_NAME"]))
        return self._found


class _Compiled(BytecodeCache):
    """Templates as compiled by the first portal of this process: every test makes an application of its own."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class Portal:
    """The application with a database of its own."""

    def __init__(self, app: Flask, database_url: str) -> None:
        app.jinja_env.bytecode_cache = _Compiled()
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
        """Run a `flask` command; click's result, with `.output` and `.exit_code`.

        Without its signs of life, of which there are as many as the machine is slow: test_progress.py is about them.
        """
        done = self.app.test_cli_runner().invoke(args=list(command), input=stdin)
        done.output_bytes, done.stderr_bytes = (
            SIGN_OF_LIFE.sub(b"", printed or b"") for printed in (done.output_bytes, done.stderr_bytes)
        )
        return done

    def work(self, queue: str = "deadlines") -> int:
        """Do the jobs of a queue until none is due; how many there were."""
        with self.app.app_context():
            return drain(queue)

    def due(self, mail: OutboxMail) -> datetime:
        """When a queued mail is sent."""
        with self.app.app_context():
            return session().scalars(select(Job.due_at).where(Job.id == mail.id)).one()

    def mails(self, to: str | None = None, name: str | None = None) -> list[OutboxMail]:
        """The mails in the outbox, oldest first."""
        with self.app.app_context():
            rows = session().scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        return [row for row in rows if (to is None or row.to == to) and (name is None or row.name == name)]

    def link(self, to: str, name: str | None = None) -> str:
        """The path of the secret link in the newest mail to this address."""
        found = LINK.search(self.mails(to, name)[-1].text)
        assert found, "the mail holds no link"
        return found[1]

    def code(self, to: str) -> str:
        """The six digits in the subject of the newest mail to this address that has some."""
        found = CODE.search([mail for mail in self.mails(to) if CODE.search(mail.subject)][-1].subject)
        assert found, "the mail holds no code"
        return found[1] + found[2]

    def audited(self, event: str) -> list[tuple[str | None, dict[str, Any]]]:
        """The reason and the fields of every such event in the audit log, whosever it is, oldest first."""
        with self.app.app_context(), acting(SYSTEM):
            rows: list[Any] = list(session().scalars(select(ProgrammeEvent).where(ProgrammeEvent.event == event)))
            for org in session().scalars(select(Organization)).all():
                with acting(SYSTEM, org.id):
                    rows += session().scalars(select(OrgEvent).where(OrgEvent.event == event)).all()
        return [(row.reason, row.fields) for row in sorted(rows, key=lambda row: row.id)]

    def ask(self, email: str, *, name: str = "Sam Berg", password: str = PASSWORD) -> Browser:
        """A browser in which somebody has just requested an account."""
        browser = self.browser()
        answer = browser.post("/request-account", {"name": name, "email": email, "password": password})
        assert (answer.status_code, answer.location) == (303, "/verify"), answer.text
        return browser

    def arrive(self, email: str, *, name: str = "Sam Berg") -> Browser:
        """A browser in which somebody has requested an account and confirmed it; `.page` is what came after."""
        browser = self.ask(email, name=name)
        answer = browser.post(self.link(email))
        assert answer.status_code == 303, answer.text
        return browser

    def sign_in(self, email: str, password: str = PASSWORD) -> Browser:
        """A browser in which this person is signed in."""
        browser = self.browser()
        answer = browser.post("/sign-in", {"email": email, "password": password})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser
