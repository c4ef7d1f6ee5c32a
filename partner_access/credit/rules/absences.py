"""When a client was away, between a cancellation and coming back, and what a credit goes through by it. Pure.

It is worked out anew from all that the vendor has told, in the order in which it happened: so the order in which we
hear of it, and how often, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CANCELLED, REACTIVATED = "cancelled", "reactivated"
ENDED, RESUMED = "ended", "resumed"
AWAY, BACK, LATE, TAKEN, NEVER = (
    "client-cancelled", "client-returned", "client-returned-late", "client-returned-taken", "client-returned-never",
)  # fmt: skip
"""Reason codes: still away; back in time; back after the rules' days; while another account had the website; by rules
under which no credit goes on."""


@dataclass(frozen=True)
class EventFact:
    """What the vendor told of an account. id: the teller's own; is_taken: whether another account had its website."""

    kind: str
    at: datetime
    id: str
    is_taken: bool = False

    @property
    def order(self) -> tuple[datetime, str, str]:
        """By time; at the same moment by kind, then by id."""
        return self.at, self.kind, self.id


@dataclass(frozen=True)
class Absence:
    """A client was away from `since` until they came `back` (None: still away).

    code: what it means for the credit, see above; back_by: until when they have to be back for it to go on, None where
    it never does.
    """

    since: datetime
    back: datetime | None
    code: str
    back_by: datetime | None = None

    @property
    def is_bridged(self) -> bool:
        """Whether the credit goes on after it."""
        return self.code == BACK

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.back is None or at < self.back)


@dataclass(frozen=True)
class CreditStep:
    """What a credit goes through: `ended` or `resumed`, when, and the reason code."""

    kind: str
    at: datetime
    code: str


def absences_of(events: Iterable[EventFact], signed_up_at: datetime, comeback_days: int | None) -> tuple[Absence, ...]:
    """Every absence of a client, the first one first. Nothing is from before the sign-up: that is when it begins."""
    length = timedelta(days=comeback_days) if comeback_days else None
    found: list[Absence] = []
    for event in sorted(events, key=lambda event: event.order):
        at, is_away = max(event.at, signed_up_at), bool(found) and found[-1].back is None
        if event.kind == CANCELLED and not is_away:
            found.append(Absence(at, None, AWAY, at + length if length else None))
        elif event.kind == REACTIVATED and is_away:
            away = found.pop()
            found.append(Absence(away.since, at, _code(away, at, event.is_taken), away.back_by))
    return tuple(found)


def _code(away: Absence, at: datetime, is_taken: bool) -> str:
    if away.back_by is None:
        return NEVER
    if at > away.back_by:
        return LATE
    return TAKEN if is_taken else BACK


def end_of(absences: Iterable[Absence]) -> Absence | None:
    """The absence with which a credit since the sign-up has ended; None while it goes on. One that ended stays so."""
    return next((absence for absence in absences if not absence.is_bridged), None)


def steps(absences: Sequence[Absence]) -> Iterator[CreditStep]:
    """What a credit since the sign-up has gone through so far."""
    for absence in absences:
        yield CreditStep(ENDED, absence.since, AWAY)
        if absence.back is None or not absence.is_bridged:
            return
        yield CreditStep(RESUMED, absence.back, BACK)


def present_from(absences: Iterable[Absence], at: datetime) -> datetime:
    """The first moment from `at` on at which the client is there, as far as is known."""
    away = next((absence for absence in absences if absence.holds(at)), None)
    return at if away is None or away.back is None else present_from(absences, away.back)
