"""For how long visits are kept, and the months that they lie in on PostgreSQL. Run by the worker."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select, text

from partner_access.clock import now
from partner_access.credit.models import SignUpOrigin, Visit
from partner_access.credit.rules import versions
from partner_access.db import changed, session
from partner_access.transactions import lock

BATCH = 1000
"""So many rows are deleted at a time: a moment, in which nobody has to wait for the database."""
AHEAD = 3
"""So many months have their partition: the present one, and those to come while no worker is at work."""


def kept_since(moment: datetime, months: int) -> datetime:
    """From when on visits are kept: the beginning of the month that was so many months ago."""
    return month_start(moment, -months)


def month_start(moment: datetime, later: int = 0) -> datetime:
    """When a moment's month began (in UTC), or the month that comes so many after it."""
    months = moment.year * 12 + moment.month - 1 + later
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def prune() -> int:
    """Delete the oldest visits that are not kept any longer, and where sign-ups of then came from; how many rows.

    The oldest are those with the least numbers, so that no index of theirs has to be kept for this.
    """
    before = kept_since(now(), versions.present().visit_months)
    dropped = _drop_months(before)
    oldest = select(Visit.number).order_by(Visit.number).limit(BATCH)
    old = SignUpOrigin.signed_up_at < before
    origins = select(SignUpOrigin.client_account_id).where(old).order_by(SignUpOrigin.signed_up_at).limit(BATCH)
    statements = (
        delete(Visit).where(Visit.number.in_(oldest), Visit.opened_at < before),
        delete(SignUpOrigin).where(SignUpOrigin.client_account_id.in_(origins)),
    )
    return dropped + sum(changed(one.execution_options(synchronize_session=False)) for one in statements)


def make_months() -> int:
    """Make the partitions of this month and of those to come; how many. On SQLite there are none.

    A month of which there are visits already, since no worker was there to make it, stays where these are.
    """
    if not _has_months():
        return 0
    lock("visit-months")
    made = 0
    for later in range(AHEAD):
        since, until = month_start(now(), later), month_start(now(), later + 1)
        strays = {"since": since, "until": until}
        missing = (
            f"select to_regclass('{_name(since)}') is null and not exists "  # noqa: S608
            "(select from visit_default where opened_at >= :since and opened_at < :until)"
        )
        if session().connection().scalar(text(missing), strays):
            bounds = f"from ('{since.isoformat()}') to ('{until.isoformat()}')"
            _define(f"create table {_name(since)} partition of visit for values {bounds}")
            made += 1
    return made


def _drop_months(before: datetime) -> int:
    """Drop the partitions of the months that have ended before."""
    if not _has_months():
        return 0
    lock("visit-months")
    statement = "select inhrelid::regclass::text from pg_inherits where inhparent = 'visit'::regclass"
    names = session().connection().scalars(text(statement)).all()
    old = [name for name in names if name < _name(before)]  # their names are in the order of the months
    for name in old:
        _define(f"drop table {name}")
    return len(old)


def _define(statement: str) -> None:
    """Make or drop a partition. It has to wait for all who use the tables that visits refer to, and everybody behind it
    would wait as well: rather it gives up, and the worker tries again."""
    connection = session().connection()
    connection.execute(text("set local lock_timeout = '2s'"))
    connection.execute(text(statement))


def _name(month: datetime) -> str:
    return f"visit_{month:%Y_%m}"


def _has_months() -> bool:
    """Whether there are partitions, and they are ours to make and drop: that takes the tables' owner."""
    connection = session().connection()
    if connection.dialect.name != "postgresql":
        return False
    owned = "select pg_has_role(relowner, 'usage') from pg_class where oid = 'visit'::regclass"
    return bool(connection.scalar(text(owned)))
