"""The settings of the rules: every one as a sentence with an example, and their bounds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner_access.credit.clients.client_accounts import ALIAS
from partner_access.credit.insights import ladder, list_rows
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules import settings as rule_settings
from partner_access.credit.rules.engine import decide
from partner_access.credit.rules.facts import Facts, PauseFact
from partner_access.credit.rules.settings import FIRST, LINK_FIRST, Rules
from tests.credit.rules.test_engine import (
    OF_OTHER_SETTINGS,
    ORGS,
    SECOND,
    SIGNED_UP,
    A,
    B,
    C,
    _client,
    any_facts,
    days,
    facts,
    lead,
    own,
    queued,
    ruled,
    visit,
)

LINK = Rules(2, order=LINK_FIRST)
FIRST_CLICK = Rules(2, click=FIRST)
BOTH = Rules(2, order=LINK_FIRST, click=FIRST)
OWN = {"email_domains": ("a.example",), "orgs": {A: {"own_domains": own("a.example")}}}


@dataclass(frozen=True)
class Case:
    """What settings change: who wins and why, and the reason that each organization is given."""

    sentence: str
    rules: Rules
    facts: Facts
    winner: str | None
    reasons: dict[str, str] = field(default_factory=dict)
    contender: str | None = None
    suggested: str | None = None


CASES = [
    # the window
    Case("a click as old as the window counts", Rules(2, window_days=30), facts(visit(A, before=days(30))), A,
         {A: "credited-link"}),
    Case("and a second older does not", Rules(2, window_days=30), facts(visit(A, before=days(30) + SECOND)), None,
         {A: "visit-too-old"}),
    Case("in a longer window an older click counts", Rules(2, window_days=120), facts(visit(A, before=days(100))), A,
         {A: "credited-link"}),
    Case("the last of several within the window counts", Rules(2, window_days=7),
         facts(visit(A, before=days(8)), visit(B, before=days(7))), B, {A: "visit-too-old", B: "credited-link"}),
    # a link comes before a lead
    Case("a link comes before another partner's lead, who is told so and may contend", LINK,
         facts(lead(A), visit(B)), B, {A: "other-link-before", B: "credited-link"}, contender=A),
    Case("a lead and a link of the same partner are no contest", LINK, facts(lead(A), visit(A)), A,
         {A: "credited-link"}),
    Case("without a link the lead is credited", LINK, facts(lead(A), visit(B, before=days(91))), A,
         {A: "credited-lead", B: "visit-too-old"}),
    Case("only the earliest lead would have won without the link, so a later one does not contend", LINK,
         facts(lead(A, before=days(20)), lead(B), visit(A)), A, {A: "credited-link", B: "other-link-before"}),
    Case("a lead that was queued contends no more than it would have won", LINK, facts(queued(A), visit(B)), B,
         {A: "lead-queued", B: "credited-link"}),
    Case("the last click decides between two partners, and the other is told how to win", LINK,
         facts(visit(A, before=days(5)), visit(B, before=days(2))), B, {A: "other-link-last", B: "credited-link"}),
    Case("an earlier click of one's own is not needed", LINK,
         facts(visit(A, before=days(5)), visit(A, before=days(2))), A, {A: "credited-link"}),
    Case("a link comes before creating the account, which may contend", LINK, facts(visit(B), created_for=A), B,
         {A: "other-link-before", B: "credited-link"}, contender=A),
    Case("a lead still comes before creating the account, which may contend", LINK, facts(lead(B), created_for=A), B,
         {A: "other-lead-before", B: "credited-lead"}, contender=A),
    Case("creating the account comes before nothing but an address", LINK,
         facts(created_for=B, **OWN), B, {A: "other-behalf-before", B: "credited-behalf"}),
    Case("an address is no question beside a lead", LINK, facts(lead(B), **OWN), B,
         {A: "other-lead-before", B: "credited-lead"}),
    Case("nor beside a link", LINK, facts(visit(B), **OWN), B, {A: "other-link-first", B: "credited-link"}),
    Case("a late lead stays a question beside another partner's link", LINK,
         facts(lead(A, before=-SECOND), visit(A, before=days(100)), visit(B)), B,
         {A: "late-lead", B: "credited-link"}, suggested=A),
    Case("and none beside one's own", LINK, facts(lead(A, before=-SECOND), visit(A)), A, {A: "credited-link"}),
    Case("a paused partner's link leaves the credit to the lead", LINK,
         facts(lead(A), visit(B), orgs={B: {"pauses": (PauseFact(SIGNED_UP),)}}), A,
         {A: "credited-lead", B: "org-paused"}),
    Case("a ruling stands above a link that comes first", LINK, facts(lead(A), visit(B), ruled(A)), A,
         {A: "credited-ruling", B: "ruled-other"}),
    Case("a ruling for one who had no part leaves the others theirs", LINK, facts(visit(B), lead(A), ruled(C)), C,
         {A: "ruled-other", B: "ruled-other", C: "credited-ruling"}),
    Case("a site that has an account earns nobody credit, whatever comes first", LINK,
         facts(lead(A), visit(B), earlier_account_at=SIGNED_UP - days(100)), None,
         {A: "existing-client", B: "existing-client"}),
    # the first click counts
    Case("the first of two partners' clicks counts", FIRST_CLICK,
         facts(visit(A, before=days(2)), visit(B, before=days(3))), B, {A: "other-link-earlier", B: "credited-link"}),
    Case("a first click that is too old leaves the credit to the next one", FIRST_CLICK,
         facts(visit(A, before=days(91)), visit(B, before=days(3)), visit(A, before=days(1))), B,
         {A: "other-link-earlier", B: "credited-link"}),
    Case("a later click of one's own is not needed", FIRST_CLICK,
         facts(visit(A, before=days(5)), visit(A, before=days(2))), A, {A: "credited-link"}),
    Case("a code without a click comes after every click that was seen", FIRST_CLICK,
         facts(visit(A, before=days(0), how="code"), visit(B, before=SECOND)), B,
         {A: "other-link-earlier", B: "credited-link"}),
    Case("a lead still comes first, and the first click may contend", FIRST_CLICK,
         facts(lead(A), visit(B, before=days(3)), visit(C, before=days(2))), A,
         {A: "credited-lead", B: "other-lead-first", C: "other-lead-first"}, contender=B),
    Case("of clicks that count for nothing the latest is told", FIRST_CLICK,
         facts(visit(A, before=days(200)), visit(A, before=days(100))), None, {A: "visit-too-old"}),
    # both
    Case("the first click before any lead", BOTH, facts(lead(A), visit(B, before=days(3)), visit(C, before=days(2))),
         B, {A: "other-link-before", B: "credited-link", C: "other-link-earlier"}, contender=A),
]  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case.sentence) for case in CASES])
def test_setting(case):
    decision = decide(case.facts, case.rules)
    assert (decision.winner, decision.contender, decision.suggested) == (case.winner, case.contender, case.suggested)
    concerned = {finding.org for finding in decision.findings if finding.org}
    assert {org: decision.reason_for(org) for org in sorted(concerned)} == case.reasons
    assert decision.version == case.rules.version


@pytest.mark.parametrize("case", [pytest.param(case, id=case.sentence) for case in CASES])
def test_every_sentence_shown_is_complete_and_true_of_the_rules(case):
    decision = decide(case.facts, case.rules)
    for org in case.facts.orgs:
        client = _client(decision, org.id)
        row = list_rows.client_row(client, {})
        rungs = ladder.rungs(client, {}, case.rules)
        shown = [row.sentence, row.next_step, *(rung.text for rung in rungs)]
        assert not [text for text in shown if re.search("[{}–]|“”|None", text)]
        if case.rules.order == LINK_FIRST:
            assert not [text for text in shown if re.search("lead comes before (a|any|both)|comes before a link", text)]
        if case.rules.click == FIRST:
            assert not [text for text in shown if "last one counts" in text]


def test_every_reason_of_other_settings_has_an_example():
    given_codes = {finding.code for case in CASES for finding in decide(case.facts, case.rules).findings}
    assert given_codes >= OF_OTHER_SETTINGS and set(REASONS) >= given_codes


def test_the_ladder_shows_the_rules_in_the_order_in_which_they_were_tried():
    client = _client(decide(facts(visit(A)), LINK), A)
    assert [rung.rule for rung in ladder.rungs(client, {}, LINK)] == ["", "R1", "R4", "R2", "R3", "R5", "R6"]


def test_the_latest_click_that_was_too_old_is_told_whichever_would_have_counted():
    visits = [visit(A, before=days(200)), visit(A, before=days(100))]
    assert (
        list_rows.client_row(_client(decide(facts(*visits), FIRST_CLICK), A), {}).sentence
        == list_rows.client_row(_client(decide(facts(*visits), Rules()), A), {}).sentence
    )


@settings(deadline=None, max_examples=60)
@given(any_facts(), st.sampled_from([LINK, FIRST_CLICK, BOTH]))
def test_whatever_the_settings_one_wins_at_most_and_nobody_learns_of_another(given_facts, rules):
    decision = decide(given_facts, rules)
    won = [finding.org for finding in decision.findings if finding.result == "won" and finding.org]
    assert won == ([decision.winner] if decision.winner else [])
    assert {finding.code for finding in decision.findings} | {decision.reason} <= set(REASONS)
    assert decision.contender is None or decision.contender != decision.winner
    assert (decision.winner is None) == (decide(given_facts, Rules()).winner is None)
    for org in ORGS:
        view = json.dumps([finding.to_json() for finding in decision.view(org)])
        assert not [other for other in ORGS if given_facts.survivor(other) != org and other != org and other in view]


# -- bounds and words


@pytest.mark.parametrize(
    ("name", "value", "can_be"),
    [
        ("window_days", 1, True), ("window_days", 0, False), ("window_days", 365, True), ("window_days", 366, False),
        ("lead_days", 1, True), ("lead_days", 0, False), ("lead_days", 180, True), ("lead_days", 181, False),
        ("hold_hours", 0, True), ("hold_hours", -1, False), ("hold_hours", 720, True), ("hold_hours", 721, False),
        ("order", "link-first", True), ("order", "", False), ("click", "first", True), ("click", "any", False),
        ("dispute_days", None, True), ("dispute_days", 7, True), ("dispute_days", 6, False),
        ("dispute_days", 366, False),
        ("trial_days", 1, True), ("trial_days", 0, False), ("trial_days", 90, True), ("trial_days", 91, False),
        ("return_months", 6, True), ("return_months", 5, False), ("return_months", 61, False),
        ("comeback_days", None, True), ("comeback_days", 1, True), ("comeback_days", 0, False),
        ("comeback_days", 365, True), ("comeback_days", 366, False),
    ],
)  # fmt: skip
def test_a_setting_has_bounds_and_a_sentence_for_what_is_beyond(name, value, can_be):
    found = rule_settings.mistakes(replace(Rules(), **{name: value}))
    assert found == {} if can_be else set(found) == {name} and found[name].endswith(".")


def test_a_lead_renewed_once_has_ended_before_a_site_that_was_left_is_free_again():
    assert timedelta(days=2 * rule_settings.BOUNDS["lead_days"][1]) < ALIAS


def test_every_setting_is_shown_and_one_is_no_plural():
    assert [label for label, _ in rule_settings.labelled_values(Rules())] == list(rule_settings.LABELS.values())
    assert set(rule_settings.LABELS) == {*rule_settings.BOUNDS, *rule_settings.CHOICES, *rule_settings.MAY_BE_OFF}
    assert rule_settings.value(Rules(window_days=1), "window_days") == "1 day"
    assert rule_settings.value(Rules(), "hold_hours") == "24 hours"
    assert rule_settings.value(Rules(), "dispute_days") == "Off"
    assert rule_settings.value(Rules(return_months=12), "return_months") == "12 months"
    assert rule_settings.value(Rules(), "comeback_days") == "Off"


def test_what_differs_is_told_with_both_values():
    assert rule_settings.changed(Rules(), Rules(lead_days=30)) == [
        ("Days for which a lead holds its website", "90 days", "30 days")
    ]


@pytest.mark.parametrize(("days", "months"), [(1, 1), (15, 1), (16, 2), (90, 6), (91, 7), (180, 12)])
def test_a_site_is_not_free_again_before_a_lead_that_was_renewed_has_ended(days, months):
    assert not rule_settings.mistakes(Rules(lead_days=days, return_months=months))
    if months > 1:
        told = rule_settings.mistakes(Rules(lead_days=days, return_months=months - 1))["return_months"]
        assert told.startswith(f"Enter {months} at least, or nothing for never: a lead of")
