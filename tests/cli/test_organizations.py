"""`flask org create` and `flask staff create`: organizations and the vendor's people, made without a page."""

from __future__ import annotations

import pytest
import time_machine

from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.db import SYSTEM, acting
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import invitations
from partner_access.organizations.team import memberships
from partner_access.permissions import StaffRole
from tests.factories import make_user
from tests.portal import PASSWORD, Portal

OLGA = "olga@acme.example"


def created(portal: Portal, *more: str) -> str:
    done = portal.run("org", "create", "Acme", "--domain", "Acme.example", *more)
    assert done.exit_code == 0, done.output
    return str(done.output).strip()


def team(portal: Portal) -> dict[str, tuple[str, str]]:
    with portal.acting():
        acme = organizations.find("acme")
        assert acme is not None
        with acting(SYSTEM, acme.id):
            return {row.user.email: (row.role, row.provenance) for row in memberships.listing()}


def test_a_new_organization_has_its_domain_proved_by_staff(portal: Portal) -> None:
    assert created(portal, "--policy", "request") == "acme"
    with portal.acting():
        [row] = organizations.domains_of(organizations.found(organizations.find("acme")).id)
    assert (row.name, row.proof, row.policy) == ("acme.example", "staff", "request")


@pytest.mark.parametrize(
    ("domain", "sentence"),
    [
        ("gmail.com", "Anyone can have a mailbox there"),
        ("guerrillamail.com", "throw-away mailboxes"),
        ("co.uk", "an ending many organizations share"),
        ("acme", "The ending is missing"),
        ("10.0.0.1", "An IP address cannot be claimed"),
    ],
)
def test_a_domain_that_nobody_can_claim_is_refused_in_one_sentence(portal: Portal, domain: str, sentence: str) -> None:
    done = portal.run("org", "create", "Acme", "--domain", domain)
    assert done.exit_code == 1
    assert sentence in done.output


def test_a_domain_belongs_to_one_organization(portal: Portal) -> None:
    created(portal)
    done = portal.run("org", "create", "Bolt", "--domain", "acme.example")
    assert done.exit_code == 1
    assert "already the domain of another organization" in done.output
    with portal.acting():
        assert organizations.find("bolt") is None


def test_an_owner_who_has_a_login_is_owner_at_once(portal: Portal) -> None:
    make_user(portal, OLGA)
    created(portal, "--owner", OLGA)
    assert team(portal) == {OLGA: ("owner", "staff")}
    assert portal.sign_in(OLGA).get("/join").location == "/orgs/acme/"


def test_an_owner_without_a_login_chooses_a_password_and_may_correct_the_name(portal: Portal) -> None:
    created(portal, "--owner", OLGA)
    assert team(portal) == {}
    link, browser = portal.link(OLGA, "owner-welcome"), portal.browser()
    page = browser.get(link)
    assert browser.heading == "Set up your login"
    assert 'value="Olga"' in page.text
    assert browser.post(link, {"name": "Olga Owner", "password": PASSWORD}).location == "/orgs/acme/"
    assert team(portal) == {OLGA: ("owner", "invitation")}
    browser.get("/orgs/acme/team")
    assert "Olga Owner (you)" in browser.text
    assert portal.browser().post(link, {"password": PASSWORD}, on="/help").location == link


def test_the_name_of_an_owner_may_be_left_as_it_was_guessed(portal: Portal) -> None:
    created(portal, "--owner", OLGA)
    browser = portal.browser()
    browser.post(portal.link(OLGA), {"name": "", "password": PASSWORD})
    assert 'value="Olga"' in browser.get("/me").text


def test_an_owner_who_asks_for_an_account_instead_is_owner_too(portal: Portal) -> None:
    created(portal, "--owner", OLGA)
    portal.arrive(OLGA)
    assert team(portal) == {OLGA: ("owner", "invitation")}


def test_an_owner_whose_link_ran_out_gets_another_and_is_owner_still(portal: Portal) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        created(portal, "--owner", OLGA)
        link, browser = portal.link(OLGA), portal.browser()
        clock.shift(invitations.LIFE)
        assert browser.get(link).status_code == 410
        browser.post(f"{link}/again", on=link)
        browser.post(portal.link(OLGA), {"password": PASSWORD})
    assert team(portal) == {OLGA: ("owner", "invitation")}
    assert portal.audited("invitation.sent")[-1] == ("renewed", {"role": "owner"})


def test_who_applied_before_the_organization_was_created_asks_it_to_be_let_in(portal: Portal) -> None:
    browser = portal.arrive("sam@acme.example")
    created(portal, "--owner", OLGA)
    browser.get("/join")
    assert browser.heading == "Wait for Acme to let you in"


def test_one_of_the_vendors_people_sets_a_password_and_comes_to_the_console(portal: Portal) -> None:
    link = portal.run("staff", "create", "vera@vendor.example").output.strip()
    path = link.removeprefix("http://localhost")
    browser = portal.browser()
    assert browser.post(path, {"name": "Vera", "password": PASSWORD}).location == "/join"
    browser.get("/join", follow_redirects=True)
    assert browser.heading == "What waits for you"
    assert portal.audited("entry.decided")[-1] == ("programme-staff", {"outcome": "wait", "domain": None})
    assert portal.run("applications", "list").output == ""
    assert portal.audited("staff.granted") == [("command", {})]


def test_one_of_the_vendors_people_who_has_a_login_gets_a_link_for_a_new_password(portal: Portal) -> None:
    make_user(portal, "vera@vendor.example")
    link = portal.run("staff", "create", "vera@vendor.example").output.strip()
    assert link.startswith("http://localhost/reset-password/")
    assert portal.run("staff", "create", "vera@vendor.example").exit_code == 0
    with portal.acting():
        user = sign_ins.find("vera@vendor.example")
        assert user and sign_ins.staff_role(user) == StaffRole.STAFF


def test_being_staff_needs_the_proved_mailbox(portal: Portal) -> None:
    portal.run("staff", "create", "vera@vendor.example")
    mallory = portal.arrive("mallory@vendor.example")
    assert mallory.get("/join").location == "/apply"
