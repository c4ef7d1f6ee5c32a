"""What a cancellation and coming back do to a credit: a table of examples, and that the order of telling is nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_access.credit.rules import absences
from partner_access.credit.rules.absences import Absence, EventFact

SIGNED_UP = datetime(2026, 1, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1) / timedelta(days=1)


def at(days: float) -> datetime:
    return SIGNED_UP + timedelta(days=days)


def cancelled(days: float, id: str = "a") -> EventFact:
    return EventFact("cancelled", at(days), id)


def back(days: float, id: str = "b", *, is_taken: bool = False) -> EventFact:
    return EventFact("reactivated", at(days), id, is_taken)


@dataclass(frozen=True)
class Case:
    """What the vendor told, and what the credit went through: (what, after how many days) each. end: why it ended."""

    sentence: str
    events: tuple[EventFact, ...]
    steps: tuple[tuple[str, float], ...] = ()
    end: str | None = None
    days: int | None = 30


CASES = [
    Case("without an event it goes on", ()),
    Case("it ends with the cancellation", (cancelled(10),), (("ended", 10),), "client-cancelled"),
    Case("cancelling twice is the first time", (cancelled(12, "c"), cancelled(10)), (("ended", 10),),
         "client-cancelled"),
    Case("coming back without having gone is nothing", (back(10),)),
    Case("who comes back in time has it again", (cancelled(10), back(12)), (("ended", 10), ("resumed", 12))),
    Case("the last moment is in time", (cancelled(10), back(40)), (("ended", 10), ("resumed", 40))),
    Case("a second later is too late", (cancelled(10), back(40 + SECOND)), (("ended", 10),), "client-returned-late"),
    Case("another account has the website", (cancelled(10), back(12, is_taken=True)), (("ended", 10),),
         "client-returned-taken"),
    Case("too late comes before taken", (cancelled(10), back(50, is_taken=True)), (("ended", 10),),
         "client-returned-late"),
    Case("rules of before never let it go on", (cancelled(10), back(10.5)), (("ended", 10),),
         "client-returned-never", days=None),
    Case("away under such rules", (cancelled(10),), (("ended", 10),), "client-cancelled", days=None),
    Case("it may end and go on more than once", (cancelled(10), back(12), cancelled(20, "c"), back(49, "d")),
         (("ended", 10), ("resumed", 12), ("ended", 20), ("resumed", 49))),
    Case("the days run anew each time", (cancelled(10), back(12), cancelled(20, "c"), back(51, "d")),
         (("ended", 10), ("resumed", 12), ("ended", 20)), "client-returned-late"),
    Case("what ended for good stays so, also when they cancel and come back at once",
         (cancelled(10), back(50), cancelled(60, "c"), back(61, "d")), (("ended", 10),), "client-returned-late"),
    Case("at the same moment a cancellation comes before coming back", (back(10), cancelled(10)),
         (("ended", 10), ("resumed", 10))),
    Case("a cancellation from before the sign-up counts from the sign-up", (cancelled(-5),), (("ended", 0),),
         "client-cancelled"),
    Case("both from before the sign-up keep their order", (cancelled(-5), back(-2)), (("ended", 0), ("resumed", 0))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_what_a_credit_goes_through(case: Case) -> None:
    for told in (case.events, case.events[::-1], case.events * 2):
        found = absences.absences_of(told, SIGNED_UP, case.days)
        assert [(step.kind, step.at) for step in absences.steps(found)] == [(kind, at(day)) for kind, day in case.steps]
        end = absences.end_of(found)
        assert (end and end.code) == case.end


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 9), st.booleans()), max_size=7), st.randoms())
def test_the_order_of_telling_changes_nothing(acts: list[tuple[bool, int, bool]], chance: object) -> None:
    told = [
        back(day, str(number), is_taken=taken) if is_back else cancelled(day, str(number))
        for number, (is_back, day, taken) in enumerate(acts)
    ]
    shuffled = told + told[:3]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    found = absences.absences_of(told, SIGNED_UP, 2)
    assert absences.absences_of(shuffled, SIGNED_UP, 2) == found
    moments = [moment for row in found for moment in (row.since, row.back) if moment]
    assert moments == sorted(moments)
    assert [row.back is None for row in found[:-1]] == [False] * len(found[:-1])
    kinds = [step.kind for step in absences.steps(found)]
    assert kinds == [("ended", "resumed")[number % 2] for number in range(len(kinds))]
    assert (absences.end_of(found) is not None) == (len(kinds) % 2 == 1)


def test_the_client_is_there_from_the_first_moment_that_is_no_absence() -> None:
    away = (Absence(at(1), at(3), absences.BACK), Absence(at(3), at(4), absences.BACK), Absence(at(9), None, "x"))
    assert absences.present_from(away, at(0.5)) == at(0.5)
    assert absences.present_from(away, at(1)) == at(4)
    assert absences.present_from(away, at(5)) == at(5)
    assert absences.present_from(away, at(10)) == at(10)
