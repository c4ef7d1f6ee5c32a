"""What a client pays, in words: a month's worth, in the currency's own unit."""

from __future__ import annotations

import pytest

from partner_access.clock import now
from partner_access.credit.clients.plans import Plan


@pytest.mark.parametrize(
    ("amount", "currency", "interval", "words"),
    [
        (4900, "EUR", "month", "EUR 49.00 a month"),
        (124950, "USD", "month", "USD 1,249.50 a month"),
        (58800, "EUR", "year", "EUR 49.00 a month (EUR 588.00 a year)"),
        (10000, "EUR", "year", "EUR 8.33 a month (EUR 100.00 a year)"),
        (1500, "JPY", "month", "JPY 1,500 a month"),
        (1500, "KWD", "month", "KWD 1.500 a month"),
        (0, "EUR", "month", "EUR 0.00 a month"),
    ],
)
def test_a_plan_is_told_as_what_it_is_a_month(amount, currency, interval, words):
    assert Plan(amount, currency, interval, now()).words == words
