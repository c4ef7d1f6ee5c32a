"""The cookie: what Flask-Login keeps in it, what it may not bring back, and what asking for the person costs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login import current_user, encode_cookie

from partner_access.accounts import current, sessions, sign_ins
from partner_access.web.access import signed_in
from tests.factories import make_user
from tests.portal import PASSWORD, Browser, Portal
from tests.work import watched

ANA, BOB = "ana@acme.example", "bob@acme.example"
ASKED = "FROM user_session"


def serializer(app: Flask) -> Any:
    """What signs the cookie, as somebody would who has got hold of SECRET_KEY."""
    return SecureCookieSessionInterface().get_signing_serializer(app)


def held(portal: Portal, browser: Browser) -> dict[str, Any]:
    """What the cookie of this browser holds."""
    cookie = browser.client.get_cookie("portal")
    return dict(serializer(portal.app).loads(cookie.value)) if cookie else {}


def holding(portal: Portal, values: dict[str, Any], *, remember: str | None = None) -> Browser:
    """A browser with a cookie of ours that holds these values, and with one of Flask-Login's for remembering."""
    browser = portal.browser()
    browser.client.set_cookie("portal", serializer(portal.app).dumps(values))
    if remember is not None:
        browser.client.set_cookie("remember_token", remember)
    return browser


def is_in(browser: Browser) -> bool:
    answer = browser.get("/me")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def test_signing_in_leaves_nothing_of_the_cookie_before(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.ask("sam@new.example")
    before = held(portal, browser)
    assert {"browser", "csrf_token"} <= set(before)
    browser.post("/sign-in", {"email": ANA, "password": PASSWORD})
    after = held(portal, browser)
    assert set(after) == {"_permanent", "_user_id", "_fresh", "_id"}
    assert not {str(value) for value in before.values()} & ({str(value) for value in after.values()} - {"True"})


def test_the_cookie_holds_the_secret_of_a_row_and_nobodys_name(portal: Portal) -> None:
    user = make_user(portal, ANA)
    kept = held(portal, portal.sign_in(ANA))
    assert str(user.id) not in str(kept)
    with portal.acting():
        row = sessions.find(kept["_user_id"])
        assert row and row.user_id == user.id
        assert row.user.get_id() == "", "who is loaded has no secret to give away"


def test_another_sign_in_ends_the_row_before_and_changes_the_secret(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    first = held(portal, browser)["_user_id"]
    browser.post("/sign-in", {"email": ANA, "password": PASSWORD}, on="/me")
    second = held(portal, browser)["_user_id"]
    with portal.acting():
        live = [row is not None and sessions.is_live(row) for row in map(sessions.find, (first, second))]
        assert live == [False, True]


def test_a_session_ended_elsewhere_is_out_at_once_and_asked_for_once(portal: Portal) -> None:
    user = make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    assert is_in(browser)
    with portal.acting():
        sessions.revoke_all(user)
    for times in (1, 0):
        with watched() as work:
            assert not is_in(browser)
        assert sum(ASKED in statement for statement in work.statements) == times
    assert "_user_id" not in held(portal, browser)


def test_a_cookie_of_another_form_is_a_strangers(portal: Portal) -> None:
    make_user(portal, ANA)
    secret = held(portal, portal.sign_in(ANA))["_user_id"]
    for values in ({"secret": secret}, {"user_id": secret}, {"_id": secret, "_fresh": True}):
        assert not is_in(holding(portal, values))


@pytest.mark.parametrize("garbage", [None, "", "x" * 2000, "é", "\ud800", "\x00", 1, 1.5, True, [], ["x"], {"a": "b"}])
def test_garbage_in_the_keys_of_flask_login_is_a_strangers(portal: Portal, garbage: Any) -> None:
    for key in ("_user_id", "_id", "_fresh", "_remember", "_remember_seconds"):
        browser = holding(portal, {"_user_id": "x" * 43} | {key: garbage})
        assert browser.get("/help").status_code == 200
        assert browser.get("/no/such/page").status_code == 404
        assert browser.client.post("/sign-in").status_code == 400
        assert not is_in(browser)


@pytest.mark.parametrize("remember", ["", "x", "x|é", "é|x", "|", "x" * 3000])
def test_a_cookie_to_be_remembered_by_is_ignored(portal: Portal, remember: str) -> None:
    assert not is_in(holding(portal, {}, remember=remember))


def test_nobody_is_remembered_even_by_what_the_key_has_signed(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    secret = held(portal, browser)["_user_id"]
    with portal.app.app_context():
        token = encode_cookie(secret)
    for values in ({}, {"_user_id": "x" * 43}, {"_remember": "set"}, {"_remember": "clear"}):
        assert not is_in(holding(portal, values, remember=token))
    assert is_in(browser), "the secret is a live one"


@pytest.mark.parametrize("operation", ["set", "clear"])
def test_no_answer_sets_or_clears_a_cookie_to_be_remembered_by(portal: Portal, operation: str) -> None:
    make_user(portal, ANA)
    secret = held(portal, portal.sign_in(ANA))["_user_id"]
    browser = holding(portal, {"_user_id": secret, "_remember": operation}, remember="x|y")
    answers = [
        browser.get("/me"),
        browser.get("/no/such/page"),
        browser.post("/sign-out", on="/me"),
        browser.post("/sign-in", {"email": ANA, "password": PASSWORD}),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 303, 303]
    for answer in answers:
        assert not any("remember" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert "_remember" not in held(portal, browser)


def test_another_address_and_another_browser_are_no_reason_to_sign_out(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    elsewhere = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.7"}, "headers": {"User-Agent": "another"}}
    assert browser.get("/me", **elsewhere).status_code == 200
    assert held(portal, browser)["_fresh"] is True


def test_a_page_asks_once_who_is_there_and_a_refusal_does_not(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    is_in(browser)
    token, evil = browser._token("/me"), {"Origin": "https://evil.example"}
    for status, times, send in (
        (200, 1, lambda: browser.get("/me")),
        (404, 0, lambda: browser.get("/no/such/page")),
        (400, 0, lambda: browser.client.post("/sign-out")),
        (403, 0, lambda: browser.client.post("/me", data={"csrf_token": token}, headers=evil)),
    ):
        with watched() as work:
            assert send().status_code == status
        assert sum(ASKED in statement for statement in work.statements) == times, status


def test_what_is_handed_down_stays_the_person_whoever_is_there_next(own_portal: Portal) -> None:
    seen: list[object] = []

    def view() -> str:
        user, proxy = current.person(), current_user
        current.sign_out()
        seen.extend([user.email, proxy.is_authenticated, current.sign_in_row()])
        return "ok"

    own_portal.app.add_url_rule("/who", "who", signed_in(view))
    make_user(own_portal, ANA)
    browser = own_portal.sign_in(ANA)
    assert browser.get("/who").status_code == 200
    assert seen == [ANA, False, None]


def test_two_people_are_two_however_little_flask_login_knows_of_them(portal: Portal) -> None:
    make_user(portal, ANA)
    make_user(portal, BOB)
    with portal.acting():
        ana, bob = sign_ins.find(ANA), sign_ins.find(BOB)
        assert ana and bob
        assert ana != bob
        assert ana.get_id() == bob.get_id() == ""
