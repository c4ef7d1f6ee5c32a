"""Writes events in the transaction that made them, numbers them after it, and reads them back in that order."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from partner_access.db import session
from partner_access.events.models import Event
from partner_access.events.types import TYPES
from partner_access.transactions import lock

MOST = 500
"""How many events are numbered, or read, at once."""


def tell(event_type: str, org_id: uuid.UUID | None, **data: Any) -> None:
    """Tell other programs of this, if the present transaction is committed.

    org_id: whose it is; data: the fields that TYPES names, with ids and moments as they are.
    """
    wrong = set(data) ^ TYPES[event_type].fields
    if wrong:
        raise ValueError(f"{event_type} carries {', '.join(sorted(TYPES[event_type].fields))}: see {sorted(wrong)}.")
    plain = {name: _plain(value) for name, value in data.items()}
    session().add(Event(type=event_type, org_id=org_id, data=plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def publish() -> Sequence[Event]:
    """Number the events that were committed since the last time, MOST at once; those that were numbered now.

    A number that was given where the event is written would be seen by readers in the order of the commits: whoever
    had read up to 8 would never see a 7 that was committed later. Here one publisher at a time numbers what it sees
    committed, and is committed itself before the next one begins.
    """
    lock("events")
    waiting = select(Event).where(Event.number.is_(None)).order_by(Event.id).limit(MOST)
    rows = session().scalars(waiting).all()
    last = session().scalar(select(func.max(Event.number))) or 0 if rows else 0
    for number, row in enumerate(rows, last + 1):
        row.number = number
    session().flush()
    return rows


def after(number: int, *, most: int) -> Sequence[Event]:
    """The events of everybody that were numbered after this one, in order."""
    return session().scalars(select(Event).where(Event.number > number).order_by(Event.number).limit(most)).all()


def within(
    org_id: uuid.UUID | None, types: Collection[str], since: datetime, until: datetime, *, most: int
) -> Sequence[Event]:
    """Numbered events of these types that happened within a time, in order: of one organization, or (None) of all."""
    wanted = [Event.number.is_not(None), Event.type.in_(types), Event.occurred_at >= since, Event.occurred_at < until]
    if org_id:
        wanted.append(Event.org_id == org_id)
    return session().scalars(select(Event).where(*wanted).order_by(Event.number).limit(most)).all()
