"""Cookies are named for the host or the path that may set them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_access import clock
from partner_access.credit.client_pages import sign_up_browsers
from partner_access.web import cookies
from tests.factories import make_link, make_org
from tests.portal import Portal

AGENT = {"User-Agent": "Mozilla/5.0 Firefox/133.0"}


@pytest.mark.parametrize(
    ("secure", "path", "name"),
    [(False, "/", "x"), (False, "/r", "x"), (True, "/", "__Host-x"), (True, "/r", "__Secure-x")],
)
def test_over_https_a_name_says_who_may_have_set_it(portal, secure, path, name):
    portal.app.config["SESSION_COOKIE_SECURE"] = secure
    with portal.app.app_context():
        assert cookies.name("x", path) == name


def visitor_of(portal: Portal, code: str, cookie: str) -> str:
    """What the landing page lets a browser keep that comes with this cookie."""
    answer = portal.app.test_client(use_cookies=False).get(f"/r/{code}", headers=AGENT | {"Cookie": cookie})
    (kept,) = [line for line in answer.headers.getlist("Set-Cookie") if "visitor=" in line]
    assert kept.startswith("__Secure-visitor=") and "; Secure" in kept and "; Path=/r" in kept
    return kept.partition("=")[2].partition(";")[0]


def test_a_visitors_earlier_cookie_is_read_for_one_window(portal):
    code = make_link(portal, make_org(portal)).code
    portal.app.config["SESSION_COOKIE_SECURE"] = True
    with clock.at(sign_up_browsers.RENAMED + timedelta(days=89)):
        assert visitor_of(portal, code, "visitor=before") == "before"
        assert visitor_of(portal, code, "visitor=planted; __Secure-visitor=own") == "own"
    with clock.at(sign_up_browsers.RENAMED + timedelta(days=91)):
        assert visitor_of(portal, code, "visitor=before") != "before"
