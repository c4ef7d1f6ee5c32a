"""The ledger: gapless, never changed, and equal to the counts and to the clients that pages show."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.exc import DBAPIError

from partner_access import audit
from partner_access.credit.attribution import credit_holds
from partner_access.credit.ledger import entries
from partner_access.credit.models import CreditEntry
from partner_access.db import SYSTEM, acting, database, session
from tests.credit.agencies import START, Agency, day
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.threads import at_once


def assert_books_balance(agency: Agency) -> None:
    """The lines are numbered 1, 2, 3 …; their sums are the counts on the pages, and the clients that there are."""
    entries, totals = agency.entries(), agency.totals()
    assert [entry.seq for entry in entries] == list(range(1, totals.entries + 1))
    sums = sum(entry.pending for entry in entries), sum(entry.active for entry in entries)
    states = Counter(client.state for client in agency.clients())
    assert sums == (totals.pending, totals.active) == (states["pending"], states["active"])
    assert totals.declined == states["declined"]
    proof = agency.portal.run("ledger", "verify")
    assert proof.exit_code == 0, proof.output


@pytest.mark.parametrize("crowd", [pytest.param(6, id="6"), pytest.param(20, id="20", marks=pytest.mark.slow)])
def test_the_books_balance_when_many_sign_up_at_once_while_credits_become_active(portal, crowd):
    acme, bolt = Agency(portal, "Acme"), Agency(portal, "Bolt")
    codes = acme.link(), bolt.link()
    with day(0):
        for number in range(crowd):
            make_sign_up(portal, f"early{number}.example", referral=codes[number % 2])
    with day(1):
        bolt.registers("late0.example")
    with day(2):
        late = [partial(make_sign_up, portal, f"late{n}.example", referral=codes[n % 2]) for n in range(crowd)]
        at_once(*late, partial(_activate, portal), partial(_activate, portal))
    for agency in (acme, bolt):
        assert_books_balance(agency)
    assert (acme.totals().pending, acme.totals().active) == (crowd // 2 - 1, crowd // 2)  # a lead took the first
    assert (bolt.totals().pending, bolt.totals().active) == (crowd // 2 + 1, crowd // 2)


def _activate(portal: Portal) -> object:
    with portal.acting():
        return credit_holds.activate_due()


def test_each_line_says_who_why_and_what_changed(portal):
    acme = Agency(portal, "Acme")
    lead = acme.registers()
    make_sign_up(portal)
    (entry,) = acme.entries()
    assert (entry.kind, entry.basis, entry.reason, entry.pending, entry.active) == (
        "pending",
        "lead",
        "credited-lead",
        1,
        0,
    )
    assert (entry.client_id, entry.actor_kind, entry.actor_id) == (acme.client().id, "system", None)
    assert acme.client().trace[0]["subject"] == str(lead.id)


def test_the_hash_of_a_line_is_the_same_tomorrow():
    """Heads that people keep were made by this very function: whoever changes it makes all of them wrong."""
    first, second = uuid.UUID(int=1), uuid.UUID(int=2)
    line = CreditEntry(
        id=first,
        org_id=second,
        seq=7,
        at=START,
        effective_at=START - timedelta(days=40),
        signed_up_at=START - timedelta(days=50),
        kind="reversed",
        client_id=first,
        client_account_id=second,
        company="not part of it",
        site="not part of it",
        salt="not part of it",
        texts="1" * 64,
        basis="lead",
        reason="own-site",
        pending=-1,
        active=0,
        managed=0,
        pending_after=2,
        active_after=3,
        managed_after=1,
        actor_kind="staff",
        actor_id=None,
        reverses=5,
        ruling_id=first,
        previous_hash=entries.GENESIS,
        hash="not part of it",
    )
    assert entries.seal(line) == "edb4fc09b8051c7c00767df6274105d218dfadc6d9464f7b20ea8f3a9717a11b"


# -- never changed ----------------------------------------------------------------------------------------------------

KEYS = {"credit_entry": "org_id, id", "org_event": "org_id, id", "programme_event": "id", "decision": "id"}
COPY = "insert into {table} select * from {table} where true"
CHANGES = [
    "update {table} set {column} = {column}",
    "delete from {table}",
    COPY + " on conflict ({key}) do update set {column} = ''",
]
MORE = {"sqlite": COPY.replace("insert", "insert or replace"), "postgresql": "truncate {table} cascade"}


@pytest.mark.parametrize("table", KEYS)
def test_the_database_refuses_to_change_what_was_written(portal, table):
    acme = Agency(portal, "Acme")
    make_sign_up(portal, referral=acme.link())
    with portal.acting():
        audit.record("page.refused", reason="no-such-organization", endpoint="credit.home", slug=None)
    with portal.app.app_context():
        for change in [*CHANGES, MORE[database.engine.dialect.name]]:
            statement = change.format(table=table, key=KEYS[table], column="event" if "event" in table else "reason")
            with acting(SYSTEM, acme.org.id):
                connection = session().connection()
                assert connection.exec_driver_sql(f"select count(*) from {table}").scalar()  # noqa: S608
                with pytest.raises(DBAPIError, match=f"{table} is append-only"):
                    connection.exec_driver_sql(statement)
                session().rollback()
