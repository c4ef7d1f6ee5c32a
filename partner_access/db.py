"""The database: model base, the session, and the one place where a tenant's rows are kept apart.

`acting(actor, org_id)` binds to the session who acts and for which organization. Every ORM statement that touches an
`OrgOwned` table then carries that organization; without one it is refused. On PostgreSQL row-level security reads
the same binding, so that a statement that slipped past the ORM still finds nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

import sqlalchemy
import uuid_utils.compat
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import JSON, DateTime, ForeignKey, MetaData, Uuid, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, CursorResult, Dialect, ScalarResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    DeclarativeBase,
    FromStatement,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    registry,
    with_loader_criteria,
)
from sqlalchemy.sql import ClauseElement, Delete, Update, visitors
from sqlalchemy.sql.schema import Table
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.types import TypeDecorator

from partner_access.errors import NotFound


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC on both databases; a naive one is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            uuid.UUID: Uuid(),
            datetime: UtcDateTime(),
            dict[str, Any]: JSON().with_variant(postgresql.JSONB(), "postgresql"),
            list[Any]: JSON().with_variant(postgresql.JSONB(), "postgresql"),
        },
    )


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): unique, opaque, in order of time, so that keys also sort by age."""
    return uuid_utils.compat.uuid7()


class OrgOwned:
    """A tenant table: the organization stands first in its key and in every key that refers to it."""

    __person_column__: ClassVar[str | None] = None
    """The column that ties a row to a person (`user_id` or `email_key`), who may read it outside any organization."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-9)

    @declared_attr
    def org_id(cls) -> Mapped[uuid.UUID]:
        return mapped_column(ForeignKey("organization.id"), primary_key=True, sort_order=-10)


@dataclass(frozen=True)
class Actor:
    """Who acts: a `person` or `staff` (with id and e-mail key; a command has none), a `client`, a `token` of the API
    (with its id), or the `system`."""

    kind: str
    user_id: uuid.UUID | None = None
    email_key: str | None = None
    token_id: uuid.UUID | None = None

    @property
    def person_id(self) -> uuid.UUID | None:
        """The id of a person who acts for themselves; None for staff, whom organizations know as staff alone."""
        return self.user_id if self.kind == "person" else None


SYSTEM = Actor("system")
STAFF = Actor("staff")
CLIENT = Actor("client")


@dataclass(frozen=True)
class Scope:
    actor: Actor
    org_id: uuid.UUID | None

    @property
    def decider(self) -> Actor:
        """Who is named in what follows for an organization from somebody's act: staff who decide, and nobody else.

        Whoever signs up, and whoever asks for another look, is not another partner's to see.
        """
        return self.actor if self.actor.kind == "staff" else SYSTEM


class NoScope(RuntimeError):
    """A statement touched a tenant's table while nobody had said for which organization."""


class ForeignRow(RuntimeError):
    """A row of one organization was about to be written while another was bound."""


class PortalSession(FlaskSession):
    """The session of one request or one piece of work: one transaction, one scope at a time."""

    @property
    def scope(self) -> Scope | None:
        return self.info.get("scope")


database = SQLAlchemy(
    model_class=Base, session_options={"class_": PortalSession, "expire_on_commit": False}, disable_autonaming=True
)


def session() -> PortalSession:
    """The session of the present request or piece of work."""
    return database.session()  # type: ignore[return-value]


def scope() -> Scope:
    """Who acts and for whom. Raises NoScope outside of acting()."""
    bound = session().scope
    if bound is None:
        raise NoScope("Nobody is acting: use acting().")
    return bound


@contextmanager
def acting(actor: Actor, org_id: uuid.UUID | None = None) -> Iterator[Scope]:
    """Bind who acts, and for which organization, for the time of the block; blocks nest.

    Without `org_id` a person sees only what is theirs by `__person_column__`, everybody else no tenant's rows.
    """
    current = session()
    before = current.scope
    current.flush()
    _bind(current, Scope(actor, org_id))
    try:
        yield Scope(actor, org_id)
        current.flush()
    except BaseException:
        # PostgreSQL takes nothing more in a transaction that failed, and forgets the binding with it when it is rolled
        # back. What is raised stays the reason why it failed, so that a deadlock can be told and tried again.
        with suppress(DBAPIError):
            _bind(current, before)
        raise
    _bind(current, before)


def _bind(current: PortalSession, scope: Scope | None) -> None:
    current.info["scope"] = scope
    if current.in_transaction() and current.is_active:
        _tell_postgresql(current, current.connection())


def _tell_postgresql(current: Session, connection: Connection) -> None:
    """Bind the scope for row-level security until this transaction ends (so a pooled connection never keeps it)."""
    if connection.dialect.name != "postgresql":
        return
    scope: Scope | None = current.info.get("scope")
    values = {
        "org": str(scope.org_id) if scope and scope.org_id else "",
        "person": str(scope.actor.user_id) if scope and scope.actor.user_id else "",
        "address": (scope.actor.email_key or "") if scope else "",
    }
    connection.execute(
        text(
            "select set_config('app.org_id', :org, true), set_config('app.user_id', :person, true),"
            " set_config('app.email_key', :address, true)"
        ),
        values,
    )


@cache
def _tenant_tables() -> dict[Table, type[OrgOwned]]:
    """Every tenant's table with its model; asked for the first time when a statement runs, so all are known by then."""
    return {
        mapper.local_table: mapper.class_
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, OrgOwned) and isinstance(mapper.local_table, Table)
    }


@event.listens_for(PortalSession, "do_orm_execute")
def _keep_tenants_apart(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load:
        return  # loads of a row that was itself found within the scope; they keep the criteria of that statement
    if not state.is_orm_statement or isinstance(state.statement, FromStatement):
        raise NoScope("Only ORM statements are kept apart by organization: text() and Core go through db.py.")
    scope = state.session.info.get("scope")
    if scope is not None and scope.org_id is not None:
        org_id = scope.org_id
        if state.is_insert:
            raise NoScope("A tenant's rows are added to the session, which stamps them; insert() would not.")
        state.statement = state.statement.options(
            with_loader_criteria(OrgOwned, lambda row: row.org_id == org_id, include_aliases=True)
        )
        return
    tenants = _tenant_tables()
    touched = {part for part in visitors.iterate(cast(ClauseElement, state.statement)) if isinstance(part, Table)}
    for table in touched & set(tenants):
        if not state.is_select:
            raise NoScope(f"{table.name} is written without an organization: say which with acting().")
        state.statement = state.statement.options(_own_rows(tenants[table], scope))


def _own_rows(model: type[OrgOwned], scope: Scope | None) -> Any:
    """Outside any organization a person reads the rows that name them, and nobody reads anything else."""
    column = model.__person_column__
    mine = getattr(scope.actor, column) if scope and column else None
    if not column or mine is None:
        raise NoScope(f"{model.__name__} is a tenant's table: say for which organization with acting().")
    return with_loader_criteria(model, getattr(model, column) == mine, include_aliases=True)


@event.listens_for(PortalSession, "before_flush")
def _stamp_and_refuse(current: PortalSession, _context: Any, _instances: Any) -> None:
    scope = current.scope
    for row in [*current.new, *current.dirty, *current.deleted]:
        if not isinstance(row, OrgOwned):
            continue
        if scope is None or scope.org_id is None:
            raise NoScope(f"{type(row).__name__} is written without an organization: say which with acting().")
        state = sqlalchemy.inspect(row)
        owners = {state.dict.get("org_id"), *(state.identity or ())[:1]} - {None}  # as it is now, and as it was stored
        if not owners:
            row.org_id = scope.org_id
        elif owners != {scope.org_id}:
            raise ForeignRow(f"{type(row).__name__} belongs to another organization than the one bound.")


@event.listens_for(PortalSession, "after_begin")
def _tell_postgresql_at_begin(current: Session, _transaction: Any, connection: Connection) -> None:
    _tell_postgresql(current, connection)


M = TypeVar("M", bound=Base)
R = TypeVar("R")


def fresh(statement: TypedReturnsRows[R]) -> ScalarResult[R]:
    """The rows of a statement as the database has them now, also those that the session has read before."""
    return session().scalars(statement, execution_options={"populate_existing": True})


def changed(statement: Update | Delete) -> int:
    """Run a conditional UPDATE or DELETE; how many rows it changed, which says who of two was first."""
    return cast(CursorResult[Any], session().execute(statement)).rowcount


def found(row: M | None) -> M:
    """The row, or NotFound."""
    if row is None:
        raise NotFound()
    return row
