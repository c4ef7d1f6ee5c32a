"""How a worker does a job: it takes one by lease, runs it with no transaction open, and ends it in a short one.

What a job writes stands or falls with the end of the job: one transaction, fenced by the number of the attempt. A
worker that was thought dead and comes back late therefore writes nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from partner_access.clock import now
from partner_access.db import SYSTEM, acting, changed, session
from partner_access.jobs.models import Job

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
BLOCKED = timedelta(minutes=5)
RETRIES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 20, 40, 80, 160, 320, 640))
"""The waits after the first, second … failed attempt; after the last one the job is set aside."""


class Later(Exception):
    """This attempt came to nothing, and why; the job is tried again when its wait is over."""


class Blocked(Exception):
    """Nothing of this queue can be done at present, and why: no fault of the job, and no attempt of it."""


class Superseded(Exception):
    """Another worker has taken the job since, or nobody wants it any more: this attempt writes nothing."""


@dataclass
class Attempt:
    """One try at a job; number: 1 for the first."""

    job_id: uuid.UUID
    kind: str
    subject_id: uuid.UUID
    org_id: uuid.UUID | None
    number: int
    is_over: bool = False
    """Whether the job was deleted within the attempt's own transaction, mostly to enqueue it anew under its name."""

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after this one."""
        return self.number > len(RETRIES)


Effect = Callable[[], object]
"""What a job writes, in the transaction that ends it."""
Run = Callable[[Attempt], Effect]
"""Does the slow part with no transaction open and says what is to be written. Raises Later."""

_running: ContextVar[Attempt | None] = ContextVar("running", default=None)


def run_next(queue: str, runs: Mapping[str, Run]) -> bool:
    """Try the job of a queue that has been due for longest; whether there was one. runs: by the name of the kind.

    Raises OperationalError or InterfaceError when the database does not take it; the job is due again at once then.
    """
    attempt = _take(queue)
    if attempt is None:
        return False
    token = _running.set(attempt)
    try:
        _do(attempt, runs)
    except Later as later:
        _put_off(attempt, later)
    except Blocked as blocked:
        _hold_up(queue, attempt, f"{blocked}"[:500])
    except Superseded:
        session().rollback()
    except (OperationalError, InterfaceError):
        _give_back(attempt)
        raise
    except Exception as error:
        log.exception("A job could not be done: %s about %s", attempt.kind, attempt.subject_id)
        _put_off(attempt, error)
    finally:
        _running.reset(token)
        session().expunge_all()
    return True


def _take(queue: str) -> Attempt | None:
    """Take the job by moving its due time ahead and counting the attempt, in one statement."""
    waits = Job.queue == queue, Job.set_aside_at.is_(None), Job.due_at <= now()
    oldest = select(Job.id).where(*waits).order_by(Job.due_at).limit(1).with_for_update(skip_locked=True)
    row = (
        session()
        .execute(
            update(Job)
            .where(Job.id == oldest.scalar_subquery(), *waits)
            .values(due_at=now() + LEASE, attempts=Job.attempts + 1)
            .returning(Job.id, Job.kind, Job.subject_id, Job.org_id, Job.attempts)
            .execution_options(synchronize_session=False)
        )
        .one_or_none()
    )
    session().commit()
    return Attempt(*row) if row else None


def _do(attempt: Attempt, runs: Mapping[str, Run]) -> None:
    effect = runs[attempt.kind](attempt)
    session().commit()  # what was read for the slow part is read no more
    with acting(SYSTEM):
        effect()
    if not attempt.is_over and not changed(delete(Job).where(*_mine(attempt))):
        raise Superseded
    session().commit()


def note_deleted(job_id: uuid.UUID, attempts: int) -> None:
    """A job was deleted by its name. Raises Superseded if it is the running one and another worker has it by now."""
    attempt = _running.get()
    if attempt is None or attempt.job_id != job_id:
        return
    if attempt.number != attempts:
        raise Superseded
    attempt.is_over = True


def _put_off(attempt: Attempt, error: Exception) -> None:
    """Try it again after a while that grows with the attempts, or set it aside."""
    session().rollback()
    reason = f"{error}" if isinstance(error, Later) else f"{type(error).__name__}: {error}"
    if attempt.is_last:
        _write(attempt, set_aside_at=now(), last_error=reason[:500])
    else:
        _write(attempt, due_at=now() + RETRIES[attempt.number - 1], last_error=reason[:500])


def _hold_up(queue: str, attempt: Attempt, reason: str) -> None:
    """Let all that is due in the queue wait for BLOCKED; the log is told once, not for each job or at each try."""
    session().rollback()
    waits = Job.queue == queue, Job.set_aside_at.is_(None)
    is_known = session().scalar(select(Job.id).where(*waits, Job.last_error == reason).limit(1)) is not None
    _write(attempt, due_at=now(), attempts=Job.attempts - 1)
    held = update(Job).where(*waits, Job.due_at <= now()).values(due_at=now() + BLOCKED, last_error=reason)
    session().execute(held.execution_options(synchronize_session=False))
    session().commit()
    if not is_known:
        log.error("%s", reason)


def _give_back(attempt: Attempt) -> None:
    """The database was busy or away: that is not the job's fault, and no attempt."""
    session().rollback()
    with suppress(DBAPIError):  # away still: the job is due again when its lease is over
        _write(attempt, due_at=now(), attempts=Job.attempts - 1)


def _write(attempt: Attempt, **values: Any) -> None:
    statement = update(Job).where(*_mine(attempt)).values(**values)
    session().execute(statement.execution_options(synchronize_session=False))
    session().commit()


def _mine(attempt: Attempt) -> tuple[Any, ...]:
    """The job, unless another worker has taken it since, or staff have."""
    return Job.id == attempt.job_id, Job.attempts == attempt.number, Job.set_aside_at.is_(None)
