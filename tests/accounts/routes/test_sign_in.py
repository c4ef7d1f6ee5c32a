from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.sessions import SecureCookieSessionInterface

from partner_access import create_app
from partner_access.accounts import sign_ins, throttles
from partner_access.accounts.routes.sign_in import own_path
from partner_access.clock import now
from partner_access.db import database
from partner_access.guard import LIMITS
from tests.conftest import ENVIRONMENT
from tests.factories import make_user
from tests.portal import PASSWORD, Browser, Portal
from tests.threads import at_once

ANA = "ana@acme.example"


def test_signing_in_leads_to_what_happens_now_and_is_written_down(portal: Portal) -> None:
    make_user(portal, ANA)
    page = portal.browser().post("/sign-in", {"email": " Ana@ACME.example ", "password": PASSWORD})
    assert (page.status_code, page.location) == (303, "/join")
    assert portal.audited("user.signed_in") == [("password", {})]


@pytest.mark.parametrize(("email", "password"), [(ANA, "wrong wrong wrong"), ("nobody@acme.example", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(portal: Portal, email: str, password: str) -> None:
    make_user(portal, ANA)
    browser = portal.browser()
    page = browser.post("/sign-in", {"email": email, "password": password})
    assert page.status_code == 422
    assert "The e-mail address or the password is not right." in browser.text
    assert f'value="{email}"' in page.text
    assert password not in page.text
    assert portal.audited("user.sign_in_refused") == [("wrong-password", {"network": "127.0.0.1"})]


@pytest.mark.parametrize("path", ["/", "/orgs/acme/", "/orgs/acme/clients?state=active&before=x", "/me#top", "/ä"])
def test_next_leads_to_a_page_of_this_site(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "orgs/acme", "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
     "/\t/evil.example", "/orgs\n", "/ /evil.example", " //evil.example", "/x\\y", "/\x00", "javascript:alert(1)",
     "/" + "x" * 3000, "https:evil.example", "https:/evil.example", "//portal@evil.example", "///evil.example",
     "/me\r\nSet-Cookie: a=b", "data:text/html,x", "evil.example", "@evil.example", ".evil.example", "?x=//evil"],
)  # fmt: skip
def test_next_never_leads_to_another_site(path: str) -> None:
    assert own_path(path) is None


def test_a_stranger_comes_back_to_the_page_that_asked_to_sign_in(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.browser()
    door = browser.get("/me/sessions?x=1").location
    assert door == "/sign-in?next=/me/sessions?x%3D1"
    assert browser.post(door, {"email": ANA, "password": PASSWORD}).location == "/me/sessions?x=1"
    assert browser.get("/sign-in?next=//evil.example").location == "/join"


def test_ten_wrong_passwords_within_five_minutes_close_the_door_for_this_address(portal: Portal) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now().replace(minute=11), tick=False) as clock:
        answers = [attempt(portal, f"10.0.0.{number}", "wrong wrong wrong") for number in range(11)]
        assert answers == [422] * 10 + [429]
        assert attempt(portal, "10.0.0.99", PASSWORD) == 429
        assert portal.audited("page.refused")[-1][0] == "sign-in-throttled"
        clock.shift(timedelta(minutes=5))
        assert attempt(portal, "10.0.0.99", PASSWORD) == 303


def test_wrong_passwords_of_strangers_do_not_close_a_persons_own_browser(portal: Portal) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now().replace(minute=11), tick=False) as clock:
        own = portal.sign_in(ANA)
        own.post("/sign-out", on="/me")
        for _ in range(3):
            clock.shift(timedelta(minutes=5))
            for number in range(11):
                attempt(portal, f"10.0.0.{number}", "wrong wrong wrong")
        assert attempt(portal, "10.9.9.9", PASSWORD) == 429
        assert own.post("/sign-in", {"email": ANA, "password": PASSWORD}).status_code == 303


def test_a_browser_that_is_known_counts_on_its_own_and_for_its_person_alone(portal: Portal) -> None:
    for email in (ANA, "bob@acme.example"):
        make_user(portal, email)
    own = portal.sign_in(ANA)
    own.post("/sign-out", on="/me")
    form = {"email": ANA, "password": "wrong wrong wrong"}
    assert [own.post("/sign-in", form).status_code for _ in range(11)] == [422] * 10 + [429]
    assert own.post("/sign-in", {"email": "bob@acme.example", "password": PASSWORD}).status_code == 303
    assert attempt(portal, "127.0.0.1", PASSWORD) == 303


@pytest.mark.parametrize("email", [ANA, "nobody@acme.example"])
def test_after_a_hundred_wrong_in_a_row_only_a_mailed_link_lets_in(portal: Portal, email: str) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now().replace(minute=11), tick=False) as clock:
        for _ in range(100):
            assert attempt(portal, "10.0.0.1", "wrong wrong wrong", email) == 422
            clock.shift(timedelta(hours=30))
        browser = portal.browser()
        assert browser.post("/sign-in", {"email": email, "password": PASSWORD}).status_code == 429
        assert "Only a mailed link opens this now: choose “Password forgotten?”." in browser.text
        browser.post("/forgot-password", {"email": email})
        if email == ANA:
            browser.post(portal.link(ANA), {"password": "many slow rivers bend"})
            assert browser.get("/me").status_code == 200
            assert attempt(portal, "10.0.0.1", "many slow rivers bend") == 303


@pytest.mark.parametrize("network", ["10.1.1.1", "2001:db8:1:2::{}"])
def test_a_network_is_closed_by_many_accounts_not_by_one_colleague(portal: Portal, network: str) -> None:
    make_user(portal, ANA)
    with time_machine.travel(now().replace(minute=11), tick=False):
        own = portal.sign_in(ANA)
        own.post("/sign-out", on="/me")
        for number in range(30):
            attempt(portal, network.format(number), "wrong wrong wrong", "clumsy@acme.example")
        assert attempt(portal, network.format("ffff"), PASSWORD) == 303
        for number in range(49):
            assert attempt(portal, network.format(number), "wrong wrong wrong", f"x{number}@acme.example") == 422
        assert attempt(portal, network.format("ffff"), PASSWORD) == 429
        assert attempt(portal, "10.9.9.9", PASSWORD) == 303
        form = {"email": ANA, "password": PASSWORD}
        here = {"REMOTE_ADDR": network.format("ffff")}
        assert own.post("/sign-in", form, environ_overrides=here).status_code == 303


def test_of_forty_tries_at_once_ten_are_answered(portal: Portal) -> None:
    """Whoever sends them all before the first is counted learns no more than one after the other."""
    make_user(portal, ANA)
    with time_machine.travel(now().replace(minute=11), tick=False):
        tries = [lambda n=n: attempt(portal, f"10.0.0.{n}", "wrong wrong wrong") for n in range(40)]  # type: ignore[misc]
        assert sorted(at_once(*tries)) == [422] * 10 + [429] * 30


def test_a_limit_is_told_on_the_form_and_what_was_typed_is_kept(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.browser()
    with time_machine.travel(now().replace(minute=11, second=0, microsecond=0), tick=False):
        for _ in range(11):
            page = browser.post("/sign-in", {"email": ANA, "password": "wrong wrong wrong"})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "300")
    assert browser.heading == "Sign in"
    assert "Too many tries. Wait five minutes, then try again, or set a new password." in browser.text
    assert f'value="{ANA}"' in page.text


def test_one_network_may_not_sign_in_without_end(portal: Portal) -> None:
    make_user(portal, ANA)
    limit, window = LIMITS["sign-in"]
    with time_machine.travel(now().replace(minute=11), tick=False):
        own = portal.sign_in(ANA)
        own.post("/sign-out", on="/me")
        with portal.acting():
            assert all(throttles.take("sign-in:10.0.0.1", limit, window) for _ in range(limit))
        assert attempt(portal, "10.0.0.1", PASSWORD) == 429
        form, here = {"email": ANA, "password": PASSWORD}, {"REMOTE_ADDR": "10.0.0.1"}
        assert own.post("/sign-in", form, environ_overrides=here).status_code == 303
        assert attempt(portal, "10.0.0.2", PASSWORD) == 303


def test_right_passwords_are_not_counted(portal: Portal) -> None:
    make_user(portal, ANA)
    assert [attempt(portal, "10.0.0.1", PASSWORD) for _ in range(12)] == [303] * 12


def attempt(portal: Portal, ip: str, password: str, email: str = ANA) -> int:
    form = {"email": email, "password": password}
    return portal.browser().post("/sign-in", form, environ_overrides={"REMOTE_ADDR": ip}).status_code


def test_signing_out_kills_the_cookie_even_a_copied_one(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    copied = cookie(browser)
    assert browser.post("/sign-out", on="/me").location == "/"
    assert "You are signed out." in browser.get("/").text
    thief = portal.browser()
    thief.client.set_cookie("portal", copied)
    assert thief.get("/me").location.startswith("/sign-in")
    assert portal.audited("user.signed_out") == [("own-browser", {})]


def test_signing_out_wants_a_button_and_its_token(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    assert browser.get("/sign-out").status_code == 405
    assert browser.client.post("/sign-out").status_code == 400
    assert browser.get("/me").status_code == 200


def test_another_websites_form_is_refused(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post("/me", {"name": "Mallory"}, headers=headers).status_code == 403
    assert {reason for reason, _ in portal.audited("page.refused")} == {"other-origin"}


def test_a_forged_cookie_is_worth_nothing(portal: Portal) -> None:
    make_user(portal, ANA)
    genuine = cookie(portal.sign_in(ANA))
    forger = SecureCookieSessionInterface()
    with portal.app.app_context():
        portal.app.secret_key = "guessed-0123456789-abcdefghijklmnopq"
        signed = forger.get_signing_serializer(portal.app)
        assert signed is not None
        forged = signed.dumps({"secret": "x" * 43, "user_id": 1})
        portal.app.secret_key = ENVIRONMENT["SECRET_KEY"]
    for value in (forged, genuine[:-2] + "xx", genuine.partition(".")[0], "", "x" * 4000):
        browser = portal.browser()
        browser.client.set_cookie("portal", value)
        assert browser.get("/me").location.startswith("/sign-in")


def test_signing_in_takes_a_fresh_cookie_and_ends_the_session_before(portal: Portal) -> None:
    make_user(portal, ANA)
    make_user(portal, "bob@acme.example")
    browser = portal.sign_in(ANA)
    before = cookie(browser)
    browser.post("/sign-in", {"email": "bob@acme.example", "password": PASSWORD}, on="/me")
    assert "bob@acme.example" in browser.get("/me").text
    thief = portal.browser()
    thief.client.set_cookie("portal", before)
    assert thief.get("/me").location.startswith("/sign-in")


def test_the_cookie_is_set_only_when_it_changes(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    browser.get("/me")
    assert "Set-Cookie" not in browser.get("/me").headers


def test_rotating_the_secret_key_signs_nobody_out(portal: Portal) -> None:
    make_user(portal, ANA)
    browser = portal.sign_in(ANA)
    for fallbacks, location in [(ENVIRONMENT["SECRET_KEY"], None), ("", "/sign-in?next=/me")]:
        rotated = {"SECRET_KEY": "another-one-0123456789-abcdefghijklm", "SECRET_KEY_FALLBACKS": fallbacks}
        app = create_app(ENVIRONMENT | rotated | {"DATABASE_URL": portal.database_url}, PASSWORD_MEMORY_KIB=8)
        other = Browser(app.test_client())
        other.client.set_cookie("portal", cookie(browser))
        assert other.get("/me").location == location
        with app.app_context():
            database.engine.dispose()


def test_a_password_hashed_with_old_parameters_is_hashed_anew(portal: Portal) -> None:
    make_user(portal, ANA)
    portal.app.config["PASSWORD_MEMORY_KIB"] = 16
    portal.sign_in(ANA)
    with portal.acting():
        user = sign_ins.find(ANA)
        assert user and "m=16," in user.password_hash
    portal.sign_in(ANA)


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("portal")
    assert found
    return found.value
