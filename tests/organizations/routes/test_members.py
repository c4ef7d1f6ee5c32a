"""One person of the team: how they came, and what owners and admins decide about them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine

from partner_access.clock import now
from partner_access.db import SYSTEM, acting
from partner_access.errors import Conflict
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.team import memberships
from partner_access.organizations.words import how_it_came
from partner_access.permissions import Role, gives
from tests.factories import make_member, make_org
from tests.portal import Browser, Portal

OLGA, ADAM, MIA, SAM = "olga@acme.example", "adam@acme.example", "mia@acme.example", "sam@acme.example"


def of(portal: Portal, org: Organization, email: str) -> Membership:
    with portal.acting(), acting(SYSTEM, org.id):
        return next(row for row in memberships.listing() if row.user.email == email)


def page_of(portal: Portal, org: Organization, email: str) -> str:
    return f"/orgs/acme/team/{of(portal, org, email).id}"


def decide(browser: Browser, page: str, act: str, **form: str) -> int:
    return browser.post(f"{page}/{act}", form, on="/orgs/acme/team").status_code


# -- pure


@pytest.mark.parametrize(
    ("role", "may_give"),
    [(Role.OWNER, [Role.OWNER, Role.ADMIN, Role.MEMBER]), (Role.ADMIN, [Role.ADMIN, Role.MEMBER]), (Role.MEMBER, [])],
)
def test_nobody_gives_a_role_above_their_own(role: Role, may_give: list[Role]) -> None:
    assert gives(role) == may_give


@pytest.mark.parametrize(
    ("provenance", "slots", "sentence"),
    [
        ("domain", {"via": "acme.example"}, "Joined by e-mail domain acme.example"),
        ("domain", {}, "Joined by e-mail domain"),
        ("invitation", {"by": "Olga Owner"}, "Was invited by Olga Owner"),
        ("invitation", {"by": "Olga", "via": "ana@gmail.com"}, "Was invited by Olga, at ana@gmail.com"),
        ("join-request", {"by": "Adam Admin"}, "Asked to join and was let in by Adam Admin"),
        ("application", {"via": "acme.example"}, "Founded the organization"),
        ("staff", {}, "Was added by the programme"),
        ("merged", {}, "Came with an organization that became part of this one"),
    ],
)
def test_how_a_membership_came_to_be(provenance: str, slots: dict[str, str], sentence: str) -> None:
    assert how_it_came(provenance, **slots) == sentence


# -- pages


def test_everybody_sees_how_each_person_came_and_only_who_may_sees_what_to_decide(
    portal: Portal, acme: Organization
) -> None:
    portal.arrive(SAM)
    page = page_of(portal, acme, SAM)
    for email, decides in ((MIA, False), (ADAM, True), (OLGA, True)):
        browser = portal.sign_in(email)
        assert browser.get(page).status_code == 200
        assert "Joined by e-mail domain acme.example" in browser.text
        assert ("Change the role" in browser.text) is decides
        assert ("Remove Sam Berg" in browser.text) is decides
        assert ("Not one of us" in browser.text) is decides
    admin = portal.sign_in(ADAM)
    admin.get(page_of(portal, acme, OLGA))
    assert "Change the role" not in admin.text


def test_an_owner_makes_an_admin_and_the_person_is_told(portal: Portal, acme: Organization) -> None:
    olga, page = portal.sign_in(OLGA), page_of(portal, acme, MIA)
    assert decide(olga, page, "role", role="admin") == 303
    olga.get(page)
    assert "The role of Mia Member is now admin." in olga.text
    assert of(portal, acme, MIA).role == "admin"
    assert "Your role at Acme is now admin. It was member." in portal.mails(MIA, "membership-changed")[0].text
    assert portal.audited("membership.role_changed") == [("team-decided", {"role": "admin", "before": "member"})]
    assert decide(olga, page, "role", role="admin") == 303
    assert len(portal.audited("membership.role_changed")) == 1


@pytest.mark.parametrize(
    ("by", "whom", "act", "role"),
    [
        (ADAM, MIA, "role", "owner"),
        (ADAM, OLGA, "role", "member"),
        (ADAM, OLGA, "suspend", ""),
        (ADAM, OLGA, "resume", ""),
        (ADAM, OLGA, "remove", ""),
        (ADAM, ADAM, "role", "owner"),
        (MIA, MIA, "role", "admin"),
        (MIA, ADAM, "suspend", ""),
        (MIA, ADAM, "remove", ""),
    ],
)
def test_nobody_decides_above_their_own_role(
    portal: Portal, acme: Organization, by: str, whom: str, act: str, role: str
) -> None:
    make_member(portal, acme, "second@acme.example", role="owner")
    browser, before = portal.sign_in(by), of(portal, acme, whom)
    assert decide(browser, page_of(portal, acme, whom), act, role=role) == 403
    assert "Only" in browser.text or "owners and admins" in browser.text
    after = of(portal, acme, whom)
    assert (after.role, after.state) == (before.role, before.state)


@pytest.mark.parametrize("role", ["", "king", "OWNER", "owner "])
def test_a_role_that_is_none_is_told_at_the_field(portal: Portal, acme: Organization, role: str) -> None:
    olga = portal.sign_in(OLGA)
    assert decide(olga, page_of(portal, acme, MIA), "role", role=role) == 422
    assert of(portal, acme, MIA).role == "member"


def test_the_last_owner_neither_steps_down_nor_leaves(portal: Portal, acme: Organization) -> None:
    olga, page = portal.sign_in(OLGA), page_of(portal, acme, OLGA)
    assert decide(olga, page, "role", role="member") == 303
    assert "An organization always has an owner." in olga.get(page).text
    assert olga.post("/orgs/acme/team/leave").location == "/orgs/acme/team"
    assert "An organization always has an owner." in olga.get("/orgs/acme/team").text
    assert of(portal, acme, OLGA).role == "owner"


def test_a_suspended_owner_does_not_count_as_one(portal: Portal, acme: Organization) -> None:
    make_member(portal, acme, "second@acme.example", role="owner")
    olga = portal.sign_in(OLGA)
    assert decide(olga, page_of(portal, acme, "second@acme.example"), "suspend") == 303
    assert of(portal, acme, "second@acme.example").state == "suspended"
    olga.post("/orgs/acme/team/leave")
    assert of(portal, acme, OLGA).state == "active"


def test_ownership_passes_on_in_two_steps(portal: Portal, acme: Organization) -> None:
    olga = portal.sign_in(OLGA)
    decide(olga, page_of(portal, acme, MIA), "role", role="owner")
    decide(olga, page_of(portal, acme, OLGA), "role", role="member")
    assert (of(portal, acme, MIA).role, of(portal, acme, OLGA).role) == ("owner", "member")
    assert decide(olga, page_of(portal, acme, MIA), "role", role="member") == 403


def test_who_is_suspended_is_out_at_the_next_click_and_back_with_the_same_role(
    portal: Portal, acme: Organization
) -> None:
    adam, olga = portal.sign_in(ADAM), portal.sign_in(OLGA)
    page = page_of(portal, acme, ADAM)
    assert adam.get("/orgs/acme/").status_code == 200
    assert decide(olga, page, "suspend") == 303
    assert "Suspended" in olga.get("/orgs/acme/team").text
    for path in ("/orgs/acme/", "/orgs/acme/team"):
        assert adam.get(path).status_code == 404
    adam.get("/join")
    assert adam.heading == "Your access to Acme is suspended"
    adam.post("/join/again", on="/join")
    assert adam.get("/orgs/acme/").status_code == 404
    assert decide(olga, page, "resume") == 303
    assert adam.get("/join").location == "/orgs/acme/"
    assert of(portal, acme, ADAM).role == "admin"
    assert [mail.subject for mail in portal.mails(ADAM, "membership-changed")] == [
        "Your access to Acme is suspended. An owner or admin there can resume it.",
        "Your access to Acme is back, and your role there is admin.",
    ]


@pytest.mark.parametrize("act", ["suspend", "remove"])
def test_nobody_shuts_themselves_out(portal: Portal, acme: Organization, act: str) -> None:
    make_member(portal, acme, "second@acme.example", role="owner")
    olga = portal.sign_in(OLGA)
    assert decide(olga, page_of(portal, acme, OLGA), act) == 303
    assert "That is yourself." in olga.get("/orgs/acme/team").text
    assert of(portal, acme, OLGA).state == "active"


def test_a_page_that_was_open_when_its_reader_was_removed_does_nothing_any_more(
    portal: Portal, acme: Organization
) -> None:
    adam, olga = portal.sign_in(ADAM), portal.sign_in(OLGA)
    mia, page = page_of(portal, acme, MIA), page_of(portal, acme, ADAM)
    token = adam._token("/orgs/acme/team")
    assert decide(olga, page, "remove") == 303
    form = {"csrf_token": token, "company": "X", "website": "x.example"}
    for path in (f"{mia}/suspend", f"{mia}/remove", "/orgs/acme/leads/new", "/orgs/acme/team/leave"):
        assert adam.client.post(path, data=form).status_code == 404
    assert of(portal, acme, MIA).is_active
    assert adam.get("/me").status_code == 200, "the login stays theirs"


def test_leaving_leaves_no_tombstone(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive(SAM)
    assert sam.post("/orgs/acme/team/leave").location == "/join"
    assert sam.get("/orgs/acme/team").status_code == 404
    sam.get("/join")
    assert sam.heading == "Join Acme"
    assert sam.post("/join/again", on="/join").location == "/orgs/acme/"
    assert portal.audited("membership.left") == [("own-choice", {})]


def test_a_removed_person_stays_on_their_page_as_removed(portal: Portal, acme: Organization) -> None:
    olga, page = portal.sign_in(OLGA), page_of(portal, acme, MIA)
    assert decide(olga, page, "remove") == 303
    olga.get(page)
    assert "Mia Member is removed" in olga.text
    assert "Should they come again, an owner or admin is asked first." in olga.text
    assert "Change the role" not in olga.text
    for act in ("suspend", "resume", "role"):
        assert decide(olga, page, act, role="owner") == 303
        assert "Mia Member is not in the team any more." in olga.get(page).text
    assert decide(olga, page, "remove") == 303
    assert len(portal.audited("membership.removed")) == 1
    assert "an owner or admin there removed you" in portal.mails(MIA, "membership-changed")[0].text


# -- "Not one of us" on the page


@pytest.mark.parametrize("by", [OLGA, ADAM])
def test_not_one_of_us_is_one_click_on_the_team_page(portal: Portal, acme: Organization, by: str) -> None:
    sam, browser = portal.arrive(SAM), portal.sign_in(by)
    page = page_of(portal, acme, SAM)
    assert f"{page}/not-one-of-us" in browser.get("/orgs/acme/team").text
    assert decide(browser, page, "not-one-of-us") == 303
    assert "Undone. Sam Berg sees nothing of the portal any more." in browser.get("/orgs/acme/team").text
    assert sam.get("/orgs/acme/").status_code == 404
    assert portal.audited("membership.removed") == [("not-one-of-us", {})]
    assert not portal.mails(SAM, "membership-changed"), "whoever it was is not warned"


def test_not_one_of_us_is_offered_for_14_days_and_for_joined_people_alone(portal: Portal, acme: Organization) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        portal.arrive(SAM)
        page = page_of(portal, acme, SAM)
        clock.shift(memberships.UNDO_LIFE - timedelta(seconds=1))
        assert f"{page}/not-one-of-us" in portal.sign_in(OLGA).get("/orgs/acme/team").text
        clock.shift(timedelta(seconds=1))
        olga = portal.sign_in(OLGA)
        assert "not-one-of-us" not in olga.get("/orgs/acme/team").text
        for email in (SAM, MIA):
            decide(olga, page_of(portal, acme, email), "not-one-of-us")
            assert "cannot be undone any more" in olga.get("/orgs/acme/team").text
            assert of(portal, acme, email).is_active


def test_an_unknown_person_is_not_there(portal: Portal, acme: Organization) -> None:
    olga = portal.sign_in(OLGA)
    assert olga.get(f"/orgs/acme/team/{uuid.uuid4()}").status_code == 404
    bolt = make_org(portal, "Bolt")
    make_member(portal, bolt, "bo@bolt.example", role="owner")
    foreign = of(portal, bolt, "bo@bolt.example").id
    for act in ("role", "suspend", "resume", "remove", "not-one-of-us"):
        assert decide(olga, f"/orgs/acme/team/{foreign}", act, role="member") == 404


def test_whoever_lost_the_right_meanwhile_decides_nothing(portal: Portal, acme: Organization) -> None:
    """What counts is the role at the moment of the act, not the one the page was opened with."""
    with portal.acting(), acting(SYSTEM, acme.id):
        olga, mia = (next(row for row in memberships.listing() if row.user.email == email) for email in (OLGA, MIA))
        with pytest.raises(Conflict):
            memberships.change_role(olga, Role.MEMBER)
        assert (olga.role, mia.role) == ("owner", "member"), "what is refused changes nothing"
