"""Deadlines: when the worker next looks at a claim, a hand-over or a dispute, and for which organization."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, select, update

from partner_access.clock import now
from partner_access.credit.models import CreditDeadline
from partner_access.db import scope, session
from partner_access.transactions import insert_once

CLAIM, HANDOVER, DISPUTE = "managed-claim", "hand-over", "dispute"
"""What a deadline is about."""


def schedule(subject_id: uuid.UUID, kind: str, at: datetime) -> None:
    """The worker looks at this row of the bound organization then, and not before; kind: one of the above."""
    clear(subject_id)
    insert_once(CreditDeadline(subject_id=subject_id, org_id=scope().org_id, kind=kind, due_at=at))


def clear(subject_id: uuid.UUID) -> None:
    """The worker need not look at this row any more."""
    session().execute(delete(CreditDeadline).where(CreditDeadline.subject_id == subject_id))


def next_due(kind: str) -> CreditDeadline | None:
    """The deadline of this kind that has been over for longest, whoever's it is; None when none is over.

    The worker does one a transaction: with two, the site of one would be locked after the rows of the other.
    """
    over = CreditDeadline.kind == kind, CreditDeadline.due_at <= now()
    return session().scalar(select(CreditDeadline).where(*over).order_by(CreditDeadline.due_at).limit(1))


def hand_on(org_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """What was due for one organization is due for the other one that it has become part of."""
    session().execute(update(CreditDeadline).where(CreditDeadline.org_id == org_id).values(org_id=to_id))
