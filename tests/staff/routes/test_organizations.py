"""The console's pages of organizations: found, looked through, paused, resumed, closed, given an owner."""

from __future__ import annotations

import pytest

from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.db import STAFF
from partner_access.organizations.directory import organizations
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from partner_access.permissions import StaffRole
from tests.factories import make_member, make_org, make_sign_up, make_user, staff_act
from tests.portal import PASSWORD, Browser, Portal

OLGA = "olga@acme.example"


def staff_browser(portal: Portal, name: str = "Ana Staff") -> Browser:
    """One of the programme's staff, signed in."""
    user = make_user(portal, f"{name.split()[0].lower()}@vendor.example", name=name)
    with portal.acting():
        sign_ins.grant_staff(user.email_key, StaffRole.STAFF)
    return portal.sign_in(user.email)


@pytest.fixture
def ana(portal: Portal) -> Browser:
    return staff_browser(portal)


@pytest.fixture
def acme(portal: Portal) -> Organization:
    org = make_org(portal)
    make_member(portal, org, OLGA, role="owner", name="Olga Owner")
    return org


def hidden(browser: Browser, path: str) -> str:
    """The newest decision that a form shows."""
    page = browser.get(path).text
    return page.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]


def shown(browser: Browser, query: str) -> list[str]:
    browser.get(f"/staff/orgs{query}")
    return [name for name in ("Acme", "Bolt", "Cask") if name in browser.text.partition("Partner since")[2]]


def test_organizations_are_found_by_name_slug_domain_and_website_and_by_state(portal: Portal, ana: Browser) -> None:
    acme, bolt = make_org(portal, domain="a-c-m-e.example"), make_org(portal, "Bolt")
    make_org(portal, "Cask")
    with portal.acting():
        organizations.fetch(bolt.id).website = "https://www.bolt-works.example/about"
    staff_act(portal, pauses.suspend, acme)
    assert shown(ana, "") == ["Acme", "Bolt", "Cask"]
    for query in ("q=ACM", "q=a-c-m-e.example", "state=paused"):
        assert shown(ana, f"?{query}") == ["Acme"]
    assert shown(ana, "?q=https://shop.bolt-works.example") == ["Bolt"] and shown(ana, "?state=active&q=o") == ["Bolt"]
    assert shown(ana, "?state=closed") == shown(ana, "?q=%25") == shown(ana, "?q=x%00y") == []
    assert shown(ana, "?after=bolt") == ["Cask"]
    assert ana.get("/staff/orgs?state=nothing").status_code == 404


def test_what_no_organization_is_called_is_found_nowhere_and_breaks_nothing(
    portal: Portal, ana: Browser, acme: Organization
) -> None:
    for after in ("%00", "a%00", "A b", ""):
        assert ana.get(f"/staff/orgs?after={after}").status_code == 404
    assert ana.post("/staff/orgs/acme/merge", {"into": "x" * 60_000, "reason": "x"}).status_code == 200
    assert ana.get(f"/staff/orgs?q={'%25' * 2000}").status_code == 200


def test_the_page_of_one_shows_its_people_its_credit_and_what_waits(
    portal: Portal, ana: Browser, acme: Organization
) -> None:
    with portal.acting(STAFF):
        organizations.fetch(acme.id).ownerless_since = now()
    ana.get("/staff/orgs/acme")
    assert ana.heading == "Acme"
    assert (
        "Olga Owner olga@acme.example Sign out Olga Owner Owner Active" in ana.text
        and "acme.example Proved by staff on" in ana.text
    )
    assert "What waits for you" in ana.text and "No owner here for 60 days" in ana.text
    assert ana.get("/staff/orgs/nobody").status_code == 404


def test_staff_read_what_a_pause_means_then_pause_and_resume_it(
    portal: Portal, ana: Browser, acme: Organization
) -> None:
    ana.get("/staff/orgs/acme/acts/pause")
    assert ana.heading == "Pause Acme" and "Told by mail, with your reason: 1 owner or admin." in ana.text
    assert ana.post("/staff/orgs/acme/acts/pause", {"reason": " "}).status_code == 422
    assert ana.post("/staff/orgs/acme/acts/pause", {"reason": "Unpaid."}).location == "/staff/orgs/acme"
    ana.get("/staff/orgs/acme")
    assert "Ana Staff paused it" in ana.text and "Unpaid." in ana.text and "until now" in ana.text
    ana.get("/staff/orgs/acme/acts/pause")
    assert "Acme is paused, so there is nothing to do here." in ana.text
    assert ana.post("/staff/orgs/acme/acts/resume", {"reason": "Paid."}).status_code == 303
    assert len(portal.mails(OLGA, "org-resumed")) == 1


def test_who_comes_second_reads_what_the_first_decided(portal: Portal, ana: Browser, acme: Organization) -> None:
    ben, path = staff_browser(portal, "Ben Staff"), "/staff/orgs/acme/acts/close"
    seen = hidden(ben, path)
    ana.post("/staff/orgs/acme/acts/pause", {"reason": "First we talk."})
    answer = ben.post(path, {"reason": "They cheat.", "seen": seen})
    assert answer.status_code == 409
    assert "This was not done: Ana Staff paused Acme on" in ben.text and "“First we talk.”" in ben.text
    with portal.acting():
        assert organizations.fetch(acme.id).state == "paused"
    assert ben.post(path, {"reason": "They cheat.", "seen": hidden(ben, path)}).status_code == 303


def test_closing_says_what_ends_and_what_stays(portal: Portal, ana: Browser, acme: Organization) -> None:
    make_sign_up(portal, "client.example", referral="acme")
    ana.get("/staff/orgs/acme/acts/close")
    assert "This is for good." in ana.text and "Free for others: its e-mail domains (acme.example)." in ana.text
    ana.post("/staff/orgs/acme/acts/close", {"reason": "They asked for it."})
    ana.get("/staff/orgs/acme")
    assert "Closed on" in ana.text and "Invite an owner" not in ana.text


def test_staff_found_an_organization_with_an_owner(portal: Portal, ana: Browser) -> None:
    form = {"name": "Dune", "domain": "dune.example", "policy": "request", "owner": "eve@dune.example"}
    assert ana.post("/staff/found-org", form).status_code == 422
    assert "Give the reason." in ana.text and 'value="dune.example"' in ana.page.text
    assert ana.post("/staff/found-org", form | {"reason": "Met them."}).location == "/staff/orgs/dune"
    browser, link = portal.browser(), portal.link("eve@dune.example", "owner-welcome")
    assert browser.post(link, {"name": "Eve", "password": PASSWORD}).location == "/orgs/dune/"
    assert ana.post("/staff/found-org", form | {"name": "Dune Two", "reason": "Again."}).status_code == 422
    assert "already the domain of another organization" in ana.text


def test_staff_invite_an_owner_or_make_a_member_one(portal: Portal, ana: Browser, acme: Organization) -> None:
    make_member(portal, acme, "mia@acme.example", name="Mia Member")
    path = "/staff/orgs/acme/owner"
    for _ in range(2):
        ana.post(path, {"email": "new@elsewhere.example", "reason": "Their lawyer says so."})
    assert len(portal.mails("new@elsewhere.example", "invitation")) == 1
    ana.post(path, {"email": "mia@acme.example", "reason": "Their lawyer says so."})
    with portal.acting(org=acme.id):
        assert {row.user.name: row.role for row in memberships.listing()} == {
            "Olga Owner": "owner",
            "Mia Member": "owner",
        }
    assert ana.post(path, {"email": OLGA, "reason": "Once more."}).status_code == 422
    assert "Olga Owner is an owner already." in ana.text


def test_staff_make_one_organization_part_of_another_after_they_saw_what_comes_over(
    portal: Portal, ana: Browser, acme: Organization
) -> None:
    bolt = make_org(portal, "Bolt")
    make_member(portal, bolt, "bea@bolt.example", role="owner", name="Bea Bolt")
    ana.get("/staff/orgs/bolt/merge?into=ac")
    assert "/staff/orgs/bolt/merge?into=acme" in ana.page.text
    ana.get("/staff/orgs/bolt/merge?into=acme")
    assert ana.heading == "Make Bolt part of Acme"
    assert "People: 1 join Acme" in ana.text and "Doors: bolt.example with proof and policy" in ana.text
    ben, form = staff_browser(portal, "Ben Staff"), {"into": "acme", "reason": "Acme bought Bolt."}
    seen = hidden(ben, "/staff/orgs/bolt/merge?into=acme")
    assert ana.post("/staff/orgs/bolt/merge?into=acme", form).location == "/staff/orgs/acme"
    assert ben.post("/staff/orgs/bolt/merge?into=acme", form | {"seen": seen}).status_code == 409
    assert "Ana Staff merged Bolt into another organization on" in ben.text
    ana.get("/staff/orgs/acme")
    assert "Bolt became part of it on" in ana.text and "Bea Bolt" in ana.text
    ana.get("/staff/orgs/bolt")
    assert "Part of Acme since" in ana.text and "Make part of another" not in ana.text


def test_the_commands_do_the_same(portal: Portal, acme: Organization) -> None:
    make_org(portal, "Bolt")
    why = ("--reason", "It was agreed.")
    for act, told in (("suspend", "paused"), ("resume", "active"), ("suspend", "paused")):
        assert portal.run("org", act, "acme", *why).output == f"{told}\n"
    assert "Acme is paused" in portal.run("org", "merge", "bolt", "acme", *why).output
    portal.run("org", "resume", "acme", *why)
    assert "people who come 0\n" in portal.run("org", "merge", "bolt", "acme", *why, "--preview").output
    assert portal.run("org", "merge", "bolt", "acme", *why).output.endswith("bolt is part of acme\n")
    assert portal.run("org", "close", "acme", *why).output == "closed\n"
    assert "A command closed Acme on" in portal.run("org", "close", "acme", "--reason", "Once more.").output
    assert portal.run("org", "close", "nobody", *why).exit_code == 1


def test_staff_limit_the_leads_of_one_organization_by_page_and_by_command(
    portal: Portal, ana: Browser, acme: Organization
) -> None:
    page = "/staff/orgs/acme/lead-limit"
    assert ana.post(page, {"limit": "40", "reason": "A big list."}, on=page).status_code == 303
    ana.get("/staff/orgs/acme")
    assert "Leads 0, of them open 0 of 40" in ana.text and "Ana Staff let it have 40 open leads" in ana.text
    told = portal.run("org", "lead-limit", "acme", "--reason", "Over.")
    assert told.output == "open leads\t0 of 25\n"
    assert portal.run("org", "lead-limit", "acme", "20000", "--reason", "More.").exit_code != 0


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"limit": "many", "reason": "So."}, "limit", "Enter a whole number, or leave it empty."),
        ({"limit": "20000", "reason": "So."}, "limit", "Enter a whole number from 0 to 10,000, or leave it empty."),
        ({"limit": "40", "reason": " "}, "reason", "Give the reason."),
    ],
)
def test_a_limit_that_cannot_be_is_refused_beside_its_field_with_the_form_filled(
    ana: Browser, acme: Organization, typed: dict[str, str], field: str, sentence: str
) -> None:
    page = "/staff/orgs/acme/lead-limit"
    answer = ana.post(page, typed, on=page)
    assert answer.status_code == 422 and sentence in answer.text.partition(f'id="{field}-error"')[2]
    assert f'value="{typed["limit"]}"' in answer.text
