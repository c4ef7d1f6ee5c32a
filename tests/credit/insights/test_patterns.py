"""What staff read of how a sign-up came, and that no rule does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_access import clock
from partner_access.clock import now
from partner_access.credit.insights import patterns
from partner_access.credit.models import Visit
from partner_access.credit.touchpoints import links, networks, visits
from partner_access.credit.touchpoints.openings import OpeningEvidence
from tests.factories import make_link, make_org, make_sign_up

AS_SOON = "of this partner signed up within 10 seconds in the last 90 days"


@pytest.mark.parametrize(
    ("seconds", "others", "words"),
    [
        (4, 0, "4 seconds before the sign-up"),
        (1, 1, f"1 second before the sign-up; 1 more client {AS_SOON}"),
        (59, 0, "59 seconds before the sign-up"),
        (7200, 0, "2 hours before the sign-up"),
        (3, 12, f"3 seconds before the sign-up; 12 more clients {AS_SOON}"),
    ],
)
def test_how_soon_a_link_led_to_a_sign_up_is_said(seconds, others, words):
    assert patterns.haste(seconds, others) == words


@pytest.mark.parametrize(
    ("others", "of_partner", "words"),
    [
        (0, 0, "No other sign-up came from it"),
        (1, 1, "1 more sign-up came from it, all of them by links of this partner"),
        (3, 2, "3 more sign-ups came from it, 2 of them by links of this partner"),
        (3, 0, "3 more sign-ups came from it, none of them by links of this partner"),
    ],
)
def test_how_many_sign_ups_came_from_one_network_is_said(others, of_partner, words):
    assert patterns.neighbours(others, of_partner) == words


def test_what_an_opening_left_is_said():
    told = patterns.opening(Visit(referrer_host="blog.example", names_source=True, fetch_destination=None))
    assert told == ", from blog.example, from an address that names a source, by a program or an old browser"
    assert patterns.opening(Visit(names_source=False, fetch_destination="document")) == ""


def test_sign_ups_within_seconds_and_of_one_network_are_evidence_and_refuse_nothing(portal):
    codes = {name: make_link(portal, make_org(portal, name)).code for name in ("Acme", "Bolt")}

    def signs_up(name: str, site: str, seconds: int, address: str):
        with portal.acting():
            link, key = links.find_code(codes[name]), networks.present_key()
            assert link is not None
            with clock.at(now() - timedelta(seconds=seconds)):
                token = visits.record(link, "x", OpeningEvidence(), networks.fingerprint(key, address))
        return make_sign_up(portal, site, referral=token)

    results = [
        signs_up("Acme", "one.example", 3, "192.0.2.1"),
        signs_up("Acme", "two.example", 4, "192.0.2.2"),
        signs_up("Acme", "three.example", 600, "198.51.100.1"),
        signs_up("Bolt", "four.example", 2, "192.0.2.3"),
    ]
    assert {result.basis for result in results} == {"link"}
    with portal.acting():
        told = [dict(patterns.of_account(result.account.id)) for result in results]
    assert told[0] == {
        "Link opened": patterns.haste(3, 1),
        "Network": "2 more sign-ups came from it, 1 of them by links of this partner",
    }
    assert told[2] == {"Link opened": "10 minutes before the sign-up", "Network": "No other sign-up came from it"}
    assert told[3]["Link opened"] == "2 seconds before the sign-up"
    with portal.acting():
        assert patterns.of_account(make_sign_up(portal, "five.example").account.id) == []
