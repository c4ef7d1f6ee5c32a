"""Many people, or one person many times, at the same moment, in real threads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import select

from partner_access.accounts.models import User
from partner_access.credit.touchpoints import leads
from partner_access.db import STAFF, SYSTEM, acting, session
from partner_access.errors import Conflict
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import applications, invitations, join_requests
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from tests.factories import make_lead, make_member, make_org, make_user
from tests.portal import Browser, Portal

T = TypeVar("T")
OLGA, ADAM, SAM = "olga@acme.example", "adam@acme.example", "sam@acme.example"


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of them at the same moment; their results. Raises what one of them raised."""
    start = Barrier(len(works))

    def wait_and(work: Callable[[], T]) -> T:
        start.wait(30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(wait_and, works))


def button(browser: Browser, path: str, *, on: str | None = None, **form: str) -> Callable[[], tuple[int, str | None]]:
    """A press of a button whose page is open already; status and where it leads."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(on or path).text)
    assert found
    token = found[1]

    def press() -> tuple[int, str | None]:
        page = browser.client.post(path, data={"csrf_token": token, **form})
        return page.status_code, page.location

    return press


def members(portal: Portal, org: Organization) -> Counter[str]:
    with portal.acting(), acting(SYSTEM, org.id):
        return Counter(row.user.email for row in memberships.listing())


@pytest.mark.slow
def test_fifty_people_of_one_domain_who_confirm_at_once_are_all_in(portal: Portal) -> None:
    acme = make_org(portal)
    make_member(portal, acme, OLGA, role="owner")
    emails = [f"person{number}@acme.example" for number in range(50)]
    buttons = [button(portal.ask(email), portal.link(email)) for email in emails]
    assert set(at_once(buttons)) == {(303, "/orgs/acme/")}
    assert members(portal, acme) == Counter([OLGA, *emails])
    assert len(portal.mails(OLGA, "joined")) == 50


@pytest.mark.slow
def test_fifty_people_of_one_new_domain_who_confirm_at_once_while_it_is_founded_all_find_their_way(
    portal: Portal,
) -> None:
    founder = portal.arrive("founder@acme.example")
    founder.post("/apply", {"org_name": "Acme"})
    emails = [f"person{number}@acme.example" for number in range(50)]
    buttons = [button(portal.ask(email), portal.link(email)) for email in emails]

    def found_it() -> tuple[int, str | None]:
        with portal.acting(STAFF):
            [row] = [row for row in applications.listing() if row.user.email == "founder@acme.example"]
            applications.approve(row, reason="Known to us.")
        return 303, "/join"

    answers = at_once([*buttons[:25], found_it, *buttons[25:]])
    assert set(answers) <= {(303, "/orgs/acme/"), (303, "/join")}
    with portal.acting():
        acme = organizations.found(organizations.find("acme"))
        assert applications.listing() == []
    with portal.acting(), acting(SYSTEM, acme.id):
        inside = {row.user.email for row in memberships.listing()}
        waiting = {row.user.email for row in join_requests.waiting()}
    assert inside | waiting == {"founder@acme.example", *emails}
    assert not inside & waiting


def test_one_link_confirmed_ten_times_at_once_makes_one_person_and_no_error(portal: Portal) -> None:
    acme = make_org(portal)
    link_of = portal.ask(SAM)
    link = portal.link(SAM)
    clicks = [button(copy_of(portal, link_of), link) for _ in range(5)]
    clicks += [button(portal.browser(), link, password="lanterns over slow water") for _ in range(5)]
    answers = Counter(at_once(clicks))
    assert answers == {(303, "/orgs/acme/"): 1, (303, link): 9}
    stranger = portal.browser()
    stranger.get(link)
    assert stranger.heading == "Already confirmed"
    with portal.acting():
        assert len(session().scalars(select(User)).all()) == 1
    assert members(portal, acme) == Counter([SAM])
    assert len(portal.audited("account_request.confirmed")) == 1


def copy_of(portal: Portal, browser: Browser) -> Browser:
    """The same browser once more, so that it can click twice at the same moment."""
    cookie = browser.client.get_cookie("portal")
    assert cookie
    other = portal.browser()
    other.client.set_cookie("portal", cookie.value)
    return other


def test_two_admins_who_let_somebody_in_at_once_make_one_membership(portal: Portal) -> None:
    acme = make_org(portal, policy="request")
    make_member(portal, acme, OLGA, role="owner")
    make_member(portal, acme, ADAM, role="admin")
    portal.arrive(SAM)
    admins = [portal.sign_in(email) for email in (OLGA, ADAM, OLGA, ADAM)]
    [path] = re.findall(r"/orgs/acme/team/requests/[0-9a-f-]+/approve", admins[0].get("/orgs/acme/team").text)
    answers = at_once([button(admin, path, on="/orgs/acme/team") for admin in admins])
    assert answers == [(303, "/orgs/acme/team")] * 4
    assert members(portal, acme)[SAM] == 1
    assert len(portal.mails(SAM, "join-request-approved")) == 1
    assert len(portal.audited("join_request.approved")) == 1


def test_one_admin_lets_in_and_another_declines_at_once_and_one_of_them_wins(portal: Portal) -> None:
    acme = make_org(portal, policy="request")
    make_member(portal, acme, OLGA, role="owner")
    make_member(portal, acme, ADAM, role="admin")
    portal.arrive(SAM)
    olga, adam = portal.sign_in(OLGA), portal.sign_in(ADAM)
    [path] = re.findall(r"/orgs/acme/team/requests/[0-9a-f-]+/approve", olga.get("/orgs/acme/team").text)
    decline = button(adam, path.replace("approve", "decline"), on="/orgs/acme/team", reason="No.")
    answers = at_once([button(olga, path, on="/orgs/acme/team"), decline])
    assert answers == [(303, "/orgs/acme/team")] * 2
    told = [mail.name for mail in portal.mails(SAM) if mail.name in ("join-request-approved", "join-request-declined")]
    assert len(told) == 1
    assert members(portal, acme)[SAM] == (1 if told == ["join-request-approved"] else 0)


def test_twenty_who_accept_one_invitation_at_once_make_one_membership(portal: Portal) -> None:
    """One person in twenty tabs, and another login that has proved the address: one of them is in."""
    acme = make_org(portal, policy="closed")
    make_member(portal, acme, OLGA, role="owner")
    sam, rival = make_user(portal, SAM), make_user(portal, "rival@gmail.com")
    with portal.acting(SYSTEM, acme.id):
        row = invitations.invite(address(SAM), "admin")
        invitations.send(row)
    with portal.acting():
        invitations.ask_proof(row, rival)
    texts = " ".join(mail.text for mail in portal.mails(SAM))
    [link] = re.findall(r"http://localhost(/invitations/[\w-]{43})\s", texts)
    [proof] = re.findall(r"http://localhost(/invitations/proofs/\S+)", texts)
    first, other = portal.sign_in(sam.email), portal.sign_in(rival.email)
    clicks = [button(copy_of(portal, first), link) for _ in range(17)]
    clicks += [button(copy_of(portal, other), proof) for _ in range(3)]
    answers = Counter(at_once(clicks))
    assert {status for status, _ in answers} <= {303, 410}
    inside = members(portal, acme)
    assert inside[SAM] + inside["rival@gmail.com"] == 1
    assert answers[(303, "/orgs/acme/")] >= 1
    assert len(portal.audited("invitation.accepted")) == 1
    assert [fields["role"] for _, fields in portal.audited("membership.created")] == ["owner", "admin"]


def test_an_invitation_taken_back_while_it_is_accepted_ends_one_way(portal: Portal) -> None:
    acme = make_org(portal, policy="closed")
    make_member(portal, acme, OLGA, role="owner")
    make_user(portal, SAM)
    with portal.acting(SYSTEM, acme.id):
        row = invitations.invite(address(SAM), "member")
        invitations.send(row)
    [link] = re.findall(r"http://localhost(/invitations/[\w-]{43})\s", portal.mails(SAM)[0].text)
    path = f"/orgs/acme/invitations/{row.id}/take-back"
    accept, take_back = (
        button(portal.sign_in(SAM), link),
        button(portal.sign_in(OLGA), path, on="/orgs/acme/invitations"),
    )
    at_once([accept, take_back])
    revoked, accepted = portal.audited("invitation.revoked"), portal.audited("invitation.accepted")
    assert len(revoked) + len(accepted) == 1
    assert members(portal, acme)[SAM] == len(accepted)


def test_two_admins_who_invite_one_address_at_once_invite_it_once(portal: Portal) -> None:
    acme = make_org(portal)
    make_member(portal, acme, OLGA, role="owner")
    make_member(portal, acme, ADAM, role="admin")
    page = "/orgs/acme/invitations"
    clicks = [
        button(portal.sign_in(email), page, addresses="new@gmail.com", role="member") for email in (OLGA, ADAM, OLGA)
    ]
    assert Counter(status for status, _ in at_once(clicks)) == {303: 1, 422: 2}
    assert len(portal.mails("new@gmail.com", "invitation")) == 1


def test_two_admins_who_undo_at_once_undo_once(portal: Portal) -> None:
    acme = make_org(portal, policy="request")
    make_member(portal, acme, OLGA, role="owner")
    make_member(portal, acme, ADAM, role="admin")
    portal.arrive(SAM)
    admins = [portal.sign_in(email) for email in (OLGA, ADAM, OLGA, ADAM)]
    [path] = re.findall(r"/orgs/acme/team/requests/[0-9a-f-]+/approve", admins[0].get("/orgs/acme/team").text)
    admins[0].post(path, on="/orgs/acme/team")
    undo = path.replace("approve", "undo")
    answers = at_once([button(admin, undo, on="/orgs/acme/team") for admin in admins])
    assert answers == [(303, "/orgs/acme/team")] * 4
    assert len(portal.audited("join_request.decision_undone")) == 1
    assert members(portal, acme)[SAM] == 0
    assert not portal.mails(SAM, "join-request-approved")


def test_two_owners_who_remove_each_other_at_once_leave_one(portal: Portal) -> None:
    acme = make_org(portal)
    owners = [make_member(portal, acme, email, role="owner") for email in (OLGA, ADAM)]

    def remove(email: str) -> Callable[[], bool]:
        def act() -> bool:
            try:
                with portal.acting(), acting(SYSTEM, acme.id):
                    [row] = [row for row in memberships.listing() if row.user.email == email]
                    memberships.remove(row, reason="test")
            except Conflict:
                return False
            return True

        return act

    assert sorted(at_once([remove(owner.email) for owner in owners])) == [False, True]
    assert len(members(portal, acme)) == 1


@pytest.mark.parametrize("act", ["role", "suspend", "remove"])
def test_two_owners_who_end_each_others_ownership_at_once_leave_one(portal: Portal, act: str) -> None:
    """Through the pages: whoever comes second is no owner any more, and may not decide about one."""
    acme = make_org(portal)
    make_member(portal, acme, OLGA, role="owner")
    make_member(portal, acme, ADAM, role="owner")
    with portal.acting(), acting(SYSTEM, acme.id):
        ids = {row.user.email: row.id for row in memberships.listing()}
    clicks = [
        button(portal.sign_in(mine), f"/orgs/acme/team/{ids[other]}/{act}", on="/orgs/acme/team", role="member")
        for mine, other in ((OLGA, ADAM), (ADAM, OLGA))
    ]
    statuses = Counter(status for status, _ in at_once(clicks))
    assert statuses[303] == 1, statuses
    assert set(statuses) <= {303, 403, 404}
    with portal.acting(), acting(SYSTEM, acme.id):
        owners = [row for row in memberships.listing() if row.is_active and row.role == "owner"]
    assert len(owners) == 1


def test_nothing_is_handed_to_somebody_who_is_removed_at_the_same_moment(portal: Portal) -> None:
    acme = make_org(portal)
    make_member(portal, acme, OLGA, role="owner")
    make_member(portal, acme, ADAM, role="admin")
    people = [make_member(portal, acme, f"{name}@acme.example") for name in ("tom", "una")]
    for person in people:
        make_lead(portal, acme, person, f"{person.email.partition('@')[0]}.example")
    with portal.acting(), acting(SYSTEM, acme.id):
        tom, una = (next(row for row in memberships.listing() if row.user_id == person.id) for person in people)
    clicks = [
        button(portal.sign_in(email), f"/orgs/acme/team/{row.id}/remove", heir=str(heir.id))
        for email, row, heir in ((OLGA, tom, una), (ADAM, una, tom))
    ]
    assert sorted(status for status, _ in at_once(clicks)) == [303, 422]
    with portal.acting(), acting(SYSTEM, acme.id):
        present = {row.user_id for row in memberships.listing()}
        assert {lead.submitted_by for lead in leads.listing()} == present & {person.id for person in people}


def test_an_owner_steps_down_while_the_other_leaves_and_one_of_them_stays(portal: Portal) -> None:
    acme = make_org(portal)
    make_member(portal, acme, OLGA, role="owner")
    make_member(portal, acme, ADAM, role="owner")
    with portal.acting(), acting(SYSTEM, acme.id):
        ids = {row.user.email: row.id for row in memberships.listing()}
    step_down = button(portal.sign_in(OLGA), f"/orgs/acme/team/{ids[OLGA]}/role", on="/orgs/acme/team", role="admin")
    leave = button(portal.sign_in(ADAM), "/orgs/acme/team/leave")
    assert [status for status, _ in at_once([step_down, leave])] == [303, 303]
    with portal.acting(), acting(SYSTEM, acme.id):
        assert [row.role for row in memberships.listing()].count("owner") == 1


def test_one_person_who_asks_again_ten_times_at_once_waits_once(portal: Portal) -> None:
    acme = make_org(portal, policy="request")
    make_member(portal, acme, OLGA, role="owner")
    browser = portal.arrive(SAM)
    browser.post("/join/withdraw", on="/join")
    clicks = [button(copy_of(portal, browser), "/join/again", on="/join") for _ in range(10)]
    assert {status for status, _ in at_once(clicks)} <= {303, 429}
    with portal.acting(), acting(SYSTEM, acme.id):
        assert len(join_requests.waiting()) == 1
    assert len(portal.mails(OLGA, "join-request")) == 2


def test_one_person_who_applies_ten_times_at_once_applies_once(portal: Portal) -> None:
    browser = portal.arrive("sam@gmail.com")
    browser.post("/apply/withdraw", on="/apply")
    clicks = [button(copy_of(portal, browser), "/join/again", on="/join") for _ in range(10)]
    assert {status for status, _ in at_once(clicks)} <= {303, 429}
    with portal.acting():
        assert len(applications.listing()) == 1


def test_one_reset_link_used_ten_times_at_once_sets_one_password(portal: Portal) -> None:
    acme = make_org(portal)
    make_member(portal, acme, SAM)
    portal.browser().post("/forgot-password", {"email": SAM})
    link = portal.link(SAM, "password-reset")
    clicks = [button(portal.browser(), link, password=f"lanterns over slow water {number}") for number in range(10)]
    answers = Counter(at_once(clicks))
    assert answers[(303, "/join")] == 1
    assert {status for status, _ in answers} <= {303, 410}
    assert len(portal.mails(SAM, "password-changed")) == 1
