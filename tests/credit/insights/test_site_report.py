"""Why, for any site: staff read every side by its name, and what would happen where nobody has signed up."""

from __future__ import annotations

import pytest

from partner_access.credit.insights import site_report
from partner_access.credit.rules.settings import LINK_FIRST
from partner_access.db import STAFF
from partner_access.errors import Invalid
from partner_access.transactions import reading
from tests.credit.agencies import change_rules, day, moment
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.snapshots import changes, watching

SITE = "client.example"


def why(portal: Portal, website: str = SITE) -> site_report.SiteReport:
    with reading(), portal.acting(STAFF):
        return site_report.of_site(website)


def test_a_client_both_had_a_part_in_shows_both_by_name_on_one_ladder(portal, acme, bolt):
    with day(0):
        acme.registers()
        token = bolt.link_opened()
    with day(5):
        make_sign_up(portal, external_id="both", referral=token)
        found = why(portal, "https://www.client.example/shop")
    (shown,) = found.accounts
    assert (shown.account.external_id, shown.since, shown.until) == ("both", moment(5), None)
    assert (shown.decided.winner, shown.decided.basis, shown.decided.contender) == ("Acme", "lead", "Bolt")
    assert shown.decided.rules.version == 1
    rungs = {rung.title: rung for rung in shown.decided.rungs}
    assert list(rungs) == ["Ruling", "Lead: Acme", "Created for the client", "Link: Bolt", "E-mail address", "Nobody"]
    assert "registered on 1 September 2025" in rungs["Lead: Acme"].text and rungs["Link: Bolt"].mark == "miss"
    assert {reading.org: reading.status for reading in shown.readings} == {"Acme": "In review", "Bolt": "In review"}
    assert shown.dispute == ("conflict", ["Acme", "Bolt"], moment(12))
    assert shown.credit == ("pending", moment(6))
    assert [(hold.org, hold.state) for hold in found.holds] == [("Acme", "Won")] and found.prospects == []


def test_the_ladder_stands_in_the_order_of_the_rules_that_decided(portal, acme):
    with day(0):
        change_rules(portal, order=LINK_FIRST)
    with day(1):
        make_sign_up(portal, referral=acme.link())
        (shown,) = why(portal).accounts
    assert [rung.title.partition(":")[0] for rung in shown.decided.rungs] == [
        "Ruling",
        "Link",
        "Lead",
        "Created for the client",
        "E-mail address",
        "Nobody",
    ]


def test_a_site_without_a_client_says_who_holds_it_and_what_a_sign_up_would_come_to(portal, acme, bolt):
    with day(0):
        acme.registers()
        bolt.registers()
    with day(1):
        found = why(portal)
    assert [(hold.org, hold.state, hold.held_until) for hold in found.holds] == [
        ("Acme", "Holds the website", moment(90)),
        ("Bolt", "Waits in line", None),
    ]
    assert [(row.org, row.word) for row in found.prospects] == [("Acme", "yes"), ("Bolt", "no")]
    assert found.accounts == [] and "until 30 November 2025" in found.prospects[0].sentence


def test_every_account_is_shown_that_ever_had_the_site_and_what_was_ruled(portal, acme, bolt):
    with day(0):
        make_sign_up(portal, external_id="moved", referral=acme.link())
        make_sign_up(portal, external_id="merged")
        make_sign_up(portal, external_id="stays", site="other.example")
    with day(1):
        assert portal.run("clients", "move", "moved", "new.example").exit_code == 0
        assert portal.run("clients", "merge", "merged", "stays").exit_code == 0
        for org, reason in (("bolt", "They did."), ("acme", "They did after all.")):
            assert portal.run("disputes", "rule", "moved", "--for", org, "--reason", reason).exit_code == 0
        found = why(portal)
    merged, moved = found.accounts
    assert (moved.account.external_id, moved.until) == ("moved", moment(366))
    assert [(row.org, row.by, row.reason) for row in moved.rulings] == [
        ("Acme", None, "They did after all."),
        ("Bolt", None, "They did."),
    ]
    assert merged.merged_into.external_id == "stays"


def test_what_is_no_website_is_said_beside_the_field(portal):
    with pytest.raises(Invalid) as refused:
        why(portal, "10.0.0.1")
    assert refused.value.field == "website"


def test_looking_writes_nothing(portal, acme, bolt, cluster):
    with day(0):
        acme.registers()
        bolt.registers()
        make_sign_up(portal, site="other.example", referral=acme.link())
    with watching(portal.database_url, cluster) as watch:
        before = watch.snapshot()
        with day(95):  # the hold is over, and the worker has not come by
            why(portal)
            why(portal, "other.example")
        assert changes(before, watch.snapshot()) == []
