"""Changing one's address: proved before the switch, undone from the old mailbox, safe against strangers and races."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from partner_access import clock
from partner_access.accounts import email_changes
from partner_access.clock import now
from partner_access.db import SYSTEM, acting
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from tests.factories import make_member, make_org, make_user
from tests.portal import CODE, PASSWORD, Browser, Portal
from tests.threads import at_once

ANA, NEW = "ana@acme.example", "ana@new.example"
OTHER_PASSWORD = "lanterns over slow water"


@pytest.fixture
def acme(portal: Portal) -> Organization:
    org = make_org(portal)
    make_member(portal, org, ANA, name="Ana Neumann")
    return org


def ask(portal: Portal, new: str = NEW, email: str = ANA) -> Browser:
    """A browser in which this person has asked for a new address."""
    browser = portal.sign_in(email)
    answer = browser.post("/me/email", {"email": new, "current": PASSWORD})
    assert answer.status_code == 303, browser.text
    return browser


def change(portal: Portal, new: str = NEW, email: str = ANA) -> Browser:
    """The same, and has confirmed it."""
    browser = ask(portal, new, email)
    assert browser.post(portal.link(new, "email-change")).location == "/me"
    return browser


def works(portal: Portal, email: str, password: str = PASSWORD) -> bool:
    """Whether one can sign in so."""
    return portal.browser().post("/sign-in", {"email": email, "password": password}).status_code == 303


def code(portal: Portal, to: str) -> str:
    found = CODE.search(portal.mails(to, "email-change")[-1].subject)
    assert found
    return found[1] + found[2]


def test_the_new_mailbox_is_proved_before_anything_changes(portal: Portal, acme: Organization) -> None:
    elsewhere, browser = portal.sign_in(ANA), ask(portal)
    assert "Check the mailbox of ana@new.example" in browser.get("/me/email").text
    assert works(portal, ANA) and not works(portal, NEW)
    link = portal.link(NEW, "email-change")
    browser.get(link)
    assert browser.heading == "Confirm your new address"
    assert works(portal, ANA)
    assert browser.post(link).location == "/me"
    assert NEW in browser.get("/me").text
    assert works(portal, NEW) and not works(portal, ANA)
    assert elsewhere.get("/me").location.startswith("/sign-in")
    assert portal.audited("user.email_changed") == [("mailbox-proved", {})]


def test_the_code_does_as_the_link(portal: Portal, acme: Organization) -> None:
    browser = ask(portal)
    wrong = "000000" if code(portal, NEW) != "000000" else "111111"
    assert browser.post("/me/email/code", {"code": wrong}, on="/me/email").status_code == 422
    assert "This is not the code." in browser.text
    assert browser.post("/me/email/code", {"code": code(portal, NEW)}, on="/me/email").location == "/me"
    assert works(portal, NEW)


def test_a_code_has_five_tries_and_ten_minutes(portal: Portal, acme: Organization) -> None:
    browser, right = ask(portal), code(portal, NEW)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        browser.post("/me/email/code", {"code": wrong}, on="/me/email")
    browser.post("/me/email/code", {"code": right}, on="/me/email")
    assert "had its 5 tries" in browser.text
    browser.post("/me/email", {"email": NEW, "current": PASSWORD})
    with clock.at(now() + email_changes.CODE_LIFE):
        browser.post("/me/email/code", {"code": code(portal, NEW)}, on="/me/email")
        assert "has stopped working" in browser.text
    assert not works(portal, NEW)


def test_memberships_stay_and_say_so_and_nobody_is_moved(portal: Portal, acme: Organization) -> None:
    make_org(portal, "New", domain="new.example")
    browser = change(portal)
    assert browser.get("/orgs/acme/").status_code == 200
    with portal.acting(), acting(SYSTEM, acme.id):
        [row] = memberships.listing()
        assert (row.user.email, row.provenance) == (NEW, "address-changed")
    assert portal.audited("membership.readdressed") == [(None, {"provenance": "staff", "domain": "new.example"})]
    assert browser.get("/orgs/new/").status_code == 404
    browser.get("/me/organizations")
    assert "New lets you in" in browser.text  # an offer


def test_the_password_is_asked_for_and_counted(portal: Portal, acme: Organization) -> None:
    browser = portal.sign_in(ANA)
    assert browser.post("/me/email", {"email": NEW, "current": "wrong"}).status_code == 422
    assert "This is not your password." in browser.text
    assert browser.post("/me/email", {"email": " ANA@Acme.example", "current": PASSWORD}).status_code == 422
    assert "This is your address already." in browser.text
    assert browser.post("/me/email", {"email": "nonsense", "current": PASSWORD}).status_code == 422
    assert portal.mails(NEW) == []


# -- nobody learns who has a login, and nobody is tricked -------------------------------------------------------------


def test_an_address_with_a_login_gets_the_same_answer_and_is_told_by_mail(portal: Portal, acme: Organization) -> None:
    make_user(portal, "known@new.example")
    pages = []
    for new in ("known@new.example", "fresh@new.example"):
        browser = portal.sign_in(ANA)
        answer = browser.post("/me/email", {"email": new, "current": PASSWORD})
        text = browser.get("/me/email").get_data(as_text=True).replace(new, "X")
        wrong = browser.post("/me/email/code", {"code": "123456"}, on="/me/email").get_data(as_text=True)
        hidden = r'name="csrf_token" value="[^"]+"'
        pages.append(
            (answer.status_code, answer.location, re.sub(hidden, "", text), re.sub(hidden, "", wrong.replace(new, "X")))
        )
    assert pages[0] == pages[1]
    assert [mail.name for mail in portal.mails("known@new.example")] == ["email-change-known"]
    assert not re.search(r"/confirm-email/|\d{3} \d{3}", portal.mails("known@new.example")[0].text)


def test_a_strangers_click_does_not_give_their_address_to_whoever_asked(portal: Portal, acme: Organization) -> None:
    """Else the login of whoever asked would be let in where the stranger belongs."""
    make_org(portal, "Victim", domain="victim.example")
    mallory = ask(portal, "vera@victim.example")
    link = portal.link("vera@victim.example", "email-change")
    vera = portal.browser()
    vera.get(link)
    assert "sign in with that one first" in vera.text
    assert vera.post(link).location == link
    other = portal.sign_in(make_user(portal).email)
    assert other.post(link, on="/me").location == link
    assert works(portal, ANA) and not works(portal, "vera@victim.example")
    assert vera.post(f"{link}/discard", on=link).location == link
    assert vera.get(link).status_code == 410
    assert mallory.post(link, on="/me").location == link
    assert works(portal, ANA)


def test_mails_to_one_address_and_by_one_person_are_limited(portal: Portal, acme: Organization) -> None:
    with clock.at(now().replace(minute=5)):
        browser = portal.sign_in(ANA)
        for _ in range(10):
            assert browser.post("/me/email", {"email": NEW, "current": PASSWORD}).status_code == 303
        assert browser.post("/me/email", {"email": NEW, "current": PASSWORD}).status_code == 429
        assert browser.post("/me/email", {"email": "x@new.example", "current": PASSWORD}).status_code == 429
        make_user(portal, "bo@bolt.example")
        bo = portal.sign_in("bo@bolt.example")
        assert bo.post("/me/email", {"email": NEW, "current": PASSWORD}).status_code == 429
    assert len(portal.mails(NEW)) == 10


@pytest.mark.parametrize("way", ["reset", "own choice"])
def test_a_new_password_stops_a_change_that_was_asked_for_before(portal: Portal, acme: Organization, way: str) -> None:
    """Pre-hijacking: whoever had the login asked for a change to their own mailbox, and waits."""
    thief = ask(portal, "thief@evil.example")
    link = portal.link("thief@evil.example", "email-change")
    ana = portal.browser()
    if way == "reset":
        ana.post("/forgot-password", {"email": ANA})
        ana.post(portal.link(ANA, "password-reset"), {"password": OTHER_PASSWORD})
    else:
        ana = portal.sign_in(ANA)
        ana.post("/me/security", {"current": PASSWORD, "password": OTHER_PASSWORD})
    assert thief.get("/me").location.startswith("/sign-in")
    for browser in (thief, ana):
        assert browser.post(link, on="/help").location == link
        assert browser.get(link).status_code == 410
    assert "thief" not in ana.get("/me/email").text
    assert works(portal, ANA, OTHER_PASSWORD) and not works(portal, "thief@evil.example", OTHER_PASSWORD)


def test_a_limit_is_told_on_the_form_and_what_was_typed_is_kept(portal: Portal, acme: Organization) -> None:
    with clock.at(now().replace(minute=5)):
        browser = portal.sign_in(ANA)
        for _ in range(11):
            page = browser.post("/me/email", {"email": NEW, "current": PASSWORD})
    assert page.status_code == 429 and page.headers["Retry-After"]
    assert browser.heading == "Change your e-mail address"
    assert "Several mails were sent within the hour" in browser.text and f'value="{NEW}"' in page.text


# -- twice, at once, too late -----------------------------------------------------------------------------------------


def test_a_newer_wish_replaces_the_older_one(portal: Portal, acme: Organization) -> None:
    browser = ask(portal)
    first = portal.link(NEW, "email-change")
    browser.post("/me/email", {"email": "ana@other.example", "current": PASSWORD})
    assert browser.get(first).status_code == 410
    assert browser.post(first, on="/me").location == first
    assert works(portal, ANA)


def test_the_person_may_keep_the_address(portal: Portal, acme: Organization) -> None:
    browser = ask(portal)
    assert browser.post("/me/email/cancel", on="/me/email").location == "/me/email"
    assert browser.get(portal.link(NEW, "email-change")).status_code == 410


def test_an_address_that_got_a_login_meanwhile_is_refused(portal: Portal, acme: Organization) -> None:
    browser = ask(portal)
    make_user(portal, NEW, password=OTHER_PASSWORD)
    assert browser.post(portal.link(NEW, "email-change")).location == "/me"
    assert "has a login of its own by now" in browser.get("/me").text
    assert works(portal, ANA) and works(portal, NEW, OTHER_PASSWORD)
    assert portal.audited("user.email_change_refused")[-1] == ("taken", {})


def test_ten_clicks_at_once_change_it_once(portal: Portal, acme: Organization) -> None:
    browser = ask(portal)
    link = portal.link(NEW, "email-change")
    token, cookie = browser._token(link), browser.client.get_cookie("portal")
    assert cookie

    def press() -> int:
        client = portal.app.test_client()
        client.set_cookie("portal", cookie.value)
        return client.post(link, data={"csrf_token": token}).status_code

    assert at_once(*[press] * 6) == [303] * 6
    assert len(portal.audited("user.email_changed")) == 1
    assert len(portal.mails(ANA, "email-changed")) == 1
    assert works(portal, NEW)


def test_two_people_who_move_to_one_address_and_one_who_signs_up_there_at_once_make_one_login(
    portal: Portal, acme: Organization
) -> None:
    make_user(portal, "bo@bolt.example")
    pages = [(ask(portal), portal.link(NEW, "email-change"))]
    pages.append((ask(portal, NEW, "bo@bolt.example"), portal.link(NEW, "email-change")))
    pages.append((portal.ask(NEW), portal.link(NEW, "account-request")))
    tokens = [browser._token(link) for browser, link in pages]

    def press(number: int) -> int:
        browser, link = pages[number]
        return browser.client.post(link, data={"csrf_token": tokens[number]}).status_code

    assert at_once(*[lambda number=number: press(number) for number in range(3)]) == [303] * 3  # type: ignore[misc]
    moved = len(portal.audited("user.email_changed"))
    founded = len(portal.audited("account_request.confirmed"))
    assert moved + founded == 1
    assert works(portal, NEW)


def test_a_link_to_set_a_password_stops_with_the_old_address(portal: Portal, acme: Organization) -> None:
    portal.browser().post("/forgot-password", {"email": ANA})
    reset = portal.link(ANA, "password-reset")
    change(portal)
    assert portal.browser().get(reset).status_code == 410


# -- undone from the old mailbox --------------------------------------------------------------------------------------


def test_the_old_address_takes_the_login_back_and_whoever_had_it_is_out(portal: Portal, acme: Organization) -> None:
    thief = change(portal)
    undo, owner = portal.link(ANA, "email-changed"), portal.browser()
    owner.get(undo)
    assert owner.heading == "Take your login back?"
    assert thief.get("/me").status_code == 200
    for _ in range(2):
        assert owner.post(undo, on="/sign-in").location == undo
    owner.get(undo)
    assert owner.heading == "Your address is as it was"
    assert thief.get("/me").location.startswith("/sign-in")
    assert not works(portal, NEW) and not works(portal, ANA)
    assert not works(portal, ANA, "nobody has this password") and not works(portal, ANA, "")
    reset = portal.link(ANA, "password-reset")
    assert owner.post(reset, {"password": OTHER_PASSWORD}).status_code == 303
    assert works(portal, ANA, OTHER_PASSWORD)
    assert owner.get("/orgs/acme/").status_code == 200
    assert portal.audited("user.email_change_undone") == [("old-mailbox", {})]


def test_a_second_change_does_not_take_the_first_undo_away(portal: Portal, acme: Organization) -> None:
    thief = change(portal)
    undo = portal.link(ANA, "email-changed")
    thief.post("/me/email", {"email": "thief@evil.example", "current": PASSWORD})
    thief.post(portal.link("thief@evil.example", "email-change"))
    assert works(portal, "thief@evil.example")
    portal.browser().post(undo)
    assert not works(portal, "thief@evil.example")
    again = portal.link(NEW, "email-changed")
    assert portal.browser().post(again, on="/sign-in").location == again
    assert portal.browser().get(again).status_code == 200
    reset = portal.link(ANA, "password-reset")
    assert portal.browser().post(reset, {"password": OTHER_PASSWORD}).status_code == 303
    assert works(portal, ANA, OTHER_PASSWORD)


def test_the_undo_works_for_seven_days(portal: Portal, acme: Organization) -> None:
    change(portal)
    undo = portal.link(ANA, "email-changed")
    with clock.at(now() + email_changes.UNDO_LIFE + timedelta(seconds=5)):
        browser = portal.browser()
        assert browser.get(undo).status_code == 410
        assert browser.post(undo, on="/sign-in").location == undo
    assert works(portal, NEW)


def test_an_old_address_that_is_another_login_by_now_is_not_taken_from_it(portal: Portal, acme: Organization) -> None:
    change(portal)
    make_user(portal, ANA, password=OTHER_PASSWORD)
    undo, browser = portal.link(ANA, "email-changed"), portal.browser()
    browser.post(undo)
    assert "has a login of its own by now" in browser.get(undo).text
    assert works(portal, NEW) and works(portal, ANA, OTHER_PASSWORD)


def test_a_forged_link_is_a_404(portal: Portal, acme: Organization) -> None:
    for path in ("/confirm-email/x", "/undo-email/x", f"/confirm-email/{'A' * 43}/discard"):
        assert portal.browser().post(path, on="/sign-in").status_code == 404
