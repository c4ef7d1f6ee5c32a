"""Whoever goes leaves nothing open: it is listed first, and becomes a colleague's in the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.clients import client_accounts
from partner_access.credit.handovers import acceptance, creation, handovers
from partner_access.credit.lifecycle import member_departures
from partner_access.credit.managed import bulk_claims, claim_states, client_answers
from partner_access.credit.models import Handover, ManagedClaim
from partner_access.credit.touchpoints import leads, registrations
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.team import memberships
from tests.factories import make_lead, make_member, make_org, make_sign_up
from tests.portal import Portal
from tests.threads import at_once

OLGA, MIA, TOM = "olga@acme.example", "mia@acme.example", "tom@acme.example"


@pytest.fixture
def acme(portal: Portal) -> Organization:
    org = make_org(portal)
    make_member(portal, org, OLGA, role="owner", name="Olga Owner")
    mia = make_member(portal, org, MIA, name="Mia Member")
    make_member(portal, org, TOM, name="Tom Mate")
    for site in ("one.example", "two.example", "over.example"):
        make_lead(portal, org, mia, site, company=f"Client {site[:-8].title()}")
    with portal.acting(mia.actor, org.id):
        registrations.withdraw(next(lead for lead in leads.listing() if lead.site == "over.example"))
    return org


def of(portal: Portal, org: Organization, email: str) -> Membership:
    with portal.acting(), acting(SYSTEM, org.id):
        return next(row for row in memberships.listing() if row.user.email == email)


def whose(portal: Portal, org: Organization) -> dict[str, str]:
    with portal.acting(SYSTEM, org.id):
        return {lead.site: lead.submitter.email for lead in leads.listing()}


def test_removing_lists_what_is_open_first_and_hands_it_over(portal: Portal, acme: Organization) -> None:
    olga, mia, tom = portal.sign_in(OLGA), of(portal, acme, MIA), of(portal, acme, TOM)
    page = f"/orgs/acme/team/{mia.id}/remove"
    olga.get(page)
    assert olga.heading == "Remove Mia Member from Acme"
    assert "Open leads: 2" in olga.text
    assert "Client One" in olga.text
    assert "Client Over" not in olga.text
    assert "Hand over and remove" in olga.text
    assert olga.post(page).status_code == 422
    assert "Choose a colleague who takes over." in olga.text
    assert of(portal, acme, MIA).is_active, "what is refused changes nothing"
    assert olga.post(page, {"heir": str(tom.id)}).location == f"/orgs/acme/team/{mia.id}"
    assert "Handed over: 2 leads." in olga.get(f"/orgs/acme/team/{mia.id}").text
    assert whose(portal, acme) == {"one.example": TOM, "two.example": TOM, "over.example": MIA}
    assert portal.audited("lead.handed_over") == [("member-gone", {"heir": str(tom.user_id)})] * 2
    assert portal.audited("membership.removed") == [("team-decided", {})]


@pytest.mark.parametrize("heir", ["", "self", "removed", "foreign", "nonsense", "\x00"])
def test_only_a_colleague_who_is_in_takes_over(portal: Portal, acme: Organization, heir: str) -> None:
    bolt = make_org(portal, "Bolt")
    make_member(portal, bolt, "bo@bolt.example", role="owner")
    mia, tom = of(portal, acme, MIA), of(portal, acme, TOM)
    olga = portal.sign_in(OLGA)
    olga.post(f"/orgs/acme/team/{tom.id}/remove")
    values = {"self": str(mia.id), "removed": str(tom.id), "foreign": str(of(portal, bolt, "bo@bolt.example").id)}
    assert olga.post(f"/orgs/acme/team/{mia.id}/remove", {"heir": values.get(heir, heir)}).status_code == 422
    assert of(portal, acme, MIA).is_active
    assert set(whose(portal, acme).values()) == {MIA}


def test_whoever_leaves_hands_over_too(portal: Portal, acme: Organization) -> None:
    mia = portal.sign_in(MIA)
    mia.get("/orgs/acme/team/leave")
    assert mia.heading == "Leave Acme"
    assert "Open leads: 2" in mia.text
    assert mia.post("/orgs/acme/team/leave").status_code == 422
    assert mia.post("/orgs/acme/team/leave", {"heir": str(of(portal, acme, OLGA).id)}).location == "/join"
    assert mia.get("/orgs/acme/leads").status_code == 404
    assert whose(portal, acme)["one.example"] == OLGA
    lead = portal.sign_in(OLGA)
    assert "One" in lead.get("/orgs/acme/leads").text


def test_not_one_of_us_makes_what_is_open_ones_own(portal: Portal, acme: Organization) -> None:
    sam = portal.arrive("sam@acme.example")
    sam.post("/orgs/acme/clients/new", {"kind": "lead", "company": "Three", "website": "three.example"})
    portal.sign_in(OLGA).post(
        f"/orgs/acme/team/{of(portal, acme, 'sam@acme.example').id}/not-one-of-us", on="/orgs/acme/team"
    )
    assert whose(portal, acme)["three.example"] == OLGA


def test_the_last_owner_is_told_so_before_anything_is_handed_over(portal: Portal, acme: Organization) -> None:
    olga, tom, mia = (of(portal, acme, email) for email in (OLGA, TOM, MIA))
    make_lead(portal, acme, olga.user, "four.example")
    with portal.acting(olga.user.actor, acme.id):
        row = memberships.fetch(olga.id)
        with pytest.raises(Conflict, match="always has an owner"):
            member_departures.leave(row, tom.id)
        with pytest.raises(Invalid):
            member_departures.remove(memberships.fetch(mia.id), None)
    assert whose(portal, acme)["four.example"] == OLGA


# -- claims of managed accounts, and accounts that no client has accepted yet


SITES = ("waits.example", "runs.example", "over.example")


@pytest.fixture
def busy(portal: Portal) -> Organization:
    """Mia claimed an account that waits for its client, one that counts, and one whose claim she withdrew; she created
    two accounts, of which one is accepted. She registered no lead."""
    org = make_org(portal)
    make_member(portal, org, OLGA, role="owner", name="Olga Owner")
    make_member(portal, org, TOM, name="Tom Mate")
    mia = make_member(portal, org, MIA, name="Mia Member")
    for site in SITES:
        make_sign_up(portal, site, external_id=site, email=f"owner@{site}")
    with portal.acting(mia.actor, org.id):
        person = session().get_one(User, mia.id)
        bulk_claims.claim(session().get_one(Organization, org.id), person, SITES)
        for site in ("ferro.example", "accepted.example"):
            details = registrations.LeadDetails(f"New {site}", site, "Jo", f"jo@{site}")
            made = creation.create(org, person, details, site)
    with portal.acting():
        token = hand_overs_token(org, made)
        acceptance.accept(acceptance.open_link(token), "Jo")
    with portal.acting(mia.actor, org.id):
        claim_states.end(claim(portal, "over.example"), "managed-withdrawn")
    confirm(portal, org, "runs.example")
    return org


def hand_overs_token(org: Organization, made: creation.CreatedAccount) -> str:
    with acting(SYSTEM, org.id):
        return str(handovers.mail_values(made.row, made.client)["transfer_url"].rpartition("/")[2])


def claim(portal: Portal, site: str) -> ManagedClaim:
    """The claim of an account, of the bound organization."""
    account = client_accounts.find(site)
    assert account is not None
    found = session().scalars(select(ManagedClaim).where(ManagedClaim.client_account_id == account.id)).one()
    assert found.beginner.email == MIA, "who claimed it stays true"
    return found


def confirm(portal: Portal, org: Organization, site: str) -> None:
    """The client says yes."""
    with portal.acting():
        account = client_accounts.find(site)
        assert account is not None
        with acting(SYSTEM, org.id):
            row = claim(portal, site)
        client_answers.confirm(account, row.id)


def in_charge(portal: Portal, org: Organization) -> dict[str, str]:
    """Who is in charge of what: of claims by their account, of accounts by the client's address."""
    with portal.acting(org=org.id):
        found = {site: claim(portal, site).in_charge.email for site in SITES}
        return found | {row.email: row.in_charge.email for row in session().scalars(select(Handover))}


def test_removing_lists_claims_and_accounts_too_and_hands_them_over(portal: Portal, busy: Organization) -> None:
    olga, mia, tom = portal.sign_in(OLGA), of(portal, busy, MIA), of(portal, busy, TOM)
    page = f"/orgs/acme/team/{mia.id}/remove"
    olga.get(page)
    assert "Managed accounts and claims: 2" in olga.text and "Accounts to hand over: 1" in olga.text
    assert "Claimed, to be answered by" in olga.text and "Managed since" in olga.text
    assert "New ferro.example Mailed to jo@ferro.example, not accepted yet" in olga.text
    assert "accepted.example" not in olga.text and "over.example" not in olga.text
    assert olga.post(page).status_code == 422
    assert set(in_charge(portal, busy).values()) == {MIA}
    olga.post(page, {"heir": str(tom.id)})
    assert "Handed over: 2 claims, 1 account." in olga.get(f"/orgs/acme/team/{mia.id}").text
    assert in_charge(portal, busy) == {
        "waits.example": TOM,
        "runs.example": TOM,
        "over.example": MIA,
        "jo@ferro.example": TOM,
        "jo@accepted.example": MIA,
    }
    assert portal.audited("managed_claim.handed_over") == [("member-gone", {"heir": str(tom.user_id)})] * 2
    assert portal.audited("hand_over.handed_over") == [("member-gone", {"heir": str(tom.user_id)})]


def test_mails_about_them_go_to_the_heir_and_the_page_says_who_is_in_charge(portal: Portal, busy: Organization) -> None:
    portal.sign_in(MIA).post("/orgs/acme/team/leave", {"heir": str(of(portal, busy, TOM).id)})
    confirm(portal, busy, "waits.example")
    with clock.at(now() + timedelta(days=15)):
        portal.work()
    assert [mail.to for mail in portal.mails(name="managed-confirmed")] == [MIA, TOM]
    assert [mail.to for mail in portal.mails(name="hand-over-due")] == [TOM]
    tom = portal.sign_in(TOM)
    with portal.acting(org=busy.id):
        clients = [claim(portal, "waits.example").client_id, claim(portal, "over.example").client_id]
    tom.get(f"/orgs/acme/clients/{clients[0]}")
    assert "by Mia Member (former teammate) In charge now Tom Mate" in tom.text
    tom.get(f"/orgs/acme/clients/{clients[1]}")
    assert "In charge now" not in tom.text


def test_what_was_taken_over_is_handed_over_once_more(portal: Portal, busy: Organization) -> None:
    portal.sign_in(MIA).post("/orgs/acme/team/leave", {"heir": str(of(portal, busy, TOM).id)})
    portal.sign_in(TOM).post("/orgs/acme/team/leave", {"heir": str(of(portal, busy, OLGA).id)})
    assert in_charge(portal, busy)["waits.example"] == OLGA
    assert in_charge(portal, busy)["jo@ferro.example"] == OLGA


def test_a_client_answers_while_who_claimed_is_removed(portal: Portal, busy: Organization) -> None:
    """Both happen, in one order or the other: nothing is lost, and one person is told."""
    mia, tom, olga = (of(portal, busy, email) for email in (MIA, TOM, OLGA))

    def remove() -> None:
        with portal.acting(olga.user.actor, busy.id):
            member_departures.remove(memberships.fetch(mia.id), tom.id)

    before = len(portal.mails(name="managed-confirmed"))
    at_once(lambda: confirm(portal, busy, "waits.example"), remove)
    with portal.acting(org=busy.id):
        row = claim(portal, "waits.example")
        assert (row.state, row.in_charge.email) == ("active", TOM)
    told = [mail.to for mail in portal.mails(name="managed-confirmed")[before:]]
    assert told in ([MIA], [TOM])


def test_a_client_accepts_while_who_created_the_account_is_removed(portal: Portal, busy: Organization) -> None:
    mia, tom, olga = (of(portal, busy, email) for email in (MIA, TOM, OLGA))
    [link] = [word for word in portal.mails("jo@ferro.example")[0].text.split() if "/transfer/" in word]

    def accept() -> None:
        with portal.acting():
            acceptance.accept(acceptance.open_link(link.rpartition("/")[2]), "Jo")

    def remove() -> None:
        with portal.acting(olga.user.actor, busy.id):
            member_departures.remove(memberships.fetch(mia.id), tom.id)

    at_once(accept, remove)
    told = [mail.to for mail in portal.mails(name="hand-over-accepted")][1:]
    given = portal.audited("hand_over.handed_over")
    assert (told, len(given)) in (([MIA], 0), ([TOM], 1))
