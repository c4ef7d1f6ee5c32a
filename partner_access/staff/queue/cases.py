"""What a decision of staff looks like, whatever it is about: evidence side by side, choices, the rule's answer."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.credit.insights.ladder import Rung
from partner_access.credit.models import Ruling


@dataclass(frozen=True)
class WaitingCase:
    """One line of the queue. kind: a key of queue.KINDS; answer_by: None where nobody was promised a day.

    ends_at: when it ends by the rules' answer, if nobody decides; None where it waits for as long as it takes.
    """

    kind: str
    id: uuid.UUID
    title: str
    about: str
    asked_at: datetime
    answer_by: datetime | None = None
    ends_at: datetime | None = None


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


class CaseKind(ABC):
    """One kind of decision in the queue; its methods take the id of a WaitingCase, also once that is decided.

    They may raise NotFound for an id of another kind. name: its key in queue.KINDS; label: what pages call it.
    is_ours: whether it waits for staff; what waits for somebody else first is listed by itself alone.
    outcomes: what can have been chosen -> in words.
    """

    outcomes: Mapping[str, str] = {}

    def __init__(self, name: str, label: str, *, is_ours: bool = True) -> None:
        self.name, self.label, self.is_ours = name, label, is_ours

    @abstractmethod
    def listing(self) -> Sequence[WaitingCase]:
        """All that waits, in whatever order."""

    @abstractmethod
    def case(self, item_id: uuid.UUID) -> Case | None:
        """What is to be decided; None when nothing is open."""

    @abstractmethod
    def decide(self, item_id: uuid.UUID, choice: str, reason: str) -> None:
        """Decide it as the staff member who acts; choice: the value of one of its choices.

        Raises Invalid and Conflict where it cannot be decided so, or not any more.
        """

    def done(self, item_id: uuid.UUID) -> DecidedCase | None:
        """What was decided, as staff's newest decision about it says; None when nothing was."""
        row = audit.staff_decision(item_id)
        return decided_case(row, self.outcomes.get(row.outcome, row.outcome)) if row else None


def decided_case(row: audit.StaffDecision | Ruling, outcome: str) -> DecidedCase:
    """A decision that is stored, with its outcome in words."""
    return DecidedCase(outcome, row.at, row.reason, decider_name(row.decided_by), row.decided_by)


def decider_name(person_id: uuid.UUID | None) -> str:
    """The name of who made a decision; without a person it was made by a command."""
    return sign_ins.name_of(person_id) or "A command"
