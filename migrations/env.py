"""Runs migrations over the application's own engine."""

from __future__ import annotations

from typing import Any, Literal

import click
from alembic import context
from flask import current_app

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


def run() -> None:
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
