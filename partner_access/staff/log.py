"""The audit log of what belongs to no organization, in words, and what staff decided."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.audit import spans
from partner_access.errors import Invalid, NotFound
from partner_access.keys.addresses import address
from partner_access.staff.log_words import KINDS, WORDS

FILTERS = ("kind", "email", "since", "until", "code")
COLUMNS = ("date", "what", "who", "about", "details", "reason code")
NOT_PEOPLE = {"staff": "A command", "system": "By itself", "visitor": "A stranger", "client": "A client"}


@dataclass(frozen=True)
class LogRow:
    """One event in words; about: the person it happened to, where that is another than who did it."""

    id: uuid.UUID
    at: datetime
    what: str
    who: str
    about: str
    details: str
    code: str | None


def choose(asked: Mapping[str, str]) -> audit.EventFilter:
    """The events that a page's address asks for. Raises NotFound for a kind, Invalid beside other fields."""
    kind, email, since, until, code = (asked.get(name, "").strip() for name in FILTERS)
    if kind not in {"", *KINDS}:
        raise NotFound(code="no-such-filter")
    first, end = spans.days(since, until)
    events = [event for event, (of, _) in WORDS.items() if kind in ("", of)]
    return audit.EventFilter(events, _person(email) if email else None, first, end, spans.code(code))


def _person(email: str) -> uuid.UUID:
    user = sign_ins.find(address(email).key)
    if user is None:
        raise Invalid("Nobody has a login with this address.", code="no-such-person", field="email")
    return user.id


def listing(which: audit.EventFilter, *, before: tuple[datetime, uuid.UUID] | None = None) -> list[LogRow]:
    """A page of audit.PAGE events, newest first; `before`: key of the last one seen."""
    return _rows(audit.outside(which, before=before))


def table(which: audit.EventFilter) -> Iterator[Sequence[str | None]]:
    """The rows of the CSV file of all of them, newest first."""
    yield COLUMNS
    for events in audit.stream_outside(which):
        for row in _rows(events):
            yield f"{row.at:%Y-%m-%d %H:%M:%S}", row.what, row.who, row.about, row.details, row.code


def _rows(events: Sequence[Any]) -> list[LogRow]:
    people = sign_ins.names({key for event in events for key in (event.actor_id, event.subject_id) if key})
    return [_row(event, people) for event in events]


def _row(event: Any, people: Mapping[uuid.UUID, str]) -> LogRow:
    who = people.get(event.actor_id, NOT_PEOPLE.get(event.actor_kind, "Somebody who is gone"))
    about = people.get(event.subject_id, "") if event.subject_id != event.actor_id else ""
    told = [f"{name.replace('_', ' ')}: {value}" for name, value in event.fields.items() if value not in (None, "")]
    return LogRow(event.id, event.at, WORDS[event.event][1], who, about, ", ".join(told), event.reason)
