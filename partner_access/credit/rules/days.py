"""Sign-ups of which only the day is known: what every order within that day would have decided. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from partner_access.credit.rules.decision import FAILED, NOTED, SUGGESTED, WON, Decision, Finding
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.first_accounts import months_after
from partner_access.credit.rules.settings import Rules
from partner_access.credit.rules.touches import Touches

A_DAY, A_MOMENT = timedelta(days=1), timedelta(microseconds=1)
ORDERED = {"lead-after-sign-up", "late-lead", "visit-after-sign-up"}
"""What says that something came after the sign-up, which nobody knows of what was on the same day."""


def decide_by_day(facts: Facts, rules: Rules, touched: Touches, decide: Callable[[Facts, Rules], Decision]) -> Decision:
    """What its first moment decides; where another order within the day would decide otherwise, staff are asked.

    That is of a sign-up without a time, and of one whose site another account had on a day without a time. decide: how
    a sign-up is decided at a moment.
    """
    orders = [_at(facts, moment) for moment in _moments(facts, rules)]
    without = tuple(row for row in facts.firsts if not row.is_day)
    first, *others = [decide(order, rules) for order in (*orders, replace(orders[0], firsts=without))]
    rivals = {row.winner: row for row in others if row.winner != first.winner}
    findings = tuple(_told(finding, facts, rivals, touched) for finding in first.findings)
    if not rivals:
        return replace(first, findings=findings)
    asked = [org for org in rivals if org not in touched.lapsed] if first.winner not in touched.lapsed else []
    rival = next((org for org in asked if org), None)
    note = Finding("R0", None, NOTED, "day-decides", at=facts.signed_up_at)
    is_about_winner = first.winner is not None and rival is None and bool(asked)
    return replace(
        first,
        findings=(note, *findings),
        contender=first.contender or (rival if first.winner else None),
        suggested=first.suggested or (first.winner if is_about_winner else None if first.winner else rival),
    )


def _moments(facts: Facts, rules: Rules) -> Iterator[datetime]:
    """The first moment of the day, and those at and after which something about it is otherwise."""
    start = facts.signed_up_at
    yield start
    if not facts.is_day:
        return
    known = set(_found(asdict(facts)))
    lengths = (timedelta(), timedelta(days=rules.window_days))
    gone = [row.ended_at for row in facts.firsts if row.ended_at and rules.return_months]
    ends = {months_after(moment, rules.return_months or 0) for moment in gone}
    turns = {moment + length for moment in known for length in lengths} | ends
    last = start + A_DAY - A_MOMENT
    for moment in sorted({near for turn in turns for near in (turn, turn + A_MOMENT)} | {last}):
        if start < moment <= last:
            yield moment


def _found(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _found(item)


def _at(facts: Facts, moment: datetime) -> Facts:
    """The facts of a sign-up at this moment of its day; the code that came with it came then."""
    visits = tuple(replace(row, opened_at=moment) if row.how == "code" else row for row in facts.visits)
    firsts = tuple(replace(row, is_day=False) for row in facts.firsts)
    return replace(facts, signed_up_at=moment, visits=visits, firsts=firsts, is_day=False)


def _told(finding: Finding, facts: Facts, rivals: dict[str | None, Decision], touched: Touches) -> Finding:
    """A finding as it is told where only the day is known: nothing says what came first within it."""
    rival = rivals.get(finding.org) if finding.org else None
    won = next((row for row in rival.findings if row.result == WON), None) if rival else None
    if won and (won.rule, won.subject) == (finding.rule, finding.subject):
        until = touched.lapsed.get(won.org or "")
        code, result = ("not-answered", FAILED) if until else ("same-day", SUGGESTED)
        return replace(finding, result=result, code=code, until=until or finding.until)
    is_on_the_day = finding.at is not None and facts.signed_up_at <= finding.at < facts.signed_up_at + A_DAY
    is_unordered = facts.is_day and is_on_the_day and finding.code in ORDERED
    return replace(finding, result=FAILED, code="on-the-day") if is_unordered else finding
