"""Runs migrations over the application's own engine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from alembic import context
from flask import current_app
from sqlalchemy import text

from partner_access import revisions


def render_item(kind: str, item: object, autogen: Any) -> str | Literal[False]:
    """Migrations stand alone: the portal's own column types are written as the database's."""
    name = type(item).__name__
    if kind == "type" and name == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    if kind == "type" and name == "JSON":
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """A partition is its table's: no model names it."""
    return kind != "table" or name is None or not name.startswith("visit_") or name in database.metadata.tables


database = current_app.extensions["migrate"].db
engine = database.engine


@contextmanager
def alone() -> Iterator[None]:
    """Let one migrate at a time: of several servers that start at once, all but the first find it done.

    PostgreSQL: a lock of a transaction, which PgBouncer keeps. SQLite: a lock on the folder of its file.
    """
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(hashtextextended('migrations', 0))"))
            yield
        return
    path = Path(engine.url.database or ".").resolve().parent
    if not path.is_dir():  # there is nothing to lock, and nothing that could be migrated either
        yield
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def run() -> None:
    with alone():
        migrate()


def migrate() -> None:
    wrong = revisions.fault(engine)
    if wrong and wrong.code != "behind":
        raise click.ClickException(wrong.sentence)
    with engine.connect() as connection:
        _keep_references(connection, on=False)
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
            include_name=include_name,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        _keep_references(connection, on=True)


def _keep_references(connection: Any, *, on: bool) -> None:
    """SQLite changes a table by making it anew, and must not mind then that others refer to the one it drops."""
    if connection.dialect.name == "sqlite":
        connection.connection.dbapi_connection.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


run()
