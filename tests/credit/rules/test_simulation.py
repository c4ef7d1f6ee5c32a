"""The simulator counts what would really be decided otherwise: it is held against the same history played again."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from partner_access import clock
from partner_access.credit.rules import engine, simulation, versions, what_if
from partner_access.credit.rules.facts import Facts, LeadFact
from partner_access.credit.rules.settings import FIRST, LINK_FIRST, Rules
from partner_access.transactions import reading
from tests.credit.agencies import START, change_rules, day, verified
from tests.credit.histories import Played, invent
from tests.credit.rules.test_engine import SIGNED_UP, A, B, C, days, facts, lead, queued
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.snapshots import changes, watching

YEARS_LATER = timedelta(days=2000)


def simulate(portal: Portal, **settings: object) -> simulation.Simulation:
    with portal.app.app_context(), reading(), portal.acting():
        return simulation.simulate(replace(versions.newest().rules, **settings))  # type: ignore[arg-type]


def kind(before: tuple[str | None, str | None], after: tuple[str | None, str | None]) -> str:
    if before[0] == after[0]:
        return "basis"
    return "to-somebody" if before[0] is None else "to-nobody" if after[0] is None else "to-another"


def any_settings(seed: int) -> dict[str, object]:
    chance = random.Random(seed)
    choices = {
        "window_days": [7, 30, 60, 120, 365],
        "lead_days": [5, 20, 45, 120, 180],
        "hold_hours": [0, 48],
        "order": ["link-first"],
        "click": ["first"],
    }
    return {name: chance.choice(choices[name]) for name in chance.sample(list(choices), k=chance.randint(1, 3))}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_what_the_simulator_counts_is_what_the_same_history_comes_to_under_saved_rules(portal, seed):
    history = invent(seed)
    first = Played(portal, START).play(history)
    before = first.outcomes()
    with clock.at(START + YEARS_LATER):
        found = simulate(portal, **any_settings(seed))
        change_rules(portal, **any_settings(seed))
    after = Played(portal, START + YEARS_LATER + timedelta(days=1)).play(history, only=first).outcomes()
    flips = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
    assert after.keys() == before.keys() and found.seen == len(before)
    assert {
        flip.external_id.partition("-")[2]: tuple(
            (side.name and side.name[-3:], side.basis) for side in (flip.before, flip.after)
        )
        for flip in found.flips
    } == flips
    assert found.counts == Counter(kind(*pair) for pair in flips.values())
    verified(portal)


# -- one by one


def test_other_lead_days_move_whoever_stands_in_line(portal, acme, bolt):
    with day(0):
        acme.registers()
        bolt.registers()
    with day(50):
        make_sign_up(portal)
    found = simulate(portal, lead_days=40)
    (flip,) = found.flips
    assert (flip.kind, flip.before.name, flip.before.basis) == ("to-another", "Acme", "lead")
    assert (flip.after.name, flip.after.basis, found.total, found.seen) == ("Bolt", "lead", 1, 1)


def test_what_staff_ruled_and_who_was_second_never_flips(portal, acme, bolt):
    with day(0):
        acme.registers()
        token = bolt.link_opened()
    with day(1):
        make_sign_up(portal, external_id="ruled", referral=token)
        assert portal.run("disputes", "rule", "ruled", "--for", "acme", "--reason", "They did.").exit_code == 0
        make_sign_up(portal, external_id="second", referral=token)
    found = simulate(portal, order=LINK_FIRST)
    assert (found.seen, found.flips) == (2, [])


def test_a_decision_made_under_a_later_version_is_held_against_that_one(portal, acme, bolt):
    with day(0):
        change_rules(portal, click=FIRST)
        tokens = [acme.link_opened(), bolt.link_opened()]
    with day(1):
        make_sign_up(portal, referral=tokens[0])
    assert simulate(portal, hold_hours=48).total == 0
    assert simulate(portal, order=LINK_FIRST, click="last").total == 0


def test_all_are_counted_and_the_newest_are_listed(portal, acme, monkeypatch):
    monkeypatch.setattr(simulation, "LISTED", 3)
    with day(0):
        token = acme.link_opened()
    for number in range(5):
        with day(10 + number):
            make_sign_up(portal, f"site{number}.example", external_id=f"s{number}", referral=token)
    found = simulate(portal, window_days=9)
    assert (found.total, [flip.external_id for flip in found.flips]) == (5, ["s4", "s3", "s2"])


def test_it_writes_nothing(portal, cluster):
    Played(portal, START).play(invent(3))
    with watching(portal.database_url, cluster) as watch:
        before = watch.snapshot()
        assert simulate(portal, window_days=7, lead_days=5).total > 0
        assert portal.run("rules", "simulate", "--window-days", "7").exit_code == 0
        assert changes(before, watch.snapshot()) == []


# -- the line of leads, in hindsight


def _days_then(_moment: object) -> int:
    return 90


def line(*leads: LeadFact, days: int) -> list[tuple[str, int | None, int | None]]:
    """Who would have held the site from and until how many days after the beginning."""
    then = what_if.with_lead_days(facts(*leads), days, _days_then)
    start = SIGNED_UP - timedelta(days=100)
    return [
        (row.org, *((moment - start).days if moment else None for moment in (row.held_from, row.held_until)))
        for row in then.leads
    ]


def held(org: str, day_number: int, until: int, **fields: object) -> LeadFact:
    return lead(org, before=days(100 - day_number), ends=days(until - 100), **fields)


def test_a_lead_that_was_renewed_would_have_been_renewed():
    assert line(held(A, 0, 180), days=30) == [(A, 0, 60)]
    assert line(held(A, 0, 90), days=30) == [(A, 0, 30)]


def test_a_lead_whose_link_was_used_for_another_site_ends_with_its_own_term_and_stands_in_no_line():
    assert line(held(A, 0, 90), held(B, 10, 100, by_link=True), days=30) == [(A, 0, 30), (B, 10, 40)]


def test_who_waited_would_have_had_its_turn_earlier_or_later():
    first, second = held(A, 0, 90), lead(B, before=days(95), held_from=SIGNED_UP - days(10))
    assert line(first, second, days=30) == [(A, 0, 30), (B, 30, 60)]
    assert line(first, second, days=120) == [(A, 0, 120), (B, 120, 240)]


def test_who_gave_up_in_the_line_never_has_a_turn():
    gave_up = queued(B, before=days(95), ended_at=SIGNED_UP - days(90), end_reason="withdrawn")
    third = queued(C, before=days(80))
    assert line(held(A, 0, 90), gave_up, third, days=15) == [(A, 0, 15), (B, None, None), (C, 20, 35)]


def test_a_second_lead_of_a_team_that_would_still_have_held_the_site_would_not_be_there():
    assert line(held(A, 0, 90), held(A, 95, 185), days=120) == [(A, 0, 120)]


def test_the_same_days_leave_the_facts_as_they_are():
    known = facts(held(A, 0, 180), queued(B))
    assert what_if.with_lead_days(known, 90, _days_then) is known


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_line_worked_out_anew_with_the_days_it_had_is_what_was_stored(portal, seed):
    """Nothing but the number of days moves a lead."""
    Played(portal, START).play(invent(seed))
    with portal.acting():
        for row in simulation._last_decisions():
            if not simulation._hangs_on(row.facts, {"lead_days"}):
                continue  # the first sign-up has ended the line
            stored = Facts.from_json(row.facts)
            leads = [one for one in stored.leads if not one.by_link]
            again = what_if._in_line(leads, 90, _days_then)
            before = replace(stored, leads=(*again, *(one for one in stored.leads if one.by_link)))
            assert engine.decide(before, Rules()).gist == engine.decide(stored, Rules()).gist
