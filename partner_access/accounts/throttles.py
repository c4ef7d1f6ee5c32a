"""Limits: how often something may be tried in a window of time, counted in the database for all processes together."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update

from partner_access.accounts.models import Throttle
from partner_access.clock import now
from partner_access.db import insert_once, session


def take(key: str, limit: int, window: timedelta) -> bool:
    """Count one try under `key`; False when `limit` tries were counted in this window already."""
    start = _window_start(window)
    insert_once(Throttle(key=key, window_start=start))
    counted = session().execute(
        update(Throttle)
        .where(Throttle.key == key, Throttle.window_start == start, Throttle.count < limit)
        .values(count=Throttle.count + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(counted.rowcount)  # type: ignore[attr-defined]


def is_spent(key: str, limit: int, window: timedelta) -> bool:
    """Whether `limit` tries were counted under `key` in this window; counts nothing."""
    found = select(Throttle.count).where(Throttle.key == key, Throttle.window_start == _window_start(window))
    return (session().scalar(found) or 0) >= limit


def forget_old(age: timedelta = timedelta(days=2)) -> None:
    """Drop the counts of windows long past."""
    session().execute(delete(Throttle).where(Throttle.window_start < now() - age))


def network(address: str) -> str:
    """The address a limit counts by: IPv4 whole, IPv6 by /64, because one household has 2^64 of those."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _window_start(window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now().timestamp()) // seconds * seconds, UTC)
