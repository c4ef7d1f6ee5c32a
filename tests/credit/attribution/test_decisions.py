"""Deciding anew: whatever the order in which sign-ups are delivered, the same partner has the credit in the end."""

from __future__ import annotations

import random
from functools import partial

import pytest
from sqlalchemy import select

from partner_access.credit.ledger import entries
from partner_access.credit.models import StoredDecision
from partner_access.credit.rules import engine
from partner_access.credit.rules.decision import Finding
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.settings import Rules
from partner_access.db import session
from tests.credit.agencies import Agency, day, moment, works
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.threads import at_once


def hear_of_the_first_last(portal: Portal, agency: Agency) -> None:
    """Two sign-ups of a site that the agency registered; the one that came first is delivered last."""
    with day(0):
        agency.registers()
    with day(20):
        make_sign_up(portal, external_id="second", at=moment(10))
        works(portal)
        assert (agency.client().reason, agency.totals().active) == ("credited-lead", 1)
        make_sign_up(portal, external_id="first", at=moment(5))
        works(portal)


def test_a_sign_up_that_came_first_but_is_delivered_later_takes_the_credit_back(portal, bolt):
    hear_of_the_first_last(portal, bolt)
    later, first = bolt.clients()
    assert (first.state, first.reason) == ("active", "credited-lead")
    assert (later.state, later.reason) == ("declined", "existing-client")
    assert (bolt.totals().pending, bolt.totals().active, bolt.totals().declined) == (0, 1, 1)
    undone = next(entry for entry in bolt.entries() if entry.kind == "reversed")
    assert (undone.active, undone.reason, undone.client_id) == (-1, "existing-client", later.id)
    assert bolt.entries()[undone.reverses - 1].kind == "activated"


def test_the_answer_to_a_repeated_delivery_stays_the_first_one_though_it_was_decided_anew(portal, acme):
    code = acme.link()
    with day(20):
        first = make_sign_up(portal, external_id="second", at=moment(10), referral=code)
        make_sign_up(portal, external_id="first", at=moment(5))
        again = make_sign_up(portal, external_id="second", at=moment(10), referral=code)
    assert (first.basis, again.basis, again.is_new) == ("link", "link", False)


DELIVERIES = (
    ("a", "client.example", 5, ""), ("b", "client.example", 5, "acme"), ("c", "www.client.example/x", 6, "acme"),
    ("d", "other.example", 6, "lead"), ("e", "other.example", 4, "acme"), ("f", "client.example", 2, ""),
    ("g", "client.example", 4, "bolt"),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_delivery_decides_nothing(portal, acme, bolt, seed):
    with day(0):
        lead = acme.registers("client.example")
        bolt.registers("client.example")
        codes = {"acme": acme.link(), "bolt": bolt.link(), "lead": acme.link_of(lead), "": ""}
    order = [*DELIVERIES, *DELIVERIES]
    random.Random(seed).shuffle(order)
    with day(30):
        for key, site, at, referral in order:
            make_sign_up(portal, site, external_id=key, at=moment(at), referral=codes[referral])
        works(portal)
    expected_acme = [
        *[("client.example", "declined", "existing-client")] * 4,
        ("client.example", "active", "credited-lead"),
        ("other.example", "declined", "existing-client"),
        ("other.example", "active", "credited-code"),
    ]
    assert sorted((row.site, row.state, row.reason) for row in acme.clients()) == sorted(expected_acme)
    assert sorted(row.reason for row in bolt.clients()) == ["existing-client"] * 4 + ["lead-queued"]
    assert not [row for row in [*acme.clients(), *bolt.clients()] if row.review_by]
    assert (acme.totals().active, bolt.totals().active, bolt.totals().pending) == (2, 0, 0)
    assert (acme.lead(lead).end_reason, acme.lead(lead).ended_at) == ("won", moment(2))


def test_deliveries_of_one_site_at_once_end_as_they_would_one_by_one(portal, acme, bolt):
    with day(0):
        acme.registers()
    pieces = [
        partial(make_sign_up, portal, external_id=f"at-{hour}", at=moment(hour / 24), referral=acme.link())
        for hour in (9, 3, 7, 5, 3, 9)
    ]
    at_once(*pieces)
    works(portal)
    assert [(row.signed_up_at, row.reason) for row in acme.clients() if row.state != "declined"] == [
        (moment(3 / 24), "credited-lead")
    ]
    assert (acme.totals().active, bolt.totals().active) == (1, 0)


def test_every_stored_decision_replays_to_its_winner(portal, bolt):
    hear_of_the_first_last(portal, bolt)
    with portal.acting():
        for stored in session().scalars(select(StoredDecision)):
            again = engine.decide(Facts.from_json(stored.facts), Rules(version=stored.rule_version))
            assert (again.winner or None) == (str(stored.winner_id) if stored.winner_id else None)
            assert list(again.findings) == [Finding.from_json(row) for row in stored.findings]


def test_the_ledger_is_a_chain_of_hashes_and_carries_its_balances(portal, bolt):
    hear_of_the_first_last(portal, bolt)
    previous, balances = entries.GENESIS, [0, 0, 0]
    for entry in bolt.entries():
        balances = [balances[0] + entry.pending, balances[1] + entry.active, balances[2] + entry.managed]
        assert balances == [entry.pending_after, entry.active_after, entry.managed_after]
        assert (entry.previous_hash, entry.hash) == (previous, entries.seal(entry))
        previous = entry.hash
    assert bolt.totals().head == previous
