"""What a decision of staff looks like, whatever it is about: evidence side by side, choices, the rule's answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.credit.insights.ladder import Rung


@dataclass(frozen=True)
class WaitingCase:
    """One line of the queue. kind: a key of queue.KINDS; answer_by: None where nobody was promised a day."""

    kind: str
    id: uuid.UUID
    title: str
    about: str
    asked_at: datetime
    answer_by: datetime | None = None


@dataclass(frozen=True)
class CaseSide:
    """The evidence of one side: what is known of it, its ladder of rules, and its own words."""

    title: str
    facts: Sequence[tuple[str, str | datetime]]
    rungs: Sequence[Rung] = ()
    words: str = ""


@dataclass(frozen=True)
class Choice:
    """One answer that staff may give."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Case:
    """An open decision. answer: the value of the choice that the rules give, or '' where none does; why: its sentence.
    readers: who reads the reason. subject: what it is about, where the sides are others.
    """

    waiting: WaitingCase
    question: str
    sides: Sequence[CaseSide]
    choices: Sequence[Choice]
    answer: str
    why: str
    readers: str
    subject: CaseSide | None = None


@dataclass(frozen=True)
class DecidedCase:
    """A decision that was made. by: the staff member's name, or None where nobody of staff decided."""

    outcome: str
    at: datetime
    reason: str
    by: str | None
    by_id: uuid.UUID | None = None


@dataclass(frozen=True)
class CaseKind:
    """One kind of decision in the queue, as functions over its rows; each takes the id of a Waiting.

    case: None when nothing is open; done: None when nothing was decided. is_ours: whether it waits for staff; what
    waits for somebody else first is listed by itself alone.
    """

    label: str
    listing: Callable[[], Sequence[WaitingCase]]
    case: Callable[[uuid.UUID], Case | None]
    decide: Callable[[uuid.UUID, str, str], object]
    done: Callable[[uuid.UUID], DecidedCase | None]
    is_ours: bool = True


def done(row: audit.StaffDecision | None, outcomes: dict[str, str]) -> DecidedCase | None:
    """A stored decision in words; `outcomes` names what was chosen."""
    if row is None:
        return None
    by = sign_ins.name_of(row.decided_by) or "A command"
    return DecidedCase(outcomes.get(row.outcome, row.outcome), row.at, row.reason, by, row.decided_by)
