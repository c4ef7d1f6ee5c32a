"""How a command does its work: on a database of this version, in one transaction, with refusals in one sentence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from partner_access import revisions
from partner_access.cli import progress
from partner_access.db import STAFF, SYSTEM, acting, database, session
from partner_access.errors import PortalError
from partner_access.transactions import reading

P = ParamSpec("P")
R = TypeVar("R")


def with_database(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command where the database is of this version, else say what it is (exit status 1); then let go of it."""

    @with_appcontext
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            if wrong := revisions.fault(database.engine):
                raise click.ClickException(wrong.sentence)
            with progress.shown(click.get_current_context().command_path):
                return command(*args, **kwargs)
        finally:
            session().close()
            database.engine.dispose()

    return wrapped


def one_transaction(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command as staff; commit when it returns, roll back and say why when it is refused (exit status 1)."""

    @with_database
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with acting(STAFF):
                result = command(*args, **kwargs)
            session().commit()
            return result
        except PortalError as refusal:
            session().rollback()
            raise click.ClickException(refusal.sentence or "There is nothing of that name.") from None

    return wrapped


def only_reads(command: Callable[P, None]) -> Callable[P, None]:
    """Run a command over the database as it is at one moment, whatever is written meanwhile."""

    @with_database
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with reading(one_moment=True), acting(SYSTEM):
                command(*args, **kwargs)
        except DBAPIError as error:
            raise click.ClickException(f"The database did not take it: {error.orig}.") from None

    return wrapped
