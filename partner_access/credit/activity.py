"""Says who of the team did what, and what happened by itself or by the programme's staff: the audit log in words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from partner_access import audit
from partner_access.audit.words import KINDS, WORDS
from partner_access.credit.models import Client, Lead, ReferralLink
from partner_access.credit.reasons import REASONS
from partner_access.db import session
from partner_access.errors import NotFound
from partner_access.organizations import memberships
from partner_access.organizations.models import Invitation, JoinRequest, Membership

NOT_PEOPLE = {"staff": "The programme’s staff", "system": "By itself"}
COLUMNS = ("date", "who", "what", "about", "reason", "reason code")


@dataclass(frozen=True)
class Chosen:
    """What the filters say. kind: a key of KINDS; by: a person of the team, or a key of NOT_PEOPLE."""

    kind: str = ""
    by: str = ""

    @property
    def events(self) -> list[str]:
        """The events of the kind, or all that are told."""
        return [event for event, (kind, _) in WORDS.items() if self.kind in ("", kind)]

    @property
    def actor(self) -> uuid.UUID | str | None:
        """The person, or the kind of actor."""
        return self.by if self.by in NOT_PEOPLE else uuid.UUID(self.by) if self.by else None


@dataclass(frozen=True)
class Row:
    """One event in words. about: what it happened to; page: of which kind its page is (`lead`, `client`), or ''."""

    id: uuid.UUID
    at: datetime
    who: str
    what: str
    about: str
    page: str
    subject: uuid.UUID | None
    reason: str
    code: str | None


def actors() -> dict[str, str]:
    """Whom one can choose: everybody who is or was in the team, then staff and what happens by itself."""
    return {str(user_id): name for user_id, name in memberships.everybody().items()} | NOT_PEOPLE


def choose(kind: str, by: str) -> Chosen:
    """The filters of a page's address. Raises NotFound for a kind or somebody whom this organization does not have."""
    if kind not in {"", *KINDS} or by not in {"", *actors()}:
        raise NotFound(code="no-such-filter")
    return Chosen(kind, by)


def listing(chosen: Chosen, *, before: tuple[datetime, uuid.UUID] | None = None) -> list[Row]:
    """A page of audit.PAGE events, newest first; `before`: key of the last one seen."""
    return _rows(audit.listing(chosen.events, actor=chosen.actor, before=before))


def table(chosen: Chosen) -> Iterator[Sequence[str | None]]:
    """The rows of the CSV file of all of them, newest first."""
    yield COLUMNS
    for events in audit.stream(chosen.events, actor=chosen.actor):
        for row in _rows(events):
            yield f"{row.at:%Y-%m-%d %H:%M:%S}", row.who, row.what, row.about, row.reason, row.code


def _rows(events: Sequence[Any]) -> list[Row]:
    people = memberships.names({event.actor_id for event in events if event.actor_id})
    about = _subjects({event.subject_id for event in events if event.subject_id})
    return [_row(event, people, *about.get(event.subject_id, ("", ""))) for event in events]


def _row(event: Any, people: dict[uuid.UUID, str], page: str, about: str) -> Row:
    if event.event == "page.refused":
        times = event.fields.get("count")
        about = (event.fields.get("endpoint") or "").rpartition(".")[2].replace("_", " ")
        about += f", {times} times within an hour" if times else ""
    return Row(
        event.id, event.at, memberships.called(event.actor_kind, event.actor_id, people), WORDS[event.event][1],
        about or event.fields.get("site") or "", page, event.subject_id, _reason(event.reason), event.reason,
    )  # fmt: skip


def _reason(code: str | None) -> str:
    """A reason in words: of credit its first ones, its page has the others; else those that its code is made of."""
    if code in REASONS:
        return REASONS[code].short
    return (code or "").replace("-", " ").capitalize()


def _subjects(ids: set[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """What events happened to, by id: the kind of its page, and what it is called."""
    found: dict[uuid.UUID, tuple[str, str]] = {}
    for model, page, column in ((Lead, "lead", "company"), (Client, "client", "company"), (ReferralLink, "", "label"),
                                (Invitation, "", "email")):  # fmt: skip
        for row_id, name in session().execute(select(model.id, getattr(model, column)).where(model.id.in_(ids))):
            found[row_id] = page, name
    for row in session().scalars(select(Membership).where(Membership.id.in_(ids))):
        found[row.id] = "", row.user.name
    for request in session().scalars(select(JoinRequest).where(JoinRequest.id.in_(ids))):
        found[request.id] = "", request.user.name
    return found
