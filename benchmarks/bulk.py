"""Writes rows past the ORM, as fast as the database takes them: executemany on SQLite, COPY on PostgreSQL.

Indexes, and on PostgreSQL foreign keys and row-level security, are put aside meanwhile and made again at the end: the
finished database is as the migrations left it, with fresh statistics. For databases that are made to be measured alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from partner_access.db import Base, database

AT_ONCE = 100_000
Row = Sequence[str | int | None]


class Writer:
    """Buffers rows and writes them, each table's together, those that others refer to first."""

    def __init__(self, connection: Any, columns: dict[str, str]) -> None:
        """connection: the driver's own; columns: table -> its columns, in the order of the rows' values."""
        self._connection, self.rows, self.highest = connection, 0, 1
        self._columns = {table: names.split() for table, names in columns.items()}
        self._buffers: dict[str, list[Row]] = {
            table.name: [] for table in Base.metadata.sorted_tables if table.name in columns
        }
        self._write = _copy if hasattr(connection, "pgconn") else _insert

    def add(self, table: str) -> Any:
        """What takes a row of a table."""
        return self._buffers[table].append

    def flush(self, *, least: int = 0) -> None:
        """Write what is buffered, once there are so many rows."""
        if least and sum(map(len, self._buffers.values())) < least:
            return
        for table, rows in self._buffers.items():
            if rows:
                self._write(self._connection, table, self._columns[table], rows)
                self.rows += len(rows)
                rows.clear()

    def count_on(self) -> None:
        """The sequence that numbers rows goes on after the highest number that was written."""
        self._connection.execute("SELECT setval('row_number', %s)", (self.highest,))


def _insert(connection: Any, table: str, columns: list[str], rows: list[Row]) -> None:
    places = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)  # noqa: S608


def _copy(connection: Any, table: str, columns: list[str], rows: list[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def writing(columns: dict[str, str]) -> Iterator[Writer]:
    """A writer on the database of the present application."""
    with database.engine.connect() as connection:
        aside = _sqlite_aside if connection.dialect.name == "sqlite" else _postgresql_aside
        with aside(connection):
            writer = Writer(connection.connection.driver_connection, columns)
            yield writer
            writer.flush()
            if connection.dialect.name == "postgresql":
                writer.count_on()


@contextmanager
def _sqlite_aside(connection: Connection) -> Iterator[None]:
    raw: Any = connection.connection.driver_connection
    for pragma in ("foreign_keys=OFF", "synchronous=OFF", "journal_mode=MEMORY", "cache_size=-400000"):
        raw.execute(f"PRAGMA {pragma}")
    raw.execute("BEGIN IMMEDIATE")
    # What a constraint made has no statement of its own, and stays.
    indexes = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:
        raw.execute(f"DROP INDEX {name}")
    yield
    for _, statement in indexes:
        raw.execute(statement)
    raw.execute("COMMIT")
    for pragma in ("synchronous=FULL", "journal_mode=WAL", "foreign_keys=ON", "analysis_limit=400"):
        raw.execute(f"PRAGMA {pragma}")
    raw.execute("ANALYZE")


PUT_ASIDE = (
    "SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', oid::regclass),"
    " format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', oid::regclass) FROM pg_class WHERE relforcerowsecurity",
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),"
    " format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
    " FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0",
    "SELECT format('DROP INDEX %I', relname), replace(pg_get_indexdef(oid), ' ON ONLY ', ' ON ') FROM pg_class"
    " WHERE relkind IN ('i', 'I') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
    " AND relname NOT IN (SELECT conname FROM pg_constraint)",
)
"""What tells what to put aside on PostgreSQL: each row is the statement that does it, and the one that undoes it.

What belongs to a partition goes, and comes back, with what belongs to its table."""


@contextmanager
def _postgresql_aside(connection: Connection) -> Iterator[None]:
    raw: Any = connection.connection.driver_connection
    back = []
    for question in PUT_ASIDE:
        for aside, again in raw.execute(question).fetchall():
            raw.execute(aside)
            back.append(again)
    yield
    raw.execute("SET maintenance_work_mem = '512MB'")
    for statement in reversed(back):
        raw.execute(statement)
    raw.commit()
    raw.autocommit = True
    raw.execute("VACUUM ANALYZE")
