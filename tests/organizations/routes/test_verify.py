from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from partner_access.accounts import account_requests, mailbox_codes, sign_ins
from partner_access.clock import now
from tests.factories import make_org, make_user
from tests.portal import PASSWORD, Portal

SAM = "sam@acme.example"
OWN = "lanterns over slow water"


def exists(portal: Portal, email: str = SAM) -> bool:
    with portal.acting():
        return sign_ins.find(email) is not None


def can_sign_in(portal: Portal, password: str) -> bool:
    return portal.browser().post("/sign-in", {"email": SAM, "password": password}).status_code == 303


# -- the three doors


def test_the_browser_that_asked_confirms_with_one_button(portal: Portal) -> None:
    make_org(portal)
    browser = portal.ask(SAM)
    link = portal.link(SAM)
    assert 'name="password"' not in browser.get(link).text
    assert browser.post(link).location == "/orgs/acme/"
    assert browser.get("/me").status_code == 200
    assert can_sign_in(portal, PASSWORD)
    assert portal.audited("account_request.confirmed") == [("mailbox-proved", {"door": "same-browser"})]
    assert portal.audited("user.signed_in")[0] == ("mailbox-proved", {})


def test_another_browser_is_told_where_it_was_asked_and_chooses_a_password(portal: Portal) -> None:
    asker = portal.browser()
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/145.0"}
    asker.post("/request-account", {"name": "Sam Berg", "email": SAM, "password": PASSWORD}, headers=agent)
    phone, link = portal.browser(), portal.link(SAM)
    phone.get(link)
    assert "Firefox on Windows" in phone.text
    assert re.search(r"on \d+ \w+ \d{4}, \d\d:\d\d UTC", phone.text)
    assert phone.post(link, {"password": OWN}).location == "/join"
    assert phone.get("/me").status_code == 200
    assert can_sign_in(portal, OWN)
    assert portal.audited("account_request.confirmed") == [("mailbox-proved", {"door": "elsewhere"})]


def test_the_password_of_whoever_asked_never_works_when_the_mailbox_confirms_elsewhere(portal: Portal) -> None:
    attacker = portal.ask(SAM, password="attacker knows this one")
    link = portal.link(SAM)
    owner = portal.browser()
    assert owner.post(link, {"password": OWN}).status_code == 303
    assert not can_sign_in(portal, "attacker knows this one")
    assert attacker.get("/me").location.startswith("/sign-in")
    for page in (attacker.post(link), attacker.post("/verify", {"code": portal.code(SAM)})):
        assert page.status_code in (303, 422)
    assert attacker.get("/me").location.startswith("/sign-in")
    assert not can_sign_in(portal, "attacker knows this one")


def test_the_button_alone_does_nothing_in_another_browser(portal: Portal) -> None:
    portal.ask(SAM)
    stranger = portal.browser()
    assert stranger.post(portal.link(SAM)).status_code == 422
    assert not exists(portal)


def test_a_weak_password_is_told_at_the_field_and_the_link_still_works(portal: Portal) -> None:
    portal.ask(SAM)
    phone, link = portal.browser(), portal.link(SAM)
    for weak in ("short", "sam berg sam berg", "passwordpassword"):
        page = phone.post(link, {"password": weak})
        assert page.status_code == 422
        assert 'id="password-error"' in page.text
        assert weak not in page.text
    assert phone.post(link, {"password": OWN}).status_code == 303


def test_whoever_reads_the_mailbox_can_discard_and_nobody_gets_in(portal: Portal) -> None:
    asker = portal.ask(SAM)
    link = portal.link(SAM)
    owner = portal.browser()
    assert owner.post(f"{link}/discard", on=link).location == link
    assert owner.get(link).status_code == 410
    assert "discarded on" in owner.text
    assert asker.get(link).status_code == 410
    assert asker.post(link, on="/verify").status_code == 303
    assert asker.post("/verify", {"code": portal.code(SAM)}).status_code == 422
    assert not exists(portal)
    assert portal.audited("account_request.discarded") == [("not-me", {})]
    owner.post(f"{link}/discard", on=link)
    assert len(portal.audited("account_request.discarded")) == 1


def test_a_second_opening_says_already_confirmed_and_the_one_who_is_in_goes_on(portal: Portal) -> None:
    browser = portal.arrive(SAM)
    link = portal.link(SAM, "account-request")
    assert browser.get(link).location == "/join"
    stranger = portal.browser()
    assert stranger.get(link).status_code == 200
    assert stranger.heading == "Already confirmed"
    assert 'href="/sign-in"' in stranger.get(link).text
    assert stranger.post(link, {"password": OWN}).location == link
    assert not can_sign_in(portal, OWN)


def test_discarding_comes_too_late_once_it_is_confirmed(portal: Portal) -> None:
    portal.arrive(SAM)
    link = portal.link(SAM, "account-request")
    assert portal.browser().post(f"{link}/discard", on=link).location == link
    assert portal.audited("account_request.discarded") == []
    assert can_sign_in(portal, PASSWORD)


def test_two_who_asked_for_one_address_make_one_person_with_the_password_of_the_mailbox(portal: Portal) -> None:
    attacker, owner = portal.ask(SAM, password="attacker knows this one"), portal.ask(SAM)
    [first, second] = [re.search(r"/verify/\S+", mail.text) for mail in portal.mails(SAM)]
    assert first and second
    owner.post(second[0])
    stranger = portal.browser()
    assert stranger.post(first[0], {"password": OWN}).location == first[0]
    assert stranger.get(first[0]).status_code == 200
    assert stranger.heading == "Already confirmed"
    assert attacker.post(first[0]).status_code == 303
    assert can_sign_in(portal, PASSWORD)
    assert not can_sign_in(portal, OWN)
    assert ("known", {"door": "elsewhere"}) in portal.audited("account_request.refused")


# -- the code


def test_the_code_works_in_the_browser_that_asked(portal: Portal) -> None:
    browser = portal.ask(SAM)
    code = portal.code(SAM)
    assert browser.post("/verify", {"code": f" {code[:3]} {code[3:]} "}).location == "/join"
    assert browser.get("/me").status_code == 200
    assert portal.audited("account_request.confirmed") == [("mailbox-proved", {"door": "code"})]


def test_the_code_does_not_work_in_another_browser(portal: Portal) -> None:
    portal.ask(SAM)
    other = portal.ask("other@acme.example")
    assert other.post("/verify", {"code": portal.code(SAM)}).status_code == 422
    assert portal.browser().get("/verify").location == "/request-account"
    assert not exists(portal)


def test_the_code_has_five_tries(portal: Portal) -> None:
    browser = portal.ask(SAM)
    code = portal.code(SAM)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        browser.post("/verify", {"code": wrong})
        assert "This is not the code." in browser.text
    assert browser.post("/verify", {"code": code}).status_code == 422
    assert "This code had its 5 tries." in browser.text
    assert portal.audited("account_request.refused") == [("wrong-code", {"door": "code"})] * 5
    assert browser.post(portal.link(SAM)).location == "/join"


def test_asking_again_and_again_does_not_make_the_code_guessable(portal: Portal) -> None:
    with time_machine.travel(now().replace(hour=1, minute=1), tick=False) as clock:
        tries = 0
        for _ in range(8):
            browser = portal.ask(SAM)
            for _ in range(5):
                browser.post("/verify", {"code": "12"})
                tries += "This is not the code." in browser.text
            clock.shift(timedelta(minutes=30))
    assert tries == mailbox_codes.TRIES_A_DAY


def test_the_code_works_for_ten_minutes_and_the_link_for_24_hours(portal: Portal) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        browser = portal.ask(SAM)
        code, link = portal.code(SAM), portal.link(SAM)
        clock.shift(account_requests.CODE_LIFE)
        assert browser.post("/verify", {"code": code}).status_code == 422
        assert "This code has stopped working" in browser.text
        clock.shift(timedelta(hours=23, minutes=49, seconds=59))
        assert browser.get(link).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert browser.get(link).status_code == 410
        assert re.search(r"It worked until \d+ \w+ \d{4}, \d\d:\d\d UTC", browser.text)
        assert browser.post(link, on="/verify").status_code == 303
        assert not exists(portal)


@pytest.mark.parametrize("typed", ["", "   ", "abc", "12345", "0" * 500, "\x00"])
def test_what_is_no_code_is_told_at_the_field(portal: Portal, typed: str) -> None:
    browser = portal.ask(SAM)
    assert browser.post("/verify", {"code": typed}).status_code == 422
    assert 'id="code-error"' in browser.page.text  # type: ignore[union-attr]


# -- another mail


def test_a_mail_sent_again_replaces_the_one_before(portal: Portal) -> None:
    browser = portal.ask(SAM)
    old_link, old_code = portal.link(SAM), portal.code(SAM)
    assert browser.post("/verify/again", on="/verify").location == "/verify"
    assert browser.get(old_link).status_code == 410
    assert "A newer mail took its place on" in browser.text
    if old_code != portal.code(SAM):
        assert browser.post("/verify", {"code": old_code}).status_code == 422
    assert browser.post(portal.link(SAM)).location == "/join"
    assert can_sign_in(portal, PASSWORD)


def test_a_mail_too_many_is_told_on_the_page_where_the_code_is_typed(portal: Portal) -> None:
    with time_machine.travel(now().replace(minute=1), tick=False):
        browser = portal.ask(SAM)
        statuses = [browser.post("/verify/again").status_code for _ in range(10)]
        assert statuses == [303] * 9 + [429]
        assert browser.heading == "Check your mailbox"
        assert "This address got several mails within the hour" in browser.text
        assert browser.post("/verify", {"code": portal.code(SAM)}).status_code == 303


def test_an_old_link_sends_a_new_one_with_one_button(portal: Portal) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        browser = portal.ask(SAM)
        old = portal.link(SAM)
        clock.shift(timedelta(hours=25))
        assert browser.post(f"{old}/again", on=old).location == "/verify"
        assert SAM in browser.get("/verify").text
        assert browser.post(portal.link(SAM)).location == "/join"
    assert can_sign_in(portal, PASSWORD)


@pytest.mark.parametrize("by_code", [True, False])
def test_a_new_link_asked_for_elsewhere_leaves_the_askers_password_behind(portal: Portal, by_code: bool) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        portal.ask(SAM, password="attacker knows this one")
        old = portal.link(SAM)
        clock.shift(timedelta(hours=25))
        phone = portal.browser()
        phone.post(f"{old}/again", on=old)
        link = portal.link(SAM)
        if by_code:
            link = phone.post("/verify", {"code": portal.code(SAM)}).location
        assert 'name="password"' in phone.get(link).text
        assert phone.post(link, {"password": OWN}).location == "/join"
    assert can_sign_in(portal, OWN)
    assert not can_sign_in(portal, "attacker knows this one")


def test_a_new_link_for_a_confirmed_request_is_not_sent(portal: Portal) -> None:
    portal.arrive(SAM)
    link = portal.link(SAM, "account-request")
    assert portal.browser().post(f"{link}/again", on=link).location == link
    assert len(portal.mails(SAM, "account-request")) == 1


def test_the_page_to_wait_at_needs_a_request_from_this_browser(portal: Portal) -> None:
    make_user(portal, SAM)
    assert portal.browser().post("/verify/again").location == "/request-account"
    assert portal.sign_in(SAM).get("/verify").location == "/join"


@pytest.mark.parametrize("token", ["unknown", "x" * 43, "%00"])
def test_an_unknown_link_is_a_404_that_says_what_to_do(portal: Portal, token: str) -> None:
    browser = portal.browser()
    assert browser.get(f"/verify/{token}").status_code == 404
    assert "request an account anew" in browser.text
    for act in ("", "/discard", "/again"):
        assert browser.post(f"/verify/{token}{act}").status_code == 404


def test_a_page_with_a_link_in_its_address_tells_nobody_of_it(portal: Portal) -> None:
    browser = portal.ask(SAM)
    for page in (browser.get(portal.link(SAM)), browser.post(portal.link(SAM))):
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
