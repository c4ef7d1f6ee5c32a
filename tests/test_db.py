"""The tenant scope, the transactions and the races: on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, exists, func, insert, literal, select, text, union_all, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import aliased

from partner_access.accounts.models import Throttle, User
from partner_access.clock import now
from partner_access.credit.models import OrgTotals
from partner_access.db import SYSTEM, Actor, ForeignRow, NoScope, acting, database, new_id, scope, session
from partner_access.keys.addresses import address
from partner_access.organizations.entry import invitations
from partner_access.organizations.models import Domain, Invitation, JoinRequest, Membership, Organization
from partner_access.organizations.team import memberships
from partner_access.transactions import insert_once, reading, release
from tests.conftest import POSTGRESQL
from tests.factories import make_member, make_org, make_user
from tests.portal import Portal

postgresql = pytest.mark.skipif(not POSTGRESQL, reason="this is PostgreSQL's own")
sqlite = pytest.mark.skipif(POSTGRESQL, reason="this is SQLite's own")


@pytest.fixture
def pair(portal: Portal) -> tuple[Organization, Organization, User, User]:
    """Acme with Ana, Bolt with Bob."""
    acme, bolt = make_org(portal), make_org(portal, "Bolt")
    return acme, bolt, make_member(portal, acme, name="Ana"), make_member(portal, bolt, name="Bob")


# -- reading ----------------------------------------------------------------------------------------------------------

other = aliased(Membership)
READS: dict[str, Callable[[], Any]] = {
    "rows": lambda: select(Membership.user_id),
    "whole objects": lambda: select(Membership),
    "an alias": lambda: select(other.user_id),
    "a join from another table": lambda: select(Membership.user_id).join(User, User.id == Membership.user_id),
    "a join to it": lambda: (
        select(Membership.user_id).select_from(User).join(Membership, User.id == Membership.user_id)
    ),
    "an outer join": lambda: (
        select(Membership.user_id)
        .select_from(User)
        .join(Membership, Membership.user_id == User.id, isouter=True)
        .where(Membership.user_id.is_not(None))
    ),
    "two of it": lambda: select(other.user_id).join(Membership, literal(True)),
    "a subquery": lambda: select(select(Membership.user_id).subquery().c.user_id),
    "a common table expression": lambda: select(select(Membership.user_id).cte().c.user_id),
    "a list in a condition": lambda: select(User.id).where(User.id.in_(select(Membership.user_id))),
    "an existence": lambda: select(User.id).where(exists().where(Membership.user_id == User.id)),
    "a value": lambda: select(User.id).where(User.id == select(Membership.user_id).scalar_subquery()),
    "a union": lambda: union_all(select(Membership.user_id), select(other.user_id)),
    "a union as a subquery": lambda: select(
        union_all(select(Membership.user_id), select(other.user_id)).subquery().c.user_id
    ),
}


def test_an_organization_reads_its_own_rows_alone_however_it_asks(portal, pair):
    acme, bolt, ana, bob = pair
    for org, user in ((acme, ana), (bolt, bob)):
        with portal.acting(), acting(SYSTEM, org.id):
            for name, read in READS.items():
                found = session().scalars(read()).all()
                assert {getattr(row, "user_id", row) for row in found} == {user.id}, name


def test_without_an_organization_nothing_is_read_however_one_asks(portal, pair):
    for actor in (SYSTEM, Actor("visitor"), Actor("staff"), None):
        with portal.app.app_context(), acting(actor) if actor else nullcontext():
            for read in READS.values():
                with pytest.raises(NoScope):
                    session().scalars(read()).all()


def test_counts_are_of_the_organization_alone(portal, pair):
    acme, _, _, _ = pair
    with portal.acting(), acting(SYSTEM, acme.id):
        assert session().scalar(select(func.count()).select_from(Membership)) == 1
        assert session().scalar(select(func.count(Membership.id))) == 1


def test_the_organization_is_not_kept_from_the_statement_before(portal, pair):
    """with_loader_criteria() caches its statement: the organization has to be a parameter of it."""
    acme, bolt, ana, bob = pair
    with portal.acting():
        for org, user in ((acme, ana), (bolt, bob), (acme, ana)):
            with acting(SYSTEM, org.id):
                assert [row.user_id for row in memberships.listing()] == [user.id]


# -- a person, outside any organization -------------------------------------------------------------------------------


def test_a_person_reads_what_names_them_in_whatever_organization(portal, pair):
    acme, bolt, ana, _ = pair
    with portal.acting(), acting(SYSTEM, bolt.id):
        memberships.create(session().scalars(select(User).where(User.id == ana.id)).one(), "member", provenance="staff")
        invitations.invite(address(ana.email), "member")
    with portal.acting(SYSTEM, acme.id):
        invitations.invite(address("somebody@else.example"), "member")
    with portal.acting(ana.actor):
        assert {row.org_id for row in session().scalars(select(Membership))} == {acme.id, bolt.id}
        assert {row.org_id for row in session().scalars(select(Invitation))} == {bolt.id}
        assert session().scalars(select(JoinRequest)).all() == []


def test_a_person_reads_nothing_that_names_nobody(portal, pair):
    _, _, ana, _ = pair
    with portal.app.app_context(), acting(ana.actor), pytest.raises(NoScope):
        session().scalars(select(OrgTotals)).all()


def test_a_person_changes_nothing_outside_an_organization(portal, pair):
    acme, _, ana, _ = pair
    with portal.app.app_context(), acting(ana.actor):
        for statement in (
            update(Membership).where(Membership.user_id == ana.id).values(role="owner"),
            delete(Membership).where(Membership.user_id == ana.id),
            insert(Membership).values(user_id=ana.id, role="owner", provenance="staff"),
        ):
            with pytest.raises(NoScope):
                session().execute(statement)
    assert [row.role for row in _memberships_of(portal, acme)] == ["member"]


def _memberships_of(portal: Portal, org: Organization) -> list[Membership]:
    with portal.acting(SYSTEM, org.id):
        return list(memberships.listing())


# -- writing ----------------------------------------------------------------------------------------------------------


def test_an_update_and_a_delete_reach_the_organizations_own_rows_alone(portal, pair):
    acme, bolt, _, _ = pair
    with portal.acting(), acting(SYSTEM, acme.id):
        assert session().execute(update(Membership).values(role="admin")).rowcount == 1
    assert [row.role for row in _memberships_of(portal, bolt)] == ["member"]
    with portal.acting(), acting(SYSTEM, acme.id):
        assert session().execute(delete(Membership)).rowcount == 1
    assert _memberships_of(portal, acme) == []
    assert len(_memberships_of(portal, bolt)) == 1


def test_a_new_row_is_stamped_with_the_organization_bound(portal, pair):
    acme, _, _, bob = pair
    with portal.acting(), acting(SYSTEM, acme.id):
        row = Membership(user_id=bob.id, role="member", provenance="staff")
        session().add(row)
        session().flush()
        assert row.org_id == acme.id


def test_a_row_of_another_organization_cannot_be_added_changed_or_deleted(portal, pair):
    acme, bolt, _, bob = pair
    (row,) = _memberships_of(portal, bolt)

    def add() -> None:
        session().add(Membership(org_id=bolt.id, user_id=bob.id, role="owner", provenance="staff"))

    def change() -> None:
        session().add(row)
        row.role = "owner"

    def remove() -> None:
        session().delete(row)

    for act in (add, change, remove):
        with portal.app.app_context(), acting(SYSTEM, acme.id):
            act()
            with pytest.raises(ForeignRow):
                session().flush()
            session().rollback()


def test_a_row_cannot_be_moved_to_the_organization_bound(portal, pair):
    acme, bolt, _, _ = pair
    with portal.app.app_context(), acting(SYSTEM, bolt.id):
        row = memberships.listing()[0]
        with acting(SYSTEM, acme.id):
            row.org_id = acme.id
            with pytest.raises(ForeignRow):
                session().flush()
            session().rollback()


def test_a_row_is_not_written_while_nobody_said_for_whom(portal, pair):
    _, _, ana, _ = pair
    for actor in (SYSTEM, ana.actor):
        with portal.app.app_context(), acting(actor):
            session().add(Membership(user_id=ana.id, role="owner", provenance="staff"))
            with pytest.raises(NoScope):
                session().flush()
            session().rollback()


def test_a_statement_that_would_walk_past_the_filter_is_refused(portal, pair):
    """What is left, Core tables within an ORM statement, tests/house/test_laws.py finds in the source."""
    acme, _, _, _ = pair
    table = Membership.__table__
    with portal.app.app_context(), acting(SYSTEM, acme.id):
        for statement in (
            text("select * from membership"),
            select(table),
            select(table.c.role),
            update(table).values(role="owner"),
            delete(table),
            insert(table).values(role="owner"),
            insert(Membership).values(role="owner"),
            select(Membership).from_statement(text("select * from membership")),
            select(Membership).from_statement(union_all(select(Membership), select(Membership))),
        ):
            with pytest.raises(NoScope):
                session().execute(statement)


def test_programme_tables_are_open_within_any_scope(portal, pair):
    acme, bolt, _, _ = pair
    with portal.acting(SYSTEM, acme.id):
        assert len(session().scalars(select(Organization)).all()) == 2
        assert {row.org_id for row in session().scalars(select(Domain))} == {acme.id, bolt.id}


# -- acting -----------------------------------------------------------------------------------------------------------


def test_blocks_nest_and_put_back_what_was_bound_before(portal, pair):
    acme, bolt, ana, bob = pair
    with portal.acting(SYSTEM, acme.id):
        with acting(bob.actor, bolt.id):
            assert scope().actor == bob.actor
            assert [row.user_id for row in memberships.listing()] == [bob.id]
        assert scope().actor == SYSTEM
        assert [row.user_id for row in memberships.listing()] == [ana.id]
        with pytest.raises(ZeroDivisionError), acting(bob.actor, bolt.id):
            raise ZeroDivisionError
        assert [row.user_id for row in memberships.listing()] == [ana.id]
    with portal.app.app_context(), pytest.raises(NoScope):
        scope()


def test_rows_are_written_within_the_block_that_made_them(portal, pair):
    acme, bolt, _, bob = pair
    with portal.acting(SYSTEM, acme.id):
        session().add(Membership(user_id=bob.id, role="admin", provenance="staff"))
        with acting(SYSTEM, bolt.id):
            pass
    assert [row.role for row in _memberships_of(portal, acme)] == ["member", "admin"]
    assert [row.role for row in _memberships_of(portal, bolt)] == ["member"]


def test_an_error_of_the_database_is_told_as_itself(portal, pair):
    """PostgreSQL takes nothing more after an error: putting the scope back must not hide which error it was."""
    acme, _, _, _ = pair
    with portal.app.app_context(), pytest.raises(DBAPIError) as error, acting(SYSTEM), acting(SYSTEM, acme.id):
        session().execute(select(func.no_such_function(Organization.id)))
    assert "no_such_function" in str(error.value.orig)


def test_the_scope_ends_with_a_rollback_inside_the_block(portal, pair):
    acme, _, ana, _ = pair
    with portal.acting(SYSTEM, acme.id):
        session().rollback()
        assert [row.user_id for row in memberships.listing()] == [ana.id]


@postgresql
def test_row_level_security_sees_the_scope_through_commits_and_nesting(portal, pair):
    acme, bolt, ana, _ = pair

    def bound() -> tuple[str, str, str]:
        names = ("app.org_id", "app.user_id", "app.email_key")
        return tuple(session().connection().scalar(select(func.current_setting(name, True))) for name in names)  # type: ignore[return-value]

    with portal.acting(ana.actor, acme.id):
        assert bound() == (str(acme.id), str(ana.id), ana.email_key)
        with acting(SYSTEM, bolt.id):
            assert bound() == (str(bolt.id), "", "")
        assert bound() == (str(acme.id), str(ana.id), ana.email_key)
        session().commit()
        assert bound() == (str(acme.id), str(ana.id), ana.email_key)


@postgresql
def test_a_pooled_connection_does_not_keep_the_scope_of_its_last_transaction(portal, pair):
    acme, _, _, _ = pair
    with portal.app.app_context():
        database.engine.dispose()
        with acting(SYSTEM, acme.id):
            server = session().connection().scalar(select(func.pg_backend_pid()))
            session().commit()
        session().close()
        with database.engine.connect() as connection:
            assert connection.scalar(select(func.pg_backend_pid())) == server
            assert not connection.scalar(select(func.current_setting("app.org_id", True)))
            assert connection.scalar(text("select count(*) from membership")) == 0


@postgresql
def test_the_databases_second_wall_refuses_a_foreign_row(portal, pair):
    acme, bolt, _, bob = pair
    with psycopg.connect(_libpq(portal)) as connection:
        connection.execute("select set_config('app.org_id', %s, true)", [str(acme.id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "insert into membership (org_id, id, user_id, role, provenance, created_at)"
                " values (%s, %s, %s, 'owner', 'staff', now())",
                [bolt.id, new_id(), bob.id],
            )


def _libpq(portal: Portal) -> str:
    return make_url(portal.database_url).set(drivername="postgresql").render_as_string(hide_password=False)


# -- moments and ids --------------------------------------------------------------------------------------------------


def test_a_moment_comes_back_aware_and_in_utc(portal, pair):
    acme, _, _, _ = pair
    moment = datetime.fromisoformat("2026-10-25T02:30:00.123456+02:00")
    with portal.acting():
        session().execute(update(Organization).where(Organization.id == acme.id).values(suspended_at=moment))
    with portal.acting():
        kept = session().scalar(select(Organization.suspended_at).where(Organization.id == acme.id))
    assert kept == moment
    assert kept.tzinfo is UTC or kept.utcoffset().total_seconds() == 0


def test_a_moment_without_a_zone_is_refused(portal):
    with portal.app.app_context(), pytest.raises(StatementError, match="without a time zone"):
        session().execute(update(Organization).values(suspended_at=datetime(2026, 1, 1)))  # noqa: DTZ001  (the mistake)


def test_ids_sort_by_the_time_they_were_made():
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {row.version for row in ids} == {7}


# -- transactions and races -------------------------------------------------------------------------------------------


def test_insert_once_says_who_was_first(portal):
    start = now()
    with portal.acting():
        assert insert_once(Throttle(key="x", window_start=start)) is True
        assert insert_once(Throttle(key="x", window_start=start)) is False
    with portal.acting():
        assert session().scalar(select(Throttle.count).where(Throttle.key == "x")) == 0


def test_insert_once_is_not_for_tenants_rows(portal, pair):
    acme, _, ana, _ = pair
    with portal.app.app_context(), acting(SYSTEM, acme.id), pytest.raises(ForeignRow):
        insert_once(Membership(user_id=ana.id, role="owner", provenance="staff"))


def test_of_twenty_who_insert_at_once_one_is_first(portal, pair):
    acme, _, _, _ = pair
    ready = threading.Barrier(20)

    def claim(_: int) -> bool:
        with portal.acting():
            ready.wait()
            return insert_once(Domain(name="raced.example", org_id=acme.id, proof="staff", policy="request"))

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(claim, range(20))) == [False] * 19 + [True]


def test_increments_that_read_before_they_write_are_not_lost(portal):
    """On SQLite a transaction that writes takes the lock when it begins; on PostgreSQL the row is locked when read."""
    start = now()
    with portal.acting():
        insert_once(Throttle(key="counter", window_start=start))

    def increment(_: int) -> None:
        for _ in range(50):
            with portal.acting():
                row = session().scalars(select(Throttle).where(Throttle.key == "counter").with_for_update()).one()
                row.count += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increment, range(8)))
    with portal.acting():
        assert session().scalar(select(Throttle.count).where(Throttle.key == "counter")) == 400


@sqlite
def test_readers_wait_for_nobody_while_somebody_writes(portal, pair):
    with portal.app.app_context(), acting(SYSTEM):
        session().execute(update(Organization).values(name="Changed"))
        with ThreadPoolExecutor(1) as pool:
            names = pool.submit(_names_elsewhere, portal).result()  # who had to wait would be refused
        assert names == {"Acme", "Bolt"}


def _names_elsewhere(portal: Portal) -> set[str]:
    with portal.app.app_context(), reading(), acting(SYSTEM):
        return set(session().scalars(select(Organization.name)))


@sqlite
def test_sqlite_is_set_up_to_keep_what_it_acknowledged(portal):
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10000,
        "recursive_triggers": 1,
        "trusted_schema": 0,
    }
    with portal.app.app_context():
        connection = session().connection()
        assert {name: connection.exec_driver_sql(f"pragma {name}").scalar() for name in wanted} == wanted


def test_a_reference_to_nothing_is_refused(portal):
    with portal.app.app_context(), acting(SYSTEM):
        session().add(Domain(name="x.example", org_id=uuid.uuid4(), proof="staff", policy="request"))
        with pytest.raises(IntegrityError):
            session().commit()
        session().rollback()


def test_release_ends_a_transaction_that_has_written_nothing_and_no_other(portal):
    with portal.app.app_context(), acting(SYSTEM):
        session().scalars(select(User)).all()
        assert session().in_transaction()
        release()
        assert not session().in_transaction()
        session().add(Organization(name="x", slug="x"))
        with pytest.raises(RuntimeError):
            release()


def test_the_same_person_twice_is_one_person(portal):
    make_user(portal, "ana@nowhere.example")
    with pytest.raises(IntegrityError):
        make_user(portal, "Ana@nowhere.example")
