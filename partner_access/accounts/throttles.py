"""Limits: how often something may be tried in a window of time, counted in the database for all processes together."""

from __future__ import annotations

import ipaddress
import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update

from partner_access.accounts.models import Throttle
from partner_access.clock import now
from partner_access.db import changed, session
from partner_access.transactions import insert_once

EVER, KEPT_IN_A_ROW = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=365)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAILS_AN_HOUR, MAILS_A_DAY = 10, 25
"""To one address, over all ways by which somebody else can cause a mail to it."""


def take(key: str, limit: int, window: timedelta, *, ahead: int = 0) -> bool:
    """Count one try under `key`; False when `limit` tries were counted in this window already.

    ahead: count it in the window that comes so many after the present one.
    """
    start = window_start(window, ahead)
    insert_once(Throttle(key=key, window_start=start))
    counted = update(Throttle).where(Throttle.key == key, Throttle.window_start == start, Throttle.count < limit)
    counted = counted.values(count=Throttle.count + 1).execution_options(synchronize_session=False)
    return bool(changed(counted))


def take_mail(way: str, email_key: str) -> bool:
    """Count a mail that somebody else can cause to an address; False beyond the bounds of all ways together.

    way: such as `password-reset`. After MAILS_A_DAY one an hour of each way goes through all the same: else a stranger
    could keep somebody from the link they need, by asking for it or for other mails.
    """
    everything = f"mail-to:{email_key}"
    if is_spent(f"{everything}:day", MAILS_A_DAY, DAY):
        return take(f"{everything}:{way}", 1, HOUR)
    return take(everything, MAILS_AN_HOUR, HOUR) and take(f"{everything}:day", MAILS_A_DAY, DAY)


def count(key: str, window: timedelta) -> int:
    """Count one more under `key`, without a limit; how many there were in this window."""
    start = window_start(window)
    insert_once(Throttle(key=key, window_start=start))
    counted = update(Throttle).where(Throttle.key == key, Throttle.window_start == start)
    counted = counted.values(count=Throttle.count + 1).execution_options(synchronize_session=False)
    return session().scalars(counted.returning(Throttle.count)).one()


def take_sliding(key: str, limit: int, window: timedelta) -> bool:
    """Count one try under `key`; False when the time before this moment, as long as `window`, has seen `limit` already.

    What the present window and the one before it counted, the latter as far as it still reaches into that time: who
    waits for the turn of a window gains nothing.
    """
    start = window_start(window)
    insert_once(Throttle(key=key, window_start=start))
    room = limit - _carried_over(key, window)
    counted = update(Throttle).where(Throttle.key == key, Throttle.window_start == start, Throttle.count < room)
    counted = counted.values(count=Throttle.count + 1).execution_options(synchronize_session=False)
    return bool(changed(counted))


def is_spent(key: str, limit: int, window: timedelta) -> bool:
    """Whether take_sliding() would refuse; counts nothing."""
    found = select(Throttle.count).where(Throttle.key == key, Throttle.window_start == window_start(window))
    return (session().scalar(found) or 0) >= limit - _carried_over(key, window)


def give_back(key: str, window: timedelta) -> None:
    """Take one count of this window back: it was not what is limited."""
    counted = update(Throttle).where(Throttle.key == key, Throttle.window_start == window_start(window))
    counted = counted.where(Throttle.count > 0).values(count=Throttle.count - 1)
    session().execute(counted.execution_options(synchronize_session=False))


def _carried_over(key: str, window: timedelta) -> int:
    """How many of the window before the present one still count."""
    before = select(Throttle.count).where(Throttle.key == key, Throttle.window_start == window_start(window, -1))
    gone = (now() - window_start(window)) / window
    return int((session().scalar(before) or 0) * (1 - gone))


def take_in_a_row(key: str, limit: int) -> bool:
    """Count one try under `key`, however long ago the others were; False when there were `limit` since clear()."""
    insert_once(Throttle(key=key, window_start=EVER))
    counted = update(Throttle).where(Throttle.key == key, Throttle.window_start == EVER, Throttle.count < limit)
    counted = counted.values(count=Throttle.count + 1, forget_at=now() + KEPT_IN_A_ROW)
    return bool(changed(counted.execution_options(synchronize_session=False)))


def clear(*keys: str) -> None:
    """Count anew under these keys."""
    session().execute(delete(Throttle).where(Throttle.key.in_(keys)))


def seconds_left(window: timedelta) -> int:
    """How long the present window goes on, which is when a spent limit opens again."""
    return math.ceil((window_start(window) + window - now()).total_seconds())


def forget_old() -> None:
    """Drop the counts that nobody asks for any more."""
    session().execute(delete(Throttle).where(Throttle.forget_at < now()))


def network(address: str) -> str:
    """The address a limit counts by: IPv4 whole, IPv6 by /64, because one household has 2^64 of those."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # A client whose proxy does not tell the address has a name of its own (web/proxies.py).
        return address if address.startswith("unknown-") else "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:  # how a socket for both kinds names an IPv4 address
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))


def window_start(window: timedelta, ahead: int = 0) -> datetime:
    """When the present window began, or when the one begins that comes so many after it."""
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp((int(now().timestamp()) // seconds + ahead) * seconds, UTC)
