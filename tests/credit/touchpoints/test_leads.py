"""Leads: held from the moment of submission, renewed once, queued behind another's, ended when they are due."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.credit.models import SiteHold
from partner_access.credit.touchpoints import lead_queue, leads
from partner_access.db import SYSTEM, session
from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.organizations.team import memberships
from tests.credit.agencies import SECOND, Agency, day, moment
from tests.factories import make_lead, make_member, make_sign_up, submit_lead
from tests.portal import Portal
from tests.threads import at_once


def worker_comes(portal: Portal) -> None:
    with portal.acting():
        while lead_queue.expire_due():
            session().commit()


def holds(portal: Portal, site: str = "client.example") -> list[SiteHold]:
    with portal.acting():
        return list(session().scalars(select(SiteHold).where(SiteHold.site == site).order_by(SiteHold.submitted_at)))


# -- held -------------------------------------------------------------------------------------------------------------


def test_a_lead_is_held_for_90_days_from_its_submission(acme):
    with day(0):
        lead = acme.registers()
    assert (lead.held_from, lead.held_until) == (moment(0), moment(90))
    assert leads.status(lead) == "registered"
    assert acme.live_leads() == (1, 1)


def test_any_spelling_of_a_website_is_the_same_site(acme, bolt):
    with day(0):
        assert acme.registers("HTTPS://www.Client.example/about?x=1").site == "client.example"
        assert leads.status(bolt.registers("client.example.")) == "queued"


def test_each_lead_has_a_link_of_its_own_that_cannot_be_guessed(acme):
    codes = {acme.link_of(acme.registers(site)) for site in ("a.example", "b.example")}
    assert len(codes) == 2 and all(len(code) == 10 for code in codes)


@pytest.mark.parametrize(
    ("details", "field", "code"),
    [
        ({"website": "https://acme.example/us"}, "website", "own-site"),
        ({"website": "mail.acme.example"}, "website", "own-site"),
        ({"website": "192.168.0.1"}, "website", "ip-address"),
        ({"website": ""}, "website", "empty"),
        ({"contact_email": "ana@@client.example"}, "contact_email", "email-several"),
        ({"company": "Cl\x00ient"}, "company", "not-text"),
        ({"note": "a\x00b"}, "note", "not-text"),
        ({"website": "client.example/\x00"}, "website", "not-text"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field_and_leaves_nothing(portal, acme, details, field, code):
    with pytest.raises(Invalid) as refusal:
        submit_lead(portal, acme.org, acme.person, **details)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert refusal.value.sentence
    assert (acme.live_leads(), holds(portal)) == ((0, 0), [])


def test_the_contact_may_have_any_address(portal, acme):
    lead = make_lead(portal, acme.org, acme.person, contact_email="kim@elsewhere.example", contact_name="Kim")
    assert (lead.contact_email, lead.contact_name) == ("kim@elsewhere.example", "Kim")


def test_a_site_that_has_an_account_is_refused_with_its_date(portal, acme):
    with day(3):
        make_sign_up(portal)
    with day(4), pytest.raises(Invalid, match="client since 4 September 2025") as refusal:
        acme.registers()
    assert refusal.value.code == "existing-client"


# -- renewed ----------------------------------------------------------------------------------------------------------


def test_a_lead_can_be_renewed_once_for_another_90_days(acme):
    with day(0):
        lead = acme.registers()
    with day(80):
        acme.renews(lead)
    assert acme.lead(lead).held_until == moment(180)
    with day(81), pytest.raises(Conflict):
        acme.renews(lead)
    assert acme.lead(lead).held_until == moment(180)


@pytest.mark.parametrize("when", [90, 90.5])
def test_a_lead_that_is_over_cannot_be_renewed_even_if_the_worker_has_not_come(acme, when):
    with day(0):
        lead = acme.registers()
    with day(when), pytest.raises(Conflict):
        acme.renews(lead)


def test_a_queued_lead_cannot_be_renewed(acme, bolt):
    acme.registers()
    queued = bolt.registers()
    with pytest.raises(Conflict):
        bolt.renews(queued)


# -- the team's own ---------------------------------------------------------------------------------------------------


def test_a_teammates_second_registration_is_answered_with_the_first(portal, acme):
    ben = make_member(portal, acme.org, name="Ben")
    first = acme.registers("client.example")
    second = submit_lead(portal, acme.org, ben, "www.client.example")
    assert (second.outcome, second.lead.id, second.lead.submitter.name) == ("already-yours", first.id, "Acme Owner")
    assert acme.live_leads() == (1, 1)


def test_a_teammates_second_registration_of_a_queued_site_keeps_its_place(portal, acme, bolt):
    bolt.registers()
    first = acme.registers()
    second = submit_lead(portal, acme.org, acme.person)
    assert (second.outcome, second.lead.id, leads.status(second.lead)) == ("already-yours", first.id, "queued")


def test_an_organization_may_register_a_site_again_after_its_lead_ended(acme):
    with day(0):
        acme.withdraws(acme.registers())
    with day(1):
        again = acme.registers()
    assert again.held_from == moment(1)
    assert acme.live_leads() == (2, 1)


def test_withdrawing_twice_is_no_mistake(acme):
    lead = acme.registers()
    acme.withdraws(lead)
    ended = acme.lead(lead)
    acme.withdraws(lead)
    assert acme.lead(lead).ended_at == ended.ended_at
    assert (leads.status(ended), ended.end_reason, acme.live_leads()) == ("ended", "withdrawn", (1, 0))


def test_another_organizations_lead_is_not_found(portal, acme, bolt):
    lead = acme.registers()
    with portal.acting(SYSTEM, bolt.org.id), pytest.raises(NotFound):
        leads.fetch(lead.id)


# -- the queue --------------------------------------------------------------------------------------------------------


def test_a_second_organization_is_queued_and_told_when_the_site_may_be_free(acme, bolt):
    with day(0):
        held = acme.registers()
    with day(1):
        queued = bolt.registers()
    assert (leads.status(queued), queued.held_from, queued.free_at) == ("queued", None, held.held_until)
    with day(2):
        acme.renews(held)
    assert bolt.lead(queued).free_at == moment(180)


def test_withdrawing_gives_the_site_to_whoever_waited_longest_and_mails_them(portal, acme, bolt):
    with day(0):
        held = acme.registers()
    coda = Agency(portal, "Coda")
    with day(2):
        first = bolt.registers()
    with day(1):  # another server's clock; it is the second all the same
        last = coda.registers()
    with day(5):
        acme.withdraws(held)
    first, last = bolt.lead(first), coda.lead(last)
    assert (first.held_from, first.held_until) == (moment(5), moment(95))
    assert (first.free_at, last.held_from, last.free_at) == (None, None, first.held_until)
    assert [mail.to for mail in portal.mails(name="lead-free")] == [bolt.person.email]


def test_withdrawing_from_the_queue_changes_nothing_for_the_holder(portal, acme, bolt):
    held = acme.registers()
    bolt.withdraws(bolt.registers())
    assert acme.lead(held).ended_at is None
    assert bolt.live_leads() == (1, 0)
    assert portal.mails(name="lead-free") == []


@pytest.mark.parametrize("late", [0, 3])
def test_a_lead_ends_when_it_is_due_and_the_next_begins_then_however_late_the_worker_comes(portal, acme, bolt, late):
    with day(0):
        held = acme.registers()
        queued = bolt.registers()
    with day(90 + late):
        worker_comes(portal)
    held, queued = acme.lead(held), bolt.lead(queued)
    assert (held.ended_at, held.end_reason, leads.status(held)) == (moment(90), "expired", "expired")
    assert (queued.held_from, queued.held_until) == (moment(90), moment(180))
    assert (acme.live_leads(), bolt.live_leads()) == ((1, 0), (1, 1))


def test_a_lead_is_not_ended_a_second_before_it_is_due(portal, acme):
    with day(0):
        lead = acme.registers()
    with clock.at(moment(90) - SECOND):
        worker_comes(portal)
    assert acme.lead(lead).ended_at is None


def test_after_years_without_a_worker_every_lead_in_the_queue_had_its_turn(portal, acme, bolt):
    with day(0):
        first, second = acme.registers(), bolt.registers()
    with day(400):
        worker_comes(portal)
        third = acme.registers()
    assert acme.lead(first).ended_at == moment(90)
    assert bolt.lead(second).ended_at == moment(180)
    assert third.held_from == moment(400)


def test_registering_settles_a_site_whose_hold_is_over_before_it_looks(acme, bolt):
    with day(0):
        over = acme.registers()
    with day(91):
        lead = bolt.registers()
    assert leads.status(lead) == "registered"
    assert acme.lead(over).end_reason == "expired"


def test_the_mail_that_a_site_is_free_is_sent_once(portal, acme, bolt):
    with day(0):
        acme.registers()
        bolt.registers()
    with day(91):
        at_once(*[lambda: worker_comes(portal)] * 3)
        worker_comes(portal)
    assert [mail.to for mail in portal.mails(name="lead-free")] == [bolt.person.email]


def test_when_who_registered_has_left_the_owners_are_told_that_the_site_is_free(portal, acme, bolt):
    gone = make_member(portal, bolt.org, name="Gone")
    with day(0):
        held = acme.registers()
        make_lead(portal, bolt.org, gone)
        with portal.acting(SYSTEM, bolt.org.id):
            row = memberships.find(gone.id)
            assert row is not None
            memberships.remove(row, reason="left-the-company")
    with day(1):
        acme.withdraws(held)
    assert [mail.to for mail in portal.mails(name="lead-free")] == [bolt.person.email]


# -- at the same moment -----------------------------------------------------------------------------------------------

SPELLINGS = ("client.example", "WWW.Client.Example", "https://client.example/a", "http://shop.client.example:8080/?q=1")


@pytest.mark.parametrize("crowd", [pytest.param(8, id="8"), pytest.param(20, id="20", marks=pytest.mark.slow)])
def test_when_many_organizations_register_a_site_at_once_one_holds_it_and_all_others_are_queued(portal, crowd):
    agencies = [Agency(portal, f"Agency{number}") for number in range(crowd)]
    pieces = [partial(agency.registers, SPELLINGS[n % 4]) for n, agency in enumerate(agencies)]
    statuses = Counter(leads.status(lead) for lead in at_once(*pieces))
    assert statuses == {"registered": 1, "queued": crowd - 1}
    rows = holds(portal)
    assert sum(row.held_from is not None for row in rows) == 1
    assert {row.org_id for row in rows} == {agency.org.id for agency in agencies}


@pytest.mark.parametrize("crowd", [pytest.param(8, id="8"), pytest.param(20, id="20", marks=pytest.mark.slow)])
def test_when_many_people_of_one_organization_register_a_site_at_once_there_is_one_lead(portal, acme, crowd):
    people = [make_member(portal, acme.org) for _ in range(crowd)]
    pieces = [partial(submit_lead, portal, acme.org, person, SPELLINGS[n % 4]) for n, person in enumerate(people)]
    answers = at_once(*pieces)
    assert Counter(answer.outcome for answer in answers) == {"registered": 1, "already-yours": crowd - 1}
    assert len({answer.lead.id for answer in answers}) == 1
    assert (acme.live_leads(), len(holds(portal))) == ((1, 1), 1)


def test_when_holder_and_queue_withdraw_at_once_nobody_is_left_behind(portal, acme, bolt):
    coda = Agency(portal, "Coda")
    held, second, third = acme.registers(), bolt.registers(), coda.registers()
    at_once(partial(acme.withdraws, held), partial(bolt.withdraws, second))
    assert leads.status(coda.lead(third)) == "registered"
    assert [agency.live_leads() for agency in (acme, bolt, coda)] == [(1, 0), (1, 0), (1, 1)]


@pytest.mark.slow
def test_crossing_sites_and_organizations_do_not_get_into_each_others_way(portal, acme, bolt):
    """Who ends another's hold counts in its totals too: two such transactions must take their locks in one order."""
    agencies, sites = (acme, bolt), [f"site{number}.example" for number in range(6)]
    with day(0):
        for number, site in enumerate(sites):
            agencies[number % 2].registers(site)
            agencies[1 - number % 2].registers(site)
    with day(91):
        new = [partial(agencies[n % 2].registers, f"new{n}.example") for n in range(4)]
        sign_ups = [partial(make_sign_up, portal, site) for site in sites]
        at_once(partial(worker_comes, portal), partial(worker_comes, portal), *new, *sign_ups)
    assert acme.live_leads()[1] + bolt.live_leads()[1] == 4
