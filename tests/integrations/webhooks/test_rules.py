"""Webhooks: the waits, the meaning of answers, the addresses that are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from partner_access.errors import Invalid
from partner_access.integrations.webhooks import addresses, networks, rules
from partner_access.integrations.webhooks.rules import Answer

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOOPBACK = [ip_network("127.0.0.0/8")]


def test_a_delivery_is_retried_for_three_days_and_then_no_more():
    waits = [rules.wait(number, 0.5, None) for number in range(1, len(rules.WAITS) + 1)]
    assert waits == list(rules.WAITS) == sorted(waits)
    assert abs(sum(waits, timedelta()) - 3 * DAY) < HOUR
    assert rules.wait(len(rules.WAITS) + 1, 0.5, None) is None


@pytest.mark.parametrize(("chance", "wait"), [(0, 54), (0.5, 60), (1, 66)])
def test_waits_are_spread_so_that_not_all_comes_back_at_once(chance, wait):
    assert rules.wait(2, chance, None) == wait * SECOND


@pytest.mark.parametrize(("asked", "waits"), [(1, 5), (120, 120), (10**9, 86400)])
def test_retry_after_is_never_undercut_nor_longer_than_a_day(asked, waits):
    assert rules.wait(1, 0.5, asked * SECOND) == waits * SECOND


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("0", 0), ("Mon, 23 Nov 2026 12:01:00 GMT", 60), ("Mon, 23 Nov 2020 12:01:00 GMT", 0),
        ("Mon, 23 Nov 2026 12:01:00", 60), ("9" * 400, 10**8),
        ("", None), (None, None), ("-5", None), ("soon", None), ("1.5", None), ("٣", None),
        ("Mon, 23 Nov 99999 12:01:00 GMT", None),
    ],
)  # fmt: skip
def test_a_retry_after_header_is_seconds_or_a_date(header, seconds):
    assert rules.retry_after(header, NOW) == (None if seconds is None else seconds * SECOND)


@pytest.mark.parametrize(
    ("answer", "failures", "rests"),
    [
        (Answer(SECOND / 100, 200), 0, 0 * SECOND),
        (Answer(SECOND * 9, 200), 0, 36 * SECOND),
        (Answer(SECOND / 100, 500), 1, 2 * SECOND),
        (Answer(SECOND / 100, 500), 5, 32 * SECOND),
        (Answer(SECOND / 100, 500), 10**6, 300 * SECOND),
        (Answer(SECOND * 10, error="It did not answer."), 1, 40 * SECOND),
        (Answer(SECOND / 100, 429, retry_after=HOUR), 1, HOUR),
    ],
)
def test_a_dead_or_slow_endpoint_is_left_alone_for_longer(answer, failures, rests):
    assert rules.rest(answer, failures) == rests


@pytest.mark.parametrize(
    ("status", "is_success", "is_gone"),
    [(200, True, False), (204, True, False), (299, True, False), (301, False, False), (410, False, True),
     (429, False, False), (500, False, False), (None, False, False), (101, False, False)],
)  # fmt: skip
def test_only_2xx_is_a_success_and_only_410_an_end(status, is_success, is_gone):
    answer = Answer(SECOND, status, error="" if status else "It did not answer.")
    assert (answer.is_success, answer.is_gone) == (is_success, is_gone)
    assert is_success or answer.fault.endswith(".")


def test_an_endpoint_is_given_up_after_three_days_of_failures():
    assert not rules.is_given_up(NOW - 3 * DAY + SECOND, NOW)
    assert rules.is_given_up(NOW - 3 * DAY, NOW)


@pytest.mark.parametrize(
    "public", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_connected_to(public):
    assert networks.may_connect(public)


@pytest.mark.parametrize(
    "refused",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.1.1",
        "169.254.169.254", "168.63.129.16", "192.0.0.192", "100.100.100.200", "192.0.2.1", "198.18.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1", "3fff::1", "5f00::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:0808:0808::1", "2001::1",
    ],
)  # fmt: skip
def test_no_address_of_a_network_of_its_own_is_connected_to(refused):
    assert not networks.may_connect(refused)
    assert not networks.may_connect(refused, [ip_network("10.99.0.0/16"), ip_network("fd99::/16")])


def test_an_allowed_network_is_connected_to_and_no_other():
    assert networks.may_connect("127.0.0.1", LOOPBACK) and networks.may_connect("::ffff:127.0.0.1", LOOPBACK)
    assert not networks.may_connect("10.0.0.1", LOOPBACK) and not networks.may_connect("::1", LOOPBACK)


@pytest.mark.parametrize(
    ("typed", "host", "port", "path"),
    [
        ("https://example.com/hooks?key=1", "example.com", 443, "/hooks?key=1"),
        (" HTTPS://Example.COM ", "example.com", 443, "/"),
        ("https://münchen.example:8443/ä", "xn--mnchen-3ya.example", 8443, "/%C3%A4"),
        ("https://8.8.8.8/x", "8.8.8.8", 443, "/x"),
        ("https://[2606:4700::1111]/x", "2606:4700::1111", 443, "/x"),
    ],
)
def test_an_address_is_read_as_browsers_do(typed, host, port, path):
    address = addresses.check(typed, [])
    assert (address.host, address.port, address.path) == (host, port, path)
    assert addresses.parse(address.url) == address


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "no-url"), ("example.com/hooks", "no-url"), ("https://", "no-url"), ("https://exa mple.com", "no-url"),
        ("http://example.com/", "url-not-https"), ("ftp://example.com/", "url-not-https"),
        ("file:///etc/passwd", "url-not-https"), ("javascript:alert(1)", "url-not-https"),
        ("https://me:secret@example.com/", "url-parts"), ("https://example.com/#x", "url-parts"),
        ("https://good.example\\@127.0.0.1/", None), ("https://127.0.0.1/", "url-not-public"),
        ("https://0x7f.1/", "url-not-public"), ("https://2130706433/", "url-not-public"),
        ("https://017700000001/", "url-not-public"), ("https://[::1]/", "url-not-public"),
        ("https://[::ffff:10.0.0.1]/", "url-not-public"), ("https://169.254.169.254/latest", "url-not-public"),
        ("https://example.com/" + "x" * 2000, "url-too-long"),
    ],
)  # fmt: skip
def test_an_address_that_nothing_is_posted_to_is_refused(typed, code):
    if code is None:  # what browsers open is the host before the backslash
        assert addresses.check(typed, []).host == "good.example"
        return
    with pytest.raises(Invalid) as refusal:
        addresses.check(typed, [])
    assert (refusal.value.code, refusal.value.field) == (code, "url")


def test_plain_http_is_taken_where_a_network_is_allowed():
    assert addresses.check("http://localhost:9000/x", LOOPBACK).port == 9000
    assert addresses.check("http://127.0.0.1:9000/x", LOOPBACK).ip == "127.0.0.1"
    with pytest.raises(Invalid):
        addresses.check("http://10.0.0.1/x", LOOPBACK)
