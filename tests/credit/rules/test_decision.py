"""Reasons tell the truth: whatever ties two partners to a client, whichever rule comes first, and whoever rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from partner_access.credit.insights import ladder
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules.decision import Decision
from partner_access.credit.rules.engine import decide
from partner_access.credit.rules.facts import Facts, LeadFact, OwnFact, PauseFact, VisitFact
from partner_access.credit.rules.settings import FIRST, LAST, LINK_FIRST, SEQUENCES, Rules
from tests.credit.rules.test_engine import SIGNED_UP, A, B, C, _client, days, facts, lead, queued, ruled, visit

ORDERS = [Rules(order=order, click=click) for order in SEQUENCES for click in (LAST, FIRST)]
TIES: dict[str, Any] = {
    "lead": lambda org: [lead(org)],
    "link": lambda org: [visit(org)],
    "both": lambda org: [lead(org), visit(org)],
    "link's lead": lambda org: [lead(org, by_link=True)],
    "code": lambda org: [visit(org, before=days(0), how="code")],
    "beside": lambda org: [visit(org, how="beside")],
    "expired lead": lambda org: [lead(org, ends=-days(1))],
    "queued lead": lambda org: [queued(org)],
    "late lead": lambda org: [lead(org, before=-days(0.5)), visit(org, before=days(100))],
    "old link": lambda org: [visit(org, before=days(100))],
    "creation": lambda org: [],
    "address": lambda org: [],
    "own use": lambda org: [lead(org), visit(org)],
    "paused": lambda org: [lead(org), visit(org)],
    "refused": lambda org: [visit(org)],
    "nothing": lambda org: [],
}
"""What may tie an organization to a client, alone or beside another one's."""
ACCOUNTS: dict[str, dict[str, Any]] = {
    "the first": {},
    "a later one": {"earlier_account_at": SIGNED_UP - days(5)},
    "limited": {"is_limited": True},
    "of a day": {"is_day": True},
    "moved to": {"earlier_account_at": SIGNED_UP - days(50), "earlier_until": SIGNED_UP + days(50)},
    "of no partner's code": {"unknown_referral": True},
}
RULINGS: dict[str, list[Any]] = {"no ruling": [], "for A": [ruled(A)], "for C": [ruled(C)], "for nobody": [ruled(None)]}
CASES = [(account, "no ruling") for account in ACCOUNTS] + [("the first", ruling) for ruling in RULINGS]
RULED = [("the first", "for A"), ("a later one", "for C"), ("limited", "for nobody"), ("of a day", "for C")]


def tied(ties: dict[str, str], **fields: Any) -> Facts:
    """The facts of a sign-up with these ties: organization -> one of TIES."""
    domains = {org for org, tie in ties.items() if tie in ("address", "own use")}
    special: dict[str, dict[str, Any]] = {
        org: {"own_domains": (OwnFact(f"{org}.example", SIGNED_UP - days(400)),) if org in domains else ()}
        | ({"pauses": (PauseFact(SIGNED_UP),)} if tie == "paused" else {})
        for org, tie in ties.items()
    }
    touches: list[LeadFact | VisitFact] = [touch for org, tie in ties.items() for touch in TIES[tie](org)]
    return facts(
        *touches,
        *fields.pop("rulings", ()),
        orgs=special | {C: {}},
        email_domains=tuple(f"{org}.example" for org in sorted(domains)),
        refused=tuple(org for org, tie in ties.items() if tie == "refused"),
        created_for=next((org for org, tie in ties.items() if tie == "creation"), None),
        **fields,
    )


def losers(decision: Decision) -> list[str]:
    """Every organization that a decision is told to and that is not credited, asked or not."""
    return [org for org in (A, B, C) if org != decision.winner]


@pytest.mark.parametrize(("account", "ruling"), CASES)
def test_whoever_is_not_credited_reads_why_and_what_to_do_next(account, ruling):
    for one, other, rules in product(TIES, TIES, ORDERS):
        if one == other == "creation":
            continue
        given = tied({A: one, B: other}, rulings=RULINGS[ruling], **ACCOUNTS[account])
        decision = decide(given, rules)
        for org in losers(decision):
            code = decision.reason_for(org)
            reason, case = REASONS[code], (one, other, rules.order, rules.click, org, code)
            assert reason.next_step and reason.short.startswith("Not credited"), case
            if rules.order == LINK_FIRST:
                assert "which comes first" not in reason.sentence and "before any link" not in reason.next_step, case
            else:
                assert "Only a link comes before" not in reason.sentence, case


def test_every_reason_for_no_credit_has_a_next_step():
    assert not [code for code, reason in REASONS.items() if reason.short == "Not credited" and not reason.next_step]


@pytest.mark.parametrize("rules", ORDERS, ids=lambda rules: f"{rules.order}, {rules.click} click")
def test_own_use_is_told_whatever_the_address_was_not_needed_for(rules):
    for other in TIES:
        decision = decide(tied({A: "own use", B: other}), rules)
        assert decision.reason_for(A) == "own-use", other
        rungs = ladder.rungs(_client(decision, A), {}, rules)
        assert (rungs[0].mark, rungs[0].text[:57]) == (
            "stop",
            "Not credited because the owner’s e-mail address is at your"[:57],
        )


def test_an_address_at_the_teams_domain_is_never_called_not_its_own():
    rungs = ladder.rungs(_client(decide(tied({A: "address", B: "link"}), Rules()), A), {}, Rules())
    assert "that the owner’s address is at its domain is looked at below" in rungs[0].text


# -- beside a ruling --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("account", "ruling"), RULED)
def test_a_ruling_keeps_what_the_rules_found_of_every_touch(account, ruling):
    for one, other in product(TIES, TIES):
        if one == other == "creation":
            continue
        given = tied({A: one, B: other}, rulings=RULINGS[ruling], **ACCOUNTS[account])
        decision, alone = decide(given, Rules()), decide(replace(given, rulings=()), Rules())
        kept = {row.touch: row.by_rules or row.code for row in decision.findings if row.rule > "R1"}
        assert kept == {row.touch: row.code for row in alone.findings if "R1" < row.rule < "R6"}, (one, other)
        above = sorted(row.code for row in alone.findings if row.rule == "R0")
        assert sorted(row.code for row in decision.findings if row.rule == "R0") == above, (one, other)


def texts(given: Facts, org: str, who: dict[str, str] | None = None) -> list[str]:
    decision = decide(given, Rules())
    return [rung.text for rung in ladder.rungs(_client(decision, org), who or {}, Rules())]


def test_both_sides_of_a_ruling_read_the_rules_findings_with_their_dates():
    mine, theirs = lead(A), visit(B)
    given = facts(mine, theirs, ruled(B))
    lost, won = texts(given, A, {mine.id: "Ana"}), texts(given, B)
    assert lost[2] == (
        "Not needed because the programme’s staff ruled. By the rules alone: credited because the website matches the "
        "lead Ana registered on 23 September 2026."
    )
    assert won[1] == (
        "Credited because the programme’s staff ruled so on 13 October 2026; their reason is on the client’s page."
    )
    assert won[4] == (
        "Not needed because the programme’s staff ruled for you. By the rules alone: not credited because another "
        "partner had registered this website as a lead, which comes first."
    )


def test_a_ruling_does_not_make_a_later_account_the_first():
    given = facts(lead(A), ruled(A), earlier_account_at=SIGNED_UP - days(100))
    assert texts(given, A)[0].startswith("By the rules alone: not credited because this website already had a client")


def test_what_a_ruling_keeps_is_stored_only_where_it_is_another_code():
    rows = decide(facts(lead(A), visit(B, before=days(100)), ruled(C)), Rules()).findings_json
    assert [row.get("by_rules") for row in rows if row["rule"] in ("R2", "R4")] == ["credited-lead", None]
    assert all("by_rules" not in row for row in decide(facts(lead(A), visit(B)), Rules()).findings_json)
