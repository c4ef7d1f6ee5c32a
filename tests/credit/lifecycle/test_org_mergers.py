"""Two organizations become one: whatever one had is the other's, and nobody else's credit changes."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.accounts.models import User
from partner_access.credit.clients import clients
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.handovers import creation
from partner_access.credit.lifecycle import org_mergers
from partner_access.credit.managed import bulk_claims, claim_states, claims, client_answers
from partner_access.credit.models import ManagedClaim
from partner_access.credit.rulings import another_look, rulings
from partner_access.credit.touchpoints import leads, links, registrations, site_holds
from partner_access.db import STAFF, SYSTEM, acting, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations
from partner_access.organizations.domains import domain_disputes, domains
from partner_access.organizations.entry import invitations, join_requests
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import DomainClaim
from partner_access.organizations.team import memberships
from tests.credit.agencies import Agency, accounts_of, day, moment, verified, works
from tests.credit.ledger.test_entries import assert_books_balance
from tests.factories import make_member, make_sign_up, make_user, make_visit, staff_act
from tests.portal import Portal
from tests.threads import at_once


def merge(portal: Portal, gone: Agency, stays: Agency, reason: str = "Acme bought Bolt.") -> None:
    with portal.acting(STAFF):
        org_mergers.merge_into(organizations.fetch(gone.org.id), organizations.fetch(stays.org.id), reason)


def sums(*agencies: Agency) -> tuple[int, int, int]:
    """Pending, active and managed credit of all together."""
    rows = [agency.totals() for agency in agencies]
    return sum(row.pending for row in rows), sum(row.active for row in rows), sum(row.managed for row in rows)


def states(agency: Agency) -> dict[str, str]:
    return {row.site: f"{row.state}: {row.reason}" for row in agency.clients()}


def claims_of(agency: Agency, *sites: str) -> None:
    with agency.portal.acting(agency.person.actor, agency.org.id):
        person = session().get_one(User, agency.person.id)
        bulk_claims.claim(organizations.fetch(agency.org.id), person, sites)


def creates(agency: Agency, site: str) -> None:
    """It creates an account for the client of a site, who has not accepted it."""
    with agency.portal.acting(agency.person.actor, agency.org.id):
        person, org = session().get_one(User, agency.person.id), organizations.fetch(agency.org.id)
        creation.create(org, person, registrations.LeadDetails("Made", site, None, f"jo@{site}"), site)


def confirm(portal: Portal, agency: Agency, site: str) -> None:
    with portal.acting():
        account = accounts_of(site)[0]
        with acting(SYSTEM, agency.org.id):
            claim = claim_states.of_account(account.id)
            assert claim is not None
        client_answers.confirm(account, claim.id)


@pytest.fixture
def history(portal: Portal, acme: Agency, bolt: Agency) -> tuple[Agency, Agency, Agency]:
    """Acme and Bolt have each brought clients in every way, and Cask is beside them."""
    cask = Agency(portal, "Cask")
    with day(1):
        for site in ("lead.example", "open.example", "line.example"):
            bolt.registers(site)
        acme.registers("line.example")
        cask.registers("line.example")
        make_sign_up(portal, "old.example", referral=bolt.link())
        make_sign_up(portal, "acmes.example", referral=acme.link())
        make_sign_up(portal, "casks.example", referral=cask.link())
        make_sign_up(portal, "managed.example", email="jo@managed.example")
        make_sign_up(portal, "asked.example", email="jo@asked.example")
    with day(3):
        works(portal)
        claims_of(bolt, "managed.example", "asked.example")
        claims_of(acme, "asked.example")
        confirm(portal, bolt, "managed.example")
        creates(bolt, "made.example")
    with day(5):
        make_sign_up(portal, "lead.example")
    return acme, bolt, cask


def test_what_one_had_is_the_others_and_the_sums_are_what_they_were(portal, history):
    acme, bolt, cask = history
    before, casks = sums(acme, bolt), sums(cask)
    with day(6):
        merge(portal, bolt, acme)
        merge(portal, bolt, acme)
    assert sums(acme, bolt) == before == sums(acme) and sums(bolt) == (0, 0, 0) and sums(cask) == casks
    assert states(acme) == {
        "old.example": "active: credited-code",
        "acmes.example": "active: credited-code",
        "lead.example": "pending: credited-lead",
        "made.example": "pending: credited-behalf",
        "managed.example": "none: managed-only",
        "asked.example": "none: unconfirmed",
    }
    moved = [entry for entry in bolt.entries() if entry.reason == "org-merged"]
    assert Counter(entry.kind for entry in moved) == {"reversed": 3, "managed-ended": 1}
    came = [entry for entry in acme.entries() if entry.reason == "org-joined"]
    assert Counter(entry.kind for entry in came) == {"pending": 3, "managed": 1}
    for agency in history:
        assert_books_balance(agency)
    verified(portal)
    with day(9):
        works(portal)
    assert sums(acme) == (1, 3, 1)
    verified(portal)


def test_the_preview_counts_what_comes_and_writes_nothing(portal, history):
    acme, bolt, _ = history
    with day(6), portal.acting(STAFF):
        found = org_mergers.preview(organizations.fetch(bolt.org.id), organizations.fetch(acme.org.id))
        assert not session().new and not session().dirty
    assert (found.people.come, found.people.there, found.people.removed) == (1, 0, 0)
    assert (found.doors.domains, found.doubled, found.clients, found.shared) == (("bolt.example",), 1, 5, 1)
    assert (found.counts.active, found.counts.pending, found.counts.managed) == (1, 2, 1)
    assert found.counts.live_leads == 2 and bolt.live_leads() == (3, 2)


def test_the_line_for_a_site_keeps_its_order(portal, history):
    acme, bolt, cask = history
    with day(6):
        merge(portal, bolt, acme)
    with portal.acting():
        rows = site_holds.of_site("line.example")
        line = [(row.org_id, row.is_holding, row.end_reason) for row in rows]
    assert line == [(acme.org.id, True, None), (acme.org.id, False, "withdrawn"), (cask.org.id, False, None)]
    assert acme.live_leads() == (4, 2) and bolt.live_leads() == (3, 0)
    with day(7):
        make_sign_up(portal, "line.example")
    assert states(acme)["line.example"] == "pending: credited-lead"
    verified(portal)


def test_its_links_and_leads_count_for_the_other_from_then_on(portal, history):
    acme, bolt, _ = history
    code, lead = bolt.link(), bolt.lead_code("open.example")
    with day(5.5):
        seen = bolt.link_opened()
    with day(6):
        merge(portal, bolt, acme)
        browser = portal.browser()
        assert browser.get(f"/r/{code}").status_code == 200 and "Recommended by Acme" in browser.text
    with day(7):
        make_sign_up(portal, "late.example", at=moment(5.7), referral=seen)
        make_sign_up(portal, "code.example", referral=code)
        make_sign_up(portal, "visit.example", referral=make_visit(portal, code))
        make_sign_up(portal, "elsewhere.example", referral=lead)
    found = states(acme)
    assert [found[f"{name}.example"] for name in ("late", "code", "visit", "elsewhere")] == [
        "pending: credited-link",
        "pending: credited-code",
        "pending: credited-link",
        "pending: credited-lead-link",
    ]
    with portal.acting(SYSTEM, acme.org.id):
        assert {row.code for row in links.listing()} >= {code} and links.primary(acme.org).code != code
    assert sums(bolt) == (0, 0, 0)
    verified(portal)


def test_it_is_judged_as_what_it_was(portal, acme, bolt):
    """Acme was not founded yet, or paused, or the client is Acme's own: what Bolt brought stays what it was."""
    with day(1):
        code = bolt.link()
        make_sign_up(portal, "acme.example", referral=code)
    with day(2):
        staff_act(portal, pauses.suspend, acme.org)
        bolt.registers("second.example")
        make_sign_up(portal, "paused.example", referral=code)
        creates(bolt, "created.example")
    with day(3):
        staff_act(portal, pauses.resume, acme.org)
        staff_act(portal, pauses.suspend, bolt.org)
        make_sign_up(portal, "lost.example", referral=code)
    with day(3.5):
        merge(portal, bolt, acme)
        make_sign_up(portal, "delivered.example", at=moment(2), referral=code)
    with day(4):
        make_sign_up(portal, "bolt.example", referral=acme.link())
        make_sign_up(portal, "second.example")
    assert states(acme) == {
        "acme.example": "pending: credited-code",
        "paused.example": "pending: credited-code",
        "lost.example": "declined: org-paused",
        "delivered.example": "pending: credited-code",
        "created.example": "pending: credited-behalf",
        "bolt.example": "declined: own-site",
        "second.example": "pending: credited-lead",
    }
    verified(portal)


def test_a_third_one_has_it_all_in_the_end_and_nothing_is_lost_on_the_way(portal, history):
    acme, bolt, cask = history
    before = sums(*history)
    code = bolt.link()
    with day(6):
        merge(portal, bolt, acme)
    with day(7):
        merge(portal, acme, cask, "All one.")
        make_sign_up(portal, "new.example", referral=code)
    assert sums(cask) == (before[0] + 1, before[1], before[2])
    assert states(cask)["new.example"] == "pending: credited-code"
    verified(portal)


# -- questions --------------------------------------------------------------------------------------------------------


def test_two_sides_of_a_question_that_become_one_ask_it_no_more(portal, acme, bolt):
    with day(1):
        acme.registers()
        seen = bolt.link_opened()
    with day(2):
        make_sign_up(portal, referral=seen)
    with portal.acting():
        (open_one,) = disputes.listing()
        assert open_one.kind == "conflict"
    with day(3):
        merge(portal, bolt, acme)
        works(portal)
    with portal.acting():
        assert disputes.listing() == []
    assert states(acme) == {"client.example": "active: credited-lead"} and sums(bolt) == (0, 0, 0)
    verified(portal)


def test_another_look_that_one_asked_for_at_the_others_client_falls_away(portal, history):
    acme, bolt, _ = history
    with day(6), portal.acting(bolt.person.actor, bolt.org.id):
        account = accounts_of("acmes.example")[0]
        another_look.raise_dispute(account, bolt.org, session().get_one(User, bolt.person.id), "We brought them.")
    with day(7):
        merge(portal, bolt, acme)
    with portal.acting():
        assert disputes.listing() == []
    assert states(acme)["acmes.example"] == "active: credited-code"
    verified(portal)


def test_a_question_goes_on_with_the_words_of_both_and_is_ruled_for_the_one_that_stays(portal, history):
    acme, bolt, cask = history
    for agency, words in ((acme, "We know them."), (bolt, "So do we.")):
        with day(6), portal.acting(agency.person.actor, agency.org.id):
            account = accounts_of("casks.example")[0]
            another_look.raise_dispute(account, agency.org, session().get_one(User, agency.person.id), words)
    with day(7):
        merge(portal, bolt, acme)
    with portal.acting():
        (dispute,) = disputes.listing()
        assert dispute_sides.parties(dispute) == sorted([acme.org.id, cask.org.id])
        with acting(SYSTEM, acme.org.id):
            side = dispute_sides.find_side(dispute)
            assert side is not None and side.words == "We know them.\n\nSo do we."
    with day(8), portal.acting(STAFF):
        rulings.rule(disputes.listing()[0], bolt.org.id, "The contract says so.", STAFF)
    assert states(acme)["casks.example"] == "active: credited-ruling"
    assert states(cask)["casks.example"] == "declined: ruled-other"
    verified(portal)


# -- managed ----------------------------------------------------------------------------------------------------------


def test_clients_answer_the_link_that_they_were_mailed(portal, history):
    acme, bolt, _ = history
    told = portal.mails("jo@managed.example", "managed-receipt")[-1].text
    receipt = told.split("http://localhost")[1].split()[0]
    created = portal.mails("jo@made.example", "transfer")[-1].text.split("http://localhost")[1].split()[0]
    with day(6):
        merge(portal, bolt, acme)
    with clock.at(moment(7)):
        browser = portal.browser()
        browser.get(receipt)
        assert "Acme manages your account" in browser.heading + browser.text
        assert browser.post(f"{receipt}/end", on=receipt).status_code == 303
        browser.post(created, {"name": "Jo Made"})
        works(portal)
    assert sums(acme) == (0, 4, 0) and sums(bolt) == (0, 0, 0)
    verified(portal)


def claims_for(agency: Agency, site: str) -> list[str]:
    """How its claims of an account stand: the state of a live one, the reason of an ended one."""
    with agency.portal.acting(SYSTEM, agency.org.id):
        account = accounts_of(site)[0]
        rows = session().scalars(select(ManagedClaim).where(ManagedClaim.client_account_id == account.id)).all()
        return sorted(row.end_reason or row.state for row in rows)


def test_of_two_claims_of_one_account_one_goes_on(portal, history):
    """Both wait; the one that goes manages it and the other waits; the other way round."""
    acme, bolt, _ = history
    with day(5):
        claims_of(acme, "managed.example", "old.example")
        make_sign_up(portal, "third.example", email="jo@third.example")
        claims_of(acme, "third.example")
        confirm(portal, acme, "third.example")
        claims_of(bolt, "third.example")
    with day(6):
        merge(portal, bolt, acme)
    assert claims_for(acme, "asked.example") == ["org-merged", "pending"]
    assert claims_for(acme, "managed.example") == claims_for(acme, "third.example") == ["active", "org-merged"]
    with portal.acting(SYSTEM, acme.org.id):
        told = {row.site: row.managed for row in clients.listing(state="managed")}
    assert told == {
        "asked.example": "pending",
        "managed.example": "active",
        "third.example": "active",
        "old.example": "pending",
    }
    with day(7):
        confirm(portal, acme, "asked.example")
    assert sums(acme)[2] == 3
    verified(portal)


def test_every_page_of_what_came_over_can_be_opened(portal, history):
    acme, bolt, _ = history
    with day(5):
        make_sign_up(portal, "given-up.example", email="jo@given-up.example")
        claims_of(bolt, "given-up.example")
        with portal.acting(bolt.person.actor, bolt.org.id):
            account = accounts_of("given-up.example")[0]
            claims.end(clients.of_account(account.id), while_state="pending")
    with portal.acting(SYSTEM, bolt.org.id):
        rows = [f"leads/{row.id}" for row in leads.listing()] + [f"clients/{row.id}" for row in clients.listing()]
    with day(6):
        merge(portal, bolt, acme)
    with clock.at(moment(7)):
        browser = portal.sign_in(acme.person.email)
        for path in [*rows, "", "leads", "clients", "referral-links", "credit", "activity", "team", "domains"]:
            assert browser.get(f"/orgs/acme/{path}", follow_redirects=True).status_code == 200, path
        old = next(row for row in acme.clients() if row.site == "old.example")
        browser.get(f"/orgs/acme/clients/{old.id}")
    assert "Came over with an organization that became part of yours on 7 September 2025" in browser.text


# -- people and doors -------------------------------------------------------------------------------------------------


def test_its_people_come_with_their_roles_and_who_was_removed_there_stays_out(portal, acme, bolt):
    admin = make_member(portal, bolt.org, role="admin")
    both, removed, shut_out = (make_member(portal, bolt.org) for _ in range(3))
    gone = make_member(portal, bolt.org, "gone@bolt.example")
    with portal.acting(SYSTEM, acme.org.id):
        for user in (both, removed):
            memberships.create(session().get_one(User, user.id), "admin", provenance="staff")
    with portal.acting(SYSTEM, acme.org.id):
        memberships.remove(memberships.find(removed.id), reason="team-decided")  # type: ignore[arg-type]
    with portal.acting(SYSTEM, bolt.org.id):
        memberships.suspend(memberships.find(shut_out.id))  # type: ignore[arg-type]
        memberships.remove(memberships.find(gone.id), reason="team-decided")  # type: ignore[arg-type]
    merge(portal, bolt, acme)
    with portal.acting(SYSTEM, acme.org.id):
        team = {row.user_id: (row.role, row.provenance, row.state) for row in memberships.listing()}
    assert team == {
        acme.person.id: ("owner", "staff", "active"),
        bolt.person.id: ("admin", "merged", "active"),
        admin.id: ("admin", "merged", "active"),
        both.id: ("admin", "staff", "active"),
        shut_out.id: ("member", "merged", "suspended"),
    }
    browser = portal.sign_in(gone.email)  # removed from Bolt: whether they get into Acme is for an admin to say
    browser.post("/join/again", on="/join")
    browser.get("/join")
    assert browser.heading == "Wait for Acme to let you in"


def test_where_there_is_no_owner_the_owner_stays_one(portal, acme, bolt):
    with portal.acting(SYSTEM, acme.org.id):
        memberships.find(acme.person.id).role = "admin"  # type: ignore[union-attr]
    merge(portal, bolt, acme)
    with portal.acting(SYSTEM, acme.org.id):
        assert memberships.find(bolt.person.id).role == "owner"  # type: ignore[union-attr]


def test_domains_invitations_and_requests_go_where_they_belong(portal, acme, bolt):
    sam = make_user(portal, "sam@bolt.example")
    with portal.acting(bolt.person.actor, bolt.org.id):
        org = organizations.fetch(bolt.org.id)
        invitations.send(invitations.invite(address("new@elsewhere.example"), "member"))
        join_requests.ask(session().get_one(User, sam.id), org, reason="policy-request", domain="bolt.example")
        domains.claim("bolt-two.example")
        domain_disputes.begin(domains.claim("acme.example"))
        token = session().scalar(select(DomainClaim.token).where(DomainClaim.name == "bolt.example"))
    merge(portal, bolt, acme)
    with portal.acting(SYSTEM, acme.org.id):
        found = {row.claim.name: (row.state, row.claim.token == token) for row in domains.listing()}
        assert [row.user.email for row in join_requests.waiting()] == [sam.email]
    assert found == {
        "acme.example": ("staff", False),
        "bolt.example": ("staff", True),
        "bolt-two.example": ("unproved", False),
    }
    invited = portal.mails("new@elsewhere.example")[0].text.split("http://localhost")[1].split()[0]
    assert portal.browser().get(invited).status_code == 410
    assert "Bolt, which has become part of Acme," in portal.mails(sam.email, "join-request-received")[-1].text
    told = {mail.to: mail.text for mail in portal.mails(name="org-merged")}
    assert set(told) == {acme.person.email, bolt.person.email}
    assert "as admin" in told[bolt.person.email] and "1 of its people have joined" in told[acme.person.email]


def test_old_addresses_lead_to_the_same_page_of_the_one_that_stays(portal, acme, bolt):
    with day(1):
        lead = bolt.registers()
    stranger = make_user(portal)
    shut_out = make_member(portal, bolt.org)
    with portal.acting(SYSTEM, acme.org.id):
        memberships.create(session().get_one(User, shut_out.id), "member", provenance="staff")
        memberships.remove(memberships.find(shut_out.id), reason="team-decided")  # type: ignore[arg-type]
    with day(2):
        merge(portal, bolt, acme, "Acme bought Bolt.")
    with clock.at(moment(3)):
        browser = portal.sign_in(bolt.person.email)
        page = browser.get(f"/orgs/bolt/leads/{lead.id}?from=mail")
        assert (page.status_code, page.location) == (308, f"/orgs/acme/leads/{lead.id}?from=mail")
        assert browser.get(page.location).status_code == 200
        assert browser.get("/join").location == "/orgs/acme/"
        page = portal.sign_in(shut_out.email).get("/orgs/bolt/")
        assert page.status_code == 403
        assert "Bolt became part of Acme on 3 September 2025. Their reason: “Acme bought Bolt.”" in page.text
        assert portal.sign_in(stranger.email).get("/orgs/bolt/").status_code == 404


# -- what is refused, and what happens at once ------------------------------------------------------------------------


def test_what_is_gone_or_not_active_takes_nothing_over(portal, acme, bolt):
    cask = Agency(portal, "Cask")
    with pytest.raises(Invalid):
        merge(portal, acme, acme)
    staff_act(portal, pauses.suspend, acme.org)
    with pytest.raises(Conflict, match="Acme is paused"):
        merge(portal, bolt, acme)
    staff_act(portal, pauses.resume, acme.org)
    merge(portal, bolt, acme)
    for gone, stays in ((acme, bolt), (bolt, cask)):
        with pytest.raises(Conflict):
            merge(portal, gone, stays)
    for act in (pauses.suspend, pauses.resume):
        with pytest.raises(Conflict):
            staff_act(portal, act, bolt.org)


def test_two_mergers_in_opposite_directions_at_once_leave_one(portal, history):
    acme, bolt, cask = history

    def tried(gone: Agency, stays: Agency) -> str:
        try:
            with clock.at(moment(6)):
                merge(portal, gone, stays)
        except Conflict:
            return "refused"
        return "merged"

    before = sums(*history)
    answers = at_once(partial(tried, acme, bolt), partial(tried, bolt, acme), partial(tried, cask, acme))
    assert answers.count("merged") in (1, 2) and sums(*history) == before
    verified(portal)


@pytest.mark.parametrize("round_", range(2))
def test_sign_ups_that_come_while_two_become_one_are_credited_once(portal, history, round_):
    acme, bolt, _ = history
    code, before = bolt.link(), sums(acme, bolt)
    with clock.at(moment(6)):
        sites = [f"new{number}.example" for number in range(4)]
        signing_up = [partial(make_sign_up, portal, site, referral=code) for site in sites]
        at_once(*signing_up[:2], partial(merge, portal, bolt, acme), partial(works, portal), *signing_up[2:])
    assert sums(bolt) == (0, 0, 0)
    assert sum(sums(acme)[:2]) == sum(before[:2]) + 4
    for agency in history:
        assert_books_balance(agency)
    verified(portal)
