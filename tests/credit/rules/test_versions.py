"""Versions of the rules: the time of the sign-up says which one decides, and a change is never retroactive."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event, select

from partner_access import clock
from partner_access.clock import now
from partner_access.credit.models import Dispute
from partner_access.credit.rules import versions
from partner_access.credit.rules.settings import FIRST, LINK_FIRST, Rules
from partner_access.db import database, session
from partner_access.errors import Conflict, Invalid, NotFound
from tests.conftest import POSTGRESQL
from tests.credit.agencies import SECOND, change_rules, day, moment, verified
from tests.credit.client_pages.test_landing import FIREFOX, sign_up
from tests.credit.provisional.forms import send as send_form
from tests.factories import make_sign_up
from tests.threads import at_once

# -- which version decides


def test_a_sign_up_is_decided_by_the_rules_of_its_time_also_when_it_is_delivered_late(portal, acme):
    with day(0):
        acme.link_opened()
        token = acme.link_opened()
    with day(40):
        change_rules(portal, window_days=30)
    with day(50):
        make_sign_up(portal, "before.example", at=moment(39), referral=token)
        make_sign_up(portal, "after.example", at=moment(41), referral=token)
    after, before = acme.clients()
    assert (before.reason, before.rule_version) == ("credited-link", 1)
    assert (after.reason, after.rule_version) == ("visit-too-old", 2)
    verified(portal)


def test_a_change_leaves_what_was_decided_even_when_it_is_decided_anew(portal, acme, bolt):
    with day(0):
        bolt.registers()
        token = acme.link_opened()
    with day(5):
        make_sign_up(portal, external_id="known", referral=token)
        change_rules(portal, order=LINK_FIRST)
    with day(6):
        make_sign_up(portal, external_id="earlier", at=moment(4), referral=token)
    assert {client.reason for client in bolt.clients()} == {"credited-lead", "existing-client"}
    assert {client.rule_version for client in [*acme.clients(), *bolt.clients()]} == {1}
    verified(portal)


def test_a_link_that_comes_first_wins_and_opens_a_conflict_for_the_lead(portal, acme, bolt):
    with day(0):
        change_rules(portal, order=LINK_FIRST)
        lead = bolt.registers()
        token = acme.link_opened()
    with day(5):
        make_sign_up(portal, referral=token)
    assert (acme.client().reason, acme.client().rule_version) == ("credited-link", 2)
    assert (bolt.client().reason, bolt.lead(lead).end_reason) == ("other-link-before", "lost")
    assert acme.client().review_by == bolt.client().review_by == moment(12)
    with portal.acting():
        assert session().scalars(select(Dispute)).one().kind == "conflict"
    verified(portal)


def test_the_first_click_of_a_browser_counts_when_the_rules_say_so(portal, acme, bolt):
    change_rules(portal, click=FIRST)
    client = portal.browser()
    client.get(f"/r/{acme.link()}", headers=FIREFOX)
    sign_up(portal, client, f"/r/{bolt.link()}")
    assert client.heading == "Your Meridian account is being set up"
    assert (acme.client().reason, bolt.client().reason) == ("credited-link", "other-link-earlier")


def test_a_browser_remembers_a_link_for_as_long_as_it_counts(portal, acme):
    change_rules(portal, window_days=7)
    page = portal.browser().get(f"/r/{acme.link()}", headers=FIREFOX)
    assert f"Max-Age={7 * 24 * 3600};" in page.headers["Set-Cookie"]


def test_the_hold_is_as_long_as_the_rules_of_the_sign_up_say(portal, acme):
    with day(1):
        change_rules(portal, hold_hours=48)
    with day(2):
        make_sign_up(portal, "old.example", at=moment(0.5), referral=acme.link())
        make_sign_up(portal, "new.example", at=moment(1.5), referral=acme.link())
    new, old = acme.clients()
    assert (old.hold_until, new.hold_until) == (moment(1.5), moment(3.5))


def test_a_lead_keeps_the_term_it_was_registered_with_when_it_is_promoted_and_renewed(portal, acme, bolt):
    with day(0):
        held, queued = acme.registers(), bolt.registers()
    with day(1):
        change_rules(portal, lead_days=10)
    with day(2):
        acme.renews(held)
        short = acme.registers("other.example")
        assert (short.held_until, acme.lead(held).held_until) == (moment(12), moment(180))
        acme.withdraws(held)
    assert bolt.lead(queued).held_until == moment(92)


def test_merged_accounts_are_decided_by_the_rules_of_the_earliest(portal, acme):
    with day(0):
        token = acme.link_opened()
        make_sign_up(portal, "one.example", external_id="first", referral=token)
    with day(40):
        change_rules(portal, window_days=30)
    with day(41):
        make_sign_up(portal, "two.example", external_id="second", referral=token)
        assert portal.run("clients", "merge", "first", "second").exit_code == 0
    assert {(client.reason, client.rule_version) for client in acme.clients() if client.is_credited} == {
        ("credited-link", 1)
    }
    verified(portal)


# -- saving


def test_the_first_version_is_from_the_beginning(portal):
    with portal.acting():
        assert versions.at(datetime(1970, 1, 1, tzinfo=UTC)) == versions.present() == Rules()
        (first,) = versions.listing()
        assert (first.number, first.by, first.rules) == (1, None, Rules())
        with pytest.raises(NotFound):
            versions.version(2)


def test_a_saved_version_is_listed_with_its_reason_and_written_down(portal):
    with day(3):
        saved = change_rules(portal, window_days=60, reason="  Shorter, as agreed. ")
    with portal.acting():
        assert [row.number for row in versions.listing()] == [2, 1]
        assert (
            versions.listing()[0]
            == saved
            == versions.RulesVersion(Rules(2, window_days=60), moment(3), "Shorter, as agreed.", None)
        )
        assert (versions.at(moment(3) - SECOND).version, versions.at(moment(3)).version) == (1, 2)
    assert portal.audited("rules.changed") == [
        (
            None,
            {
                "version": 2,
                "window_days": 60,
                "lead_days": 90,
                "hold_hours": 24,
                "visit_months": 13,
                "lead_limit": 25,
                "lead_cooldown_days": 30,
                "order": "lead-first",
                "click": "last",
                "dispute_days": None,
                "trial_days": None,
                "return_months": None,
                "comeback_days": None,
            },
        )
    ]


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"reason": " "}, "reason", "reason-missing"), ({"reason": "x" * 2001}, "reason", "reason-too-long"),
        ({"reason": "a\x00b"}, "reason", "not-text"), ({"window_days": 0}, "window_days", "setting-out-of-bounds"),
        ({}, "", "nothing-changed"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_said_beside_its_field(portal, fields, field, code):
    with pytest.raises(Invalid) as refused:
        change_rules(portal, **({"lead_days": 91} if "reason" in fields else {}) | fields)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_who_saves_over_another_version_is_told_of_it(portal):
    change_rules(portal, window_days=60, reason="Shorter.")
    with pytest.raises(Conflict) as refused:
        change_rules(portal, window_days=30, seen=1)
    assert "A command saved version 2" in refused.value.sentence and "“Shorter.”" in refused.value.sentence


def test_of_versions_that_are_saved_at_once_one_is(portal):
    def save(days: int) -> bool:
        try:
            return change_rules(portal, window_days=days, seen=1).number == 2
        except Conflict:
            return False

    assert sorted(at_once(*(partial(save, 50 + number) for number in range(4)))) == [False, False, False, True]
    with portal.acting():
        assert [row.number for row in versions.listing()] == [2, 1]


@pytest.mark.parametrize(
    "begin",
    [
        lambda acme: make_sign_up(acme.portal, referral=acme.link()),
        lambda acme: acme.registers(),
        lambda acme: send_form(acme),
    ],
    ids=["a sign-up", "a lead", "a form that waits for its mailbox"],
)
def test_a_version_is_valid_after_all_that_goes_by_another_though_the_clock_stepped_back(portal, acme, begin):
    with clock.at(moment(5) + timedelta(hours=1)):
        begin(acme)
    with day(5):
        saved = change_rules(portal, window_days=1, lead_days=20)
    assert saved.valid_from > moment(5) + timedelta(hours=1)
    verified(portal)


def test_a_lead_is_renewed_by_the_rules_of_its_registration_though_the_clock_stepped_back(portal, acme):
    with clock.at(moment(5) + timedelta(hours=1)):
        lead = acme.registers()
    with day(5):
        change_rules(portal, lead_days=20)
    with day(6):
        acme.renews(lead)
    assert acme.lead(lead).held_until == moment(5) + timedelta(hours=1, days=180)


def test_sign_ups_and_a_change_at_once_leave_nothing_that_would_be_decided_otherwise(portal, acme, bolt):
    """Whoever decides while rules are saved comes before them or after them, never between."""
    with clock.at(now() - timedelta(days=40)):
        tokens = [agency.link_opened() for agency in (acme, bolt)]

    def sign_up_number(number: int) -> None:
        make_sign_up(portal, f"site{number}.example", external_id=f"s{number}", referral=tokens[number % 2])

    work = [partial(sign_up_number, number) for number in range(10)]
    work.insert(4, partial(change_rules, portal, window_days=30))
    at_once(*work)
    verified(portal)


@pytest.mark.skipif(not POSTGRESQL, reason="on SQLite a writing transaction is alone anyway")
def test_rules_are_not_saved_while_somebody_decides_by_the_old_ones(portal, acme):
    saved = threading.Event()

    def save() -> None:
        change_rules(portal, window_days=30)
        saved.set()

    with portal.acting():
        versions.lock_for_deciding()
        saving = threading.Thread(target=save)
        saving.start()
        assert not saved.wait(0.3)
        assert versions.present().version == 1
    saving.join()
    assert saved.is_set()


def test_one_transaction_goes_by_what_it_read_and_the_next_one_by_what_was_saved_meanwhile(portal):
    asked: list[str] = []
    with portal.acting():
        event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        assert [versions.present().version, versions.at(moment(3)).version] == [1, 1]
        assert len([statement for statement in asked if "rule_set" in statement]) == 1
    with day(1):
        change_rules(portal, window_days=61)
    with portal.acting():
        assert versions.present().window_days == 61


def test_months_are_held_against_the_longest_lead_of_any_version(portal):
    """A lead goes by the rules under which it was registered, also after it has become shorter."""
    change_rules(portal, lead_days=180)
    change_rules(portal, lead_days=30)
    with pytest.raises(Invalid, match="Enter 12 at least"):
        change_rules(portal, return_months=11)
    assert change_rules(portal, return_months=12).rules.return_months == 12


def test_the_command_sets_what_may_be_off_and_turns_it_off(portal):
    chosen = ("--dispute-days", "30", "--trial-days", "14", "--return-months", "12")
    assert portal.run("rules", "change", *chosen, "--reason", "Agreed.").exit_code == 0
    shown = portal.run("rules", "show").output
    assert "dispute_days\t30" in shown and "trial_days\t14" in shown and "return_months\t12" in shown
    assert portal.run("rules", "change", "--dispute-days", "off", "--reason", "Agreed.").exit_code == 0
    shown = portal.run("rules", "show").output
    assert "dispute_days\toff" in shown and "trial_days\t14" in shown
    assert portal.run("rules", "change", "--dispute-days", "soon", "--reason", "Agreed.").exit_code == 2
