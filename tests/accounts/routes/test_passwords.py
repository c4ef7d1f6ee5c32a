from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from partner_access.accounts import sign_ins
from partner_access.clock import now
from tests.factories import make_user
from tests.portal import PASSWORD, Portal

ANA = "ana@acme.example"
NEW = "lanterns over slow water"


def mailed_link(portal: Portal, email: str = ANA) -> str:
    page = portal.browser().post("/forgot-password", {"email": email})
    assert (page.status_code, page.location) == (303, "/forgot-password/mailed")
    return portal.link(email, "password-reset")


def test_a_mailed_link_sets_a_new_password_and_signs_in_here_and_out_everywhere_else(portal: Portal) -> None:
    make_user(portal, ANA)
    elsewhere = portal.sign_in(ANA)
    link = mailed_link(portal)
    browser = portal.browser()
    assert ANA in browser.get(link).text
    assert browser.post(link, {"password": NEW}).location == "/join"
    assert browser.get("/me").status_code == 200
    assert elsewhere.get("/me").location.startswith("/sign-in")
    assert portal.browser().post("/sign-in", {"email": ANA, "password": PASSWORD}).status_code == 422
    portal.sign_in(ANA, NEW)
    assert portal.mails(ANA, "password-changed")
    assert portal.audited("user.password_reset") == [("mailed-link", {})]


def test_an_unknown_address_is_told_by_mail_that_it_has_no_login(portal: Portal) -> None:
    portal.browser().post("/forgot-password", {"email": "nobody@acme.example"})
    [mail] = portal.mails("nobody@acme.example")
    assert mail.name == "no-login"
    assert "http://localhost/request-account" in mail.text
    assert portal.audited("user.password_reset_asked") == [("mailed", {"known": False})]


def test_one_address_gets_ten_mails_an_hour_and_the_answer_stays_the_same(portal: Portal) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now().replace(minute=10), tick=False):
        for _ in range(11):
            mailed_link(portal)
    assert len(portal.mails(ANA)) == 10


def test_what_is_no_address_is_told_at_the_field(portal: Portal) -> None:
    browser = portal.browser()
    assert browser.post("/forgot-password", {"email": "ana"}).status_code == 422
    assert "An e-mail address has an @ in it" in browser.text


def test_a_weak_password_is_told_at_the_field_and_uses_nothing_up(portal: Portal) -> None:
    make_user(portal, ANA)
    link, browser = mailed_link(portal), portal.browser()
    assert browser.post(link, {"password": "ana acme example!"}).status_code == 422
    assert "not made of your name" in browser.text
    assert browser.post(link, {"password": NEW}).status_code == 303


def test_a_link_works_once_and_says_when_it_was_used(portal: Portal) -> None:
    make_user(portal, ANA)
    link, browser = mailed_link(portal), portal.browser()
    browser.post(link, {"password": NEW})
    assert browser.get(link).status_code == 410
    assert "each link does that once" in browser.text
    assert 'href="/forgot-password"' in browser.get(link).text
    assert browser.post(link, {"password": "a third one, all new"}, on="/me").status_code == 410
    portal.sign_in(ANA, NEW)


def test_a_link_works_for_an_hour_and_says_until_when(portal: Portal) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now(), tick=False) as clock:
        link, browser = mailed_link(portal), portal.browser()
        clock.shift(sign_ins.RESET_LIFE - timedelta(seconds=1))
        assert browser.get(link).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert browser.get(link).status_code == 410
        assert re.search(r"It worked for 60 minutes, until \d+ \w+ \d{4}", browser.text)


def test_a_link_mailed_before_the_password_changed_has_stopped(portal: Portal) -> None:
    make_user(portal, ANA)
    first, second = mailed_link(portal), mailed_link(portal)
    browser = portal.browser()
    browser.post(second, {"password": NEW})
    assert browser.get(first).status_code == 410
    assert "after this mail was sent" in browser.text


@pytest.mark.parametrize("token", ["unknown", "x" * 43, "%00", "..%2f"])
def test_an_unknown_link_explains_and_offers_a_new_one(portal: Portal, token: str) -> None:
    browser = portal.browser()
    page = browser.get(f"/reset-password/{token}")
    assert page.status_code == 404
    if token != "..%2f":
        assert browser.heading == "This link has stopped working"
        assert 'href="/forgot-password"' in page.text


def test_a_page_with_a_secret_in_its_address_tells_nobody_of_it(portal: Portal) -> None:
    make_user(portal, ANA)
    page = portal.browser().get(mailed_link(portal))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
