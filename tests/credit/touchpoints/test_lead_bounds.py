"""How many leads one may have, and when a site may be registered again: every rule as a sentence with an example."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_access.credit.rules.settings import Rules
from partner_access.credit.touchpoints import lead_bounds
from partner_access.credit.touchpoints.lead_bounds import LeadBound, PastLead

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def past(begun: float, ended: float, reason: str = "withdrawn", cooldown: int | None = 30) -> PastLead:
    return PastLead(day(begun), day(ended), reason, cooldown)


LIMITS = [
    ("the rules say how many", 25, 0, None, 25),
    ("and one more for each client credited lately", 25, 3, None, 28),
    ("up to a thousand more", 25, 4000, None, 1025),
    ("staff's number for one organization stands instead", 25, 3, 40, 40),
    ("also where it is less", 25, 3, 2, 2),
    ("a version from before has no bound", None, 3, None, None),
    ("but staff may set one for an organization", None, 3, 10, 10),
]


@pytest.mark.parametrize(
    ("base", "credited", "by_staff", "most"), [pytest.param(*row, id=name) for name, *row in LIMITS]
)
def test_limit(base, credited, by_staff, most):
    assert lead_bounds.limit(Rules(lead_limit=base), credited, by_staff) == most


@pytest.mark.parametrize(
    ("bound", "is_reached", "words"),
    [
        (LeadBound(12, 25), False, "12 of 25"),
        (LeadBound(25, 25), True, "25 of 25"),
        (LeadBound(30, 25), True, "30 of 25"),
        (LeadBound(3000, None), False, ""),
    ],
)
def test_a_bound_is_reached_and_told(bound, is_reached, words):
    assert (bound.is_reached, bound.words) == (is_reached, words)


COOLDOWNS = [
    ("a site that was never registered is free", [], 10, None),
    ("a lead that expired cools down", [past(0, 90, "expired")], 100, 120),
    ("to the very end", [past(0, 90, "expired")], 119.99, 120),
    ("and no longer", [past(0, 90, "expired")], 120, None),
    ("also one that expired after a short term", [past(0, 1, "expired")], 2, 31),
    ("a lead withdrawn after more than a week cools down", [past(0, 7.01)], 8, 37.01),
    ("one withdrawn within a week does not", [past(0, 7)], 8, None),
    ("a lead that was won is none of it", [past(0, 20, "won"), past(0, 20, "lost"), past(0, 20, "too-late")], 21, None),
    ("the last end counts", [past(0, 90, "expired"), past(95, 105)], 106, 135),
    ("short leads one after the other count together", [past(0, 5), past(5, 10)], 11, 40),
    ("until together they were no more than a week", [past(0, 3.5), past(3.5, 7)], 8, None),
    ("and those that have cooled down count no more", [past(0, 5), past(36, 41)], 42, None),
    ("a lead of a version without it does not cool down", [past(0, 90, "expired", None)], 91, None),
    ("nor one of a version with no days", [past(0, 90, "expired", 0)], 91, None),
    ("each goes by its own version", [past(0, 90, "expired", None), past(91, 100, "withdrawn", 10)], 105, 110),
]  # fmt: skip


@pytest.mark.parametrize(("leads", "at", "until"), [pytest.param(*row, id=name) for name, *row in COOLDOWNS])
def test_cooldown(leads, at, until):
    assert lead_bounds.cools_until(leads, day(at)) == (None if until is None else day(until))
