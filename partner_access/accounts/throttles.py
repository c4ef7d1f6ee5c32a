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


def is_spent(key: str, limit: int, window: timedelta) -> bool:
    """Whether `limit` tries were counted under `key` in this window; counts nothing."""
    found = select(Throttle.count).where(Throttle.key == key, Throttle.window_start == window_start(window))
    return (session().scalar(found) or 0) >= limit


def seconds_left(window: timedelta) -> int:
    """How long the present window goes on, which is when a spent limit opens again."""
    return math.ceil((window_start(window) + window - now()).total_seconds())


def forget_old(age: timedelta = timedelta(days=2)) -> None:
    """Drop the counts of windows long past."""
    session().execute(delete(Throttle).where(Throttle.window_start < now() - age))


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
