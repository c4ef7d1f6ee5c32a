"""A date without a time is a day: where the order within it decides, staff are asked, and no sentence tells it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from partner_access.credit.rules.engine import decide
from partner_access.credit.rules.facts import Facts, LapseFact, PauseFact
from partner_access.credit.rules.first_accounts import FirstFact
from partner_access.credit.rules.settings import Rules
from tests.credit.rules.test_engine import SIGNED_UP, A, B, facts, lead, own, ruled, visit

DAY = datetime(2026, 10, 3, tzinfo=UTC)
TEN = SIGNED_UP - DAY  # nine and a quarter hours: what test_engine.py dates from its sign-up is on this day


def on_the_day(*touches: Any, **fields: Any) -> Facts:
    """The same facts of a sign-up of which only the day is known."""
    return replace(facts(*touches, **fields), signed_up_at=DAY, is_day=True)


@dataclass(frozen=True)
class Case:
    sentence: str
    facts: Facts
    winner: str | None
    reasons: dict[str, str] = field(default_factory=dict)
    contender: str | None = None
    suggested: str | None = None


NOON = timedelta(hours=-3)
"""Three hours after test_engine.py's sign-up: about noon of this day."""
CASES = [
    Case("where every order comes to the same, it is decided", on_the_day(lead(A)), A, {A: "credited-lead"}),
    Case("a lead of that very day is asked of staff", on_the_day(lead(A, before=NOON)), None,
         {A: "same-day"}, suggested=A),
    Case("one of the next day came after it", on_the_day(lead(A, before=timedelta(days=-1))), None,
         {A: "lead-after-sign-up"}),
    Case("a link opened that very day is", on_the_day(visit(A, before=NOON)), None, {A: "same-day"}, suggested=A),
    Case("a link that a later one of that day may have outdone", on_the_day(visit(A), visit(B, before=NOON)), A,
         {A: "credited-link", B: "same-day"}, contender=B),
    Case("a lead of that day behind another's lead decides nothing",
         on_the_day(lead(A), replace(lead(B, before=NOON), held_from=None, held_until=None)), A,
         {A: "credited-lead", B: "on-the-day"}),
    Case("a lead that ended that day", on_the_day(lead(A, ends=-NOON)), A, {A: "credited-lead"}, suggested=A),
    Case("a lead that ended as the day began had ended", on_the_day(lead(A, ends=-TEN)), None, {A: "lead-expired"}),
    Case("a lead that ends as the day ends held", on_the_day(lead(A, ends=timedelta(days=1) - TEN)), A,
         {A: "credited-lead"}),
    Case("a link whose window ended that day", on_the_day(visit(A, before=timedelta(days=90))), A,
         {A: "credited-link"}, suggested=A),
    Case("a partner that was paused that day", on_the_day(visit(A), orgs={A: {"pauses": (PauseFact(SIGNED_UP),)}}), A,
         {A: "credited-link"}, suggested=A),
    Case("a website that became its own that day",
         on_the_day(visit(A), orgs={A: {"own_sites": own("client.example", since=SIGNED_UP)}}), A,
         {A: "credited-link"}, suggested=A),
    Case("a code comes with the sign-up, whenever that was",
         on_the_day(replace(visit(A, how="code"), opened_at=DAY)), A, {A: "credited-code"}),
    Case("another account of that day may have been the first",
         on_the_day(lead(A), firsts=(FirstFact(SIGNED_UP),)), A, {A: "credited-lead"}, suggested=A),
    Case("a ruling answers it", on_the_day(lead(A, before=NOON), ruled(A)), A, {A: "credited-ruling"}),
    Case("and when nobody does in time, the first moment's answer stands",
         on_the_day(lead(A, before=NOON), lapses=(LapseFact("d", SIGNED_UP, (A,)),)), None, {A: "not-answered"}),
    Case("then the holder keeps it",
         on_the_day(lead(A, ends=-NOON), lapses=(LapseFact("d", SIGNED_UP, (A,)),)), A, {A: "credited-lead"}),
    Case("a sign-up with a time may have come before another one of that day without one",
         facts(lead(A), firsts=(FirstFact(DAY, is_day=True),)), None, {A: "same-day"}, suggested=A),
    Case("but not where nobody brought it", facts(firsts=(FirstFact(DAY, is_day=True),)), None),
]  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case.sentence) for case in CASES])
def test_of_a_day_without_a_time(case: Case) -> None:
    decision = decide(case.facts, Rules())
    assert (decision.winner, decision.contender, decision.suggested) == (case.winner, case.contender, case.suggested)
    concerned = {finding.org for finding in decision.findings if finding.org}
    assert {org: decision.reason_for(org) for org in concerned} == case.reasons
    stored = Facts.from_json(case.facts.to_json())
    assert decide(stored, Rules()) == decision
