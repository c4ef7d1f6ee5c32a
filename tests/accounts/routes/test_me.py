from __future__ import annotations

from datetime import timedelta

import time_machine

from partner_access.clock import now
from tests.factories import make_member, make_org, make_user
from tests.portal import PASSWORD, Portal

ANA = "ana@acme.example"
NEW = "lanterns over slow water"


def test_a_person_sees_their_address_and_organizations_and_changes_their_name(portal: Portal) -> None:
    make_member(portal, make_org(portal), ANA)
    browser = portal.sign_in(ANA)
    browser.get("/me")
    assert ANA in browser.text
    assert "Acme" in browser.text
    assert browser.post("/me", {"name": " Ana  Neumann "}).location == "/me"
    assert 'value="Ana Neumann"' in browser.get("/me").text
    assert portal.audited("user.details_changed") == [("own-choice", {})]


def test_a_name_that_cannot_be_used_is_told_at_the_field_and_not_kept(portal: Portal) -> None:
    make_user(portal, ANA, name="Ana Neumann")
    browser = portal.sign_in(ANA)
    assert browser.post("/me", {"name": ""}).status_code == 422
    assert "Enter your name." in browser.text
    assert 'value="Ana Neumann"' in browser.get("/me").text


def test_changing_the_password_wants_the_present_one_and_ends_all_other_sessions(portal: Portal) -> None:
    make_user(portal, ANA)
    elsewhere, browser = portal.sign_in(ANA), portal.sign_in(ANA)
    assert browser.post("/me/security", {"current": PASSWORD, "password": NEW}).location == "/me/security"
    assert browser.get("/me").status_code == 200
    assert elsewhere.get("/me").location.startswith("/sign-in")
    portal.sign_in(ANA, NEW)
    assert portal.browser().post("/sign-in", {"email": ANA, "password": PASSWORD}).status_code == 422
    assert portal.mails(ANA, "password-changed")
    assert portal.audited("user.password_changed") == [("own-choice", {})]


def test_a_wrong_present_password_changes_nothing_and_is_counted(portal: Portal) -> None:
    make_user(portal, ANA)
    wrong = {"current": "not my password", "password": NEW}
    with time_machine.travel(now().replace(minute=11), tick=False) as clock:
        browser = portal.sign_in(ANA)
        for _ in range(10):
            assert browser.post("/me/security", wrong).status_code == 422
        assert "This is not your current password." in browser.text
        assert portal.audited("user.password_change_refused") == [("wrong-password", {})] * 10
        assert browser.post("/me/security", wrong | {"current": PASSWORD}).status_code == 429
        clock.shift(timedelta(minutes=5))
        assert browser.post("/me/security", wrong | {"current": PASSWORD}).status_code == 303


def test_a_weak_new_password_is_told_at_the_field(portal: Portal) -> None:
    make_user(portal, ANA, name="Ana Neumann")
    browser = portal.sign_in(ANA)
    assert browser.post("/me/security", {"current": PASSWORD, "password": "ana neumann acme"}).status_code == 422
    assert "not made of your name" in browser.text
    portal.sign_in(ANA)
