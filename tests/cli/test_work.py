"""The worker: its queues side by side, each served for as long as it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from partner_access import jobs
from partner_access.cli import work
from partner_access.cli.work import QUEUES, ROUND, Queue, Sweep
from partner_access.db import new_id
from partner_access.jobs import Attempt, Effect, Kind
from tests.portal import Portal

CHORE = Kind("chores", "chore")


@contextmanager
def serving(portal: Portal) -> Iterator[None]:
    """A worker serves the chores until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=work._serve_queue, args=(portal.app, "chores", stop))
    thread.start()
    yield
    assert thread.is_alive(), "the queue is not served any more"
    stop.set()
    thread.join()


def until(happens: threading.Event) -> None:
    assert happens.wait(timeout=60)


def enqueue(portal: Portal, number: int = 1) -> None:
    with portal.acting():
        for _ in range(number):
            jobs.enqueue(CHORE, new_id())


def test_a_queue_that_breaks_is_served_again(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks: what is around the jobs, taking one, or ending it."""
    broken, done = [True, True], threading.Event()

    @contextmanager
    def around() -> Iterator[None]:
        if broken:
            broken.pop()
            raise RuntimeError("nobody expected this")
        yield

    def run(_attempt: Attempt) -> Effect:
        return done.set

    monkeypatch.setattr(work, "PAUSE", 0.05)
    monkeypatch.setitem(QUEUES, "chores", Queue({CHORE.name: run}, around=around))
    enqueue(portal)
    with serving(portal):
        until(done)


def test_a_backlog_of_jobs_does_not_hold_up_the_sweeps(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    swept = threading.Event()

    def run(_attempt: Attempt) -> Effect:
        return partial(order.append, "job")

    def sweep() -> None:
        order.append("sweep")
        swept.set()

    monkeypatch.setitem(QUEUES, "chores", Queue({CHORE.name: run}, sweeps=(Sweep(sweep),)))
    enqueue(portal, ROUND + 20)
    with serving(portal):
        until(swept)
        while len(order) < ROUND + 21:
            time.sleep(0.01)
    assert order.index("sweep") == ROUND
