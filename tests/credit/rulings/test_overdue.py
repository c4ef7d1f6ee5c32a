"""A question that staff leave overdue: they are told each day, until the rules' answer stands; they may still rule."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import select

from partner_access.accounts import sign_ins
from partner_access.credit.disputes import disputes
from partner_access.credit.insights import ladder
from partner_access.credit.models import ClientAccount, Dispute
from partner_access.credit.rules import versions
from partner_access.credit.rulings import overdue, rulings
from partner_access.db import STAFF, session
from partner_access.permissions import StaffRole
from tests.credit.agencies import Agency, change_rules, day, moment, verified, works
from tests.credit.disputes.test_disputes import asked, conflict, question, review, ruled
from tests.factories import make_sign_up, make_user
from tests.portal import Portal
from tests.threads import at_once


@pytest.fixture(autouse=True)
def _thirty_days(portal: Portal) -> None:
    with day(0):
        change_rules(portal, dispute_days=30)


def last_dispute(portal: Portal) -> Dispute:
    with portal.acting():
        return session().scalars(select(Dispute).order_by(Dispute.opened_at.desc()).limit(1)).one()


def worker_comes(portal: Portal) -> None:
    portal.work()
    works(portal)


def notes(agency: Agency) -> list[str]:
    """What the client's page says beside the outcome."""
    with agency.portal.acting():
        return [rung.text for rung in ladder.rungs(agency.client(), {}, versions.present())]


@pytest.mark.parametrize("comes", [35, 50])
def test_it_ends_on_its_day_whenever_the_worker_comes_by(
    portal: Portal, acme: Agency, bolt: Agency, comes: float
) -> None:
    account = conflict(portal, acme, bolt)
    with day(34.9):
        worker_comes(portal)
    assert question(portal, account) is not None and acme.client().state == "pending"
    with day(comes):
        worker_comes(portal)
    ended = last_dispute(portal)
    assert ended.closed_at == ended.lapsed_at == ended.ends_at == moment(35)
    assert (acme.client().state, bolt.client().reason) == ("active", "other-lead-first")
    for agency in (acme, bolt):
        assert agency.client().review_by is None
        assert any("by the programme’s staff until 6 October 2025" in text for text in notes(agency))
        (mail,) = portal.mails(agency.person.email, "review-closed")
        assert "had not answered by 6 October 2025, so what the rules say stands" in mail.text
    verified(portal)


def test_the_page_says_before_when_it_ends(portal: Portal, acme: Agency, bolt: Agency) -> None:
    conflict(portal, acme, bolt)
    assert review(portal, bolt).ends_at == moment(35)
    page = portal.sign_in(bolt.person.email)
    page.get(f"/orgs/{bolt.org.slug}/clients/{bolt.client().id}")
    assert "what the rules say stands." in page.text


def test_whoever_decides_about_the_client_before_the_worker_comes_finds_it_ended(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    """A sign-up that came before is told long after: both questions are of their own days."""
    conflict(portal, acme, bolt)
    with day(50):
        make_sign_up(portal, at=moment(4))
    assert last_dispute(portal).lapsed_at == moment(35)
    verified(portal)


def test_what_only_staff_could_credit_is_nobodys_when_its_time_is_over(portal: Portal, acme: Agency) -> None:
    with day(5):
        make_sign_up(portal, email="jo@acme.example")
    assert acme.client().reason == "team-email"
    with day(36):
        worker_comes(portal)
    assert acme.client().reason == "not-answered"
    verified(portal)


def test_staff_are_told_each_day_after_the_promised_one_and_when_it_ends(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    with day(0), portal.acting():
        ola = make_user(portal, "ola@meridian.example")
        sign_ins.grant_staff(ola.email_key, StaffRole.STAFF)
    conflict(portal, acme, bolt)
    told = Counter[int]()
    for number in range(9, 40):
        for _ in range(2):
            with day(number):
                portal.work()
        told[number] = len(portal.mails(ola.email, "review-overdue"))
    assert told[11] == 0 and told[12] == 1 and told[13] == 2 and told[34] == told[39] == 23
    assert "If nobody answers it by 6 October 2025, it ends" in portal.mails(ola.email, "review-overdue")[0].text


@pytest.mark.parametrize("is_known", [True, False])
def test_staff_may_still_rule_and_then_that_counts(portal: Portal, acme: Agency, bolt: Agency, is_known: bool) -> None:
    """Also in answer to the question itself, which ended while they wrote."""
    account = conflict(portal, acme, bolt)
    dispute = question(portal, account)
    with day(50):
        if is_known:
            worker_comes(portal)
        with portal.acting(STAFF):
            asked_of = session().get_one(Dispute, dispute.id) if dispute else None
            assert asked_of is not None
            rulings.rule(asked_of, bolt.org.id, "The client told us so.", STAFF)
    assert (acme.client().reason, bolt.client().state) == ("ruled-other", "active")
    assert last_dispute(portal).lapsed_at == moment(35)
    verified(portal)


def test_a_side_may_ask_for_another_look_which_is_another_question(portal: Portal, acme: Agency, bolt: Agency) -> None:
    account = conflict(portal, acme, bolt)
    with day(40):
        asked(portal, bolt)
    open_one = question(portal, account)
    assert open_one is not None
    assert (open_one.kind, open_one.ends_at) == ("another-look", moment(70))
    with day(41):
        ruled(portal, account, bolt)
    assert bolt.client().is_credited
    verified(portal)


def test_under_rules_without_it_a_question_waits_for_as_long_as_it_takes(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    with day(4):
        change_rules(portal, dispute_days=None)
    account = conflict(portal, acme, bolt)
    with day(400):
        worker_comes(portal)
    assert question(portal, account) is not None and acme.client().state == "pending"
    with portal.acting():
        assert [row.lapsed_at for row in disputes.lapsed([account.id])] == []


@pytest.mark.slow
def test_the_worker_and_staff_at_once_end_it_once_and_the_ruling_counts(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    account = conflict(portal, acme, bolt)
    dispute = question(portal, account)
    assert dispute is not None

    def ends() -> None:
        with portal.acting():
            overdue.follow_up(dispute.id, None)

    def rules() -> None:
        with portal.acting(STAFF):
            rulings.rule(session().get_one(ClientAccount, account.id), bolt.org.id, "So it was agreed.", STAFF)

    with day(36):
        at_once(ends, rules, partial(ends))
    assert bolt.client().reason == "credited-ruling"
    assert last_dispute(portal).closed_at in (moment(35), moment(36))
    verified(portal)
