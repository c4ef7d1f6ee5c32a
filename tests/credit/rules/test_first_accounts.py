"""What was created for a client who never accepted it is no first account: its website is free again, by the rules."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_access.accounts.models import User
from partner_access.credit.handovers import creation, handovers
from partner_access.credit.insights import forecast
from partner_access.credit.models import Handover
from partner_access.credit.touchpoints import registrations
from partner_access.db import session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import organizations
from tests.credit.agencies import Agency, change_rules, day, moment, verified
from tests.factories import make_sign_up
from tests.portal import Portal


@pytest.fixture(autouse=True)
def _trial(portal: Portal) -> None:
    with day(0):
        change_rules(portal, trial_days=30)


def creates(agency: Agency, once: str = "a form") -> Handover:
    with agency.portal.acting(agency.person.actor, agency.org.id):
        person, org = session().get_one(User, agency.person.id), organizations.fetch(agency.org.id)
        details = registrations.LeadDetails("Client", "client.example", None, "jo@client.example")
        return creation.create(org, person, details, once).row


def sends_again(agency: Agency) -> None:
    with agency.portal.acting(agency.person.actor, agency.org.id):
        handovers.resend(session().scalars(select(Handover.id)).one())


def test_a_lead_that_it_had_ended_protects_again_for_the_rest_of_its_term(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    """It won the account that nobody accepted, and wins the one that comes when that is over."""
    with day(1):
        acme.registers()
    with day(2):
        creates(bolt)
    with day(15.9):
        make_sign_up(portal, external_id="early")
    reasons = sorted(row.reason for row in acme.clients())
    assert reasons == ["credited-lead", "existing-client"]
    verified(portal)


def test_a_lead_holds_the_website_again_before_anybody_else_can_register_it(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    """Whether it had won the account that is over, or had lost it."""
    with day(1):
        lead, queued = acme.registers(), bolt.registers()
    with day(2):
        creates(bolt)
    assert (acme.lead(lead).end_reason, bolt.lead(queued).end_reason) == ("won", "lost")
    cask = Agency(portal, "Cask")
    with day(17):
        assert cask.registers().held_from is None
    assert (acme.lead(lead).ended_at, bolt.lead(queued).ended_at) == (None, None)
    assert [agency.live_leads() for agency in (acme, bolt, cask)] == [(1, 1)] * 3
    with day(18):
        make_sign_up(portal)
    assert sorted(row.reason for row in acme.clients()) == ["credited-lead", "credited-lead"]
    assert (acme.lead(lead).end_reason, bolt.lead(queued).end_reason) == ("won", "lost")
    verified(portal)


def test_the_order_in_which_they_are_told_changes_nothing(portal: Portal, acme: Agency, bolt: Agency) -> None:
    with day(1):
        acme.registers()
    with day(2):
        creates(bolt)
    with day(40):
        make_sign_up(portal, external_id="second", at=moment(18))
        make_sign_up(portal, external_id="first", at=moment(17))
    assert sorted(row.reason for row in acme.clients()) == ["credited-lead", "credited-lead", "existing-client"]
    verified(portal)


def test_the_website_can_be_registered_again_and_the_check_says_so(portal: Portal, bolt: Agency, acme: Agency) -> None:
    with day(2):
        creates(bolt)
    with day(15), pytest.raises(Invalid, match="has been a client since"):
        acme.registers()
    with day(17):
        with portal.acting(acme.person.actor, acme.org.id):
            assert forecast.of_website(organizations.fetch(acme.org.id), "client.example").may_register
        acme.registers()
    with day(18):
        make_sign_up(portal)
    assert acme.client().reason == "credited-lead"
    verified(portal)


def test_its_time_is_over_for_good_and_the_account_can_be_created_once_more(portal: Portal, bolt: Agency) -> None:
    with day(2):
        creates(bolt)
    with day(15):
        sends_again(bolt)
    with day(29), pytest.raises(Conflict, match="Create the account once more"):
        sends_again(bolt)
    with day(30):
        creates(bolt, "another form")
    assert [row.reason for row in bolt.clients()] == ["credited-behalf", "credited-behalf"]
    verified(portal)


def test_by_rules_of_before_it_stays_the_first(portal: Portal, acme: Agency, bolt: Agency) -> None:
    with day(1):
        acme.registers()
        change_rules(portal, trial_days=None)
    with day(2):
        creates(bolt)
    with day(40):
        make_sign_up(portal)
        sends_again(bolt)
    assert sorted(row.reason for row in acme.clients()) == ["credited-lead", "existing-client"]
    verified(portal)
