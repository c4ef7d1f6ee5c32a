"""Says who of the team did what, and what staff or the portal itself did: the audit log in words."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from partner_access import audit
from partner_access.activity import details
from partner_access.activity.words import KINDS, WORDS
from partner_access.audit import filters
from partner_access.credit.models import Client, Lead, ReferralLink
from partner_access.credit.reasons import REASONS
from partner_access.db import session
from partner_access.errors import NotFound
from partner_access.organizations.models import DomainClaim, Invitation, JoinRequest, Membership
from partner_access.organizations.team import display_names
from partner_access.web import event_lists
from partner_access.web.event_lists import EventRow

NOT_PEOPLE = {"staff": "The programme’s staff", "token": "The API", "system": "Automatic"}
COLUMNS = ("date", "who", "what", "about", "details", "reason", "reason code")
READ = {"staff_reading.started", "staff_reading.page_opened", "staff_reading.ended"}


def actors() -> dict[str, str]:
    """Whom one can choose: everybody who is or was in the team, then staff and what happens automatically."""
    return {str(user_id): name for user_id, name in display_names.everybody().items()} | NOT_PEOPLE


def choose(asked: Mapping[str, str]) -> audit.EventFilter:
    """The events that a page's address asks for; `by` is a person of the team, or a key of NOT_PEOPLE.

    Raises NotFound for somebody whom this organization does not have, and what filters.choose() raises.
    """
    by = asked.get("by", "").strip()
    if by not in {"", *actors()}:
        raise NotFound(code="no-such-filter")
    return filters.choose(asked, KINDS, lambda: by if by in NOT_PEOPLE else uuid.UUID(by) if by else None)


def listing(which: audit.EventFilter, *, before: tuple[datetime, uuid.UUID] | None = None) -> list[EventRow]:
    """A page of audit.PAGE events, newest first; `before`: key of the last one seen."""
    return _rows(audit.listing(which, before=before))


def table(which: audit.EventFilter) -> Iterator[Sequence[str | None]]:
    """The rows of the CSV file of all of them, newest first."""
    return event_lists.table(COLUMNS, map(_rows, audit.stream(which)))


@dataclass(frozen=True)
class _Known:
    """What events are about: what people are called by id, what subjects are by id, and where domains are by name."""

    people: dict[uuid.UUID, str]
    names: dict[str, str]
    subjects: dict[uuid.UUID, tuple[str, str]]
    domains: dict[str, uuid.UUID]


def _rows(events: Sequence[Any]) -> list[EventRow]:
    ids = {event.actor_id for event in events if event.actor_id}
    ids |= {uuid.UUID(person) for event in events for person in details.people(event.fields)}
    people = display_names.of(ids)
    known = _Known(
        people,
        {str(person): name for person, name in people.items()},
        _subjects({event.subject_id for event in events if event.subject_id}),
        _domains({event.fields["domain"] for event in events if _is_of_domain(event)}),
    )
    return [_row(event, known) for event in events]


def _named(fields: Mapping[str, Any]) -> str:
    """What an event says itself of what it is about."""
    return fields.get("words") or fields.get("site") or fields.get("domain") or ""


def _row(event: Any, known: _Known) -> EventRow:
    page, about = known.subjects.get(event.subject_id, ("", ""))
    subject = event.subject_id
    if event.event in ("page.refused", "staff_reading.page_opened"):
        about = (event.fields.get("endpoint") or "").rpartition(".")[2].replace("_", " ")
        times = event.fields.get("count")
        about += f", {times} times within an hour" if times else ""
    elif _is_of_domain(event):
        about, subject = event.fields["domain"], known.domains.get(event.fields["domain"])
        page = "domain" if subject else ""
    return EventRow(
        event.id,
        event.at,
        display_names.called(event.actor_kind, event.actor_id, known.people),
        WORDS[event.event],
        about or _named(event.fields),
        details.sentence(event.event, event.fields, known.names),
        event.reason,
        _reason(event.reason),
        is_refusal=event.kind == "access" and event.event not in READ,
        page=page,
        subject=subject,
    )


def _is_of_domain(event: Any) -> bool:
    return bool(event.event.startswith("domain.") and event.fields.get("domain"))


def _reason(code: str | None) -> str:
    """A reason in words: of credit its first ones, its page has the others; else those that its code is made of."""
    if code in REASONS:
        return REASONS[code].short
    return (code or "").replace("-", " ").capitalize()


def _subjects(ids: set[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """What events happened to, by id: the kind of its page, and what it is called."""
    found: dict[uuid.UUID, tuple[str, str]] = {}
    for model, page, column in (
        (Lead, "lead", "company"),
        (Client, "client", "company"),
        (ReferralLink, "", "label"),
        (Invitation, "", "email"),
    ):
        for row_id, name in session().execute(select(model.id, getattr(model, column)).where(model.id.in_(ids))):
            found[row_id] = page, name
    for row in session().scalars(select(Membership).where(Membership.id.in_(ids))):
        found[row.id] = "member", row.user.name
    for request in session().scalars(select(JoinRequest).where(JoinRequest.id.in_(ids))):
        found[request.id] = "", request.user.name
    return found


def _domains(names: Iterable[str]) -> dict[str, uuid.UUID]:
    """The claims of these domains, for their pages; one that was let go has none."""
    rows = session().execute(select(DomainClaim.name, DomainClaim.id).where(DomainClaim.name.in_(names))).all()
    return {row.name: row.id for row in rows}
