"""The open baseline goes up, down and up again, leads to what the models say, and walls in every tenant's table."""

from __future__ import annotations

import ast
import shutil
import uuid
from collections.abc import Iterator

import flask_migrate
import psycopg
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Table, UniqueConstraint, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from migrations.baseline.policies import ADDRESS_READS, ORG_SCOPE, PERSON_READS, POLICIES
from migrations.baseline.triggers import APPEND_ONLY
from partner_access import create_app, revisions
from partner_access.db import Base, OrgOwned, database
from partner_access.seals import walls
from tests.conftest import ENVIRONMENT, POSTGRESQL
from tests.house.source import ROOT
from tests.house.tenancy.world import World
from tests.servers.postgres import create_database, drop_database

MIGRATIONS = ROOT / "migrations"
postgresql = pytest.mark.skipif(not POSTGRESQL, reason="row-level security is PostgreSQL's")


@pytest.fixture
def empty(cluster: str | None, tmp_path) -> Iterator[Flask]:
    """The application on a database without any table."""
    name = f"empty_{uuid.uuid4().hex}"
    url = create_database(cluster, name) if cluster else f"sqlite:///{tmp_path / 'empty.db'}"
    app = create_app(ENVIRONMENT | {"DATABASE_URL": url, "DEMO": "1"}, PASSWORD_MEMORY_KIB=8)
    with app.app_context():
        yield app
        database.engine.dispose()
    if cluster:
        drop_database(cluster, name)


def tenants() -> list[Table]:
    """The tables that hold what is an organization's own."""
    found = [mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, OrgOwned)]
    assert len(found) >= 12
    return sorted(found, key=lambda table: table.name)  # type: ignore[return-value]


def schema() -> list[str]:
    """Everything that the database knows of its own form, as text."""
    if POSTGRESQL:
        statement = """
            select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
              from information_schema.columns where table_schema = 'public'
            union all select indexdef from pg_indexes where schemaname = 'public'
            union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
             where connamespace = 'public'::regnamespace
            union all select tablename || ' ' || policyname || ' ' || qual || ' ' || with_check from pg_policies
            union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
            union all select proname from pg_proc where pronamespace = 'public'::regnamespace
            union all select relname || relrowsecurity || relforcerowsecurity from pg_class where relkind = 'r'
               and relnamespace = 'public'::regnamespace
        """
    else:
        statement = "select sql from sqlite_master where sql is not null"
    with database.engine.connect() as connection:
        rows = [str(row) for row in connection.scalars(text(statement))]
    # A table that SQLite made anew has its constraints in any order.
    return sorted("\n".join(sorted(line.rstrip(", ").strip() for line in row.splitlines())) for row in rows)


def test_migrations_go_up_down_and_up_again_over_the_demo(empty):
    flask_migrate.upgrade()
    first = schema()
    load_demo(empty)
    flask_migrate.downgrade(revision="base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    assert not [line for line in schema() if "refuse_change" in line or "TRIGGER" in line]
    flask_migrate.upgrade()
    assert schema() == first
    load_demo(empty)


def load_demo(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["demo"])
    assert done.exit_code == 0, done.output
    with database.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from site_hold")) > 8


def test_the_models_are_what_the_migrations_lead_to(portal):
    with portal.app.app_context():
        flask_migrate.check()


def test_while_the_baseline_is_open_it_is_the_only_revision():
    """The schema is changed in migrations/baseline/ until that is closed (docs/decisions/0001-open-baseline.md)."""
    [baseline] = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert revisions.UNRELEASED.fullmatch(baseline.revision)


def test_a_database_of_another_text_of_the_baseline_is_told_apart(tmp_path):
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert ScriptDirectory(str(copy)).get_current_head() == head
    with (copy / "baseline" / "schema.py").open("a") as module:
        module.write("\n# another column\n")
    assert ScriptDirectory(str(copy)).get_current_head() != head


def test_the_baseline_imports_nothing_of_the_portal():
    """What it makes must not change when a model does."""
    files = [*(MIGRATIONS / "baseline").glob("*.py"), *(MIGRATIONS / "versions").glob("*.py")]
    assert len(files) == 4
    imported = {
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    allowed = {"__future__", "alembic", "datetime", "hashlib", "json", "migrations", "pathlib", "sqlalchemy", "uuid"}
    assert {name.split(".")[0] for name in imported} == allowed


def test_every_tenants_table_has_its_policies():
    who_reads = {None: [ORG_SCOPE], "user_id": [ORG_SCOPE, PERSON_READS], "email_key": [ORG_SCOPE, ADDRESS_READS]}
    owned = [mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, OrgOwned)]
    assert {mapper.local_table.name: who_reads[mapper.class_.__person_column__] for mapper in owned} == POLICIES


def test_what_a_model_calls_append_only_is_append_only():
    named = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if "append-only" in (mapper.class_.__doc__ or "").lower()
    }
    assert named == set(APPEND_ONLY) == set(walls.APPEND_ONLY)


# -- keys by which a tenant's table can be distributed ----------------------------------------------------------------


def test_every_key_of_a_tenants_table_begins_with_the_organization():
    wrong = []
    for table in tenants():
        keys = {"primary key": [column.name for column in table.primary_key.columns]}
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                keys[str(constraint.name)] = [column.name for column in constraint.columns]
        keys |= {str(index.name): [column.name for column in index.columns] for index in table.indexes if index.unique}
        for name, columns in keys.items():
            if columns[0] != "org_id":
                wrong.append(f"{table.name}: {name} is {columns}")
    assert not wrong, "\n".join(wrong)


def test_a_tenants_row_is_referred_to_by_rows_of_the_same_organization_alone():
    """The five keys to a lead or a client; no programme table refers to a tenant's row, wherever that may be."""
    names = {table.name for table in tenants()}
    found = {
        key.name: (key.column_keys[0], [element.column.name for element in key.elements])
        for table in Base.metadata.tables.values()
        for key in table.foreign_key_constraints
        if key.referred_table.name in names
    }
    assert len(found) >= 5
    assert {name: keys for name, keys in found.items() if keys != ("org_id", ["org_id", "id"])} == {}


@postgresql
def test_postgresql_itself_divides_every_tenants_table_by_organization(portal):
    """It refuses to where a key does not carry the organization."""
    with portal.app.app_context(), database.engine.connect() as connection:
        for table in tenants():
            like = f"(like {table.name} including all) partition by hash (org_id)"
            connection.execute(text(f"create table divided_{table.name} {like}"))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_append_only_is_neither_changed_nor_deleted(portal, table):
    with portal.app.app_context(), database.engine.connect() as connection:
        if POSTGRESQL:  # a trigger for each row fires only where there is one: its being there is looked at instead
            kept = "select count(*) from pg_trigger where tgrelid = cast(:name as regclass) and not tgisinternal"
            assert connection.scalar(text(kept), {"name": table}) == 2
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(f"truncate {table} cascade"))
        else:
            kept = "select sql from sqlite_master where type = 'trigger' and tbl_name = :name"
            triggers = connection.scalars(text(kept), {"name": table})
            assert sorted(trigger.split("BEFORE ")[1].split()[0] for trigger in triggers) == ["DELETE", "UPDATE"]


def test_an_event_once_written_stays_as_it_is(portal):
    portal.browser().post("/sign-in", {"email": "nobody@nowhere.example", "password": "x"})
    acts = ["update programme_event set event = 'x'", "delete from programme_event"]
    if not POSTGRESQL:
        acts.append("insert or replace into programme_event select * from programme_event")
    for act in acts:
        with portal.app.app_context(), database.engine.connect() as connection:
            assert connection.scalar(text("select count(*) from programme_event")) == 1
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(act))


# -- the second wall --------------------------------------------------------------------------------------------------


@pytest.fixture
def direct(world: World) -> Iterator[psycopg.Connection]:
    """The portal's own role, straight at the database, past everything of ours."""
    url = make_url(world.app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        yield connection
        connection.rollback()


def count(connection: psycopg.Connection, table: str, condition: str = "true") -> int:
    row = connection.execute(f"select count(*) from {table} where {condition}").fetchone()  # type: ignore[arg-type]  # noqa: S608
    assert row is not None
    return int(row[0])


@postgresql
def test_row_level_security_is_on_and_holds_the_owner_too(direct):
    for table in tenants():
        found = direct.execute(
            "select relrowsecurity, relforcerowsecurity from pg_class where oid = %s::regclass", [table.name]
        ).fetchone()
        assert found == (True, True), table.name
    role = direct.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user").fetchone()
    assert role == (False,)


@postgresql
def test_whoever_names_no_organization_sees_no_tenants_rows(world, direct):
    for table in tenants():
        assert count(world.watch.connection, table.name) > 0, f"the world has no {table.name}"
        assert count(direct, table.name) == 0
    direct.execute("select set_config('app.org_id', '', true)")
    assert {count(direct, table.name) for table in tenants()} == {0}


@postgresql
def test_whoever_names_an_organization_sees_its_rows_alone(world, direct):
    for key in ("acme", "bolt"):
        org_id = world.parties[key].org.id
        direct.execute("select set_config('app.org_id', %s, true)", [str(org_id)])
        for table in tenants():
            mine = f"org_id = '{org_id}'"
            assert count(direct, table.name) == count(world.watch.connection, table.name, mine) > 0, table.name
            assert count(direct, table.name, f"not {mine}") == 0


@postgresql
def test_a_person_sees_what_names_them_and_changes_none_of_it(world, direct):
    user = world.parties["acme"].people["owner"]
    direct.execute("select set_config('app.user_id', %s, true)", [str(user.id)])
    seen = {table.name: count(direct, table.name) for table in tenants()}
    assert {name for name, number in seen.items() if number} == {"membership"}
    assert count(direct, "membership", f"user_id <> '{user.id}'") == 0
    assert direct.execute("update membership set role = 'owner'").rowcount == 0
    assert direct.execute("delete from membership").rowcount == 0


@postgresql
def test_no_partition_walks_around_the_wall(direct):
    """A partition is a table of its own, whose policies are not its parent's: a tenant's would need theirs too."""
    found = direct.execute(
        "select inhparent::regclass::text, relforcerowsecurity from pg_inherits"
        " join pg_class on pg_class.oid = inhrelid where relkind = 'r'"
    ).fetchall()
    assert ("visit", False) in found, "visits are found across organizations, by a secret"
    walled = {table.name for table in tenants()}
    assert [parent for parent, is_walled in found if parent in walled and not is_walled] == []


@postgresql
def test_no_view_or_function_walks_around_the_wall(direct):
    views = direct.execute("select viewname from pg_views where schemaname = 'public'").fetchall()
    definers = direct.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef"
    ).fetchall()
    assert (views, definers) == ([], [])
