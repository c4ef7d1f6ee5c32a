"""What a pause and a closing do to credit: decided as of the sign-up, whenever we hear of it; what is open ends."""

from __future__ import annotations

from datetime import datetime
from threading import Event

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.accounts.models import User
from partner_access.credit.handovers import creation
from partner_access.credit.lifecycle import org_closures
from partner_access.credit.managed import bulk_claims, claim_states, client_answers
from partner_access.credit.models import Handover, ManagedClaim
from partner_access.credit.touchpoints import lead_queue, leads, registrations
from partner_access.db import STAFF, SYSTEM, acting, session
from partner_access.errors import Conflict
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import invitations, join_requests
from partner_access.organizations.lifecycle import pauses
from tests.credit.agencies import Agency, accounts_of, day, moment, verified, works
from tests.credit.ledger.test_entries import assert_books_balance
from tests.factories import make_sign_up, make_user, staff_act
from tests.portal import Portal
from tests.threads import at_once

CLOSED = "Acme was closed by the programme on 7 September 2025. Their reason: “You asked us to.”"


def held_from(agency: Agency) -> datetime | None:
    """Since when the agency holds the site of its newest lead."""
    with agency.portal.acting(SYSTEM, agency.org.id):
        return leads.listing()[0].held_from


# -- pauses


def test_a_sign_up_that_we_hear_of_late_is_decided_by_the_pauses_of_its_own_time(portal, acme):
    for paused, resumed in ((10, 20), (30, 40)):
        with day(paused):
            staff_act(portal, pauses.suspend, acme.org, f"From day {paused}.")
        with day(resumed):
            staff_act(portal, pauses.resume, acme.org, f"From day {resumed}.")
    with day(50):
        code = acme.link()
        for number in (5, 15, 25, 35, 45):
            make_sign_up(portal, f"day{number}.example", at=moment(number), referral=code)
    assert {row.site: row.reason for row in acme.clients()} == {
        "day5.example": "credited-code",
        "day15.example": "org-paused",
        "day25.example": "credited-code",
        "day35.example": "org-paused",
        "day45.example": "credited-code",
    }
    verified(portal)


def test_a_pause_changes_nothing_for_leads_but_what_they_earn_meanwhile(portal, acme, bolt):
    with day(1):
        acme.registers("first.example")
        acme.registers("second.example")
        bolt.registers("second.example")
    with day(10):
        staff_act(portal, pauses.suspend, acme.org)
        make_sign_up(portal, "first.example", referral=bolt.link())
    assert (acme.client().reason, bolt.client().state) == ("org-paused", "pending")
    with day(92), portal.acting():  # the clock of its other lead went on
        assert lead_queue.expire_due() == 1
    assert bolt.live_leads() == (1, 1)
    verified(portal)


# -- closing


@pytest.fixture
def busy(portal: Portal, acme: Agency, bolt: Agency) -> Agency:
    """Acme holds a site for which Bolt waits, has an active and a pending credit, manages an account and waits for
    another, and has created one that the client has not accepted."""
    with day(1):
        acme.registers("wanted.example")
        bolt.registers("wanted.example")
        make_sign_up(portal, "old.example", referral=acme.link())
        for name in ("managed", "asked"):
            make_sign_up(portal, f"{name}.example", email=f"jo@{name}.example")
    with day(3):
        works(portal)
    with day(5):
        make_sign_up(portal, "new.example", referral=acme.link())
        with portal.acting(acme.person.actor, acme.org.id):
            person = session().get_one(User, acme.person.id)
            org = organizations.fetch(acme.org.id)
            bulk_claims.claim(org, person, ["managed.example", "asked.example"])
            details = registrations.LeadDetails("Made", "made.example", None, "jo@made.example")
            creation.create(org, person, details, "once")
        with portal.acting():
            account = accounts_of("managed.example")[0]
            with acting(SYSTEM, acme.org.id):
                claim = claim_states.of_account(account.id)
                assert claim is not None
            client_answers.confirm(account, claim.id)
    return acme


def close(portal: Portal, agency: Agency, reason: str = "You asked us to.") -> None:
    staff_act(portal, org_closures.close, agency.org, reason)


def test_what_is_open_ends_and_what_was_earned_stays(portal, busy, bolt):
    with day(6):
        with portal.acting(STAFF):
            found = org_closures.preview(organizations.fetch(busy.org.id))
            assert (found.leads, found.claims, found.managed, found.handovers) == (1, 1, 1, 1)
        close(portal, busy)
        close(portal, busy)
    row = busy.totals()
    assert (row.active, row.pending, row.managed, row.live_leads) == (1, 2, 0, 0)
    with portal.acting(SYSTEM, busy.org.id):
        ends = {row.end_reason for row in session().scalars(select(ManagedClaim))}
    assert ends == {"org-closed"}
    assert bolt.live_leads() == (1, 1) and held_from(bolt) == moment(6)
    assert [mail.to for mail in portal.mails(name="managed-over")] == ["jo@managed.example"]
    (told,) = portal.mails(name="org-closed")
    assert told.to == busy.person.email and "You asked us to." in told.text and "1 active, 2 pending" in told.text
    with day(9):
        works(portal)
    assert busy.totals().active == 2  # the hold of the day before the closing is over; the account created waits
    for agency in (busy, bolt):
        assert_books_balance(agency)
    verified(portal)


def test_nothing_more_is_earned_from_then_on(portal, busy, bolt):
    code = busy.link()
    with day(6):
        close(portal, busy)
        make_sign_up(portal, "before.example", at=moment(5.5), referral=code)
        make_sign_up(portal, "at.example", at=moment(6), referral=code)
    reasons = {row.site: row.reason for row in busy.clients() if row.site in ("before.example", "at.example")}
    assert reasons == {"before.example": "credited-code", "at.example": "org-not-active"}
    assert portal.browser().get(f"/r/{code}").status_code == 410
    verified(portal)


def test_the_client_of_an_account_that_was_created_for_them_keeps_it(portal, busy):
    with day(6):
        close(portal, busy)
    told = portal.mails("jo@made.example", "transfer-kept")[0]
    link = told.text.split("http://localhost")[1].split()[0]
    with day(200):
        browser = portal.browser()
        browser.post(link, {"name": "Jo Made"})
        browser.get(link)
        assert browser.heading == "The Meridian account of Made is yours"
        works(portal)
    with portal.acting(SYSTEM, busy.org.id):
        assert session().scalars(select(Handover)).one().accepted_at == moment(200)
    assert busy.totals().active == 3
    verified(portal)


def test_its_people_read_one_sentence_and_may_begin_anew(portal, busy):
    with day(6):
        close(portal, busy)
    with clock.at(moment(7)):
        browser = portal.sign_in(busy.person.email)
        rules = [rule for rule in portal.app.url_map.iter_rules() if rule.arguments == {"slug"}]
        pages = [rule.rule.replace("<slug>", "acme") for rule in rules if rule.rule.startswith("/orgs/")]
        assert len(pages) > 15
        for path in pages:
            page = browser.get(path)
            if page.status_code != 405:
                assert page.status_code == 403 and browser.heading == "You may not open this page"
                assert browser.text.count("Acme") == 1 and CLOSED in browser.text
        assert browser.get("/join").status_code == 200
        assert "Acme was closed by the programme" in browser.text and browser.heading == "Apply to become a partner"


def test_every_way_in_is_shut_and_the_domain_is_free(portal, acme):
    with day(1):
        sam = make_user(portal, "sam@acme.example")
        with portal.acting(acme.person.actor, acme.org.id):
            invitations.send(invitations.invite(address("new@elsewhere.example"), "member"))
            join_requests.ask(
                session().get_one(User, sam.id),
                organizations.fetch(acme.org.id),
                reason="policy-request",
                domain="acme.example",
            )
    with day(2):
        close(portal, acme)
        invited = portal.mails("new@elsewhere.example")[0].text.split("http://localhost")[1].split()[0]
        browser = portal.browser()
        assert browser.get(invited).status_code == 410
        assert "Acme was closed by the programme, so nobody can join it any more." in browser.text
        assert portal.audited("invitation.revoked") == [("org-closed", {})]
        with portal.acting():
            organizations.found_org("Acme Again", domain="acme.example")
    assert len(portal.mails(sam.email, "join-request-over")) == 1


def test_closed_is_for_good(portal, acme):
    with day(1):
        close(portal, acme)
        for act in (pauses.suspend, pauses.resume):
            with pytest.raises(Conflict, match="A command closed Acme on 2 September 2025"):
                staff_act(portal, act, acme.org)


def test_who_comes_to_write_while_it_is_closed_finds_it_closed(portal, acme):
    """The page was open; the form arrives when the closing is decided, and not there for others to see yet."""
    form, came, done = {"kind": "lead", "company": "Client", "website": "client.example"}, Event(), Event()
    with clock.at(moment(1)):
        browser = portal.sign_in(acme.person.email)
        browser.get("/orgs/acme/clients/new")

        def write() -> int:
            came.wait(20)
            status = browser.post("/orgs/acme/clients/new", form, on="/me").status_code
            done.set()
            return status

        def close_slowly() -> int:
            with portal.acting(STAFF):
                org_closures.close(organizations.fetch(acme.org.id), "It was agreed.")
                came.set()
                done.wait(0.3)  # it cannot be: whoever writes waits for this to end
            return 0

        assert at_once(write, close_slowly) == [403, 0]
    assert acme.live_leads() == (0, 0)
    assert_books_balance(acme)
