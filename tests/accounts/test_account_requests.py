from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from partner_access.accounts import account_requests, throttles
from partner_access.clock import now
from partner_access.guard import LIMITS
from tests.factories import make_user
from tests.portal import PASSWORD, Browser, Portal

WHOLE = {"name": "Sam Berg", "email": "sam@acme.example", "password": PASSWORD}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Enter your name."),
        ("name", "   ", "Enter your name."),
        ("name", "visit https://evil.example", "Enter your name alone, without an address or a link."),
        ("name", "x" * 81, "Use 80 characters or fewer."),
        ("email", "", "Enter an e-mail address, like ana@example.com."),
        ("email", "ana", "An e-mail address has an @ in it, like ana@example.com."),
        ("email", "ana@localhost", "The part after the @ does not work for mail. Enter it like example.com."),
        ("password", "too short", "Use 15 characters or more. Four random words work well."),
        ("password", "sam berg acme example", "Choose a password that is not made of your name, your address or ours."),
        ("password", "meridian meridian", "Choose a password that is not made of your name, your address or ours."),
    ],
)
def test_a_mistake_is_told_on_top_and_at_the_field_and_the_rest_is_kept(
    portal: Portal, field: str, typed: str, sentence: str
) -> None:
    browser = portal.browser()
    page = browser.post("/request-account", WHOLE | {field: typed})
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert f'<a href="#{field}">{sentence}</a>' in page.text
    assert f'id="{field}-error"' in page.text
    for name in {"name", "email"} - {field}:
        assert f'value="{WHOLE[name]}"' in page.text
    assert PASSWORD not in page.text
    assert not portal.mails()


def test_a_name_is_kept_without_controls_and_direction_marks(portal: Portal) -> None:
    portal.ask("sam@acme.example", name="  Sam\x00 \u202eBerg\t ")
    with portal.acting():
        row = account_requests.find_by_link(portal.link("sam@acme.example").rpartition("/")[2])
        assert row is not None
        assert row.name == "Sam Berg"


def test_a_known_address_is_told_by_mail_that_it_has_a_login(portal: Portal) -> None:
    make_user(portal, "ana@acme.example")
    portal.ask("ana@acme.example")
    [mail] = portal.mails("ana@acme.example")
    assert mail.name == "account-exists"
    assert "http://localhost/sign-in" in mail.text
    assert "/verify/" not in mail.text


def test_the_mail_says_where_it_was_asked_and_repeats_nothing_that_the_asker_typed(portal: Portal) -> None:
    browser = portal.browser()
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/145.0 http://evil.example"}
    browser.post("/request-account", WHOLE | {"name": "Evil Words"}, headers=agent)
    [mail] = portal.mails("sam@acme.example")
    assert "Firefox on Windows" in mail.text
    for body in (mail.text, mail.html, mail.subject):
        assert "Evil" not in body
        assert "evil" not in body


def test_the_eleventh_mail_to_one_address_within_an_hour_is_not_sent_known_or_not(portal: Portal) -> None:
    make_user(portal, "known@acme.example")
    with time_machine.travel(now().replace(minute=10), tick=False) as clock:
        for address in ("known@acme.example", "unknown@acme.example"):
            for _ in range(10):
                portal.ask(address)
            browser = portal.browser()
            page = browser.post("/request-account", WHOLE | {"email": address})
            assert page.status_code == 429 and page.headers["Retry-After"]
            assert browser.heading == "Request an account"
            assert "This address got several mails within the hour" in browser.text
            assert f'value="{address}"' in page.text and 'value="Sam Berg"' in page.text
            assert len(portal.mails(address)) == 10
        assert portal.audited("page.refused")[-1][0] == "too-many-mails"
        clock.shift(timedelta(hours=1))
        portal.ask("unknown@acme.example")


def test_one_network_may_not_ask_without_end(portal: Portal) -> None:
    limit, window = LIMITS["request-account"]
    with time_machine.travel(now().replace(minute=15, second=0, microsecond=0), tick=False):
        with portal.acting():
            assert all(throttles.take("request-account:127.0.0.1", limit, window) for _ in range(limit - 1))
        portal.ask("sam@acme.example")
        page = portal.browser().post("/request-account", WHOLE)
    assert page.status_code == 429
    assert page.headers["Retry-After"] == "2700"


def test_there_is_no_login_before_the_mailbox_is_proved(portal: Portal) -> None:
    browser = portal.ask("sam@acme.example")
    assert browser.post("/sign-in", {"email": "sam@acme.example", "password": PASSWORD}).status_code == 422
    assert browser.get("/join").location.startswith("/sign-in")


def test_a_signed_in_person_may_ask_for_another_address(portal: Portal) -> None:
    make_user(portal, "ana@acme.example")
    browser: Browser = portal.sign_in("ana@acme.example")
    assert "You are signed in as ana@acme.example" in browser.get("/request-account").text


def test_the_password_of_a_request_that_ran_out_is_forgotten(portal: Portal) -> None:
    portal.ask("sam@acme.example")
    link = portal.link("sam@acme.example").rpartition("/")[2]
    with time_machine.travel(now() + timedelta(hours=25)), portal.acting():
        assert account_requests.expire_due() == 1
        assert account_requests.expire_due() == 0
        row = account_requests.find_by_link(link)
        assert row is not None and row.password_hash is None
    assert portal.audited("account_request.expired") == [("unanswered", {"count": 1})]
