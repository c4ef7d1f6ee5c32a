"""`flask work`: what happens by itself, because a time has come."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from partner_access import mail
from partner_access.accounts import account_requests, throttles
from partner_access.credit.attribution import credit_holds
from partner_access.credit.disputes import disputes
from partner_access.credit.handovers import handovers
from partner_access.credit.ledger import statements
from partner_access.credit.managed import claims
from partner_access.credit.touchpoints import lead_queue
from partner_access.db import SYSTEM, acting, database, session
from partner_access.organizations.directory import staff_readings
from partner_access.organizations.domains import domains
from partner_access.organizations.entry import unanswered_requests
from partner_access.organizations.ownership import ownerless, recoveries
from partner_access.transactions import warn_of_weak_walls

log = logging.getLogger(__name__)
PAUSE = 2.0
JOBS: tuple[Callable[[], object], ...] = (
    mail.deliver_due, credit_holds.activate_due, lead_queue.expire_due, handovers.remind_due, claims.remind_due,
    disputes.remind_due, unanswered_requests.follow_up_due, account_requests.expire_due, throttles.forget_old,
    domains.recheck_due, recoveries.grant_due, ownerless.look_due, staff_readings.end_due, statements.mail_due,
)  # fmt: skip


@click.command("work")
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@with_appcontext
def work(once: bool) -> None:
    """Deliver mail, end holds, expire leads and requests: forever, or with --once until nothing is due."""
    socket.setdefaulttimeout(30)  # a mail server that says nothing must not stop everything else
    stop = threading.Event()
    parent = os.getppid()
    if not once:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, lambda *_: stop.set())
    try:
        if once:
            _do_all()
            return
        warn_of_weak_walls()
        session().commit()
        while not stop.is_set() and os.getppid() == parent:  # whoever started the worker is gone: so is the worker
            if not _try_due():
                stop.wait(PAUSE)
    finally:
        session().close()
        database.engine.dispose()


def _do_all() -> None:
    """Run the jobs until nothing is due, and say in a sentence when the database does not take it."""
    try:
        while any(_do(job) for job in JOBS):
            pass
    except DBAPIError as error:
        _forget()
        sentence = f"The database did not take it: {error.orig}. Is it there, and was `flask db upgrade` run?"
        raise click.ClickException(sentence) from None


def _try_due() -> bool:
    """Run every job once; whether any of them found something to do.

    A database that is away is waited for, and a job that breaks keeps neither the others nor the worker from going on.
    """
    found = False
    for job in JOBS:
        try:
            found = _do(job) or found
        except (OperationalError, InterfaceError) as error:
            log.warning("The database did not take it, trying again: %s", error)
            _forget()
            return False
        except Exception:
            log.exception("What is due could not be done: %s.%s", job.__module__, job.__qualname__)
            _forget()
    return found


def _do(job: Callable[[], object]) -> bool:
    """Run a job in a transaction of its own; whether it found something to do."""
    with acting(SYSTEM):
        found = bool(job())
    session().commit()
    session().expunge_all()
    return found


def _forget() -> None:
    session().rollback()
    session().expunge_all()
