"""`flask work`: what happens automatically, because a time has come."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import click
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from partner_access.accounts import account_requests, throttles
from partner_access.cli.unit import with_database
from partner_access.credit import deadlines
from partner_access.credit.attribution import credit_holds
from partner_access.credit.handovers import handovers
from partner_access.credit.ledger import statements
from partner_access.credit.lifecycle import late_answers, vendor_events
from partner_access.credit.managed import claims
from partner_access.credit.provisional import confirmations
from partner_access.credit.rulings import overdue
from partner_access.credit.touchpoints import lead_queue, networks, visit_retention
from partner_access.db import SYSTEM, acting, session
from partner_access.integrations import kept_answers
from partner_access.integrations.webhooks import deliveries, queues
from partner_access.jobs import Run
from partner_access.jobs.attempts import run_next
from partner_access.mail import DELIVERY, delivery
from partner_access.organizations.directory import staff_readings
from partner_access.organizations.domains import domains
from partner_access.organizations.entry import join_requests, unanswered_requests
from partner_access.organizations.ownership import ownerless, recoveries
from partner_access.seals import segments
from partner_access.transactions import refresh_statistics, warn_of_weak_walls

log = logging.getLogger(__name__)
PAUSE = 2.0
ROUND = 100
"""So many jobs of a queue before its sweeps look again: else a backlog of the one holds up the others."""


@dataclass(frozen=True)
class Sweep:
    """Looks for rows whose time has come, by their own dates; says whether it found any."""

    run: Callable[[], object]
    every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class Queue:
    """What so many threads of the worker serve: jobs by their kind, and (the first one) sweeps; all within `around`."""

    runs: Mapping[str, Run] = field(default_factory=dict)
    sweeps: tuple[Sweep, ...] = ()
    threads: int = 1
    around: Callable[[], AbstractContextManager[None]] = nullcontext


def _whole(follow_up: Callable[[uuid.UUID, uuid.UUID | None], object]) -> Run:
    """A job without a slow part: all of it belongs to the transaction that ends it."""
    return lambda attempt: partial(follow_up, attempt.subject_id, attempt.org_id)


SOON, AN_HOUR = timedelta(seconds=PAUSE), timedelta(hours=1)
QUEUES = {
    "mail": Queue({DELIVERY.name: delivery.deliver}, around=delivery.connected),
    "deadlines": Queue(
        {
            deadlines.CLAIM.name: _whole(claims.follow_up),
            deadlines.HANDOVER.name: _whole(handovers.follow_up),
            deadlines.DISPUTE.name: _whole(overdue.follow_up),
            deadlines.SIGN_UP.name: _whole(confirmations.follow_up),
            deadlines.ANSWERS.name: _whole(late_answers.follow_up),
            deadlines.CLIENT_EVENTS.name: _whole(vendor_events.follow_up),
            join_requests.REMINDER.name: _whole(unanswered_requests.remind_owners),
            join_requests.ESCALATION.name: _whole(unanswered_requests.escalate),
            join_requests.END.name: _whole(unanswered_requests.end),
            recoveries.DUE.name: _whole(recoveries.follow_up),
        },
        sweeps=(
            Sweep(credit_holds.activate_due, SOON),
            Sweep(lead_queue.expire_due, SOON),
            Sweep(lead_queue.warn_due),
            Sweep(account_requests.expire_due),
            Sweep(throttles.forget_old),
            Sweep(kept_answers.forget_old, timedelta(hours=1)),
            Sweep(domains.recheck_due),
            Sweep(ownerless.look_due),
            Sweep(staff_readings.end_due),
            Sweep(statements.mail_due),
            Sweep(visit_retention.make_months, AN_HOUR),
            Sweep(visit_retention.prune, AN_HOUR),
            Sweep(networks.forget_old_keys, AN_HOUR),
            Sweep(refresh_statistics, AN_HOUR),
            Sweep(segments.close_due, SOON),
        ),
    ),
    # A thread waits for one receiver at a time: with several, one that is slow keeps nobody waiting.
    "webhooks": Queue(
        {queues.POSTING.name: deliveries.post_next},
        sweeps=(Sweep(queues.publish_due, SOON), Sweep(queues.forget_old, timedelta(hours=1))),
        threads=8,
    ),
}


@click.command("work")
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@click.option(
    "--queue",
    "names",
    multiple=True,
    type=click.Choice(list(QUEUES)),
    help="Serve this queue alone; may be given several times. Without it all are served, side by side.",
)
@with_database
def work(once: bool, names: tuple[str, ...]) -> None:
    """Deliver mail and webhooks, end holds, expire leads and requests: forever, or with --once until nothing is due."""
    socket.setdefaulttimeout(30)  # a mail server that says nothing must not hold its queue for ever
    chosen = names or tuple(QUEUES)
    if once:
        _do_all(chosen)
    else:
        _serve(chosen)


def _do_all(names: Iterable[str]) -> None:
    """Serve the queues one after the other until nothing is due; a database that does not take it is a sentence."""
    try:
        while any([drain(name) for name in names] + [_sweep(sweep) for name in names for sweep in QUEUES[name].sweeps]):
            pass
    except DBAPIError as error:
        _forget()
        raise click.ClickException(f"The database did not take it: {error.orig}.") from None


def _serve(names: Iterable[str]) -> None:
    """Serve each queue in threads of its own, until somebody says stop or whoever started the worker is gone."""
    stop, parent = threading.Event(), os.getppid()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())
    warn_of_weak_walls()
    session().commit()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    threads = [
        threading.Thread(target=_serve_queue, args=(app, name, stop), kwargs={"sweeps": first})
        for name in names
        for first in [True] + [False] * (QUEUES[name].threads - 1)
    ]
    for thread in threads:
        thread.start()
    while not stop.is_set() and os.getppid() == parent:
        stop.wait(PAUSE)
    stop.set()
    for thread in threads:
        thread.join()


def _serve_queue(app: Flask, name: str, stop: threading.Event, *, sweeps: bool = True) -> None:
    """Serve one queue until the worker stops: a database that is away is waited for, and what breaks is not the end."""
    next_at = dict.fromkeys(QUEUES[name].sweeps if sweeps else (), 0.0)
    with app.app_context():
        while not stop.is_set():
            try:
                is_busy = drain(name, stop) > 0
                for sweep in [sweep for sweep, at in next_at.items() if at <= time.monotonic()]:
                    found = _try_sweep(sweep)
                    # One that found something looks again at once: it takes so many rows a time.
                    next_at[sweep] = time.monotonic() + (0 if found else sweep.every.total_seconds())
                    is_busy = found or is_busy
            except (OperationalError, InterfaceError) as error:
                log.warning("The database did not take it, trying again: %s", error)
                is_busy = _forget()
            except Exception:  # else the thread ends in silence, and nobody serves the queue any more
                log.exception("The queue %s could not be served, trying again", name)
                is_busy = _forget()
            if not is_busy:
                stop.wait(PAUSE)
        session().close()


def drain(name: str, stop: threading.Event | None = None) -> int:
    """Do the jobs of a queue until none is due, or the worker stops; how many were tried, ROUND at most."""
    queue, tried = QUEUES[name], 0
    with queue.around():
        while tried < ROUND and not (stop and stop.is_set()) and run_next(name, queue.runs):
            tried += 1
    return tried


def _try_sweep(sweep: Sweep) -> bool:
    """Run a sweep; one that breaks keeps neither the others nor the worker from going on."""
    try:
        return _sweep(sweep)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("What is due could not be done: %s.%s", sweep.run.__module__, sweep.run.__qualname__)
        return _forget()


def _sweep(sweep: Sweep) -> bool:
    """Run a sweep in a transaction of its own; whether it found something to do."""
    with acting(SYSTEM):
        found = bool(sweep.run())
    session().commit()
    session().expunge_all()
    return found


def _forget() -> bool:
    """Leave nothing behind of what failed; False, for there is nothing more to do now."""
    with suppress(DBAPIError):  # away still
        session().rollback()
    session().expunge_all()
    return False
