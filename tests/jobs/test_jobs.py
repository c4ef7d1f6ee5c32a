"""Jobs: enqueued with what causes them, done once, tried again, set aside when they fail too often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from partner_access import clock, jobs
from partner_access.db import new_id, session
from partner_access.jobs import Attempt, Effect, Kind, Later
from partner_access.jobs.attempts import LEASE, RETRIES, run_next
from partner_access.jobs.models import Job
from tests.factories import make_org
from tests.portal import Portal
from tests.threads import at_once

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHORE, TRACE = Kind("chores", "chore"), Kind("traces", "trace")


def enqueue(portal: Portal, **options: object) -> None:
    with clock.at(START), portal.acting():
        jobs.enqueue(CHORE, new_id(), **options)  # type: ignore[arg-type]


def leave_trace(attempt: Attempt) -> Effect:
    """Do a chore: what it writes is a row that anybody can count."""
    return partial(jobs.enqueue, TRACE, attempt.subject_id)


def work(portal: Portal, run: Callable[[Attempt], Effect] = leave_trace, *, at: datetime = START) -> bool:
    with clock.at(at), portal.app.app_context():
        return run_next(CHORE.queue, {CHORE.name: run})


def rows(portal: Portal, kind: Kind = CHORE) -> list[Job]:
    with portal.app.app_context():
        return list(session().scalars(select(Job).where(Job.kind == kind.name).order_by(Job.created_at, Job.id)))


def traces(portal: Portal) -> int:
    return len(rows(portal, TRACE))


def fails(_attempt: Attempt) -> Effect:
    raise RuntimeError("broken")


# -- enqueued


def test_a_job_is_there_only_if_what_caused_it_is_committed(portal: Portal) -> None:
    with portal.app.app_context():
        jobs.enqueue(CHORE, new_id())
        session().rollback()
    assert rows(portal) == [] and not work(portal)


def test_a_job_waits_until_it_is_due_and_goes_with_what_it_writes(portal: Portal) -> None:
    enqueue(portal, due_at=START + SECOND)
    assert not work(portal)
    assert work(portal, at=START + SECOND)
    assert (rows(portal), traces(portal)) == ([], 1)
    assert not work(portal, at=START + LEASE * 2)


def test_of_one_name_there_is_one_job_and_the_last_one_counts(portal: Portal) -> None:
    enqueue(portal, dedupe="one", due_at=START)
    enqueue(portal, dedupe="one", due_at=START + SECOND)
    enqueue(portal, dedupe="other")
    assert [(row.dedupe, row.due_at) for row in rows(portal)] == [("one", START + SECOND), ("other", START)]
    with portal.acting():
        jobs.drop("one")
    assert [row.dedupe for row in rows(portal)] == ["other"]


def test_five_who_enqueue_under_one_name_at_once_make_one_job(portal: Portal) -> None:
    at_once(*[partial(enqueue, portal, dedupe="one")] * 5)
    assert len(rows(portal)) == 1


def test_what_is_due_for_an_organization_goes_on_with_the_one_it_became_part_of(portal: Portal) -> None:
    acme, bolt = make_org(portal, "Acme"), make_org(portal, "Bolt")
    enqueue(portal, org_id=acme.id)
    with portal.acting():
        jobs.enqueue(TRACE, new_id(), org_id=acme.id)
        jobs.hand_on([CHORE], acme.id, bolt.id)
    assert [row.org_id for row in rows(portal)] == [bolt.id]
    assert [row.org_id for row in rows(portal, TRACE)] == [acme.id]


# -- done once


def test_many_workers_at_once_do_each_job_once(portal: Portal) -> None:
    for _ in range(6):
        enqueue(portal)

    def all_of_them() -> int:
        done = 0
        while work(portal):
            done += 1
        return done

    assert sum(at_once(*[all_of_them] * 4)) == 6
    assert (rows(portal), traces(portal)) == ([], 6)


def test_while_a_job_runs_no_transaction_is_open_and_others_may_write(portal: Portal) -> None:
    enqueue(portal)

    def slow(attempt: Attempt) -> Effect:
        other = threading.Thread(target=enqueue, args=[portal])
        other.start()
        other.join(timeout=5)
        assert not other.is_alive(), "somebody who wrote had to wait for the job"
        return leave_trace(attempt)

    assert work(portal, slow)
    assert (len(rows(portal)), traces(portal)) == (1, 1)


def test_a_job_whose_worker_died_is_due_again_when_its_lease_is_over(portal: Portal) -> None:
    enqueue(portal)
    with pytest.raises(KeyboardInterrupt):
        work(portal, lambda _: _stop())
    assert not work(portal, at=START + LEASE - SECOND)
    assert work(portal, at=START + LEASE)
    assert (rows(portal), traces(portal)) == ([], 1)


def _stop() -> Effect:
    raise KeyboardInterrupt


def test_a_worker_that_comes_back_after_its_lease_writes_nothing(portal: Portal) -> None:
    enqueue(portal)

    def late(attempt: Attempt) -> Effect:
        assert work(portal, at=START + LEASE)  # somebody else has taken and done it meanwhile
        return leave_trace(attempt)

    in_a_thread = threading.Thread(target=work, args=[portal, late])
    in_a_thread.start()
    in_a_thread.join()
    assert traces(portal) == 1


def test_a_late_worker_does_not_replace_the_job_that_another_one_has(portal: Portal) -> None:
    enqueue(portal, dedupe="one")

    def late(attempt: Attempt) -> Effect:
        at_once(lambda: work(portal, fails, at=START + LEASE))  # another worker tried, and it is put off
        return partial(jobs.enqueue, CHORE, attempt.subject_id, dedupe="one", due_at=START)

    assert work(portal, late)
    assert [(row.attempts, row.due_at) for row in rows(portal)] == [(2, START + LEASE + RETRIES[1])]


def test_a_job_may_enqueue_itself_anew_under_its_name(portal: Portal) -> None:
    enqueue(portal, dedupe="one")
    assert work(portal, lambda attempt: partial(enqueue_again, attempt))
    assert [(row.attempts, row.due_at) for row in rows(portal)] == [(0, START + SECOND)]


def enqueue_again(attempt: Attempt) -> None:
    jobs.enqueue(CHORE, attempt.subject_id, dedupe="one", due_at=START + SECOND)


def test_a_job_that_was_dropped_while_it_ran_writes_nothing(portal: Portal) -> None:
    enqueue(portal, dedupe="one")

    def drop() -> None:
        with portal.acting():
            jobs.drop("one")

    def dropped(attempt: Attempt) -> Effect:
        elsewhere = threading.Thread(target=drop)
        elsewhere.start()
        elsewhere.join()
        return leave_trace(attempt)

    assert work(portal, dropped)
    assert (rows(portal), traces(portal)) == ([], 0)


# -- tried again, set aside


def test_what_fails_is_tried_again_later_and_later_and_then_set_aside(portal: Portal) -> None:
    enqueue(portal)
    at = START
    for number, wait in enumerate(RETRIES, start=1):
        assert work(portal, fails, at=at)
        (row,) = rows(portal)
        assert (row.attempts, row.due_at, row.set_aside_at) == (number, at + wait, None)
        assert not work(portal, fails, at=at + wait - SECOND)
        at += wait
    assert work(portal, fails, at=at)
    (row,) = rows(portal)
    assert (row.set_aside_at, row.last_error) == (at, "RuntimeError: broken")
    assert not work(portal, at=at + timedelta(days=9))


def test_what_a_job_wrote_before_it_failed_is_not_kept(portal: Portal) -> None:
    enqueue(portal)

    def half(attempt: Attempt) -> Effect:
        def effect() -> None:
            leave_trace(attempt)()
            raise RuntimeError("broken")

        return effect

    assert work(portal, half)
    assert (len(rows(portal)), traces(portal)) == (1, 0)


def test_what_has_been_due_for_longest_comes_first(portal: Portal) -> None:
    for number in (2, 0, 1):
        enqueue(portal, due_at=START + number * SECOND, dedupe=f"{number}")
    order = []

    def run(attempt: Attempt) -> Effect:
        (row,) = [row for row in rows(portal) if row.id == attempt.job_id]
        return partial(order.append, row.dedupe)

    while work(portal, run, at=START + 9 * SECOND):
        pass
    assert order == ["0", "1", "2"]


def test_a_poison_job_holds_up_no_other(portal: Portal) -> None:
    enqueue(portal)
    enqueue(portal)
    assert work(portal, fails) and work(portal)
    assert (len(rows(portal)), traces(portal)) == (1, 1)


def test_a_job_says_itself_why_it_comes_later(portal: Portal) -> None:
    enqueue(portal)

    def later(_attempt: Attempt) -> Effect:
        raise Later("nobody is there")

    assert work(portal, later)
    assert [row.last_error for row in rows(portal)] == ["nobody is there"]


def test_a_database_that_was_busy_is_no_failed_attempt(portal: Portal) -> None:
    enqueue(portal)

    def busy(_attempt: Attempt) -> Effect:
        raise OperationalError("update", {}, Exception("database is locked"))

    with pytest.raises(OperationalError):
        work(portal, busy)
    (row,) = rows(portal)
    assert (row.attempts, row.due_at, row.last_error) == (0, START, None)
    assert work(portal)
