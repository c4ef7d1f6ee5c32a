"""Transactions: how they begin on each database, locks that order them, and rows that are inserted once."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy
from sqlalchemy import event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from partner_access.db import Base, ForeignRow, OrgOwned, session

log = logging.getLogger(__name__)

_reading: ContextVar[bool] = ContextVar("reading", default=False)
_one_moment: ContextVar[bool] = ContextVar("one_moment", default=False)


@contextmanager
def reading(*, one_moment: bool = False) -> Iterator[None]:
    """Transactions begun inside only read: on SQLite they take no write lock (BEGIN, not BEGIN IMMEDIATE).

    one_moment: each sees the database as it was at one moment, on PostgreSQL too, whatever is written meanwhile.
    """
    tokens = _reading.set(True), _one_moment.set(one_moment)
    try:
        yield
    finally:
        _reading.reset(tokens[0])
        _one_moment.reset(tokens[1])


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "recursive_triggers=ON",  # else INSERT OR REPLACE walks past the append-only triggers
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    # A write that begins as a read loses its race silently or fails at once, whatever the busy timeout:
    # every writing transaction takes the lock when it begins.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")
    elif _one_moment.get():
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def release() -> None:
    """End the transaction so far before slow work: hashing a password, asking the DNS.

    It has written nothing, except perhaps the count of a limit, which stands whatever comes of the rest.
    """
    current = session()
    if current.new or current.dirty or current.deleted:
        raise RuntimeError("release() ends a transaction that has written nothing.")
    current.commit()


def lock(name: str, *, shared: bool = False) -> None:
    """Let only one transaction at a time past this point for `name`, until it ends; or many that say `shared`.

    PostgreSQL: an advisory lock. SQLite: nothing to do, a writing transaction is alone already.
    """
    connection = session().connection()
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.execute(text(f"select {function}(hashtextextended(:name, 0))"), {"name": name})


def try_lock(name: str) -> bool:
    """The same without waiting: whether nobody else is past this point for `name`. On SQLite nobody ever is."""
    connection = session().connection()
    if connection.dialect.name != "postgresql":
        return True
    statement = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(connection.execute(statement, {"name": name}).scalar())


def insert_once(row: Base) -> bool:
    """Insert a row of a programme table unless one of its unique keys is taken; say whether it was inserted.

    The database decides the race: a competing transaction is waited for, not looked for.
    """
    if isinstance(row, OrgOwned):
        raise ForeignRow("insert_once() is for programme tables: it stamps no organization.")
    columns = sqlalchemy.inspect(type(row)).column_attrs
    for key, column in ((attribute.key, attribute.columns[0]) for attribute in columns):
        if getattr(row, key) is None and column.default is not None:
            default: Any = column.default
            setattr(row, key, default.arg(None) if default.is_callable else default.arg)
    numbered = sqlalchemy.inspect(type(row)).local_table.autoincrement_column  # type: ignore[attr-defined]  # is a Table
    values = {
        column.name: getattr(row, attribute.key)
        for attribute, column in ((attribute, attribute.columns[0]) for attribute in columns)
        if column is not numbered  # the database gives it
    }
    session().flush()
    connection = session().connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    primary_key = sqlalchemy.inspect(type(row)).primary_key
    statement = insert(type(row)).values(values).on_conflict_do_nothing().returning(*primary_key)
    return connection.execute(statement).first() is not None


def answers() -> bool:
    """Whether the database answers."""
    try:
        return session().connection().execute(text("select 1")).scalar() == 1
    except DBAPIError:
        session().rollback()
        return False


def refresh_statistics() -> None:
    """Let SQLite look at its indexes: without statistics it takes the wrong one. PostgreSQL does so by itself."""
    connection = session().connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit = 400")  # rows of each index: milliseconds at any size
        connection.exec_driver_sql("ANALYZE")


def warn_of_weak_walls() -> None:
    """Log plainly what about this database weakens a promise: a role past row-level security, a known fault."""
    connection = session().connection()
    if connection.dialect.name == "postgresql":
        statement = text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        if connection.execute(statement).scalar():
            log.warning("The database role is a superuser or bypasses row-level security: the second wall is off.")
    elif sqlite3.sqlite_version_info < (3, 51, 3):
        log.info(
            "SQLite %s has a rare fault when its write-ahead log resets (mended in 3.51.3).", sqlite3.sqlite_version
        )
