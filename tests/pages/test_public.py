from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from partner_access import create_app, mail
from partner_access.db import database
from tests.conftest import ENVIRONMENT
from tests.portal import Portal

KEPT = re.compile(r"/demo/mail/[0-9a-f-]{36}")


@pytest.fixture
def demo(database_url: str) -> Iterator[Portal]:
    settings = ENVIRONMENT | {"DEMO": "1", "DATABASE_URL": database_url, "MAIL_SERVER": ""}
    app = create_app(settings, PASSWORD_MEMORY_KIB=8)
    yield Portal(app, database_url)
    with app.app_context():
        database.engine.dispose()


def test_the_demo_shows_the_mails_it_keeps_newest_first_with_links_that_work(demo: Portal) -> None:
    assert "No mail yet" in demo.browser().get("/demo/mail").text
    demo.ask("first@acme.example")
    browser = demo.ask("second@acme.example")
    assert "/demo/mail" in browser.get("/verify").text
    shown = browser.get("/demo/mail").text
    assert shown.index("second@acme.example") < shown.index("first@acme.example")
    page = browser.get(KEPT.findall(shown)[0]).text
    link = demo.link("second@acme.example")
    assert f'href="http://localhost{link}"' in page
    assert browser.get(link).status_code == 200


def test_the_text_of_a_mail_is_text(demo: Portal) -> None:
    with demo.acting():
        mail.queue("no-login", "x@acme.example", email="<script>alert(1)</script>", request_url="javascript:alert(1)")
    browser = demo.browser()
    page = browser.get(KEPT.findall(browser.get("/demo/mail").text)[0]).text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_a_mail_whose_text_was_dropped_says_so(demo: Portal) -> None:
    demo.ask("first@acme.example")
    with demo.acting():
        demo_mail = demo.mails()[0]
        row = database.session.merge(demo_mail)
        row.text = ""
    browser = demo.browser()
    browser.get(KEPT.findall(browser.get("/demo/mail").text)[0])
    assert "The text was dropped" in browser.text


def test_there_is_no_such_page_outside_the_demo(portal: Portal) -> None:
    assert portal.browser().get("/demo/mail").status_code == 404
