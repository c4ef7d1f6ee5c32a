"""Events: written with what made them, numbered after it, and told of each thing that happens."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from partner_access import clock, events
from partner_access.clock import now
from partner_access.credit.attribution import credit_holds
from partner_access.credit.ledger import statements
from partner_access.credit.lifecycle import cancellations
from partner_access.credit.rulings import rulings
from partner_access.credit.touchpoints import lead_queue, leads, registrations
from partner_access.db import STAFF, new_id, session
from partner_access.events import TYPES, Event
from partner_access.events import events as feed
from tests.factories import make_lead, make_link, make_member, make_org, make_sign_up
from tests.house.source import literal, modules
from tests.portal import Portal
from tests.threads import at_once


def told(portal: Portal, *types: str) -> list[Event]:
    """The events of these types, or of all, in the order in which they were written."""
    with portal.acting():
        rows = session().scalars(select(Event).order_by(Event.id)).all()
    return [row for row in rows if not types or row.type in types]


def test_eight_writers_and_one_reader_lose_no_event(portal: Portal):
    """The reader goes on from what it read last, as programs do; the publisher runs beside all of them."""
    each, writers, read, over = 12, 8, [], threading.Event()

    def write() -> None:
        for _ in range(each):
            with portal.acting():
                events.tell("statement.ready", None, month="2026-11", lines=1)
                session().flush()

    def publish() -> None:
        while not over.is_set():
            with portal.acting():
                events.publish()

    def read_on() -> None:
        last = 0
        while len(read) < each * writers:
            with portal.acting():
                rows = feed.after(last, most=7)
            read.extend(row.id for row in rows)
            last = rows[-1].number or 0 if rows else last
        over.set()

    at_once(*[write] * writers, publish, publish, read_on)
    assert len(set(read)) == len(read) == each * writers
    with portal.acting():
        assert [row.number for row in feed.after(0, most=1000)] == list(range(1, each * writers + 1))


def test_what_is_rolled_back_is_never_told(portal: Portal):
    with portal.acting():
        events.tell("statement.ready", None, month="2026-11", lines=1)
        session().rollback()
    assert told(portal) == []


@pytest.mark.parametrize("fields", [{"month": "2026-11"}, {"month": "2026-11", "lines": 1, "name": "Ana"}])
def test_an_event_carries_exactly_what_the_catalogue_says(portal: Portal, fields):
    with pytest.raises(ValueError, match=r"statement\.ready carries lines, month"), portal.acting():
        events.tell("statement.ready", None, **fields)


def test_every_type_is_told_somewhere_and_no_other():
    calls = [call for module in modules() for call in module.calls("tell") if call.args and literal(call.args[0])]
    assert {literal(call.args[0]) for call in calls} & set(TYPES) == set(TYPES)


def test_a_sign_up_is_told_to_who_won_who_lost_and_the_programme(portal: Portal):
    acme, bolt = make_org(portal, "Acme"), make_org(portal, "Bolt")
    person = make_member(portal, acme)
    make_lead(portal, acme, person)
    make_sign_up(portal, external_id="a-1", referral=make_link(portal, bolt).code)
    make_sign_up(portal, "elsewhere.example", external_id="a-2")
    rows = told(portal, "sign_up.credited", "sign_up.not_credited")
    assert [(row.type, row.org_id, row.data["external_id"]) for row in rows] == [
        ("sign_up.credited", acme.id, "a-1"),
        ("sign_up.not_credited", bolt.id, "a-1"),
        ("sign_up.not_credited", None, "a-2"),
    ]
    assert rows[0].data["reason"] == "credited-lead"


def test_a_repeated_sign_up_is_told_once(portal: Portal):
    for _ in range(2):
        make_sign_up(portal, external_id="a-1")
    assert len(told(portal)) == 1


def test_the_life_of_a_credit_is_told(portal: Portal):
    acme = make_org(portal)
    make_sign_up(portal, external_id="a-1", referral=make_link(portal, acme).code)
    with clock.at(now() + timedelta(days=2)):
        with portal.acting():
            credit_holds.activate_due()
        with portal.acting(STAFF):
            cancellations.tell("a-1", "cancelled", now(), "They wrote to us.")
    with clock.at(now() + timedelta(days=40)), portal.acting():
        statements.mail_due()
    types = [row.type for row in told(portal)]
    assert types == ["sign_up.credited", "credit.active", "credit.ended", "statement.ready"]


def test_a_lead_is_told_when_it_comes_expires_soon_and_ends(portal: Portal):
    acme = make_org(portal)
    person = make_member(portal, acme)
    lead = make_lead(portal, acme, person)
    moments = [lead.held_until - timedelta(days=8), *[lead.held_until - timedelta(days=6)] * 2]
    for moment in moments:
        with clock.at(moment), portal.acting():
            lead_queue.warn_due()
    with portal.acting(person.actor, acme.id):
        registrations.withdraw(leads.fetch(lead.id))
    rows = told(portal, "lead.registered", "lead.expiring", "lead.ended")
    assert [row.type for row in rows] == ["lead.registered", "lead.expiring", "lead.ended"]
    assert {row.data["lead_id"] for row in rows} == {str(lead.id)}


def test_a_renewed_lead_is_told_of_again_before_its_new_end(portal: Portal):
    acme = make_org(portal)
    person = make_member(portal, acme)
    lead = make_lead(portal, acme, person)
    for renews in (True, False):
        with clock.at(lead.held_until - timedelta(days=1)), portal.acting(person.actor, acme.id):
            lead_queue.warn_due()
            if renews:
                lead = leads.fetch(lead.id)
                registrations.renew(lead, "They have a budget.")
    assert len(told(portal, "lead.expiring")) == 2


def test_a_ruling_is_told_to_every_side(portal: Portal):
    acme, bolt = make_org(portal, "Acme"), make_org(portal, "Bolt")
    make_lead(portal, acme, make_member(portal, acme))
    account = make_sign_up(portal, external_id="a-1", referral=make_link(portal, bolt).code).account
    with portal.acting(STAFF):
        rulings.rule(session().merge(account), bolt.id, "The newsletter came first.", STAFF)
    ruled = {row.org_id: row.data["is_credited"] for row in told(portal, "dispute.ruled")}
    assert ruled == {acme.id: False, bolt.id: True}
    assert {row.org_id for row in told(portal, "dispute.opened", "dispute.closed")} == {acme.id, bolt.id}


def test_a_new_member_is_told_without_their_name(portal: Portal):
    acme = make_org(portal)
    make_member(portal, acme, name="Zoe Zander")
    (row,) = told(portal, "member.joined")
    assert row.org_id == acme.id and "Zoe" not in str(row.data) and new_id() > row.id
