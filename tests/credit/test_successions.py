"""Whoever goes leaves nothing open: leads are listed first, and become a colleague's in the same moment."""

from __future__ import annotations

import pytest

from partner_access.credit import leads, successions
from partner_access.db import SYSTEM, acting
from partner_access.errors import Conflict, Invalid
from partner_access.organizations import memberships
from partner_access.organizations.models import Membership, Organization
from tests.factories import make_lead, make_member, make_org
from tests.portal import Portal

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
        leads.withdraw(next(lead for lead in leads.listing() if lead.site == "over.example"))
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
    assert "Leads handed over: 2." in olga.get(f"/orgs/acme/team/{mia.id}").text
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
            successions.leave(row, tom.id)
        with pytest.raises(Invalid):
            successions.remove(memberships.fetch(mia.id), None)
    assert whose(portal, acme)["four.example"] == OLGA
