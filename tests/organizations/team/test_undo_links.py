from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.lifecycle import org_mergers
from partner_access.db import STAFF, SYSTEM, acting, session
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.team import memberships
from partner_access.permissions import Role
from tests.factories import make_member, make_org
from tests.portal import Portal

OLGA, SAM = "olga@acme.example", "sam@acme.example"


@pytest.fixture
def acme(portal: Portal) -> Organization:
    org = make_org(portal)
    make_member(portal, org, OLGA, role="owner", name="Olga Owner")
    return org


def membership(portal: Portal, org: Organization, email: str) -> Membership | None:
    with portal.acting(), acting(SYSTEM, org.id):
        return next((row for row in memberships.listing() if row.user.email == email), None)


def test_an_owner_who_is_not_signed_in_undoes_a_joining_with_one_button(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive(SAM)
    link, browser = portal.link(OLGA, "joined"), portal.browser()
    browser.get(link)
    assert browser.heading == "Is Sam Berg not one of you?"
    assert SAM in browser.text
    assert "Joined by e-mail domain" in browser.text
    assert sam.get("/orgs/acme/team").status_code == 200
    assert browser.post(link).location == link
    browser.get(link)
    assert browser.heading == "Sam Berg is not in Acme any more"
    assert sam.get("/orgs/acme/team").status_code == 404
    assert portal.audited("membership.removed") == [("not-one-of-us", {})]


def test_undoing_twice_is_no_mistake_and_leaves_one_tombstone(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    link, browser = portal.link(OLGA, "joined"), portal.browser()
    for _ in range(2):
        assert browser.post(link, on=link).status_code in (303, 400)
        assert browser.get(link).status_code == 200
    assert len(portal.audited("membership.removed")) == 1
    assert membership(portal, acme, SAM) is None


def test_who_was_removed_so_comes_back_only_by_an_admin(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive(SAM)
    link = portal.link(OLGA, "joined")
    portal.browser().post(link)
    sam.post("/join/again", on="/join")
    sam.get("/join")
    assert sam.heading == "Wait for Acme to let you in"
    assert membership(portal, acme, SAM) is None


def test_a_link_of_an_earlier_joining_removes_nobody_who_was_let_in_again(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive(SAM)
    link, browser = portal.link(OLGA, "joined"), portal.browser()
    browser.post(link)
    sam.post("/join/again", on="/join")
    olga = portal.sign_in(OLGA)
    [approve] = re.findall(r"/orgs/acme/team/requests/[0-9a-f-]+/approve", olga.get("/orgs/acme/team").text)
    olga.post(approve, on="/orgs/acme/team")
    assert browser.get(link).status_code == 410
    assert "was let in again after this mail" in browser.text
    assert browser.post(link, on="/sign-in").status_code == 410
    assert membership(portal, acme, SAM) is not None


def test_the_link_works_for_14_days_and_then_says_until_when(portal: Portal, acme: Organization) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        portal.arrive(SAM)
        link, browser = portal.link(OLGA, "joined"), portal.browser()
        clock.shift(memberships.UNDO_LIFE)
        assert browser.get(link).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert browser.get(link).status_code == 410
        assert re.search(r"It worked for 14 days, until \d+ \w+ \d{4}\.", browser.text)
        assert browser.post(link, on="/sign-in").status_code == 410
    assert membership(portal, acme, SAM) is not None


def test_a_forged_link_is_a_404(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    link, browser = portal.link(OLGA, "joined"), portal.browser()
    for forged in (link[:-3] + "xxx", "/undo-join/x", link.partition(".")[0]):
        assert browser.get(forged).status_code == 404
        assert browser.post(forged, on="/sign-in").status_code == 404
    assert membership(portal, acme, SAM) is not None


def test_the_link_of_somebody_who_is_no_owner_any_more_removes_nobody(portal: Portal, acme: Organization) -> None:
    make_member(portal, acme, "second@acme.example", role="owner")
    portal.arrive(SAM)
    link = portal.link(OLGA, "joined")
    with portal.acting(), acting(SYSTEM, acme.id):
        [olga] = [row for row in memberships.listing() if row.user.email == OLGA]
        memberships.remove(olga, reason="test")
    assert portal.browser().post(link, on="/sign-in").status_code == 404
    assert membership(portal, acme, SAM) is not None


# -- after the organization became part of another one


def merge(portal: Portal, gone: Organization, stays: Organization) -> None:
    with portal.acting(STAFF):
        org_mergers.merge_into(organizations.fetch(gone.id), organizations.fetch(stays.id), "Bolt bought Acme.")


def admit(portal: Portal, org: Organization, email: str) -> None:
    """Somebody with a login is a member there too."""
    with portal.acting(), acting(SYSTEM, org.id):
        user = session().scalars(select(User).where(User.email == email)).one()
        memberships.create(user, Role.MEMBER, provenance="staff")


@pytest.fixture
def bolt(portal: Portal) -> Organization:
    org = make_org(portal, "Bolt")
    make_member(portal, org, "bea@bolt.example", role="owner", name="Bea Bolt")
    return org


def test_after_a_merger_the_link_removes_from_the_organization_that_goes_on(
    portal: Portal, acme: Organization, bolt: Organization
) -> None:
    sam = portal.arrive(SAM)
    link, browser = portal.link(OLGA, "joined"), portal.browser()
    cask = make_org(portal, "Cask")
    make_member(portal, cask, role="owner")
    merge(portal, acme, bolt)
    merge(portal, bolt, cask)
    browser.get(link)
    assert "Remove Sam Berg from Cask" in browser.text
    for _ in range(2):
        browser.post(link, on=link)
    browser.get(link)
    assert browser.heading == "Sam Berg is not in Cask any more"
    assert sam.get("/orgs/cask/team").status_code == 404
    assert portal.audited("membership.removed") == [("not-one-of-us", {})]
    with portal.acting(), acting(SYSTEM, cask.id):
        gone = session().scalars(select(Membership).where(Membership.removed_at.is_not(None)))
        assert [row.user.email for row in gone] == [SAM]


@pytest.mark.parametrize("case", ["in their own way", "by an earlier merger", "the owner is a member", "an owner"])
def test_where_that_is_not_the_owners_to_say_the_link_tells_where_it_is_done(
    portal: Portal, acme: Organization, bolt: Organization, case: str
) -> None:
    portal.arrive(SAM)
    link, browser = portal.link(OLGA, "joined"), portal.browser()
    if case == "in their own way":
        admit(portal, bolt, SAM)
    elif case == "by an earlier merger":
        cask = make_org(portal, "Cask")
        admit(portal, cask, SAM)
        merge(portal, cask, bolt)
    elif case == "the owner is a member":
        admit(portal, bolt, OLGA)
    merge(portal, acme, bolt)
    if case == "an owner":
        with portal.acting(), acting(SYSTEM, bolt.id):
            [row] = [row for row in memberships.listing() if row.user.email == SAM]
            memberships.change_role(row, Role.OWNER)
    assert browser.get(link).status_code == 410
    assert "Acme became part of Bolt on" in browser.text
    assert "Ask an owner or admin there to remove Sam Berg." in browser.text
    assert browser.post(link, on="/sign-in").status_code == 410
    assert membership(portal, bolt, SAM) is not None


def test_an_owner_who_was_removed_after_the_merger_removes_nobody(
    portal: Portal, acme: Organization, bolt: Organization
) -> None:
    portal.arrive(SAM)
    link = portal.link(OLGA, "joined")
    merge(portal, acme, bolt)
    with portal.acting(), acting(SYSTEM, bolt.id):
        [olga] = [row for row in memberships.listing() if row.user.email == OLGA]
        memberships.remove(olga, reason="team-decided")
    assert portal.browser().post(link, on="/sign-in").status_code == 410
    assert membership(portal, bolt, SAM) is not None
