"""What happens once a mailbox is proved, through the pages."""

from __future__ import annotations

import pytest

from partner_access.db import SYSTEM, acting, session
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import invitations, join_requests
from partner_access.organizations.models import Domain, Organization
from partner_access.organizations.team import memberships
from tests.factories import make_member, make_org, make_user
from tests.portal import PASSWORD, Portal

OWNER = "owner@acme.example"


def acme_with_owner(portal: Portal, policy: str = "auto") -> Organization:
    acme = make_org(portal, policy=policy)
    make_member(portal, acme, OWNER, role="owner", name="Olga Owner")
    return acme


def members(portal: Portal, org: Organization) -> dict[str, str]:
    with portal.acting(org=org.id):
        return {row.user.email: row.role for row in memberships.listing() if row.is_active}


def decided(portal: Portal) -> tuple[str, str | None]:
    """The outcome and the reason code of the newest entry in the audit log."""
    reason, fields = portal.audited("entry.decided")[-1]
    return fields["outcome"], reason


def test_a_teammate_of_a_proved_domain_is_in_at_once_and_reads_why(portal: Portal) -> None:
    acme = acme_with_owner(portal)
    browser = portal.arrive("sam@acme.example")
    assert browser.page is not None and browser.page.location == "/orgs/acme/"
    browser.get("/orgs/acme/team")
    assert "Welcome to Acme. Your e-mail address is at acme.example, a proved domain of Acme" in browser.text
    assert members(portal, acme) == {OWNER: "owner", "sam@acme.example": "member"}
    assert decided(portal) == ("joined", "domain-match")
    assert portal.audited("membership.created")[-1] == (
        "domain",
        {"role": "member", "provenance": "domain", "domain": "acme.example"},
    )


def test_every_owner_is_told_who_joined_and_nobody_else(portal: Portal) -> None:
    acme = acme_with_owner(portal)
    make_member(portal, acme, "second@acme.example", role="owner")
    make_member(portal, acme, "admin@acme.example", role="admin")
    portal.arrive("sam@acme.example")
    assert {mail.to for mail in portal.mails(name="joined")} == {OWNER, "second@acme.example"}
    mail = portal.mails(OWNER, "joined")[0]
    assert "sam@acme.example" in mail.text
    assert "14 days" in mail.text


def test_policy_request_makes_a_join_request_and_mails_owners_and_admins(portal: Portal) -> None:
    acme = acme_with_owner(portal, policy="request")
    make_member(portal, acme, "admin@acme.example", role="admin")
    make_member(portal, acme, "member@acme.example")
    browser = portal.arrive("sam@acme.example")
    browser.get("/join")
    assert browser.heading == "Wait for Acme to let you in"
    assert "Acme lets people with an address at acme.example in after an admin has agreed." in browser.text
    assert browser.get("/orgs/acme/").status_code == 404
    assert {mail.to for mail in portal.mails(name="join-request")} == {OWNER, "admin@acme.example"}
    assert portal.mails("sam@acme.example", "join-request-received")
    assert "sam@acme.example" not in members(portal, acme)
    assert decided(portal) == ("requested", "policy-request")
    assert portal.audited("join_request.received") == [("policy-request", {"domain": "acme.example"})]


def test_policy_closed_says_to_ask_a_colleague(portal: Portal) -> None:
    acme = acme_with_owner(portal, policy="closed")
    browser = portal.arrive("sam@acme.example")
    browser.get("/join")
    assert browser.heading == "Ask a colleague for an invitation"
    assert "Acme lets people in by invitation only." in browser.text
    assert "sam@acme.example" not in members(portal, acme)
    assert decided(portal) == ("closed", "policy-closed")


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("info@acme.example", "role-mailbox"),
        ("Support@acme.example", "role-mailbox"),
        ("ana+partners@acme.example", "plus-address"),
    ],
)
def test_shared_mailboxes_and_plus_addresses_of_members_are_let_in_by_an_admin(
    portal: Portal, email: str, reason: str
) -> None:
    acme = acme_with_owner(portal)
    make_member(portal, acme, "ana@acme.example")
    browser = portal.arrive(email)
    browser.get("/join")
    assert browser.heading == "Wait for Acme to let you in"
    assert len(members(portal, acme)) == 2
    assert decided(portal) == ("requested", reason)


def test_a_plus_address_of_nobody_is_an_address_like_any_other(portal: Portal) -> None:
    acme = acme_with_owner(portal)
    portal.arrive("zoe+partners@acme.example")
    assert "zoe+partners@acme.example" in members(portal, acme)


def test_one_mailbox_joins_once_however_many_tags_its_addresses_have(portal: Portal) -> None:
    acme = acme_with_owner(portal)
    portal.arrive("zoe+partners@acme.example")
    for other in ("zoe@acme.example", "zoe+more@acme.example"):
        portal.arrive(other)
        assert decided(portal) == ("requested", "plus-address")
    portal.arrive("zoe_smith@acme.example")
    assert decided(portal) == ("joined", "domain-match")
    assert len(members(portal, acme)) == 3


@pytest.mark.parametrize("state", ["suspended", "removed"])
@pytest.mark.parametrize(
    "tagged", [("sam@acme.example", "sam+x@acme.example"), ("sam+x@acme.example", "sam@acme.example")]
)
def test_who_is_shut_out_does_not_come_back_by_another_spelling_of_the_address(
    portal: Portal, state: str, tagged: tuple[str, str]
) -> None:
    acme = acme_with_owner(portal)
    make_member(portal, acme, tagged[0])
    with portal.acting(), acting(SYSTEM, acme.id):
        [row] = [row for row in memberships.listing() if row.user.email == tagged[0]]
        memberships.suspend(row) if state == "suspended" else memberships.remove(row, reason="test")
    portal.arrive(tagged[1])
    assert decided(portal) == ("requested", "plus-address" if state == "suspended" else "removed-before")
    assert set(members(portal, acme)) == {OWNER}


def test_a_tombstone_is_not_washed_off_by_a_change_of_address(portal: Portal) -> None:
    """Removed, the person moves their login to another address and asks for a new one with the old."""
    acme = acme_with_owner(portal)
    browser = portal.arrive("sam@acme.example")
    remove(portal, acme, "sam@acme.example")
    browser.post("/me/email", {"email": "sam@gmail.com", "current": PASSWORD})
    browser.post(portal.link("sam@gmail.com", "email-change"))
    portal.arrive("Sam@acme.example")
    assert decided(portal) == ("requested", "removed-before")
    assert set(members(portal, acme)) == {OWNER}


def test_who_was_removed_asks_when_they_come_again(portal: Portal) -> None:
    acme = acme_with_owner(portal)
    browser = portal.arrive("sam@acme.example")
    remove(portal, acme, "sam@acme.example")
    assert browser.get("/orgs/acme/team").status_code == 404
    browser.get("/join")
    assert browser.heading == "Ask to join Acme"
    assert "You were a member of Acme before and were removed" in browser.text
    browser.post("/join/again", on="/join")
    browser.get("/join")
    assert browser.heading == "Wait for Acme to let you in"
    assert "sam@acme.example" not in members(portal, acme)
    assert decided(portal) == ("requested", "removed-before")


def remove(portal: Portal, org: Organization, email: str) -> None:
    with portal.acting(), acting(SYSTEM, org.id):
        [row] = [row for row in memberships.listing() if row.user.email == email]
        memberships.remove(row, reason="test")


def test_a_pending_invitation_wins_over_everything_and_keeps_its_role(portal: Portal) -> None:
    acme = acme_with_owner(portal, policy="closed")
    with portal.acting(), acting(SYSTEM, acme.id):
        invitations.invite(address("sam@gmail.com"), "admin")
    browser = portal.arrive("sam@gmail.com")
    assert browser.page is not None and browser.page.location == "/orgs/acme/"
    assert members(portal, acme)["sam@gmail.com"] == "admin"
    assert decided(portal) == ("invited", "invitation")


@pytest.mark.parametrize(("policy", "button"), [("auto", "Join Acme"), ("request", "Ask to join Acme"), ("closed", "")])
def test_who_was_invited_elsewhere_first_is_told_of_the_organization_of_their_domain(
    portal: Portal, policy: str, button: str
) -> None:
    """The invitation wins, whoever sent it; so the page after it says what else there is, and nobody is moved."""
    acme, rival = acme_with_owner(portal, policy=policy), make_org(portal, "Rival")
    with portal.acting(), acting(SYSTEM, rival.id):
        invitations.invite(address("sam@acme.example"), "member")
    sam = portal.arrive("sam@acme.example")
    assert set(members(portal, rival)) == {"sam@acme.example"}
    assert sam.page is not None
    if not button:
        assert sam.page.location == "/orgs/rival/"
        return
    assert sam.page.location == "/me/organizations"
    sam.get("/me/organizations")
    assert "Welcome to Rival. You were invited, so you are in." in sam.text
    assert "Open Rival" in sam.text and button in sam.text
    assert set(members(portal, acme)) == {OWNER}
    if policy == "auto":
        assert sam.post(f"/join/{acme.id}", on="/me/organizations").location == "/orgs/acme/"
        assert set(members(portal, acme)) == {OWNER, "sam@acme.example"}
    else:
        sam.post("/join/again", on="/me/organizations")
        sam.get("/join")
        assert "You asked to join Acme" in sam.text and button not in sam.text
        assert portal.mails(OWNER, "join-request")


def test_nobody_asks_to_join_while_an_invitation_is_open(portal: Portal) -> None:
    """Asking is deciding anew, and an invitation would win: by a button that does not name it."""
    acme_with_owner(portal, policy="request")
    bolt, rival = make_org(portal, "Bolt"), make_org(portal, "Rival")
    make_member(portal, bolt, "sam@acme.example")
    with portal.acting(), acting(SYSTEM, rival.id):
        invitations.invite(address("sam@acme.example"), "member")
    sam = portal.sign_in("sam@acme.example")
    assert "Ask to join" not in sam.get("/join").text
    assert sam.post("/join/again", on="/join").location == "/join"
    assert members(portal, rival) == {}


def test_several_invitations_are_chosen_from(portal: Portal) -> None:
    acme, bolt = acme_with_owner(portal), make_org(portal, "Bolt")
    stranger = make_org(portal, "Stranger")
    for org in (acme, bolt):
        with portal.acting(), acting(SYSTEM, org.id):
            invitations.invite(address("sam@gmail.com"), "member")
    browser = portal.arrive("sam@gmail.com")
    assert "Join Acme as a member" in browser.get("/join").text
    assert browser.post(f"/join/{stranger.id}", on="/join").status_code == 404
    assert browser.post(f"/join/{bolt.id}", on="/join").location == "/orgs/bolt/"
    assert members(portal, bolt) == {"sam@gmail.com": "member"}
    browser.get("/join")
    assert "Open Bolt" in browser.text
    assert "Join Acme as a member" in browser.text
    browser.post(f"/join/{acme.id}", on="/join")
    browser.get("/join")
    assert browser.heading == "Choose an organization"
    assert "Open Acme" in browser.text


def test_nobody_takes_an_invitation_to_another_address(portal: Portal) -> None:
    acme = acme_with_owner(portal)
    with portal.acting(), acting(SYSTEM, acme.id):
        invitations.invite(address("sam@gmail.com"), "owner")
    mallory = portal.arrive("mallory@gmail.com")
    assert mallory.post(f"/join/{acme.id}", on="/join").status_code == 404
    assert "mallory@gmail.com" not in members(portal, acme)


@pytest.mark.parametrize(("include", "is_in"), [(True, True), (False, False)])
def test_a_subdomain_counts_only_where_the_domain_includes_it(portal: Portal, include: bool, is_in: bool) -> None:
    acme = acme_with_owner(portal)
    with portal.acting():
        row = session().get(Domain, "acme.example")
        assert row is not None
        row.proof, row.include_subdomains = "dns", include
    portal.arrive("sam@mail.acme.example")
    assert ("sam@mail.acme.example" in members(portal, acme)) is is_in


@pytest.mark.parametrize("lookalike", ["notacme.example", "acme.example.evil.example", "acme-example.example"])
def test_a_domain_that_only_looks_alike_lets_nobody_in(portal: Portal, lookalike: str) -> None:
    acme = acme_with_owner(portal)
    portal.arrive(f"sam@{lookalike}")
    assert members(portal, acme) == {OWNER: "owner"}
    assert decided(portal) == ("apply", "unknown-domain")


def test_a_domain_in_another_spelling_is_the_same_domain(portal: Portal) -> None:
    with portal.acting():
        munich = organizations.found_org("München", domain="xn--mnchen-3ya.example", policy="auto")
    portal.arrive("sam@xn--mnchen-3ya.example")
    browser = portal.browser()
    browser.post(
        "/request-account", {"name": "Lea", "email": "lea@MÜNCHEN.example", "password": "four quiet rivers bend"}
    )
    browser.post(portal.link("lea@xn--mnchen-3ya.example"))
    assert len(members(portal, munich)) == 2


def test_a_disposable_mailbox_gets_a_login_and_is_told_to_use_a_work_address(portal: Portal) -> None:
    browser = portal.arrive("sam@mailinator.com")
    browser.get("/join")
    assert browser.heading == "Use your work address"
    assert decided(portal) == ("wait", "disposable-mailbox")


def test_a_member_opens_what_happens_now_and_is_at_home(portal: Portal) -> None:
    make_member(portal, make_org(portal), "ana@acme.example")
    assert portal.sign_in("ana@acme.example").get("/join").location == "/orgs/acme/"


def test_a_stranger_to_every_organization_may_apply(portal: Portal) -> None:
    make_user(portal, "ana@nowhere.example")
    browser = portal.sign_in("ana@nowhere.example")
    browser.get("/join")
    assert browser.heading == "Apply to become a partner"
    browser.post("/join/again", on="/join")
    assert browser.get("/join").location == "/apply"


def test_a_person_who_asks_three_times_a_day_waits_for_tomorrow(portal: Portal) -> None:
    acme_with_owner(portal, policy="request")
    browser = portal.arrive("sam@acme.example")
    for _ in range(3):
        browser.post("/join/withdraw", on="/join")
        assert browser.post("/join/again", on="/join").status_code == 303
    browser.post("/join/withdraw", on="/join")
    assert browser.post("/join/again", on="/join").status_code == 429
    assert len(portal.mails(OWNER, "join-request")) == 4


def test_asking_again_while_a_request_is_open_does_nothing(portal: Portal) -> None:
    acme = acme_with_owner(portal, policy="request")
    browser = portal.arrive("sam@acme.example")
    assert browser.post("/join/again", on="/join").location == "/join"
    with portal.acting(org=acme.id):
        assert len(join_requests.waiting()) == 1
    assert len(portal.audited("entry.decided")) == 1


def test_a_domain_founded_meanwhile_lets_who_withdrew_join(portal: Portal) -> None:
    browser = portal.arrive("sam@acme.example")
    browser.post("/apply/withdraw", on="/apply")
    acme = acme_with_owner(portal)
    browser.get("/join")
    assert browser.heading == "Join Acme"
    assert browser.post("/join/again", on="/join").location == "/orgs/acme/"
    assert "sam@acme.example" in members(portal, acme)
