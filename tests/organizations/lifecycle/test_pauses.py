"""Pauses: staff shut an organization out for a time, its people read why, and every pause is kept."""

from __future__ import annotations

from functools import partial

import pytest

from partner_access.accounts import sign_ins
from partner_access.db import STAFF, Actor
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import organizations
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from tests.factories import make_org, make_user, staff_act
from tests.portal import Portal
from tests.threads import at_once

OLGA, ADAM, MIA = "olga@acme.example", "adam@acme.example", "mia@acme.example"


def state(portal: Portal, org: Organization) -> str:
    with portal.acting():
        return organizations.fetch(org.id).state


def test_owners_and_admins_are_mailed_the_reason_and_what_it_means(portal: Portal, acme: Organization) -> None:
    staff_act(portal, pauses.suspend, acme, "Your invoices do not add up.")
    told = portal.mails(name="org-paused")
    assert sorted(mail.to for mail in told) == [ADAM, OLGA]
    assert "Their reason: Your invoices do not add up." in told[0].text and "What it has earned stays" in told[0].text
    staff_act(portal, pauses.resume, acme, "They do now.")
    assert sorted(mail.to for mail in portal.mails(name="org-resumed")) == [ADAM, OLGA]
    assert portal.audited("organization.paused") == portal.audited("organization.resumed") == [("staff-decided", {})]


def test_sent_twice_is_the_same_and_whoever_comes_second_reads_the_first_decision(
    portal: Portal, acme: Organization
) -> None:
    ana, ben = (make_user(portal, f"{name}@vendor.example", name=name.title()) for name in ("ana", "ben"))
    for _ in range(2):
        with portal.acting(Actor("staff", ana.id)):
            pauses.suspend(organizations.fetch(acme.id), "We talk to them first.")
    told = pytest.raises(Conflict, match=r"Ana paused Acme on .*: “We talk to them first.”")
    with told, portal.acting(Actor("staff", ben.id)):
        pauses.suspend(organizations.fetch(acme.id), "They do not pay.")
    assert len(portal.mails(OLGA, "org-paused")) == 1


def test_a_form_that_shows_an_older_decision_is_not_taken(portal: Portal, acme: Organization) -> None:
    staff_act(portal, pauses.suspend, acme, "First.")
    staff_act(portal, pauses.resume, acme, "Second.")
    with pytest.raises(Conflict, match=r"resumed Acme on .*: “Second.”"), portal.acting(STAFF):
        pauses.suspend(organizations.fetch(acme.id), "Third.", seen="")
    assert state(portal, acme) == "active"


def test_it_needs_a_reason(portal: Portal, acme: Organization) -> None:
    with pytest.raises(Invalid):
        staff_act(portal, pauses.suspend, acme, " ")
    assert state(portal, acme) == "active"


def test_two_of_staff_at_once_pause_it_once(portal: Portal, acme: Organization) -> None:
    people = [make_user(portal, f"staff{number}@vendor.example") for number in range(3)]

    def pause(number: int) -> str:
        try:
            with portal.acting(Actor("staff", people[number].id)):
                pauses.suspend(organizations.fetch(acme.id), f"Reason {number}.")
        except Conflict:
            return "second"
        return "first"

    assert sorted(at_once(*(partial(pause, number) for number in range(3)))) == ["first", "second", "second"]
    with portal.acting():
        assert len(pauses.of(acme.id)) == 1


def test_people_of_its_domain_are_told_that_they_cannot_join_now(portal: Portal, acme: Organization) -> None:
    staff_act(portal, pauses.suspend, acme)
    browser = portal.arrive("new@acme.example")
    browser.get("/join")
    assert browser.heading == "Acme is paused"
    staff_act(portal, pauses.resume, acme)
    browser.get("/join")
    assert browser.heading != "Acme is paused"


def test_its_people_still_get_into_their_other_organizations(portal: Portal, acme: Organization) -> None:
    bolt = make_org(portal, "Bolt")
    with portal.acting(org=bolt.id):
        mia = sign_ins.find(MIA)
        assert mia is not None
        memberships.create(mia, "member", provenance="staff")
    browser = portal.sign_in(MIA)
    staff_act(portal, pauses.suspend, acme)
    assert browser.get("/orgs/acme/").status_code == 403
    assert browser.get("/orgs/bolt/").status_code == 200
    assert browser.post("/orgs/acme/referral-links", {"label": "Fair"}, on="/me").status_code == 403
