"""What staff see of jobs: those that were set aside, and how long each queue is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from partner_access import audit
from partner_access.clock import now
from partner_access.db import changed, found, session
from partner_access.jobs.models import Job

MOST = 50


@dataclass(frozen=True)
class QueueLength:
    """How many jobs of a queue are due, and since when the oldest of them is."""

    queue: str
    due: int
    since: datetime | None


def set_aside() -> Sequence[Job]:
    """The jobs that have failed too often, those set aside last first; MOST at most."""
    statement = select(Job).where(Job.set_aside_at.is_not(None)).order_by(Job.set_aside_at.desc(), Job.id)
    return session().scalars(statement.limit(MOST)).all()


def lengths(queues: Sequence[str]) -> list[QueueLength]:
    """How long each of these queues is."""
    due = select(Job.queue, func.count().label("due"), func.min(Job.due_at, type_=Job.due_at.type).label("since"))
    due = due.where(Job.set_aside_at.is_(None), Job.due_at <= now(), Job.queue.in_(queues)).group_by(Job.queue)
    known = {row.queue: QueueLength(row.queue, row.due, row.since) for row in session().execute(due)}
    return [known.get(queue, QueueLength(queue, 0, None)) for queue in queues]


def try_again(job_id: uuid.UUID) -> None:
    """Have a job that was set aside done after all, as if it were new. One that waits already is left alone.

    Raises NotFound for one that was done meanwhile.
    """
    mine = Job.id == job_id, Job.set_aside_at.is_not(None)
    again = update(Job).where(*mine).values(set_aside_at=None, attempts=0, due_at=now())
    if changed(again.execution_options(synchronize_session=False)):
        audit.record("job.tried_again", subject=job_id, reason="staff")
    else:
        found(session().scalar(select(Job).where(Job.id == job_id)))
