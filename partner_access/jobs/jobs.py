"""What is to be done: enqueued with what causes it, replaced, dropped, handed on to another organization."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update

from partner_access.clock import now
from partner_access.db import changed, new_id, session
from partner_access.jobs.attempts import note_deleted
from partner_access.jobs.models import Job
from partner_access.transactions import insert_once


@dataclass(frozen=True)
class Kind:
    """A kind of work. Its queue says what else it may have to wait for: queues are served side by side."""

    queue: str
    name: str


def enqueue(
    kind: Kind,
    subject_id: uuid.UUID,
    *,
    job_id: uuid.UUID | None = None,
    org_id: uuid.UUID | None = None,
    due_at: datetime | None = None,
    dedupe: str | None = None,
) -> None:
    """Have this done at due_at (at once, if None), if the present transaction is committed.

    dedupe: a name that one job at most carries; one that carries it already is replaced, set aside or not.
    """
    row = Job(
        id=job_id or new_id(),
        queue=kind.queue,
        kind=kind.name,
        subject_id=subject_id,
        org_id=org_id,
        due_at=due_at or now(),
        dedupe=dedupe,
    )
    if dedupe is None:
        session().add(row)
    else:
        drop(dedupe)
        insert_once(row)


def hasten(kind: Kind, subject_id: uuid.UUID, *, org_id: uuid.UUID | None, due_at: datetime, dedupe: str) -> None:
    """Have this done at due_at, unless it is being done right now; dedupe: its name.

    For work that looks for itself what there is to do, and enqueues itself anew when it ends: whoever hastens it and
    whoever ends it hold one lock, so that what was added meanwhile is seen by the one or the other.
    """
    waiting = Job.dedupe == dedupe, Job.attempts == 0
    if not changed(update(Job).where(*waiting).values(due_at=due_at).execution_options(synchronize_session=False)):
        names = {"queue": kind.queue, "kind": kind.name, "dedupe": dedupe}
        insert_once(Job(id=new_id(), subject_id=subject_id, org_id=org_id, due_at=due_at, **names))


def drop(dedupe: str) -> None:
    """Nothing is to be done under this name any more."""
    statement = delete(Job).where(Job.dedupe == dedupe).returning(Job.id, Job.attempts)
    for row in session().execute(statement.execution_options(synchronize_session=False)).all():
        note_deleted(row.id, row.attempts)


def hand_on(kinds: Collection[Kind], org_id: uuid.UUID, to_id: uuid.UUID) -> None:
    """What is to be done of these kinds for one organization is to be done for another, of which it has become part."""
    theirs = Job.org_id == org_id, Job.kind.in_([kind.name for kind in kinds])
    statement = update(Job).where(*theirs).values(org_id=to_id)
    session().execute(statement.execution_options(synchronize_session=False))
