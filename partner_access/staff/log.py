"""The audit log of what belongs to no organization, in words, and what staff decided."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.audit import filters
from partner_access.errors import Invalid
from partner_access.keys.addresses import address
from partner_access.staff.log_words import KINDS, WORDS
from partner_access.web import event_lists
from partner_access.web.event_lists import EventRow

COLUMNS = ("date", "what", "who", "about", "details", "reason code")
NOT_PEOPLE = {
    "staff": "A command",
    "system": "Automatic",
    "visitor": "A stranger",
    "client": "A client",
    "token": "The API",
}


def choose(asked: Mapping[str, str]) -> audit.EventFilter:
    """The events that a page's address asks for. Raises what filters.choose() raises, and Invalid beside `email`."""
    return filters.choose(asked, KINDS, lambda: _person(asked.get("email", "").strip()))


def _person(email: str) -> uuid.UUID | None:
    if not email:
        return None
    user = sign_ins.find(address(email).key)
    if user is None:
        raise Invalid("Nobody has a login with this address.", code="no-such-person", field="email")
    return user.id


def listing(which: audit.EventFilter, *, before: tuple[datetime, uuid.UUID] | None = None) -> list[EventRow]:
    """A page of audit.PAGE events, newest first; `before`: key of the last one seen."""
    return _rows(audit.outside(which, before=before))


def table(which: audit.EventFilter) -> Iterator[Sequence[str | None]]:
    """The rows of the CSV file of all of them, newest first."""
    return event_lists.table(COLUMNS, map(_rows, audit.stream_outside(which)))


def _rows(events: Sequence[Any]) -> list[EventRow]:
    people = sign_ins.names({key for event in events for key in (event.actor_id, event.subject_id) if key})
    return [_row(event, people) for event in events]


def _row(event: Any, people: Mapping[uuid.UUID, str]) -> EventRow:
    """The event in words; about: the person it happened to, where that is another than who did it."""
    who = people.get(event.actor_id, NOT_PEOPLE.get(event.actor_kind, "Somebody who is gone"))
    about = people.get(event.subject_id, "") if event.subject_id != event.actor_id else ""
    told = [f"{name.replace('_', ' ')}: {value}" for name, value in event.fields.items() if value not in (None, "")]
    return EventRow(event.id, event.at, who, WORDS[event.event], about, ", ".join(told), event.reason)
