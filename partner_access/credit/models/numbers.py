"""The numbers that put rows in order: given by the database, never by a clock."""

from __future__ import annotations

from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement


class NextNumber(ColumnElement[int]):
    """The number of a new row of a table, greater than that of every row that was there.

    What has to be in an order of its own (decisions, rulings, leads, visits) goes by it, never by a clock or a UUIDv7:
    clocks step back, and two servers have two. On PostgreSQL a sequence counts; who takes a number under a lock has a
    greater one than whoever held the lock before. On SQLite a writing transaction is alone.
    """

    inherit_cache = False
    type = BigInteger()

    def __init__(self, table: str) -> None:
        self.table = table


@compiles(NextNumber, "postgresql")
def _next_of_sequence(_element: NextNumber, _compiler: SQLCompiler, **_options: Any) -> str:
    return "nextval('row_number')"


@compiles(NextNumber, "sqlite")
def _next_of_table(element: NextNumber, compiler: SQLCompiler, **_options: Any) -> str:
    rows = sqlalchemy.table(element.table, sqlalchemy.column("number", BigInteger))
    return compiler.process(select(func.coalesce(func.max(rows.c.number), 0) + 1).scalar_subquery())


def numbered(table: str) -> Mapped[int]:
    """The column `number` of a table, which NextNumber fills."""
    return mapped_column(BigInteger, default=NextNumber(table), unique=True)
