"""Limits: what counts as one network, how many mails an address gets, and when a limit opens again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_access.accounts import throttles
from partner_access.clock import at
from tests.portal import Portal

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_ipv4_counts_whole_and_ipv6_by_the_64_bits_that_a_household_has(address: str, network: str) -> None:
    assert throttles.network(address) == network


def test_all_ways_together_mail_an_address_ten_times_an_hour_and_25_a_day(portal: Portal) -> None:
    """Then one an hour of each way: whatever a stranger asks for, a person's newest link is never older than that."""
    ways, sent = ["account-request", "password-reset", "sign-up"], []
    for hour in range(24):
        with at(datetime(2026, 11, 3, hour, 30, tzinfo=UTC)), portal.acting():
            sent.append([way for way in ways * 7 if throttles.take_mail(way, "ana@acme.example")])
    assert [len(mails) for mails in sent[:3]] == [10, 10, 5 + 3]
    assert all(mails == ways for mails in sent[3:])


def test_a_limit_says_when_it_opens_again_and_does(portal: Portal) -> None:
    moment = datetime(2026, 11, 3, 10, 59, 30, tzinfo=UTC)
    with at(moment), portal.acting():
        assert [throttles.take("x", 1, HOUR), throttles.take("x", 1, HOUR)] == [True, False]
        assert throttles.seconds_left(HOUR) == 30
    with at(moment + timedelta(seconds=30)), portal.acting():
        assert throttles.take("x", 1, HOUR)
        assert throttles.seconds_left(HOUR) == 3600


def test_who_waits_for_the_turn_of_a_window_gains_nothing(portal: Portal) -> None:
    turn = datetime(2026, 11, 3, 11, tzinfo=UTC)
    taken = {}
    for minutes in (-1, 0, 15, 30, 45, 120):
        with at(turn + timedelta(minutes=minutes)), portal.acting():
            taken[minutes] = sum(throttles.take_sliding("x", 8, HOUR) for _ in range(20))
    assert taken == {-1: 8, 0: 0, 15: 2, 30: 2, 45: 2, 120: 8}


def test_a_row_goes_on_until_it_is_cleared_however_long_it_takes(portal: Portal) -> None:
    for month in range(1, 5):
        with at(datetime(2026, month, 1, tzinfo=UTC)), portal.acting():
            throttles.forget_old()
            assert throttles.take_in_a_row("x", 3) is (month < 4)
    with portal.acting():
        throttles.clear("x")
        assert throttles.take_in_a_row("x", 3)


def test_what_is_only_counted_has_no_end(portal: Portal) -> None:
    with at(datetime(2026, 11, 3, 10, tzinfo=UTC)), portal.acting():
        assert [throttles.count("x", HOUR) for _ in range(4)] == [1, 2, 3, 4]
        assert throttles.count("y", HOUR) == 1
