"""Seals are made with what is written, closed by the worker, and outlive what is erased or pruned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from partner_access.audit.models import OrgEvent
from partner_access.credit.models import Client, Ruling, StoredDecision
from partner_access.db import SYSTEM, database, session
from partner_access.seals import digests, erasures, seals, segments, verification, walls
from partner_access.seals.models import Erasure, Pruning, Seal, SealSegment
from tests.conftest import POSTGRESQL
from tests.credit.agencies import Agency, day, moment
from tests.credit.disputes.test_disputes import conflict, ruled
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.snapshots import SqliteWatch, watching
from tests.threads import at_once


@pytest.fixture
def acme(portal: Portal) -> Agency:
    return Agency(portal, "Acme")


@pytest.fixture
def bolt(portal: Portal) -> Agency:
    return Agency(portal, "Bolt")


def close(portal: Portal) -> int:
    """The worker closes what is due; how many seals that were."""
    with portal.acting():
        return segments.close_due()


def told(portal: Portal, *options: str) -> list[str]:
    """What `flask verify` prints."""
    return portal.run("verify", *options).output.splitlines()


@contextmanager
def watching_as_portal(portal: Portal) -> Iterator[Callable[..., object]]:
    """The portal's own role, past the session: a function that runs statements in one transaction."""
    with portal.app.app_context(), database.engine.begin() as connection:
        yield lambda *statements: [connection.execute(text(statement)) for statement in statements]


def waiting(portal: Portal) -> int:
    with portal.acting():
        return segments.waiting()


# -- digests ----------------------------------------------------------------------------------------------------------


def test_the_digest_of_a_row_is_the_same_tomorrow_and_with_columns_that_come_later():
    """Every seal was made by this very function: whoever changes it makes all of them wrong."""
    says = {"at": moment(0), "name": "münchen", "number": 1, "is_it": True, "list": [1, None]}
    kept = '{"at":"2025-09-01T09:00:00+00:00","is_it":true,"list":[1,null],"name":"münchen","number":1}'
    assert digests.canonical(says) == digests.canonical(says | {"later": None}) == kept.encode()
    assert digests.of_texts("ab", {"reason": "x"}) == digests.digest({"salt": "ab", "texts": {"reason": "x"}})


def test_a_moment_told_in_another_time_zone_is_sealed_as_it_is_stored(portal, acme):
    at = moment(0).astimezone(timezone(timedelta(hours=2)))
    make_sign_up(portal, referral=acme.link(), at=at)
    with portal.acting():
        session().add(Erasure(kind="visit", row_id=acme.org.id, at=at, reason="None."))
    assert told(portal)[-1] == "all right"


def test_every_column_of_a_sealed_row_is_under_its_digest():
    def under(model: type[Any], values: dict[str, Any]) -> str:
        return seals.digest_of(model, values, 1, digests.of_texts("salt", seals.texts_of(model, values)))

    assert len(verification.models()) > 10
    for model in verification.models():
        columns = seals.columns_of(model)
        assert len(columns) == len(inspect(model).columns)
        says = dict.fromkeys(columns, "this")
        same = [name for name in columns if under(model, says | {name: "other"}) == under(model, says)]
        assert not same, model


def test_the_same_texts_have_another_digest_in_another_row(portal, acme):
    for site in ("one.example", "two.example"):
        make_sign_up(portal, site, referral=acme.link())
    with portal.acting():
        found = session().scalars(select(Seal.texts).where(Seal.texts.is_not(None))).all()
    assert len(found) == len(set(found)) > 10


# -- the worker -------------------------------------------------------------------------------------------------------


def test_the_newest_are_in_no_segment_until_the_worker_comes_and_verification_says_how_many(portal, acme):
    make_sign_up(portal, referral=acme.link())
    number = waiting(portal)
    assert number > 5
    assert f"; 0 segments, {number} of the newest in none yet" in told(portal)[-2]
    assert close(portal) == number and close(portal) == 0
    assert "1 segments, 0 of the newest in none yet" in told(portal)[-2]


def test_kept_heads_find_segments_that_were_cut_off(portal, acme, database_url, cluster, tmp_path):
    close(portal)
    with watching(database_url, cluster) as watch:
        watch.keep()
        make_sign_up(portal, referral=acme.link())
        close(portal)
        heads = tmp_path / "heads"
        heads.write_text(portal.run("ledger", "heads").output)
        assert heads.read_text().splitlines()[-1].startswith("* 2 ")
        assert portal.run("ledger", "verify", "--heads", str(heads)).exit_code == 0
        watch.restore(set(watch.tables))
    found = told(portal, "--heads", str(heads))
    assert (
        "programme: segment 2 is missing, though it was the head that was kept: the end was cut off or rolled back"
        in found
    )


def test_workers_that_come_at_once_close_each_seal_once_while_others_write(portal, acme):
    for number in range(4):
        make_sign_up(portal, f"before{number}.example", referral=acme.link())

    def write(number: int) -> int:
        make_sign_up(portal, f"client{number}.example", referral=acme.link())
        return 0

    number = waiting(portal)
    closed = at_once(*(lambda: close(portal) for _ in range(3)), *(lambda n=n: write(n) for n in range(3)))
    assert sum(closed) >= number
    close(portal)
    with portal.acting():
        assert session().scalar(select(func.sum(SealSegment.seals))) == session().scalar(
            select(func.count(Seal.digest))
        )
    assert told(portal)[-1] == "all right"


def test_two_who_change_one_client_at_once_leave_it_with_the_seal_of_what_both_wrote(portal, acme):
    make_sign_up(portal, referral=acme.link())

    def change(column: str) -> None:
        with portal.acting(SYSTEM, acme.org.id):
            (client,) = session().scalars(select(Client)).all()
            setattr(client, column, moment(9))
            session().flush()

    at_once(*(lambda column=column: change(column) for column in ("review_by", "hand_over_by", "hold_until")))
    assert told(portal)[-1] == "all right"
    client = acme.client()
    assert client.review_by == client.hand_over_by == client.hold_until == moment(9)


def test_nobody_changes_sealed_rows_past_the_session(portal, acme):
    make_sign_up(portal, referral=acme.link())
    with portal.acting(SYSTEM, acme.org.id):
        with pytest.raises(RuntimeError, match="Client is sealed"):
            session().execute(update(Client).values(reason="own-site"))
        (client,) = session().scalars(select(Client)).all()
        session().delete(client)
        with pytest.raises(RuntimeError, match="not deleted"):
            session().flush()
        session().rollback()


# -- what is erased, and what is pruned -------------------------------------------------------------------------------


def test_a_rulings_words_are_erased_with_their_salt_and_the_chain_holds(portal, acme, bolt):
    row = ruled(portal, conflict(portal, acme, bolt), bolt)
    close(portal)
    answer = portal.run("audit", "erase", "ruling", str(row.id), "--reason", "It named a person.")
    assert answer.exit_code == 0, answer.output
    with portal.acting():
        assert session().get_one(Ruling, row.id).reason == "[erased]"
        assert session().scalars(select(Seal.salt).where(Seal.kind == "ruling")).all() == [None]
    assert ", 1 erased, 0 pruned; " in told(portal)[-2] and told(portal)[-1] == "all right"


def test_a_decision_whose_facts_were_erased_is_replayed_no_more(portal, acme):
    make_sign_up(portal, referral=acme.link())
    with portal.acting():
        erasures.erase(session().scalars(select(StoredDecision)).one(), "Asked for.")
    assert told(portal)[-1] == "all right"


def test_without_an_erasure_the_database_lets_no_text_and_no_salt_go(portal, acme, bolt):
    ruled(portal, conflict(portal, acme, bolt), bolt)
    for act in ("update ruling set reason = '[erased]'", "update seal set salt = null where kind = 'ruling'"):
        with watching_as_portal(portal) as execute, pytest.raises(DBAPIError, match="append-only"):
            execute(act)


def test_a_seal_gets_its_segment_once(portal, acme):
    close(portal)
    with watching_as_portal(portal) as execute, pytest.raises(DBAPIError, match="seal is append-only"):
        execute("update seal set segment = 2")


def test_events_are_pruned_by_day_but_those_that_the_ledger_is_held_against(portal, acme):
    with day(0):
        make_sign_up(portal, referral=acme.link())
        close(portal)
    with day(3):
        make_sign_up(portal, "two.example", referral=acme.link())
        close(portal)
        answer = portal.run("audit", "prune", "--before", "2025-09-02", "--reason", "Kept for a day.")
        assert answer.exit_code == 0 and answer.output.startswith("pruned "), answer.output
        pruned = int(answer.output.split()[1])
    with portal.acting(SYSTEM, acme.org.id):
        left = session().scalars(select(OrgEvent.event).where(OrgEvent.at < moment(1))).all()
    assert pruned > 2 and set(left) == {"ledger.posted"}
    assert f", 0 erased, {pruned} pruned; " in told(portal)[-2] and told(portal)[-1] == "all right"


def test_what_no_pruning_names_is_not_deleted(portal, acme):
    close(portal)
    with portal.acting():
        session().add(Pruning(kind="programme_event", segment=1, reason="Only these."))
    with watching_as_portal(portal) as execute, pytest.raises(DBAPIError, match="append-only"):
        execute(
            f"select set_config('app.org_id', '{acme.org.id}', true)" if POSTGRESQL else "select 1",
            "delete from org_event",
        )


# -- walls ------------------------------------------------------------------------------------------------------------


def test_triggers_that_are_missing_are_named(portal, database_url, cluster):
    with watching(database_url, cluster) as watch:
        if isinstance(watch, SqliteWatch):
            watch.execute("drop trigger ruling_never_updated")
            name = "ruling_never_updated"
        else:
            watch.execute("alter table ruling disable trigger append_only")
            name = "append_only"
        found = told(portal)
        assert f"database: ruling: the trigger {name} is missing, so that its rows can be changed" in found
        assert len([line for line in found if line.startswith("database: ")]) == 1
        if not isinstance(watch, SqliteWatch):
            watch.execute("alter table ruling enable trigger append_only")


@pytest.mark.skipif(not POSTGRESQL, reason="row-level security is PostgreSQL’s")
@pytest.mark.parametrize(
    ("off", "on"),
    [
        ("alter table client no force row level security", "alter table client force row level security"),
        ("alter policy org_scope on client using (true)", "alter policy org_scope on client using (org_id = nullif(current_setting('app.org_id', true), '')::uuid)"),
    ],
)  # fmt: skip
def test_walls_between_organizations_that_are_down_are_named(portal, database_url, cluster, off, on):
    with watching(database_url, cluster) as watch:
        watch.execute(off)
        assert "database: client: the row-level security of organizations is off" in told(portal)
        watch.execute(on)
    with portal.acting():
        assert list(walls.faults()) == []
