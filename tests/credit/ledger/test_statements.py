"""The monthly statement: one mail a month to each owner and admin, never two, and only of the last full month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from partner_access import clock
from partner_access.credit.attribution import credit_holds
from partner_access.credit.ledger import statements
from partner_access.credit.models import Statement
from partner_access.db import database, session
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.team import recipients
from partner_access.organizations.team.topics import Topic
from tests.credit.agencies import Agency
from tests.factories import make_member, make_org, make_sign_up, staff_act
from tests.portal import Portal
from tests.threads import at_once

OCTOBER, NOVEMBER = datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 11, 1, tzinfo=UTC)


@pytest.fixture
def acme(portal: Portal) -> Agency:
    """Two clients in September, active in October; a third in October; an admin and a member beside the owner."""
    acme = Agency(portal, "Acme")
    make_member(portal, acme.org, "admin@acme.example", role="admin")
    make_member(portal, acme.org, "member@acme.example")
    with clock.at(datetime(2025, 9, 30, 12, tzinfo=UTC)):
        for number in range(2):
            make_sign_up(portal, f"client{number}.example", referral=acme.link())
    with clock.at(datetime(2025, 10, 15, tzinfo=UTC)):
        with portal.acting():
            credit_holds.activate_due()
        make_sign_up(portal, "client2.example", referral=acme.link())
    return acme


def mail_due(portal: Portal, at: datetime) -> int:
    with clock.at(at), portal.acting():
        return statements.mail_due()


def mailed(portal: Portal) -> list[tuple[str, str]]:
    return sorted((row.to, row.subject) for row in portal.mails(name="statement"))


def test_it_goes_to_whom_the_team_has_chosen_instead(portal, acme):
    with portal.acting(org=acme.org.id):
        lines = {line.row.user.email: line.row.id for line in recipients.lines()}
        before = {(Topic.STATEMENT, lines[email]) for email in (acme.person.email, "admin@acme.example")}
        recipients.choose({(Topic.STATEMENT, lines["member@acme.example"])}, seen=before)
    assert mail_due(portal, NOVEMBER) == 1
    assert [to for to, _ in mailed(portal)] == ["member@acme.example"]


def test_on_the_first_of_a_month_owners_and_admins_get_the_month_before(portal, acme):
    assert mail_due(portal, NOVEMBER) == 1
    assert [to for to, _ in mailed(portal)] == sorted([acme.person.email, "admin@acme.example"])
    mail = portal.mails(to="admin@acme.example", name="statement")[0]
    assert mail.subject == "Acme: your credit in October 2025"
    text = " ".join(mail.text.split())
    assert text.startswith(
        "At the end of October 2025 Acme had 2 active, 1 pending and 0 managed. There is nothing to do."
    )
    assert "http://localhost/orgs/acme/credit?month=2025-10 " in text
    assert "Before: 0 active, 2 pending and 0 managed." in text
    assert "Activated, 2 lines: -2 pending, +2 active, +0 managed." in text
    assert "Pending, 1 line: +1 pending, +0 active, +0 managed." in text
    last = acme.entries()[-1]
    assert f"Keep this: line {last.seq} is {last.hash}" in text and last.hash in mail.html
    assert not mail.text.count("{") and len(mail.html) < 20_000


def test_a_month_is_told_once_however_often_the_worker_comes(portal, acme):
    for hours in (0, 0, 1, 30 * 24 - 1):
        mail_due(portal, NOVEMBER + timedelta(hours=hours))
    assert len(mailed(portal)) == 2


@pytest.mark.slow
def test_two_workers_at_the_same_moment_mail_it_once(portal, acme):
    at_once(*[lambda: mail_due(portal, NOVEMBER)] * 4)
    assert len(mailed(portal)) == 2


def test_after_months_without_a_worker_only_the_last_full_month_is_told(portal, acme):
    mail_due(portal, OCTOBER)
    mail_due(portal, datetime(2026, 3, 17, 5, tzinfo=UTC))
    subjects = {subject for _, subject in mailed(portal)}
    assert subjects == {"Acme: your credit in September 2025", "Acme: your credit in February 2026"}
    text = portal.mails(to="admin@acme.example", name="statement")[-1].text
    assert "Nothing changed in this month." in text and "2 active, 1 pending" in text


def test_who_has_no_line_yet_gets_no_mail_and_is_not_looked_at_again(portal, acme):
    bolt = Agency(portal, "Bolt")
    with clock.at(NOVEMBER + timedelta(seconds=5)):
        make_sign_up(portal, "bolts.example", referral=bolt.link())
    assert mail_due(portal, NOVEMBER + timedelta(seconds=9)) == 2
    assert mail_due(portal, NOVEMBER + timedelta(seconds=9)) == 0
    assert {to for to, _ in mailed(portal)} == {acme.person.email, "admin@acme.example"}


def test_a_paused_organization_gets_it_when_it_goes_on(portal, acme):
    with clock.at(NOVEMBER):
        staff_act(portal, pauses.suspend, acme.org)
    assert mail_due(portal, NOVEMBER) == 0
    with clock.at(NOVEMBER + timedelta(days=2)):
        staff_act(portal, pauses.resume, acme.org)
    assert mail_due(portal, NOVEMBER + timedelta(days=3)) == 1 and len(mailed(portal)) == 2


def test_each_month_is_settled_for_each_organization(portal, acme):
    bolt = make_org(portal, "Bolt")
    mail_due(portal, NOVEMBER)
    with portal.acting():
        found = session().execute(select(Statement.org_id, Statement.month)).all()
    assert {tuple(row) for row in found} == {(acme.org.id, OCTOBER), (bolt.id, OCTOBER)}


def test_it_costs_one_statement_while_nothing_is_due(portal, acme):
    mail_due(portal, NOVEMBER)
    seen: list[str] = []
    with portal.acting(), clock.at(NOVEMBER + timedelta(days=1)):
        session().connection()
        event.listen(database.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
        assert statements.mail_due() == 0
    assert len(seen) == 1 and seen[0].lower().startswith("select"), seen
