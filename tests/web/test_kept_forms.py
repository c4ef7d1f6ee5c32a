"""A form that is refused for what passes comes back filled, for the same person, and is never sent by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import session
from partner_access.web import kept_forms
from tests.factories import make_member, make_org, make_user
from tests.portal import PASSWORD, Browser, Portal

KEPT = re.compile(r'name="kept"[^>]*value="([^"]+)"')


@pytest.fixture
def ana(portal: Portal) -> User:
    return make_member(portal, make_org(portal), "ana@acme.example")


def sealed(browser: Browser) -> str:
    assert browser.page is not None
    found = KEPT.search(browser.page.get_data(as_text=True))
    assert found, browser.text
    return unescape(found[1])


def test_a_form_token_of_another_sign_in_brings_the_form_back_filled(portal: Portal) -> None:
    browser = portal.browser()
    form = {"name": "Sam Berg", "email": "sam@acme.example", "password": PASSWORD, "csrf_token": "of another tab"}
    page = browser.post("/request-account", form)
    assert page.status_code == 400
    assert 'value="Sam Berg"' in page.text and 'value="sam@acme.example"' in page.text
    assert "This was not sent" in browser.text and PASSWORD not in page.text
    assert portal.mails() == []
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token and browser.client.post("/request-account", data=form | {"csrf_token": token[1]}).status_code == 303


def test_who_was_signed_out_lands_on_the_filled_form_after_signing_in(portal: Portal, ana: User) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        browser = portal.sign_in(ana.email)
        browser.get("/me")
        token = browser._token("/me")
        clock.shift(timedelta(hours=13))
        typed = {"name": "Ana Lang", "password": "never kept 123456", "csrf_token": token}
        assert browser.post("/me", typed).status_code == 401
        assert browser.heading == "Sign in" and "You were signed out" in browser.text
        form = {"email": ana.email, "password": PASSWORD, "kept": sealed(browser)}
        answer = browser.post("/sign-in", form)
        assert answer.status_code == 307
        page = browser.client.post(answer.location, data=form)
        assert 'value="Ana Lang"' in page.text and "This was not sent yet." in page.text
        with portal.acting():
            assert session().get_one(User, ana.id).name == "Ana Example"


def test_what_was_typed_fills_the_form_of_the_same_login_alone(portal: Portal, ana: User) -> None:
    make_user(portal, "bob@acme.example")
    with portal.app.test_request_context("/me", method="POST", data={"name": "Ana Lang"}):
        kept = kept_forms.keep(ana.id)
    own, other = portal.sign_in(ana.email), portal.sign_in("bob@acme.example")
    assert "Ana Lang" in own.client.post("/kept-form", data={"kept": kept}).text
    assert other.client.post("/kept-form", data={"kept": kept}).location == "/join"
    assert portal.browser().client.post("/kept-form", data={"kept": kept}).location == "/join"
    assert own.client.post("/kept-form", data={"kept": kept[:-4] + "AAAA"}).location == "/join"
    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        assert own.client.post("/kept-form", data={"kept": kept}).location == "/join"


@pytest.mark.parametrize("name", ["password", "current", "code", "csrf_token", "kept", "new_password"])
def test_no_password_and_no_code_is_kept(portal: Portal, name: str) -> None:
    with portal.app.test_request_context("/me", method="POST", data={name: "secret", "name": "Ana"}):
        assert kept_forms.typed().to_dict() == {"name": "Ana"}


def test_a_form_of_another_website_is_not_shown_again(portal: Portal) -> None:
    form = {"name": "Mallory", "email": "sam@acme.example", "csrf_token": "x"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        page = portal.browser().client.post("/request-account", data=form, headers=headers)
        assert page.status_code == 400 and "Mallory" not in page.text


def test_a_second_sign_in_tab_of_a_signed_in_person_goes_on(portal: Portal, ana: User) -> None:
    browser = portal.sign_in(ana.email)
    form = {"email": ana.email, "password": PASSWORD, "csrf_token": "of the other tab"}
    assert browser.client.post("/sign-in?next=/me", data=form).location == "/me"
