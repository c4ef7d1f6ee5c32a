"""Seals what is written: after each flush every sealed row that is new or was changed has its digest.

Nobody calls this: a row cannot be written through the session without its seal. Seals are inserted and nobody waits
for them; the worker chains them later (segments.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy
from sqlalchemy import event, func, select
from sqlalchemy.orm import ORMExecuteState, Session

from partner_access.db import Base, OrgOwned, PortalSession, session
from partner_access.seals import digests
from partner_access.seals.models import PROGRAMME, Seal, Sealed

ERASES = "erases"
"""The option of a statement of erasures.py, which alone changes sealed rows past the session."""


_columns: dict[Any, tuple[str, ...]] = {}


def columns_of(model: type[Any]) -> tuple[str, ...]:
    """The names of a row's columns, its own key first."""
    if model not in _columns:
        names = [attribute.key for attribute in sqlalchemy.inspect(model).column_attrs]
        _columns[model] = tuple(sorted(names, key=lambda name: name != key_of(model)))
    return _columns[model]


def key_of(model: type[Any]) -> str:
    """The name of the column that tells the rows of one organization, or of the programme, apart."""
    return "id" if hasattr(model, "id") else str(sqlalchemy.inspect(model).primary_key[0].name)


def row_id(key: uuid.UUID | int) -> uuid.UUID:
    """The key of a row as its seals name it."""
    return uuid.UUID(int=key) if isinstance(key, int) else key


def kind_of(model: type[Any]) -> str:
    """What seals call the rows of a model."""
    return str(model.__tablename__)


def model_of(kind: str) -> type[Any]:
    """The model of what seals call so."""
    return next(mapper.class_ for mapper in Base.registry.mappers if kind_of(mapper.class_) == kind)


def owner_of(model: type[Any], values: Mapping[str, Any]) -> uuid.UUID:
    """Under whom a row's seals stand: its organization, or PROGRAMME."""
    owner: uuid.UUID = values["org_id"] if issubclass(model, OrgOwned) else PROGRAMME
    return owner


def digest_of(model: type[Any], values: Mapping[str, Any], version: int, texts: str | None) -> str:
    """The digest of a row in one version; texts: the salted digest of its texts, None where it has none."""
    plain = {name: value for name, value in values.items() if name not in model.__texts__}
    return digests.digest({"": kind_of(model), "#": version, "&": texts, **plain})


def texts_of(model: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The texts of a row."""
    return {name: values[name] for name in model.__texts__}


def of_row(model: type[Any], values: Mapping[str, Any], version: int = 1) -> dict[str, Any]:
    """The columns of the seal for a row as it is; values: of all its columns, as the database has them."""
    salt = digests.new_salt() if model.__texts__ else None
    texts = digests.of_texts(salt, texts_of(model, values)) if salt else None
    return {
        "org_id": owner_of(model, values),
        "kind": kind_of(model),
        "row_id": row_id(values[key_of(model)]),
        "version": version,
        "salt": salt,
        "texts": texts,
        "digest": digest_of(model, values, version, texts),
        "segment": None,
    }


def add(row: Base) -> None:
    """Seal a row that was inserted past the session, by insert_once()."""
    _insert(session(), [of_row(type(row), _values(row))])


@event.listens_for(PortalSession, "before_flush")
def _refuse_to_delete(current: Session, _context: Any, _instances: Any) -> None:
    if any(isinstance(row, Sealed) for row in current.deleted):
        raise RuntimeError("A sealed row is not deleted: it can be erased, or pruned.")


@event.listens_for(PortalSession, "after_flush")
def _seal(current: Session, _context: Any) -> None:
    new = [of_row(type(row), _values(row)) for row in current.new if isinstance(row, Sealed)]
    changed = [row for row in current.dirty if isinstance(row, Sealed) and current.is_modified(row)]
    changed.sort(key=lambda row: kind_of(type(row)))
    again = [seal for model, rows in groupby(changed, type) for seal in _again(current, model, rows)]
    if new or again:
        _insert(current, new + again)


def _values(row: Any) -> dict[str, Any]:
    """As the database will have them: a moment that somebody told in another time zone is stored in UTC."""
    values = {name: getattr(row, name) for name in columns_of(type(row))}
    return {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in values.items()}


def _again(current: Session, model: type[Any], rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """New seals of changed rows, of what the database has of them now.

    What the session has may be older where somebody else changed another column meanwhile. The rows are ours from
    their UPDATE on, until the transaction ends: nobody else can give them the same version.
    """
    key = getattr(model, key_of(model))
    of_it = [Seal.kind == kind_of(model), Seal.row_id == key]
    of_it.append(Seal.org_id == (model.org_id if issubclass(model, OrgOwned) else PROGRAMME))
    last = select(func.max(Seal.version)).where(*of_it).scalar_subquery()
    columns = [getattr(model, name) for name in columns_of(model)]
    wanted = [getattr(row, key.key) for row in rows]
    for version, *cells in current.execute(select(func.coalesce(last, 0), *columns).where(key.in_(wanted))):
        yield of_row(model, dict(zip(columns_of(model), cells, strict=True)), version + 1)


def _insert(current: Session, seals: list[dict[str, Any]]) -> None:
    current.connection().execute(sqlalchemy.insert(Seal), seals)


@event.listens_for(PortalSession, "do_orm_execute")
def _refuse_past_the_session(state: ORMExecuteState) -> None:
    """An UPDATE or DELETE of many rows at once would leave them without their seals."""
    if not (state.is_update or state.is_delete) or state.execution_options.get(ERASES):
        return
    if state.bind_mapper is not None and issubclass(state.bind_mapper.class_, Sealed):
        raise RuntimeError(f"{state.bind_mapper.class_.__name__} is sealed: change its rows one by one.")
