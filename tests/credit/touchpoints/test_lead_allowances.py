"""Leads cannot be hoarded: a bound on open ones, a cooldown for a site that was let go, and no queue behind a pause."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from partner_access.credit.lifecycle import org_mergers, org_pauses
from partner_access.credit.touchpoints import lead_allowances, leads
from partner_access.credit.touchpoints.lead_bounds import LeadBound
from partner_access.db import STAFF, session
from partner_access.errors import Invalid
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Organization
from tests.credit.agencies import Agency, change_rules, day, moment, works
from tests.factories import make_sign_up, staff_act
from tests.portal import Portal
from tests.threads import at_once


def bound(agency: Agency) -> LeadBound:
    with agency.portal.acting(agency.person.actor, agency.org.id):
        return lead_allowances.bound(session().get_one(Organization, agency.org.id))


def refused(agency: Agency, site: str = "client.example") -> str:
    """The code of the refusal, whose sentence is complete."""
    with pytest.raises(Invalid) as refusal:
        agency.registers(site)
    assert refusal.value.field == "website" and refusal.value.sentence.endswith(".")
    return refusal.value.code


def let_have(portal: Portal, agency: Agency, limit: int | None, reason: str = "They asked.") -> None:
    with portal.acting(STAFF):
        agency.org = organizations.fetch(agency.org.id)
        lead_allowances.set_limit(agency.org, limit, reason)


def merge(portal: Portal, gone: Agency, stays: Agency) -> None:
    with portal.acting(STAFF):
        org_mergers.merge_into(organizations.fetch(gone.org.id), organizations.fetch(stays.org.id), "They said so.")


# -- the bound


def test_beyond_the_bound_no_lead_is_taken_until_one_ends(portal, acme):
    with day(0):
        change_rules(portal, lead_limit=2)
    with day(1):
        first, _ = acme.registers("a.example"), acme.registers("b.example")
        assert bound(acme).words == "2 of 2"
        assert refused(acme, "c.example") == "too-many-leads"
        assert acme.registers("a.example").id == first.id, "what is the team's already is still answered so"
        acme.withdraws(first)
        acme.registers("c.example")
    assert acme.live_leads() == (3, 2)


def test_a_lead_that_is_over_makes_room_although_no_worker_came_by(portal, acme, bolt):
    with day(0):
        change_rules(portal, lead_limit=2)
        bolt.registers("b.example")
    with day(1):
        acme.registers("a.example")
        acme.registers("b.example")
    with day(90.5):
        assert refused(acme, "c.example") == "too-many-leads"
    with day(91):
        acme.registers("c.example")
    assert acme.live_leads() == (3, 2)


def test_each_client_credited_within_a_year_lets_one_have_one_more(portal, acme):
    with day(0):
        change_rules(portal, lead_limit=1)
        acme.registers("won.example")
    with day(1):
        make_sign_up(portal, "won.example")
        assert bound(acme).words == "0 of 1", "a credit that is pending does not count yet"
    with day(3):
        works(portal)
        assert bound(acme).words == "0 of 2"
    with day(370):
        assert bound(acme).words == "0 of 1"


def test_staff_let_one_organization_have_another_number_and_it_is_written_down(portal, acme, bolt):
    let_have(portal, acme, 1)
    acme.registers("a.example")
    assert refused(acme, "b.example") == "too-many-leads"
    assert bound(bolt).words == "0 of 25"
    let_have(portal, acme, None)
    assert bound(acme).words == "1 of 25"
    told = portal.audited("organization.lead_limit_set")
    assert [fields for _, fields in told] == [{"limit": 1}, {"limit": None}]


@pytest.mark.parametrize(
    ("limit", "reason", "field"), [(-1, "So.", "limit"), (10_001, "So.", "limit"), (5, " ", "reason")]
)
def test_a_number_that_cannot_be_is_refused_beside_its_field(portal, acme, limit, reason, field):
    with pytest.raises(Invalid) as refusal:
        let_have(portal, acme, limit, reason)
    assert refusal.value.field == field
    assert bound(acme).words == "0 of 25"


def test_a_version_from_before_has_no_bound(portal, acme):
    change_rules(portal, lead_limit=None, lead_cooldown_days=None)
    assert bound(acme) == LeadBound(0, None)
    with day(0):
        acme.registers()
    assert bound(acme).words == ""


def test_of_several_leads_at_once_at_the_bound_exactly_one_is_taken(portal, acme):
    change_rules(portal, lead_limit=3)
    acme.registers("a.example")
    acme.registers("b.example")

    def try_to(site: str) -> str:
        try:
            return leads.status(acme.registers(site))
        except Invalid as refusal:
            return refusal.code

    came_to = at_once(*[partial(try_to, f"raced{number}.example") for number in range(6)])
    assert Counter(came_to) == {"registered": 1, "too-many-leads": 5}
    assert acme.live_leads() == (3, 3)


# -- the cooldown


def test_a_site_whose_lead_expired_is_the_others_for_30_days(acme, bolt):
    with day(0):
        acme.registers()
    with day(100):
        assert refused(acme) == "lead-cooling-down"
        bolt.withdraws(bolt.registers())
    with day(120):
        assert acme.registers().held_from == moment(120)


def test_a_mistake_may_be_withdrawn_and_registered_again_within_a_week_and_no_longer(acme):
    with day(0):
        first = acme.registers()
    with day(4):
        acme.withdraws(first)
        second = acme.registers()
    with day(8):
        acme.withdraws(second)
        assert refused(acme) == "lead-cooling-down"


def test_who_took_the_organization_over_waits_too(portal, acme, bolt):
    with day(0):
        acme.registers()
    with day(95):
        merge(portal, acme, bolt)
    with day(96):
        assert refused(bolt) == "lead-cooling-down"


def test_a_lead_goes_by_the_rules_under_which_it_was_registered(portal, acme):
    with day(0):
        change_rules(portal, lead_cooldown_days=None)
    with day(1):
        acme.registers()
    with day(2):
        change_rules(portal, lead_cooldown_days=30)
    with day(92):
        acme.registers()


# -- pauses


def test_the_next_in_line_holds_the_site_from_the_pause_and_keeps_it(portal, acme, bolt):
    coda = Agency(portal, "Coda")
    with day(0):
        held = acme.registers()
    with day(1):
        second = bolt.registers()
    with day(2):
        third = coda.registers()
    with day(5):
        staff_act(portal, org_pauses.suspend, acme.org)
    assert (bolt.lead(second).held_from, bolt.lead(second).held_until) == (moment(5), moment(95))
    assert (leads.status(acme.lead(held)), acme.lead(held).free_at) == ("queued", moment(95))
    assert acme.lead(held).passed_on_at == moment(5)
    with day(10):
        staff_act(portal, org_pauses.resume, acme.org)
    assert leads.status(bolt.lead(second)) == "registered"
    with day(12):
        bolt.withdraws(second)
    assert acme.lead(held).held_from == moment(12), "who comes back stands in line by its first submission"
    assert leads.status(coda.lead(third)) == "queued"


def test_whoever_registers_a_site_that_a_paused_one_holds_has_it_at_once(portal, acme, bolt):
    with day(0):
        held = acme.registers()
    with day(1):
        staff_act(portal, org_pauses.suspend, acme.org)
    assert leads.status(acme.lead(held)) == "registered", "nobody else wants it"
    with day(3):
        assert bolt.registers().held_from == moment(3)
    assert portal.mails(name="lead-free") == []


def test_who_waits_while_paused_is_passed_over_and_gets_a_free_site_when_it_goes_on(portal, acme, bolt):
    with day(0):
        held, waiting = acme.registers(), bolt.registers()
    with day(1):
        staff_act(portal, org_pauses.suspend, bolt.org)
    with day(2):
        acme.withdraws(held)
    assert leads.status(bolt.lead(waiting)) == "queued"
    with day(9):
        staff_act(portal, org_pauses.resume, bolt.org)
    assert bolt.lead(waiting).held_from == moment(9)


@pytest.mark.parametrize("heard", [4, 6, 12], ids=["at once", "during the pause", "after it"])
def test_a_sign_up_before_the_pause_is_the_first_ones_whenever_we_hear_of_it(portal, acme, bolt, heard):
    happens = {
        0: lambda: (acme.registers(), bolt.registers()),
        5: lambda: staff_act(portal, org_pauses.suspend, acme.org),
        10: lambda: staff_act(portal, org_pauses.resume, acme.org),
        heard: lambda: make_sign_up(portal, at=moment(4)),
    }
    for number in sorted(happens):
        with day(number):
            happens[number]()
    assert (acme.client().reason, bolt.client().reason) == ("credited-lead", "lead-queued")


@pytest.mark.parametrize("signed_up", [6, 11], ids=["during the pause", "after it"])
def test_a_sign_up_from_the_pause_on_is_the_next_ones_and_the_first_is_told_why(portal, acme, bolt, signed_up):
    with day(0):
        acme.registers()
        bolt.registers()
    with day(5):
        staff_act(portal, org_pauses.suspend, acme.org)
    with day(10):
        staff_act(portal, org_pauses.resume, acme.org)
    with day(12):
        make_sign_up(portal, at=moment(signed_up))
    assert (acme.client().reason, bolt.client().reason) == ("lead-passed-on", "credited-lead")


def test_who_takes_a_paused_organization_over_keeps_what_it_holds_and_gets_what_was_free(portal, acme, bolt):
    coda = Agency(portal, "Coda")
    with day(0):
        kept, passed, blocking = acme.registers("a.example"), acme.registers("b.example"), coda.registers("c.example")
        coda.registers("b.example")
        waits = acme.registers("c.example")
    with day(1):
        staff_act(portal, org_pauses.suspend, acme.org)
        coda.withdraws(blocking)
    with day(2):
        merge(portal, acme, bolt)
    assert bolt.lead(kept).held_from == moment(0)
    assert leads.status(bolt.lead(passed)) == "queued"
    assert bolt.lead(waits).held_from == moment(2)
