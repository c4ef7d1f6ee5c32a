"""Writes docs/data-model.md from the models: .venv/bin/python script/data_model.py > docs/data-model.md."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from partner_access import create_app
from partner_access.db import Base, OrgOwned

HEAD = """# The data model

Made from the models by `.venv/bin/python script/data_model.py > docs/data-model.md`: change those, not this. A table
*of an organization* carries `org_id` first in its key; its rows are read and written in that organization's scope alone
([architecture](architecture.md)). In a picture a line ends at the table that is pointed at; tables of another part
stand in it by their name alone.
"""


def document() -> str:
    """The whole page, in Markdown with a Mermaid diagram for each module of models."""
    assert create_app  # importing the application is what makes every model known
    mappers = sorted(Base.registry.mappers, key=lambda mapper: (mapper.class_.__module__, str(mapper.local_table)))
    parts = groupby(mappers, key=lambda mapper: str(mapper.class_.__module__))
    return "\n".join([HEAD, *(_part(module, list(members)) for module, members in parts)])


def _part(module: str, mappers: list[Mapper[Base]]) -> str:
    title = (sys.modules[module].__doc__ or "").strip().splitlines()[0]
    return "\n".join(
        [
            f"## {module.removeprefix('partner_access.')}\n",
            f"{title}\n",
            "```mermaid",
            "erDiagram",
            *(line for mapper in mappers for line in _entity(mapper)),
            *sorted({line for mapper in mappers for line in _relations(_table(mapper))}),
            "```\n",
            *(_sentence(mapper) for mapper in mappers),
            "",
        ]
    )


def _table(mapper: Mapper[Base]) -> Table:
    assert isinstance(mapper.local_table, Table)
    return mapper.local_table


def _entity(mapper: Mapper[Base]) -> Iterator[str]:
    yield f"  {_table(mapper).name} {{"
    yield from (f"    {_kind(column)} {column.name}{_keys(column)}" for column in _table(mapper).columns)
    yield "  }"


def _kind(column: Column[object]) -> str:
    return type(column.type).__name__.lower() + ("_or_null" if column.nullable else "")


def _keys(column: Column[object]) -> str:
    keys = ["PK"] * column.primary_key + ["FK"] * bool(column.foreign_keys)
    return f" {', '.join(keys)}" if keys else ""


def _relations(table: Table) -> Iterator[str]:
    for key in table.foreign_key_constraints:
        many = "|o" if all(column.unique for column in key.columns) else "}o"
        names = " ".join(column.name for column in key.columns if column.name != "org_id") or "org_id"
        yield f'  {table.name} {many}--|| {key.referred_table.name} : "{names}"'


def _sentence(mapper: Mapper[Base]) -> str:
    said = inspect.cleandoc(mapper.class_.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    owned = " *(of an organization)*" if issubclass(mapper.class_, OrgOwned) else ""
    return f"- **{_table(mapper).name}**{owned}: {said}"


if __name__ == "__main__":
    sys.stdout.write(document())
