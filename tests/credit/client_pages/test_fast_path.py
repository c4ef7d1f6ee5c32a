"""The fast path of landing pages: it answers as Flask does, stores what it answers, and leaves Flask the rest."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from flask import request_started
from sqlalchemy import select
from werkzeug.test import TestResponse

from partner_access import clock, create_app
from partner_access.clock import now
from partner_access.credit.client_pages import fast_path
from partner_access.credit.client_pages.fast_path import FastPath
from partner_access.credit.models import Visit
from partner_access.credit.touchpoints import links, openings, visit_rows, visits
from partner_access.credit.touchpoints.visit_rows import NotStored, OpenedLink, VisitGroups
from partner_access.db import SYSTEM, database, session
from tests.conftest import ENVIRONMENT
from tests.factories import make_link, make_org
from tests.portal import Portal
from tests.threads import at_once

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SECRETS = re.compile(r"[A-Za-z0-9_-]{50,100}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}|[A-Za-z0-9_-]{43}")
HIDDEN = re.compile(r'name="(visit|form_id|csrf_token)"[^>]*value="([^"]*)"')


class Flask:
    """The application behind the fast path, counting what reaches it."""

    def __init__(self, portal: Portal) -> None:
        self.calls = 0
        self._inner = portal.app.wsgi_app

    def __call__(self, environ, start_response):
        self.calls += 1
        return self._inner(environ, start_response)


@pytest.fixture
def flask(portal, monkeypatch) -> Flask:
    """Acme's page has been shown once, so that the fast path knows it."""
    make_link(portal, make_org(portal))
    behind = Flask(portal)
    monkeypatch.setattr(portal.app, "wsgi_app", behind)
    monkeypatch.setattr(portal.app, "wsgi_app", FastPath(portal.app))
    look(portal)
    assert behind.calls == 1
    return behind


def look(portal: Portal, path: str = "/r/acme", method: str = "GET", **headers: str) -> TestResponse:
    """Open a page in a browser of its own."""
    return portal.app.test_client(use_cookies=False).open(path, method=method, headers={"User-Agent": AGENT} | headers)


def stored(portal: Portal) -> list[Visit]:
    with portal.acting():
        return list(session().scalars(select(Visit).order_by(Visit.number)))


def without_secrets(answer: TestResponse) -> tuple[int, list[tuple[str, str]], str]:
    headers = sorted((name, SECRETS.sub("?", value)) for name, value in answer.headers)
    return answer.status_code, headers, SECRETS.sub("?", answer.text)


@pytest.mark.parametrize("elsewhere", ["", "https://meridian.example/sign-up"])
def test_its_answer_is_flasks_own_but_for_the_visitors_secrets(portal, flask, elsewhere):
    portal.app.config["SIGNUP_URL"] = elsewhere
    with clock.at(now()):
        answers = [look(portal, "/r/ACME") for _ in range(3)]
    assert flask.calls == 2, "Flask was asked for the first one alone"
    assert without_secrets(answers[0]) == without_secrets(answers[1]) == without_secrets(answers[2])
    secrets = [set(SECRETS.findall(f"{answer.headers}{answer.text}")) for answer in answers]
    assert [len(found) for found in secrets] == [2 if elsewhere else 5] * 3
    assert not secrets[1] & secrets[2] and not secrets[0] & secrets[1]


def test_what_it_answers_is_stored_with_its_evidence_and_counted(portal, flask):
    headers = {"Referer": "https://blog.example/x", "Sec-Fetch-Dest": "document"}
    text = look(portal, "/r/acme?gclid=1", **headers).text
    assert flask.calls == 1
    row = stored(portal)[-1]
    assert (row.code, row.referrer_host, row.names_source, row.fetch_destination) == (
        "acme", "blog.example", True, "document",
    )  # fmt: skip
    assert row.network is not None
    with portal.acting():
        found = visits.find(dict(HIDDEN.findall(text))["visit"])
        assert found is not None and found.number == row.number
    with portal.acting(SYSTEM, row.org_id):
        assert links.visits(links.listing()) == {"acme": 2}
        assert visits.opened(row.opened_at, row.opened_at) == (1, row.opened_at)


def test_its_form_can_be_sent_and_the_browser_is_known_again(portal, flask):
    client = portal.app.test_client()
    form = dict(HIDDEN.findall(client.get("/r/acme", headers={"User-Agent": AGENT}).text))
    assert flask.calls == 1
    form |= {"website": "luma.example", "email": "jo@luma.example"}
    assert client.post("/r/acme/get-started", data=form).status_code == 303
    cookie = client.get_cookie("visitor", path="/r")
    assert cookie is not None
    look(portal, Cookie=f"visitor={cookie.value}")
    with portal.acting():
        assert len(visits.of_browser(cookie.value)) == 2


@pytest.mark.parametrize(
    ("asked", "status", "counts"),
    [
        ({"path": "/r/acme?preview=1"}, 200, 0),
        ({"method": "HEAD"}, 200, 0),
        ({"method": "POST"}, 405, 0),
        ({"path": "/r/nobodys"}, 404, 0),
        ({"path": "/r/acme/"}, 302, 0),
        ({"path": "/r/acme/get-started"}, 200, 0),
        ({"User-Agent": "Twitterbot/1.0"}, 200, 0),
        ({"Sec-Fetch-Dest": "image"}, 200, 0),
        ({"Sec-Purpose": "prefetch"}, 200, 0),
        ({"Host": "evil.example"}, 400, 0),
        ({"Cookie": "portal=forged"}, 200, 1),
    ],
)
def test_everything_else_is_left_to_flask(portal, flask, asked, status, counts):
    before = len(stored(portal))
    assert look(portal, **asked).status_code == status
    assert (flask.calls, len(stored(portal)) - before) == (2, counts)


def test_a_page_is_kept_for_a_minute(portal, flask, monkeypatch):
    monkeypatch.setattr(fast_path, "KEPT_SECONDS", -1)
    look(portal, "/r/Acme")
    look(portal, "/r/Acme")
    assert flask.calls == 3


def test_no_more_pages_are_kept_than_there_is_room_for(portal, flask, monkeypatch):
    monkeypatch.setattr(fast_path, "MOST_KEPT", 1)
    look(portal, "/r/Acme")
    look(portal, "/r/Acme")
    assert flask.calls == 2
    look(portal)
    assert flask.calls == 3


def test_what_many_ask_at_once_is_stored_once_each(portal, flask):
    answers = at_once(*[lambda: look(portal)] * 12)
    tokens = [dict(HIDDEN.findall(answer.text))["visit"] for answer in answers]
    assert {answer.status_code for answer in answers} == {200} and flask.calls == 1
    rows = stored(portal)
    assert len(rows) == 13 and len({row.number for row in rows}) == 13
    with portal.acting():
        assert Counter(found.number for token in tokens if (found := visits.find(token))) == Counter(
            row.number for row in rows[1:]
        )


def test_what_the_database_does_not_take_is_no_answer(portal, flask):
    """A link that the database does not know breaks its whole group: each is left to Flask, which says what it can."""
    with portal.app.app_context():
        engine = database.engine
    groups = VisitGroups(lambda: engine)
    (known,) = stored(portal)

    def opening(code: str) -> visit_rows.VisitRow:
        return visit_rows.row(OpenedLink(known.org_id, code), "t", "b", openings.OpeningEvidence(), None)

    with pytest.raises(NotStored):
        groups.store(opening("nobodys"))
    assert len(stored(portal)) == 1
    groups.store(opening("acme"))
    assert len(stored(portal)) == 2


@pytest.mark.parametrize(("setting", "is_on"), [("", True), ("1", True), ("0", False)])
def test_it_can_be_switched_off(portal, flask, setting, is_on):
    app = create_app(ENVIRONMENT | {"DATABASE_URL": portal.database_url, "LANDING_FAST_PATH": setting})
    calls = []
    with request_started.connected_to(lambda *_, **__: calls.append(1), app):
        for _ in range(2):
            app.test_client(use_cookies=False).get("/r/acme", headers={"User-Agent": AGENT})
    with app.app_context():
        database.engine.dispose()
    assert len(calls) == (1 if is_on else 2)
