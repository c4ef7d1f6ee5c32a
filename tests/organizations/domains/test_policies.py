"""What a change of policy would do is shown before it is saved, and is what saving does."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from partner_access.db import SYSTEM, acting, session
from partner_access.organizations.entry import join_requests
from partner_access.organizations.models import Domain, Organization
from partner_access.organizations.team import memberships
from tests.factories import make_member, make_org
from tests.portal import Browser, Portal
from tests.threads import at_once

OLGA, SAM, KIM = "olga@acme.example", "sam@acme.example", "kim@acme.example"


@pytest.fixture
def acme(portal: Portal) -> Organization:
    """An organization whose people ask first, and its owner."""
    org = make_org(portal, policy="request")
    make_member(portal, org, OLGA, role="owner", name="Olga Owner")
    return org


@pytest.fixture
def olga(portal: Portal, acme: Organization) -> tuple[Browser, str]:
    """The owner's browser and the page of the domain's policy."""
    browser = portal.sign_in(OLGA)
    [page] = re.findall(r'href="(/orgs/acme/domains/[\w-]{36})"', browser.get("/orgs/acme/domains").text)
    return browser, f"{page}/policy"


def members(portal: Portal, org: Organization) -> set[str]:
    with portal.acting(), acting(SYSTEM, org.id):
        return {row.user.email for row in memberships.listing()}


def waiting(portal: Portal, org: Organization) -> set[str]:
    with portal.acting(), acting(SYSTEM, org.id):
        return {row.user.email for row in join_requests.waiting()}


def preview(browser: Browser, page: str, policy: str, **more: str) -> dict[str, str]:
    """Look at the preview; the form it would send."""
    html = browser.get(page, query_string={"policy": policy, **more}).get_data(as_text=True)
    seen = re.search(r'name="seen" value="([^"]+)"', html)
    assert seen, browser.text
    return {"policy": policy, "seen": seen[1], **more}


def by_dns(portal: Portal, name: str = "acme.example", **values: object) -> None:
    with portal.acting():
        session().execute(update(Domain).where(Domain.name == name).values(proof="dns", **values))


def test_looking_changes_nothing_and_saving_does_what_was_shown(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    browser, page = olga
    for email in (SAM, KIM, "info@acme.example", "sam+list@acme.example"):
        portal.arrive(email)
    form = preview(browser, page, "auto")
    assert "Let in at once (3)" in browser.text  # Sam is no member yet, so sam+list is nobody's second address
    assert "Left waiting for you (1)" in browser.text
    assert "mailbox that several people read" in browser.text
    assert members(portal, acme) == {OLGA}
    assert browser.post(page, form).status_code == 303
    assert members(portal, acme) == {OLGA, SAM, KIM, "sam+list@acme.example"}
    assert waiting(portal, acme) == {"info@acme.example"}
    assert len(portal.mails(SAM, "join-request-approved")) == 1
    fields = {"domain": "acme.example", "policy": "auto", "before": "request", "include_subdomains": False}
    counts = {"admitted": 3, "cut_off": 0, "offered": 0}
    assert portal.audited("domain.policy_changed") == [("own-choice", fields | counts)]


def test_who_was_removed_is_left_waiting(portal: Portal, acme: Organization, olga: tuple[Browser, str]) -> None:
    sam = make_member(portal, acme, SAM, name="Sam Berg")
    with portal.acting(), acting(SYSTEM, acme.id):
        [row] = [row for row in memberships.listing() if row.user_id == sam.id]
        memberships.remove(row, reason="test")
    portal.sign_in(SAM).post("/join/again", on="/join")
    browser, page = olga
    form = preview(browser, page, "auto")
    assert "Left waiting for you (1)" in browser.text
    browser.post(page, form)
    assert members(portal, acme) == {OLGA}


def test_closing_the_door_cuts_off_who_waits_and_tells_them_why(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    portal.arrive(SAM)
    browser, page = olga
    form = preview(browser, page, "closed")
    assert "Cut off (1)" in browser.text
    assert SAM in browser.text
    assert waiting(portal, acme) == {SAM}
    browser.post(page, form)
    assert waiting(portal, acme) == set()
    assert "by invitation only now" in portal.mails(SAM, "join-request-declined")[0].text


def test_members_stay_whatever_the_policy(portal: Portal, acme: Organization, olga: tuple[Browser, str]) -> None:
    make_member(portal, acme, SAM)
    browser, page = olga
    form = preview(browser, page, "closed")
    assert "2 of your members have an address here. They stay" in browser.text
    browser.post(page, form)
    assert members(portal, acme) == {OLGA, SAM}


def test_who_waits_for_another_reason_is_not_concerned(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    """A request that came by another domain of the organization."""
    with portal.acting():
        session().add(Domain(name="brand.example", org_id=acme.id, proof="staff", policy="request"))
    portal.arrive("lea@brand.example")
    browser, page = olga
    form = preview(browser, page, "auto")
    assert "lea@brand.example" not in browser.text
    browser.post(page, form)
    assert waiting(portal, acme) == {"lea@brand.example"}


def test_who_asks_between_the_look_and_the_save_is_shown_first(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    browser, page = olga
    form = preview(browser, page, "auto")
    portal.arrive(SAM)
    assert browser.post(page, form).status_code == 409
    assert "Somebody asked or was let in meanwhile." in browser.text
    assert SAM in browser.text
    assert members(portal, acme) == {OLGA}
    assert browser.post(page, {"policy": "auto"}).status_code == 409  # nobody saves what was not shown
    assert browser.post(page, preview(browser, page, "auto")).status_code == 303
    assert members(portal, acme) == {OLGA, SAM}


def test_two_admins_who_save_at_once_let_everybody_in_once(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    for email in (SAM, KIM):
        portal.arrive(email)
    browser, page = olga
    form = preview(browser, page, "auto") | {"csrf_token": browser._token(page)}
    cookie = browser.client.get_cookie("portal")
    assert cookie

    def press() -> int:
        client = portal.app.test_client()
        client.set_cookie("portal", cookie.value)
        return client.post(page, data=form).status_code

    answers = sorted(at_once(press, press, press))
    assert answers[0] == 303
    assert set(answers) <= {303, 409}
    assert members(portal, acme) == {OLGA, SAM, KIM}
    assert [len(portal.mails(email, "join-request-approved")) for email in (SAM, KIM)] == [1, 1]


# -- subdomains -------------------------------------------------------------------------------------------------------


def test_subdomains_need_proof_by_dns(portal: Portal, acme: Organization, olga: tuple[Browser, str]) -> None:
    browser, page = olga
    query = {"policy": "request", "include_subdomains": "y"}
    assert browser.get(page, query_string=query).status_code == 422
    assert "Subdomains need proof by DNS." in browser.text
    assert browser.post(page, query | {"seen": "0-0-0-0-0"}, on=page).status_code == 422
    by_dns(portal)
    browser.post(page, preview(browser, page, "request", include_subdomains="y"))
    lea = portal.arrive("lea@design.acme.example")
    lea.get("/join")
    assert lea.heading == "Wait for Acme to let you in"


def test_applicants_of_a_subdomain_become_requests_and_are_not_moved_silently(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    lea = portal.arrive("lea@design.acme.example")
    assert lea.get("/apply").status_code == 200
    by_dns(portal)
    browser, page = olga
    form = preview(browser, page, "auto", include_subdomains="y")
    assert "Asked to wait for you (1)" in browser.text
    browser.post(page, form)
    assert waiting(portal, acme) == {"lea@design.acme.example"}
    assert members(portal, acme) == {OLGA}


def test_a_subdomain_that_is_another_organizations_is_not_concerned(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    make_org(portal, "Design", domain="design.acme.example", policy="request")
    portal.arrive("lea@design.acme.example")
    by_dns(portal)
    browser, page = olga
    preview(browser, page, "auto", include_subdomains="y")
    assert "lea@design.acme.example" not in browser.text
    assert "Nobody of this domain is waiting" in browser.text


# -- offers: people who have a login ----------------------------------------------------------------------------------


def test_people_with_a_login_are_offered_to_join_and_not_moved(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    bolt = make_org(portal, "Bolt")
    sam = make_member(portal, bolt, SAM, name="Sam Berg")
    browser, page = olga
    form = preview(browser, page, "auto")
    assert "Offered to join (1)" in browser.text
    assert SAM not in browser.text
    browser.post(page, form)
    assert members(portal, acme) == {OLGA}
    assert "join Acme" in portal.mails(SAM, "domain-offer")[0].subject
    theirs = portal.sign_in(SAM)
    assert theirs.page is not None and theirs.get("/join").location == "/orgs/bolt/"  # as ever
    theirs.get("/me/organizations")
    assert "Acme lets you in" in theirs.text
    assert theirs.post(f"/join/{acme.id}", on="/me/organizations").location == "/orgs/acme/"
    assert members(portal, acme) == {OLGA, SAM}
    assert members(portal, bolt) == {SAM}
    assert portal.mails(OLGA, "joined")
    theirs.get("/me/organizations")
    assert "lets you in" not in theirs.text
    theirs.get("/join")
    assert theirs.heading == "Choose an organization"
    assert portal.audited("membership.created")[-1] == (
        "domain",
        {"role": "member", "provenance": "domain", "domain": "acme.example"},
    )
    assert sam.email == SAM


def test_switching_to_and_fro_mails_an_offer_once(
    portal: Portal, acme: Organization, olga: tuple[Browser, str]
) -> None:
    make_member(portal, make_org(portal, "Bolt"), SAM)
    browser, page = olga
    for choice in ("auto", "request", "auto"):
        browser.post(page, preview(browser, page, choice))
    assert len(portal.mails(SAM, "domain-offer")) == 1


def test_an_offer_ends_with_the_policy(portal: Portal, acme: Organization, olga: tuple[Browser, str]) -> None:
    make_member(portal, make_org(portal, "Bolt"), SAM)
    browser, page = olga
    browser.post(page, preview(browser, page, "auto"))
    sam = portal.sign_in(SAM)
    sam.get("/me/organizations")
    browser.post(page, preview(browser, page, "request"))
    assert sam.post(f"/join/{acme.id}", on="/me/organizations").status_code == 404
    assert members(portal, acme) == {OLGA}


@pytest.mark.parametrize("why", ["role mailbox", "removed", "lapsed"])
def test_nobody_is_offered_what_they_would_have_to_ask_for(portal: Portal, why: str) -> None:
    acme = make_org(portal)
    bolt = make_org(portal, "Bolt")
    email = "info@acme.example" if why == "role mailbox" else SAM
    make_member(portal, bolt, email)
    if why == "removed":
        with portal.acting(), acting(SYSTEM, acme.id):
            user = memberships.session().scalars(memberships.select(memberships.User)).one()
            row = memberships.create(user, "member", provenance="staff")
            memberships.remove(row, reason="test")
    if why == "lapsed":
        from_then = {"lapsed_at": acme.created_at, "missed_since": acme.created_at}
        by_dns(portal, **from_then)
    browser = portal.sign_in(email)
    browser.get("/me/organizations")
    assert "lets you in" not in browser.text
    assert browser.post(f"/join/{acme.id}", on="/me/security").status_code == 404


def test_one_offer_taken_five_times_at_once_is_one_membership(portal: Portal) -> None:
    acme = make_org(portal)
    make_member(portal, make_org(portal, "Bolt"), SAM)
    browser = portal.sign_in(SAM)
    token = browser._token("/me/organizations")
    cookie = browser.client.get_cookie("portal")
    assert cookie

    def press() -> int:
        client = portal.app.test_client()
        client.set_cookie("portal", cookie.value)
        return client.post(f"/join/{acme.id}", data={"csrf_token": token}).status_code

    assert sorted(at_once(*[press] * 5)) == [303, 404, 404, 404, 404]
    assert members(portal, acme) == {SAM}
    assert len([1 for reason, _ in portal.audited("membership.created") if reason == "domain"]) == 1
