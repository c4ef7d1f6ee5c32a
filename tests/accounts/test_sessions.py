from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
import time_machine

from partner_access.accounts import sessions
from partner_access.clock import now
from tests.factories import make_user
from tests.portal import PASSWORD, Browser, Portal

ANA, BOB = "ana@acme.example", "bob@acme.example"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/145.0"
REVOKE = re.compile(r"/me/sessions/[0-9a-f-]{36}/revoke")


def signed_in(portal: Portal, email: str = ANA, *, agent: str = "", ip: str = "127.0.0.1") -> Browser:
    browser = portal.browser()
    form = {"email": email, "password": PASSWORD}
    browser.post("/sign-in", form, headers={"User-Agent": agent}, environ_overrides={"REMOTE_ADDR": ip})
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/me").status_code == 200


def test_a_person_sees_where_they_are_signed_in(portal: Portal) -> None:
    make_user(portal, ANA)
    make_user(portal, BOB)
    signed_in(portal, agent=FIREFOX, ip="203.0.113.7")
    signed_in(portal, BOB, ip="198.51.100.9")
    browser = signed_in(portal)
    browser.get("/me/sessions")
    assert "Firefox on Windows" in browser.text
    assert "203.0.113.7" in browser.text
    assert browser.text.count("This one") == 1
    assert browser.text.count("Last used") == 2
    assert "198.51.100.9" not in browser.text


def test_another_device_is_signed_out_from_the_list(portal: Portal) -> None:
    make_user(portal, ANA)
    lost, browser = signed_in(portal), signed_in(portal)
    _, other = REVOKE.findall(browser.get("/me/sessions").text)
    assert browser.post(other, {"current": PASSWORD}, on="/me/sessions").location == "/me/sessions"
    assert is_in(browser)
    assert not is_in(lost)
    assert other not in browser.get("/me/sessions").text
    assert portal.audited("session.revoked") == [("own-list", {})]
    assert browser.post(other, {"current": PASSWORD}, on="/me/sessions").status_code == 303


@pytest.mark.parametrize("current", ["", "four loud rivers bend"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_nothing_is_signed_out_without_the_password(portal: Portal, current: str, everywhere: bool) -> None:
    make_user(portal, ANA)
    other, browser = signed_in(portal), signed_in(portal)
    _, link = REVOKE.findall(browser.get("/me/sessions").text)
    url = "/me/sessions/revoke-all" if everywhere else link
    assert browser.post(url, {"current": current}, on="/me/sessions").status_code == 422
    assert is_in(browser) and is_in(other)


def test_a_person_signs_out_everywhere(portal: Portal) -> None:
    make_user(portal, ANA)
    other, browser = signed_in(portal), signed_in(portal)
    assert browser.post("/me/sessions/revoke-all", {"current": PASSWORD}, on="/me/sessions").location == "/"
    assert not is_in(browser) and not is_in(other)
    assert ("everywhere", {}) in portal.audited("user.signed_out")


def test_staff_sign_a_person_out_and_say_why(portal: Portal) -> None:
    make_user(portal, ANA)
    portal.run("staff", "create", BOB)
    make_user(portal, BOB)
    browsers, bob = [signed_in(portal), signed_in(portal)], signed_in(portal, BOB)
    form = {"email": ANA, "reason": ""}
    assert bob.post("/staff/sign-person-out", form).status_code == 422
    assert is_in(browsers[0])
    assert bob.post("/staff/sign-person-out", form | {"reason": "Lost."}).status_code == 303
    assert not any(map(is_in, browsers)) and is_in(bob)
    assert portal.audited("user.signed_out") == [("by-staff", {"words": "Lost."})]
    assert portal.run("staff", "sign-out", ANA, "--reason", "Lost.").output == "0\n"


def test_who_is_removed_from_staff_sees_nothing_of_it_any_more(portal: Portal) -> None:
    portal.run("staff", "create", BOB)
    make_user(portal, BOB)
    bob = signed_in(portal, BOB)
    assert bob.get("/staff/").status_code == 200
    assert portal.run("staff", "remove", BOB).output == "removed\n"
    assert bob.get("/staff/").status_code == 404
    assert portal.run("staff", "remove", BOB).output == f"{BOB} is not one of staff\n"
    assert len(portal.audited("staff.removed")) == 1


def test_signing_out_the_present_device_signs_out(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = signed_in(portal)
    [mine] = REVOKE.findall(browser.get("/me/sessions").text)
    assert browser.post(mine, on="/me/sessions").location == "/"
    assert not is_in(browser)


def test_nobody_ends_another_persons_session(portal: Portal) -> None:
    make_user(portal, ANA)
    make_user(portal, BOB)
    browser, mallory = signed_in(portal), signed_in(portal, BOB)
    [link] = REVOKE.findall(browser.get("/me/sessions").text)
    form = {"current": PASSWORD}
    assert mallory.post(link, form, on="/me").status_code == 404
    assert mallory.post(f"/me/sessions/{uuid.uuid4()}/revoke", form, on="/me").status_code == 404
    assert is_in(browser)


def test_a_session_ends_after_12_idle_hours_and_not_before(portal: Portal) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now(), tick=False) as clock:
        browser = signed_in(portal)
        clock.shift(sessions.IDLE - timedelta(seconds=1))
        assert is_in(browser)
        clock.shift(sessions.IDLE - timedelta(seconds=1))
        assert is_in(browser)
        clock.shift(sessions.IDLE)
        assert not is_in(browser)


def test_a_session_ends_after_7_days_however_often_it_is_used(portal: Portal) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now(), tick=False) as clock:
        browser = signed_in(portal)
        for _ in range(15):
            clock.shift(sessions.ABSOLUTE / 16)
            assert is_in(browser)
        clock.shift(sessions.ABSOLUTE / 16)
        assert not is_in(browser)


def test_a_dead_session_is_not_listed(portal: Portal) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now(), tick=False) as clock:
        signed_in(portal)
        clock.shift(sessions.IDLE)
        browser = signed_in(portal)
        assert len(REVOKE.findall(browser.get("/me/sessions").text)) == 1
