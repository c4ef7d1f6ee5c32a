"""Deadlines: when the worker next looks at a claim, a hand-over, a dispute or a sign-up, and for which organization."""

from __future__ import annotations

import uuid
from datetime import datetime

from partner_access import jobs
from partner_access.db import scope
from partner_access.jobs import Kind

CLAIM, HANDOVER, DISPUTE, SIGN_UP, ANSWERS, CLIENT_EVENTS = (
    Kind("deadlines", name)
    for name in ("managed-claim", "hand-over", "dispute", "sign-up", "late-answers", "client-events")
)
"""What a deadline is about; late answers are an organization's, and come hour by hour."""


def schedule(subject_id: uuid.UUID, kind: Kind, at: datetime) -> None:
    """The worker looks at this row of the bound organization then, and not before; kind: one of the above."""
    jobs.enqueue(kind, subject_id, org_id=scope().org_id, due_at=at, dedupe=_name(subject_id))


def clear(subject_id: uuid.UUID) -> None:
    """The worker need not look at this row any more."""
    jobs.drop(_name(subject_id))


def hand_on(org_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """What was due for one organization is due for the other one that it has become part of."""
    jobs.hand_on([CLAIM, HANDOVER, DISPUTE, ANSWERS], org_id, to_id)


def _name(subject_id: uuid.UUID) -> str:
    return f"deadline:{subject_id}"
