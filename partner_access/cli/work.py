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
from sqlalchemy.exc import SQLAlchemyError

from partner_access import mail
from partner_access.accounts import account_requests, throttles
from partner_access.credit import clients, leads
from partner_access.db import SYSTEM, acting, database, session, warn_of_weak_walls
from partner_access.organizations import join_requests

log = logging.getLogger(__name__)
PAUSE = 2.0
JOBS: tuple[Callable[[], object], ...] = (
    clients.activate_due, leads.expire_due, join_requests.expire_due, account_requests.expire_due, throttles.forget_old,
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
            while _do_due():
                pass
            return
        warn_of_weak_walls()
        session().commit()
        while not stop.is_set() and os.getppid() == parent:  # whoever started the worker is gone: so is the worker
            if not _try_due():
                stop.wait(PAUSE)
    finally:
        session().close()
        database.engine.dispose()


def _try_due() -> bool:
    """Do what is due; a database that is away for a while is waited for, not died of."""
    try:
        return _do_due()
    except SQLAlchemyError as error:
        log.warning("The database did not take it, trying again: %s", error)
        session().rollback()
        session().info["scope"] = None
        return False


def _do_due() -> bool:
    """Run every job once, each in its own transaction; whether any of them found something to do."""
    found = bool(mail.deliver_due())
    for job in JOBS:
        with acting(SYSTEM):
            found = bool(job()) or found
        session().commit()
        session().expunge_all()
    return found
