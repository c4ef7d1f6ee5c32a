"""The guard: who may, what is kept of a request, what a refusal looks like, and what every answer carries."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Response
from sqlalchemy import select
from sqlalchemy.engine import make_url

from partner_access import clock, create_app, guard
from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.db import STAFF, database, session
from partner_access.errors import Conflict, Expired, Forbidden, Invalid, NotFound, TooMany
from partner_access.organizations.directory import staff_readings
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Domain, Organization
from partner_access.organizations.team import memberships
from partner_access.permissions import Permission, StaffRole
from partner_access.web.access import Access, org_page, public, signed_in
from tests.conftest import ENVIRONMENT
from tests.factories import make_member, make_org, make_user, staff_act
from tests.portal import PASSWORD, Portal
from tests.servers.postgres import drop_database
from tests.work import Work, watched

HTTPS = ENVIRONMENT | {"BASE_URL": "https://partners.meridian.example"}
anybody = public()


@pytest.fixture
def portal(own_portal: Portal) -> Portal:
    """A portal that pages can still be added to."""
    return own_portal


def add_page(portal: Portal, path: str, view: Callable[..., Any], label: Callable[..., Any] = anybody) -> None:
    """A page of the test's own, before the first request."""
    portal.app.add_url_rule(path, path, label(view), methods=["GET", "POST"])


def names(portal: Portal) -> set[str]:
    with portal.acting():
        return set(session().scalars(select(Organization.name)))


def put_name(name: str = "Kept") -> str:
    session().add(Organization(name=name, slug=name.lower()))
    return "ok"


def fail(error: BaseException) -> Callable[[], str]:
    """A view that writes, then raises."""

    def view() -> str:
        put_name("Lost")
        session().flush()
        raise error

    return view


# -- links that were changed on their way ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending", [".", "/", ")", "%3E", "%20", "&utm_source=x", "%2520", "_", "%E2%80%9D", "%0A", ".)"]
)
def test_every_link_of_a_mail_opens_with_what_its_carrier_added(portal, ending):
    portal.ask("sam@acme.example")
    for link in (portal.link("sam@acme.example"), "/sign-in"):
        if ending == "_" and link == "/sign-in":
            continue
        page = portal.app.test_client().get(f"{link}{ending}?a=1", follow_redirects=True)
        assert (page.status_code, page.request.path, page.request.args["a"]) == (200, link, "1")


def test_what_leads_to_no_page_is_not_led_elsewhere(portal):
    client = portal.app.test_client()
    assert [client.get(path).status_code for path in ("/nothing.", "/evil.example/).", "/orgs/nobody/")] == [
        404,
        404,
        303,
    ]
    assert client.post("/sign-in.").status_code == 404
    assert client.get("/SIGN-IN").location == "/sign-in"


# -- one transaction a request ----------------------------------------------------------------------------------------


def test_what_returns_is_kept(portal):
    add_page(portal, "/write", put_name)
    browser = portal.browser()
    assert browser.post("/write", on="/sign-in").status_code == 200
    assert names(portal) == {"Kept"}


def test_what_raises_leaves_nothing_behind(portal):
    errors = {
        404: NotFound(),
        403: Forbidden("No."),
        409: Conflict("Late."),
        422: Invalid("Bad."),
        410: Expired(),
        429: TooMany("Often."),
        500: ZeroDivisionError(),
    }
    for status, error in errors.items():
        add_page(portal, f"/{status}", fail(error))
    browser = portal.browser()
    for status in errors:
        assert browser.post(f"/{status}", on="/sign-in").status_code == status
    assert names(portal) == set()


def test_a_row_that_only_the_commit_refuses_leaves_nothing_behind_and_shows_our_page(portal):
    """A failed flush expires every row, also those of who is signed in: the page has to do without them."""
    acme = make_org(portal)
    ana = make_member(portal, acme)

    def view() -> str:
        put_name("Lost")
        session().add(Domain(name="acme.example", org_id=acme.id, proof="staff", policy="request"))
        return "ok"

    add_page(portal, "/orgs/<slug>/write", view, org_page(Permission.VIEW_ORG))
    add_page(portal, "/write", view, signed_in)
    browser = portal.sign_in(ana.email)
    for path in ("/write", f"/orgs/{acme.slug}/write"):
        page = browser.post(path, on="/me")
        assert page.status_code == 500
        assert "Something broke on our side" in page.text
    assert names(portal) == {"Acme"}


def test_a_get_keeps_what_it_wrote_only_with_the_label_for_it(portal):
    add_page(portal, "/visit", lambda: put_name("Visited"), public(writes=True))
    assert portal.browser().get("/visit").status_code == 200
    assert names(portal) == {"Visited"}


def test_an_unexpected_error_is_logged_and_answered_with_our_page_alone(portal, caplog):
    add_page(portal, "/write", fail(ZeroDivisionError("secret detail")))
    with caplog.at_level(logging.ERROR):
        page = portal.browser().get("/write")
    assert page.status_code == 500
    assert "Something broke on our side" in page.text
    assert "secret detail" not in page.text
    assert "Traceback" not in page.text
    assert "ZeroDivisionError" in caplog.text


# -- who may ----------------------------------------------------------------------------------------------------------


def test_a_view_that_says_nothing_is_open_to_nobody(portal):
    add_page(portal, "/unlabelled", lambda: "open", lambda view: view)
    acme = make_org(portal)
    assert portal.browser().get("/unlabelled").status_code == 403
    assert portal.sign_in(make_member(portal, acme).email).get("/unlabelled").status_code == 403


def test_a_page_for_others_says_for_whom_it_is(portal):
    acme = make_org(portal)
    add_page(portal, "/orgs/<slug>/manage", lambda: "ok", org_page(Permission.MANAGE_TEAM))
    page = portal.sign_in(make_member(portal, acme).email).get("/orgs/acme/manage")
    assert page.status_code == 403
    assert "This is for owners and admins of Acme." in page.text
    for role in ("owner", "admin"):
        assert portal.sign_in(make_member(portal, acme, role=role).email).get("/orgs/acme/manage").status_code == 200


def test_two_organizations_in_two_tabs_do_not_mix(portal):
    acme, bolt = make_org(portal), make_org(portal, "Bolt")
    ana = make_member(portal, acme)
    with portal.acting(ana.actor, bolt.id):
        memberships.create(ana, "owner", provenance="staff")
    add_page(portal, "/orgs/<slug>/who", lambda: memberships.listing()[0].org.name, org_page(Permission.VIEW_ORG))
    browser = portal.sign_in(ana.email)
    assert [browser.get(f"/orgs/{slug}/who").text for slug in ("acme", "bolt", "acme")] == ["Acme", "Bolt", "Acme"]


def test_a_removed_member_is_out_from_the_next_request_on(portal):
    acme = make_org(portal)
    ana = make_member(portal, acme)
    browser = portal.sign_in(ana.email)
    assert browser.get("/orgs/acme/").status_code == 200
    with portal.acting(org=acme.id):
        memberships.remove(memberships.listing()[0], reason="test")
    assert browser.get("/orgs/acme/").status_code == 404


def test_a_paused_organization_says_so_to_its_people_and_is_nothing_to_others(portal):
    acme, bolt = make_org(portal), make_org(portal, "Bolt")
    ana, bob = make_member(portal, acme), make_member(portal, bolt)
    browser = portal.sign_in(ana.email)
    assert browser.get("/orgs/acme/").status_code == 200
    staff_act(portal, pauses.suspend, acme, "We talk to you first.")
    page = browser.get("/orgs/acme/")
    assert page.status_code == 403
    assert "Acme is paused by the programme until its staff resume it." in page.text
    assert "Their reason: “We talk to you first.”" in page.text
    assert portal.sign_in(bob.email).get("/orgs/acme/").status_code == 404


def test_staff_who_read_an_organization_look_at_its_pages_and_send_nothing(portal):
    acme = make_org(portal)
    for path, permission in (("look", Permission.VIEW_ORG), ("manage", Permission.MANAGE_TEAM)):
        add_page(portal, f"/orgs/<slug>/{path}", lambda: "ok", org_page(permission))
    kim = make_user(portal, "kim@meridian.example")
    with portal.acting(STAFF):
        sign_ins.grant_staff(kim.email_key, StaffRole.STAFF)
        staff_readings.start(acme, kim, "They asked.")
    browser = portal.sign_in(kim.email)
    assert browser.get("/orgs/acme/look").status_code == 200
    for answer in (
        browser.post("/orgs/acme/look", on="/me"),
        browser.get("/orgs/acme/manage"),
        browser.post("/orgs/acme/manage", on="/me"),
    ):
        assert answer.status_code == 403
        assert "Staff read an organization’s pages; they change nothing there." in answer.text


def test_a_stranger_signs_in_first_and_comes_back(portal):
    acme = make_org(portal)
    ana = make_member(portal, acme)
    browser = portal.browser()
    door = browser.get("/orgs/acme/leads?state=live")
    assert (door.status_code, door.location) == (303, "/sign-in?next=/orgs/acme/leads?state%3Dlive")
    landed = browser.post(door.location, {"email": ana.email, "password": PASSWORD})
    assert landed.location == "/orgs/acme/leads?state=live"


@pytest.mark.parametrize(
    "next_url", ["https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example", "javascript:x"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(portal, next_url):
    ana = make_user(portal)
    page = portal.browser().post(f"/sign-in?next={next_url}", {"email": ana.email, "password": PASSWORD})
    assert (page.status_code, page.location) == (303, "/join")


def test_a_cookie_that_is_not_ours_is_a_strangers(portal):
    client = portal.app.test_client(use_cookies=False)
    for cookie in ("", "x", "eyJzZWNyZXQiOiJ4In0.aaaa.bbbb", "é"):
        headers = {"Cookie": f"portal={cookie}"}
        assert client.get("/", headers=headers).status_code == 200
        assert client.get("/me", headers=headers).status_code == 303


# -- what is written down ---------------------------------------------------------------------------------------------


def test_a_refusal_to_somebody_signed_in_is_written_down(portal):
    acme = make_org(portal)
    make_org(portal, "Bolt")
    browser = portal.sign_in(make_member(portal, acme).email)
    browser.get("/orgs/bolt/leads")
    browser.get("/orgs/acme/leads/0197aaaa-0000-7000-8000-000000000000")
    browser.get("/orgs/nowhere/leads")
    assert portal.audited("page.refused") == [
        ("not-a-member", {"endpoint": "credit.leads", "slug": "bolt"}),
        ("not-found", {"endpoint": "credit.lead", "slug": "acme"}),
        ("no-such-organization", {"endpoint": "credit.leads", "slug": None}),
    ]


def test_of_strangers_refused_writes_are_written_down_and_looking_is_not(portal):
    browser = portal.browser()
    browser.get("/r/nobody")
    assert portal.audited("page.refused") == []
    browser.post("/r/nobody/get-started", {"website": "x.example"})
    assert [reason for reason, _ in portal.audited("page.refused")] == ["no-such-link"]


def refused(portal: Portal, code: str) -> list[int | None]:
    """How many the refusals for this reason had become by each line about them; None for a line of its own."""
    return [fields.get("count") for reason, fields in portal.audited("page.refused") if reason == code]


def test_who_is_refused_without_end_fills_no_log_and_hides_nothing(portal):
    browser = portal.browser()
    token = browser._token("/sign-in")

    def send(path: str, ip: str = "198.51.100.7", **headers: str) -> int:
        network = {"REMOTE_ADDR": ip}
        form = {"csrf_token": token}
        return browser.client.post(path, data=form, headers=headers, environ_overrides=network).status_code

    with clock.at(now().replace(minute=1)):
        assert {send("/r/nobody/get-started") for _ in range(95)} == {404}
        assert refused(portal, "no-such-link") == [None] * 20 + [40, 80]
        assert send("/sign-in", Origin="https://evil.example") == 403
        assert refused(portal, "other-origin") == [None], "another reason is not drowned"
        assert send("/r/nobody/get-started", "198.51.100.8") == 404
        assert refused(portal, "no-such-link")[-1] is None, "nor another network"
    with clock.at(now().replace(minute=1) + timedelta(hours=1)):
        send("/r/nobody/get-started")
        assert refused(portal, "no-such-link")[-2:] == [None, None]


def test_neither_does_somebody_signed_in_who_only_looks(portal):
    acme = make_org(portal)
    make_org(portal, "Bolt")
    browser = portal.sign_in(make_member(portal, acme).email)
    with clock.at(now().replace(minute=1)):
        for _ in range(45):
            assert browser.get("/orgs/bolt/leads").status_code == 404
            assert browser.get(f"/orgs/acme/leads/{acme.id}").status_code == 404
        assert refused(portal, "not-a-member") == refused(portal, "not-found") == [None] * 20 + [40]
    assert "lead, 40 times within an hour" in browser.get("/orgs/acme/activity?kind=access").text


def test_a_form_without_its_token_costs_no_statement_and_no_hash(portal):
    client = portal.app.test_client()
    with watched() as work:
        for path in ("/request-account", "/sign-in", "/forgot-password", "/verify"):
            assert client.post(path, data={"email": "a@b.example", "password": PASSWORD}).status_code == 400
    assert work == Work()


# -- refusals as pages ------------------------------------------------------------------------------------------------


def test_every_refusal_is_a_page_with_a_way_on(portal):
    portal.browser()
    client = portal.app.test_client()
    answers = {
        404: client.get("/no/such/page"),
        405: client.get("/sign-out"),
        413: client.post("/sign-in", data={"email": "x" * 300_000}),
        400: client.post("/sign-out"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.text.count("<h1") == 1
        assert 'href="/help"' in answer.text
        assert f"Error {status}" in answer.text


def test_too_many_tries_say_when_to_go_on(portal, monkeypatch):
    monkeypatch.setitem(guard.LIMITS, "reset", (2, timedelta(hours=1)))
    browser = portal.browser()
    with clock.at(now().replace(minute=15, second=0, microsecond=0)):
        pages = [browser.post("/forgot-password", {"email": f"ana{n}@nowhere.example"}) for n in range(3)]
    assert [page.status_code for page in pages] == [303, 303, 429]
    assert pages[2].headers["Retry-After"] == "2700"
    assert "You can go on in 45 minutes." in pages[2].text
    assert "Show my form again" in pages[2].text
    assert portal.mails(to="ana2@nowhere.example") == []


def test_a_limit_counts_a_network_and_not_who_says_to_be_another(portal, monkeypatch):
    monkeypatch.setitem(guard.LIMITS, "reset", (1, timedelta(hours=1)))
    browser = portal.browser()
    browser.post("/forgot-password", {"email": "a@nowhere.example"})
    forged = {"X-Forwarded-For": "198.51.100.7"}
    assert browser.post("/forgot-password", {"email": "b@nowhere.example"}, headers=forged).status_code == 429
    other = {"REMOTE_ADDR": "198.51.100.7"}
    answer = browser.post("/forgot-password", {"email": "b@nowhere.example"}, environ_overrides=other)
    assert answer.status_code == 303


def take_the_database_away(portal: Portal, cluster: str | None) -> None:
    with portal.app.app_context():
        database.engine.dispose()
    if cluster:
        drop_database(cluster, make_url(portal.database_url).database or "")
    else:
        path = Path(portal.database_url.removeprefix("sqlite:///"))
        path.unlink()
        path.mkdir()


def test_health_tells_when_the_database_is_away(portal, cluster):
    browser = portal.sign_in(make_member(portal, make_org(portal)).email)
    assert (browser.get("/healthz").status_code, browser.get("/healthz").text) == (200, "ok")
    take_the_database_away(portal, cluster)
    page = portal.browser().get("/healthz")
    assert (page.status_code, page.text) == (503, "the database does not answer")
    assert browser.get("/healthz").status_code == 503


def test_without_the_database_every_page_says_so(portal, cluster):
    browser = portal.sign_in(make_member(portal, make_org(portal)).email)
    take_the_database_away(portal, cluster)
    for path in ("/", "/orgs/acme/", "/me", "/r/acme"):
        page = browser.get(path)
        assert page.status_code == 503, path
        assert "The portal is not available right now" in page.text
        assert int(page.headers["Retry-After"]) > 0


# -- what every answer carries ----------------------------------------------------------------------------------------


PATHS = ["/", "/help", "/no/such/page", "/me", "/orgs/acme/", "/orgs/bolt/", "/healthz", "/orgs/acme", "/r/x"]
FILES = ["/static/app.css", "/static/no-such-file", "/static/app.css?v=1"]


def answers(portal: Portal, paths: list[str]) -> list[Response]:
    """A page, a refusal, a redirect, plain text, a file: what a browser gets at these."""
    acme = make_org(portal)
    browser = portal.sign_in(make_member(portal, acme).email)
    foreign = {"base_url": "http://evil.example"}
    whole = {"buffered": True}
    own = [browser.get(path, **whole) for path in paths]
    return [*own, *(browser.get(path, **foreign, **whole) for path in ("/", paths[-1]))]


def test_every_answer_carries_the_headers_that_keep_browsers_in_check(portal):
    for answer in answers(portal, PATHS + FILES):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_pages_are_not_kept_by_browsers_and_files_are(portal):
    kept = [answer.headers["Cache-Control"] for answer in answers(portal, [*PATHS, FILES[0]])]
    assert kept == ["no-store"] * len(PATHS) + ["max-age=3600, public", "no-store", "max-age=3600, public"]


def test_a_page_with_a_secret_in_its_address_is_named_to_nobody(portal):
    browser = portal.browser()
    for path in ("/verify/" + "a" * 43, "/reset-password/" + "a" * 43, "/undo-join/x"):
        answer = browser.get(path)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


def test_on_https_browsers_are_told_to_stay_there_and_the_cookie_belongs_to_the_host(database_url):
    app = create_app(HTTPS | {"DATABASE_URL": database_url}, PASSWORD_MEMORY_KIB=8)
    answer = app.test_client().get("/sign-in", base_url="https://partners.meridian.example")
    for path in ("/sign-in", "/static/app.css", "/no/such/page"):
        held = app.test_client().get(path, base_url="https://partners.meridian.example", buffered=True)
        assert held.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-portal=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    with app.app_context():
        database.engine.dispose()


def test_on_http_the_cookie_is_kept_from_scripts_and_other_sites(portal):
    cookie = portal.browser().get("/sign-in").headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_a_cookie_is_sent_only_when_it_changed(portal):
    browser = portal.sign_in(make_user(portal).email)
    browser.get("/help")
    assert "Set-Cookie" not in browser.get("/help").headers


def test_no_page_names_the_server_or_its_parts(portal):
    for answer in answers(portal, PATHS):
        assert not re.search(r"Werkzeug|Flask|Python|SQLAlchemy", f"{answer.headers}{answer.get_data(as_text=True)}")


def test_labels_decide_nothing_by_themselves():
    assert Access("public") == public()(lambda: None).access  # type: ignore[attr-defined]
