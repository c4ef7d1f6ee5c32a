"""Cookies are named for the host or the path that may set them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from partner_access import clock, create_app
from partner_access.credit.client_pages import sign_up_browsers
from partner_access.db import database
from partner_access.web import cookies
from tests.conftest import ENVIRONMENT
from tests.factories import make_link, make_org

AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"}


@pytest.mark.parametrize(
    ("secure", "path", "name"),
    [(False, "/", "x"), (False, "/r", "x"), (True, "/", "__Host-x"), (True, "/r", "__Secure-x")],
)
def test_over_https_a_name_says_who_may_have_set_it(portal, secure, path, name):
    portal.app.config["SESSION_COOKIE_SECURE"] = secure
    with portal.app.app_context():
        assert cookies.name("x", path) == name


def visitor_of(app: Flask, code: str, cookie: str) -> str:
    """What the landing page lets a browser keep that comes with this cookie."""
    headers = AGENT | {"Cookie": cookie}
    answer = app.test_client(use_cookies=False).get(f"/r/{code}", headers=headers, base_url="https://localhost")
    (kept,) = [line for line in answer.headers.getlist("Set-Cookie") if "visitor=" in line]
    assert kept.startswith("__Secure-visitor=") and "; Secure" in kept and "; Path=/r" in kept
    return kept.partition("=")[2].partition(";")[0]


def test_a_visitors_earlier_cookie_is_read_for_one_window(portal):
    code = make_link(portal, make_org(portal)).code
    app = create_app(ENVIRONMENT | {"DATABASE_URL": portal.database_url, "BASE_URL": "https://localhost"})
    before, own = "b" * 43, "o" * 43
    with clock.at(sign_up_browsers.RENAMED + timedelta(days=89)):
        assert visitor_of(app, code, "") not in ("", before)
        assert visitor_of(app, code, f"visitor={before}") == before
        assert visitor_of(app, code, f"visitor={before}; __Secure-visitor={own}") == own
    with clock.at(sign_up_browsers.RENAMED + timedelta(days=91)):
        assert visitor_of(app, code, f"visitor={before}") != before
    with app.app_context():
        database.engine.dispose()
