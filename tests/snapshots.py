"""Looks at a whole database from outside the portal, and puts it back as it was."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.servers.postgres import TABLES, Sweeper

Snapshot = dict[str, tuple[str, ...]]
"""Table -> its rows, each as one text with a tab between the cells."""


@dataclass(frozen=True)
class Change:
    """A row that was there before and is not any more (`gone`), or the other way round; an update is one of each."""

    table: str
    row: str
    gone: bool


def changes(before: Snapshot, after: Snapshot) -> list[Change]:
    """Every row that differs."""
    found = []
    for table in before:
        if before[table] == after[table]:
            continue
        old, new = Counter(before[table]), Counter(after[table])
        found += [Change(table, row, True) for row in old - new] + [Change(table, row, False) for row in new - old]
    return found


@contextmanager
def watching(url: str, cluster: str | None) -> Iterator[SqliteWatch | PostgresqlWatch]:
    """Watch the database at this SQLAlchemy URL; `cluster`: the superuser's URL when it is PostgreSQL."""
    name = make_url(url).database or ""
    if cluster is None:
        watch: SqliteWatch | PostgresqlWatch = SqliteWatch(name)
    else:
        watch = PostgresqlWatch(psycopg.connect(cluster, dbname=name, autocommit=True))
    try:
        yield watch
    finally:
        watch.connection.close()


class SqliteWatch:
    """Over a connection of its own, on which foreign keys are not watched."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous=OFF")
        named = self.connection.execute("select name from sqlite_master where type = 'table' order by name")
        self.tables = [name for (name,) in named if name != "alembic_version"]
        self.kept: dict[str, list[tuple[object, ...]]] = {}

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self.connection.execute(f"pragma table_info({table})")]

    def snapshot(self) -> Snapshot:
        return {table: tuple("\t".join(map(str, row)) for row in self._rows(table)) for table in self.tables}

    def execute(self, statement: str) -> None:
        self.connection.execute(statement)

    def version(self) -> str:
        """A mark that moves when anybody commits a change."""
        return str(self.connection.execute("pragma data_version").fetchone())

    def keep(self) -> None:
        """Remember the present state for restore(); what keeps some tables append-only steps aside for it."""
        for (name,) in self.connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            self.connection.execute(f"drop trigger {name}")
        self.kept = {table: self._rows(table) for table in self.tables}

    def restore(self, tables: set[str]) -> None:
        """Put these tables back."""
        self.connection.execute("begin immediate")
        for table in tables:
            self.connection.execute(f"delete from {table}")  # noqa: S608
            places = ", ".join("?" * len(self.columns(table)))
            self.connection.executemany(f"insert into {table} values ({places})", self.kept[table])  # noqa: S608
        self.connection.execute("commit")

    def _rows(self, table: str) -> list[tuple[object, ...]]:
        return self.connection.execute(f"select * from {table}").fetchall()  # noqa: S608


class PostgresqlWatch:
    """As a superuser, whom row-level security does not hold."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.tables = [name for (name,) in connection.execute(TABLES) if name != "alembic_version"]
        self.kept: dict[str, bytes] = {}
        self.everything = " union all ".join(map(self._rows_of, self.tables))
        self.sweeper = Sweeper()

    def columns(self, table: str) -> list[str]:
        return [column.name for column in self.connection.execute(f"table {table} limit 0").description or []]

    def snapshot(self) -> Snapshot:
        found: dict[str, list[str]] = {table: [] for table in self.tables}
        for table, row in self.connection.execute(self.everything):
            found[table].append(row)
        return {table: tuple(rows) for table, rows in found.items()}

    def execute(self, statement: str) -> None:
        """Run a statement past triggers and foreign keys."""
        with self.connection.transaction():
            self.connection.execute("set local session_replication_role = replica")
            self.connection.execute(statement)

    def version(self) -> str:
        """A mark that moves when anybody writes: every writing transaction takes a number."""
        return str(self.connection.execute("select pg_snapshot_xmax(pg_current_snapshot())").fetchone())

    def keep(self) -> None:
        """Remember the present state for restore()."""
        for table in self.tables:
            with self.connection.cursor().copy(
                sql.SQL("copy (table {}) to stdout").format(sql.Identifier(table))
            ) as copy:
                self.kept[table] = b"".join(bytes(block) for block in copy)

    def restore(self, tables: set[str]) -> None:
        """Put these tables back."""
        with self.connection.transaction():
            self.connection.execute("set local session_replication_role = replica")
            for table in tables:
                name = sql.Identifier(table)
                self.connection.execute(sql.SQL("delete from {}").format(name))
                with self.connection.cursor().copy(sql.SQL("copy {} from stdin").format(name)) as copy:
                    copy.write(self.kept[table])
        self.sweeper.swept(self.connection, tables)

    def _rows_of(self, table: str) -> str:
        cells = ", ".join(f"coalesce({column}::text, 'None')" for column in self.columns(table))
        return f"select '{table}', concat_ws(E'\\t', {cells}) from {table}"  # noqa: S608
