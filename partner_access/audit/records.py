"""Records what happened, and reads it back for the organization that is bound."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_

from partner_access.audit import kinds
from partner_access.audit.events import EVENTS
from partner_access.audit.filters import EventFilter
from partner_access.audit.models import OrgEvent, ProgrammeEvent
from partner_access.db import scope, session

PAGE = 50


def record(event: str, *, subject: uuid.UUID | None = None, reason: str | None = None, **fields: Any) -> None:
    """Write an event in the present transaction, as the actor and for the organization that acting() bound.

    event: a key of EVENTS; fields: only those which the catalogue allows it; subject: the id of what it happened to.
    """
    unknown = set(fields) - EVENTS[event]
    if unknown:
        raise ValueError(f"{event} does not carry {', '.join(sorted(unknown))}.")
    bound = scope()
    model, kind_of = (OrgEvent, kinds.OF_ORG) if bound.org_id else (ProgrammeEvent, kinds.OUTSIDE)
    session().add(
        model(
            event=event,
            kind=kind_of.get(event),
            actor_kind=bound.actor.kind,
            actor_id=bound.actor.user_id or bound.actor.token_id,
            subject_id=subject,
            reason=reason,
            fields=fields,
        )
    )


def history(subject: uuid.UUID, *, most: int = 50) -> Sequence[OrgEvent]:
    """What happened to one thing of the bound organization, oldest first, at most `most` events."""
    statement = select(OrgEvent).where(OrgEvent.subject_id == subject).order_by(OrgEvent.at, OrgEvent.id).limit(most)
    return session().scalars(statement).all()


Event = TypeVar("Event", OrgEvent, ProgrammeEvent)


def listing(which: EventFilter, *, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[OrgEvent]:
    """A page of PAGE such events of the bound organization, newest first; `before`: key of the last one seen."""
    return session().scalars(_page(OrgEvent, which, before)).all()


def outside(which: EventFilter, *, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[ProgrammeEvent]:
    """A page of PAGE such events that belong to no organization, newest first; for staff."""
    return session().scalars(_page(ProgrammeEvent, which, before)).all()


def stream_outside(which: EventFilter) -> Iterator[Sequence[ProgrammeEvent]]:
    """All such events that belong to no organization, newest first, some hundreds at a time; for staff."""
    return session().scalars(_such(ProgrammeEvent, which), execution_options={"yield_per": 500}).partitions()


def _page(model: type[Event], which: EventFilter, before: tuple[datetime, uuid.UUID] | None) -> Select[Event]:
    statement = _such(model, which).limit(PAGE)
    return statement if before is None else statement.where(tuple_(model.at, model.id) < tuple_(*before))


def stream(which: EventFilter) -> Iterator[Sequence[OrgEvent]]:
    """All such events of the bound organization, newest first, some hundreds at a time."""
    return session().scalars(_such(OrgEvent, which), execution_options={"yield_per": 500}).partitions()


def _such(model: type[Event], which: EventFilter) -> Select[Event]:
    wanted: list[ColumnElement[bool]] = [model.kind == which.kind if which.kind else model.kind.is_not(None)]
    if isinstance(which.actor, uuid.UUID):
        wanted.append(_concerns(model, which.actor))
    elif which.actor:  # a literal, for the index of what staff did is a partial one
        wanted.append(model.actor_kind == literal(which.actor, literal_execute=True))
    if which.since:
        wanted.append(model.at >= which.since)
    if which.until:
        wanted.append(model.at < which.until)
    if which.reason:
        wanted.append(model.reason == which.reason)
    return select(model).where(*wanted).order_by(model.at.desc(), model.id.desc())


def _concerns(model: type[Any], person: uuid.UUID) -> ColumnElement[bool]:
    """What a person did; outside organizations also what was done about them: a refused sign-in is by a stranger."""
    mine: ColumnElement[bool] = model.actor_id == person
    return or_(mine, model.subject_id == person) if model is ProgrammeEvent else mine


def values(event: str, number: str, *names: str) -> Iterator[tuple[Any, ...]]:
    """These fields of every such event of the bound organization, in the order of the first, which is a number."""
    statement = select(OrgEvent.fields).where(OrgEvent.event == event).order_by(OrgEvent.fields[number].as_integer())
    for fields in session().scalars(statement, execution_options={"yield_per": 500}):
        yield tuple(fields.get(name) for name in (number, *names))
