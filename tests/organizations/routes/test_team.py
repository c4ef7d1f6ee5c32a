from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
import time_machine

from partner_access.clock import now
from partner_access.db import SYSTEM, acting
from partner_access.errors import Conflict
from partner_access.organizations.entry import join_requests, unanswered_requests
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from partner_access.permissions import Role
from tests.factories import make_member, make_org, make_team, make_user
from tests.portal import Browser, Portal

OLGA, ADAM, MIA, SAM = "olga@acme.example", "adam@acme.example", "mia@acme.example", "sam@acme.example"
APPROVE = re.compile(r"/orgs/acme/team/requests/[0-9a-f-]{36}/approve")


@pytest.fixture
def acme(portal: Portal) -> Organization:
    return make_team(portal, policy="request")


def approve_path(browser: Browser) -> str:
    [path] = APPROVE.findall(browser.get("/orgs/acme/team").text)
    return path


def test_everybody_sees_who_is_in_how_they_came_which_domains_let_in_and_where_to_sign_up(
    portal: Portal, acme: Organization
) -> None:
    browser = portal.sign_in(MIA)
    page = browser.get("/orgs/acme/team")
    for shown in (
        "Olga Owner",
        OLGA,
        "Owner",
        "Adam Admin",
        "Mia Member (you)",
        "Was added by the programme",
        "acme.example",
        "may ask to join. An owner or admin decides.",
    ):
        assert shown in browser.text
    assert 'value="http://localhost/request-account" readonly' in page.text


@pytest.mark.parametrize("email", [OLGA, ADAM])
def test_an_owner_or_admin_lets_somebody_in_with_one_button(portal: Portal, acme: Organization, email: str) -> None:
    sam = portal.arrive(SAM)
    browser = portal.sign_in(email)
    assert browser.post(approve_path(browser), on="/orgs/acme/team").location == "/orgs/acme/team"
    browser.get("/orgs/acme/team")
    assert "Sam Berg is in, as a member." in browser.text
    assert "Asked to join and was let in" in browser.text
    assert sam.get("/join").location == "/orgs/acme/"
    assert "http://localhost/orgs/acme/" in portal.mails(SAM, "join-request-approved")[0].text
    assert portal.audited("join_request.approved") == [("admin-decided", {})]


def test_declining_wants_a_reason_which_the_person_reads(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive(SAM)
    browser = portal.sign_in(ADAM)
    path = approve_path(browser).replace("approve", "decline")
    page = browser.post(path, {"reason": " "}, on="/orgs/acme/team")
    assert page.status_code == 422
    assert "<title>Error: Team" in page.text
    assert "Enter a reason. The person reads it." in browser.text
    assert '<details class="plain" open>' in page.text
    assert browser.post(path, {"reason": "You left us in May."}, on="/orgs/acme/team").location == "/orgs/acme/team"
    assert "Declined, with your reason." in browser.get("/orgs/acme/team").text
    sam.get("/join")
    assert sam.heading == "Wait for Acme to let you in", "what can still be undone is told to nobody"
    with time_machine.travel(now() + join_requests.UNDO):
        sam.get("/join")
    assert sam.heading == "Acme declined your request"
    assert "You left us in May." in sam.text
    assert "You left us in May." in portal.mails(SAM, "join-request-declined")[0].text
    assert portal.audited("join_request.declined") == [("admin-decided", {})]
    with time_machine.travel(now() + join_requests.UNDO):
        sam.post("/join/again", on="/join")
        sam.get("/join")
    assert sam.heading == "Wait for Acme to let you in"
    assert len(portal.mails(OLGA, "join-request")) == 2


def test_a_member_sees_who_waits_but_cannot_decide(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    path = approve_path(portal.sign_in(OLGA))
    browser = portal.sign_in(MIA)
    page = browser.get("/orgs/acme/team")
    assert "Sam Berg" in browser.text
    assert "Waiting for an owner or admin" in browser.text
    assert not APPROVE.findall(page.text)
    for act in (path, path.replace("approve", "decline")):
        assert browser.post(act, {"reason": "x"}, on="/orgs/acme/team").status_code == 403
    assert portal.audited("page.refused")[-1] == (
        "role-too-low",
        {"endpoint": "organizations.decline_request", "slug": "acme"},
    )


def test_those_who_wait_are_shown_oldest_first(portal: Portal, acme: Organization) -> None:
    for name in ("first", "second", "third"):
        portal.arrive(f"{name}@acme.example", name=name.title())
    browser = portal.sign_in(OLGA)
    browser.get("/orgs/acme/team")
    assert re.findall(r"Let (\w+) in", browser.text) == ["First", "Second", "Third"]


def test_a_request_that_another_admin_decided_meanwhile_is_a_note_not_a_broken_page(
    portal: Portal, acme: Organization
) -> None:
    portal.arrive(SAM)
    olga, adam = portal.sign_in(OLGA), portal.sign_in(ADAM)
    path = approve_path(olga)
    adam.post(path.replace("approve", "decline"), {"reason": "Not yet."}, on="/orgs/acme/team")
    assert olga.post(path, on="/orgs/acme/team").location == "/orgs/acme/team"
    olga.get("/orgs/acme/team")
    assert "This request was declined meanwhile." in olga.text
    assert olga.post(path.replace("approve", "decline"), {"reason": "x"}, on="/orgs/acme/team").status_code == 303
    olga.get("/orgs/acme/team")
    assert "has answered alike before: declined." in olga.text and "with your reason" not in olga.text
    assert len(portal.mails(SAM, "join-request-declined")) == 1
    with portal.acting(org=acme.id):
        assert SAM not in {row.user.email for row in memberships.listing()}


def test_approving_twice_makes_one_membership_and_one_mail(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    olga = portal.sign_in(OLGA)
    path = approve_path(olga)
    for _ in range(2):
        assert olga.post(path, on="/orgs/acme/team").status_code == 303
    assert len(portal.mails(SAM, "join-request-approved")) == 1


def test_a_request_of_another_organization_is_not_there(portal: Portal, acme: Organization) -> None:
    bolt = make_org(portal, "Bolt")
    make_member(portal, bolt, "bo@bolt.example", role="owner")
    portal.arrive(SAM)
    path = approve_path(portal.sign_in(OLGA))
    bo = portal.sign_in("bo@bolt.example")
    assert bo.post(path, on="/orgs/bolt/team").status_code == 404
    assert bo.post(path.replace("/acme/", "/bolt/"), on="/orgs/bolt/team").status_code == 404
    missing = f"/orgs/bolt/team/requests/{uuid.uuid4()}/approve"
    assert bo.post(missing, on="/orgs/bolt/team").status_code == 404
    assert SAM in portal.sign_in(OLGA).get("/orgs/acme/team").text


@pytest.mark.parametrize("slug", ["acme", "nowhere", "ACME", "acme%00", "x" * 500])
def test_a_stranger_finds_no_team_page(portal: Portal, acme: Organization, slug: str) -> None:
    browser = portal.arrive("mallory@nowhere.example")
    assert browser.get(f"/orgs/{slug}/team").status_code == 404
    reason, fields = portal.audited("page.refused")[-1]
    assert (reason, fields["slug"]) == (("not-a-member", "acme") if slug == "acme" else ("no-such-organization", None))


def test_a_request_nobody_answers_goes_to_all_owners_then_to_staff_and_ends(portal: Portal, acme: Organization) -> None:
    make_member(portal, acme, "second@acme.example", role="owner")
    portal.run("staff", "create", "kim@meridian.example")
    with time_machine.travel(now(), tick=False) as clock:
        sam = portal.arrive(SAM)
        asked = now()
        for age, name, to in (
            (join_requests.OWNERS_AFTER, "join-request-reminder", {OLGA, "second@acme.example"}),
            (join_requests.STAFF_AFTER, "join-request-unanswered", {"kim@meridian.example"}),
            (join_requests.LIFE, "join-request-expired", {SAM}),
        ):
            clock.move_to(asked + age - timedelta(seconds=1))
            assert portal.work() == 0
            assert not portal.mails(name=name)
            clock.move_to(asked + age)
            assert [portal.work(), portal.work()] == [1, 0]
            assert {mail.to for mail in portal.mails(name=name)} == to
            with portal.acting():
                assert len(unanswered_requests.escalated()) == (1 if name == "join-request-unanswered" else 0)
        sam.post("/sign-in", {"email": SAM, "password": "four quiet rivers bend"})
        sam.get("/join")
        assert sam.heading == "Acme did not answer your request"
        for event in ("owners_reminded", "passed_to_staff", "expired"):
            assert portal.audited(f"join_request.{event}") == [("unanswered", {})]
        sam.post("/join/again", on="/join")
        sam.get("/join")
        assert sam.heading == "Wait for Acme to let you in"


def test_a_worker_that_was_away_does_each_step_once(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    with time_machine.travel(now() + timedelta(days=8)):
        assert [portal.work(), portal.work()] == [2, 0]
    assert len(portal.mails(name="join-request-reminder")) == 1
    assert {mail.to for mail in portal.mails(name="join-request-unanswered")} == {"partners@meridian.example"}


def test_a_request_that_is_answered_bothers_nobody_any_more(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    olga = portal.sign_in(OLGA)
    olga.post(approve_path(olga), on="/orgs/acme/team")
    with time_machine.travel(now() + timedelta(days=20)):
        assert portal.work() == 0


# -- undo


def decide(portal: Portal, decision: str, browser: Browser | None = None) -> str:
    """Let Sam in, or decline; the path of the request."""
    browser = browser or portal.sign_in(OLGA)
    path = approve_path(browser).removesuffix("/approve")
    browser.post(f"{path}/{decision}", {"reason": "Not one of us."}, on="/orgs/acme/team")
    return path


def waiting_for(portal: Portal, org: Organization) -> list[str]:
    with portal.acting(org=org.id):
        return [row.user.email for row in join_requests.waiting()]


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_a_decision_is_undone_within_ten_minutes_and_no_mail_tells_of_it(
    portal: Portal, acme: Organization, decision: str
) -> None:
    sam, adam = portal.arrive(SAM), portal.sign_in(ADAM)
    path = decide(portal, decision)
    assert sam.get("/orgs/acme/").status_code == (200 if decision == "approve" else 404)
    assert "Decided just now" in adam.get("/orgs/acme/team").text
    [mail] = [mail for mail in portal.mails(SAM) if mail.name in ("join-request-approved", "join-request-declined")]
    assert portal.due(mail) - mail.created_at >= join_requests.UNDO - timedelta(seconds=1)
    assert adam.post(f"{path}/undo", on="/orgs/acme/team").location == "/orgs/acme/team"
    assert "Undone. Sam Berg waits again, and was not mailed." in adam.get("/orgs/acme/team").text
    assert sam.get("/orgs/acme/").status_code == 404
    sam.get("/join")
    assert sam.heading == "Wait for Acme to let you in"
    assert waiting_for(portal, acme) == [SAM]
    assert not [mail for mail in portal.mails(SAM) if mail.name in ("join-request-approved", "join-request-declined")]
    outcome = {"approve": "approved", "decline": "declined"}[decision]
    assert portal.audited("join_request.decision_undone") == [("admin-decided", {"outcome": outcome})]
    adam.post(f"{path}/approve", on="/orgs/acme/team")
    assert sam.get("/orgs/acme/").status_code == 200
    assert len(portal.mails(SAM, "join-request-approved")) == 1


def test_an_undone_request_still_ends_when_it_would_have(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    olga = portal.sign_in(OLGA)
    olga.post(f"{decide(portal, 'decline', olga)}/undo", on="/orgs/acme/team")
    with time_machine.travel(now() + join_requests.LIFE):
        portal.work()
    assert waiting_for(portal, acme) == []
    assert portal.mails(SAM, "join-request-expired")


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_after_ten_minutes_a_decision_stands(portal: Portal, acme: Organization, decision: str) -> None:
    portal.arrive(SAM)
    olga = portal.sign_in(OLGA)
    path = decide(portal, decision, olga)
    with time_machine.travel(now() + join_requests.UNDO):
        olga.post(f"{path}/undo", on="/orgs/acme/team")
        assert "This decision cannot be undone any more." in olga.get("/orgs/acme/team").text
        assert "Decided just now" not in olga.text
    assert waiting_for(portal, acme) == []


def test_only_who_decides_undoes_and_only_once(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    olga, mia = portal.sign_in(OLGA), portal.sign_in(MIA)
    path = decide(portal, "approve", olga)
    assert "Decided just now" not in mia.get("/orgs/acme/team").text
    assert mia.post(f"{path}/undo", on="/orgs/acme/team").status_code == 403
    for _ in range(2):
        assert olga.post(f"{path}/undo", on="/orgs/acme/team").status_code == 303
    assert len(portal.audited("join_request.decision_undone")) == 1


def test_who_was_made_more_than_a_member_meanwhile_is_removed_not_undone(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    olga = portal.sign_in(OLGA)
    path = decide(portal, "approve", olga)
    with portal.acting(), acting(SYSTEM, acme.id):
        [sam] = [row for row in memberships.listing() if row.user.email == SAM]
        memberships.change_role(sam, Role.ADMIN)
    olga.post(f"{path}/undo", on="/orgs/acme/team")
    assert "Sam Berg is a member by now. You can remove them." in olga.get("/orgs/acme/team").text
    assert waiting_for(portal, acme) == []


def test_who_withdraws_before_a_refusal_is_told_gets_no_mail_of_it(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive(SAM)
    path = decide(portal, "decline")
    sam.post("/join/withdraw", on="/join")
    sam.get("/join")
    assert sam.heading == "Ask to join Acme"
    assert not portal.mails(SAM, "join-request-declined")
    olga = portal.sign_in(OLGA)
    olga.post(f"{path}/undo", on="/orgs/acme/team")
    assert waiting_for(portal, acme) == []


def test_who_waits_may_withdraw(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive(SAM)
    assert sam.post("/join/withdraw", on="/join").location == "/join"
    sam.get("/join")
    assert sam.heading == "Ask to join Acme"
    assert SAM not in portal.sign_in(OLGA).get("/orgs/acme/team").text
    assert portal.audited("join_request.withdrawn") == [("own-choice", {})]


def test_the_last_owner_cannot_be_removed(portal: Portal, acme: Organization) -> None:
    with portal.acting(), acting(SYSTEM, acme.id):
        [olga] = [row for row in memberships.listing() if row.role == "owner"]
        with pytest.raises(Conflict, match="always has an owner"):
            memberships.remove(olga, reason="test")
        assert olga.is_active


def test_one_of_two_owners_can_be_removed(portal: Portal, acme: Organization) -> None:
    make_member(portal, acme, "second@acme.example", role="owner")
    with portal.acting(), acting(SYSTEM, acme.id):
        first, second = [row for row in memberships.listing() if row.role == "owner"]
        memberships.remove(first, reason="test")
        with pytest.raises(Conflict):
            memberships.remove(second, reason="test")


def test_staff_are_led_to_the_request_that_nobody_answers(portal: Portal, acme: Organization) -> None:
    portal.run("staff", "create", "kim@meridian.example")
    make_user(portal, "kim@meridian.example")
    portal.arrive(SAM)
    with time_machine.travel(now() + timedelta(days=8)):
        portal.work()
        kim = portal.sign_in("kim@meridian.example")
        [mail] = portal.mails("kim@meridian.example", "join-request-unanswered")
        assert SAM not in mail.text
        kim.get(re.findall(r"http://localhost(/staff/queue/\S+)", mail.text)[0])
        assert kim.heading == "Nobody at Acme has answered for a week. May Sam Berg join?"


def test_whoever_is_invited_after_a_refusal_is_not_mailed_the_refusal(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    olga = portal.sign_in(OLGA)
    path = approve_path(olga).replace("approve", "decline")
    olga.post(path, {"reason": "Who are you?"}, on="/orgs/acme/team")
    assert portal.mails(SAM, "join-request-declined")
    olga.post("/orgs/acme/invitations", {"addresses": SAM, "role": "member"})
    assert portal.mails(SAM, "invitation") and not portal.mails(SAM, "join-request-declined")
