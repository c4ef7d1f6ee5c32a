"""Networks, as fingerprints under a key that is forgotten after 30 days: they can be compared, and not be told."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from partner_access.clock import now
from partner_access.credit.models import NetworkKey
from partner_access.credit.touchpoints import openings
from partner_access.db import changed, session
from partner_access.transactions import insert_once

PERIOD = timedelta(days=30)


def present_key() -> bytes:
    """The key of the present period, the same for all processes; whoever needs it first makes it."""
    mine = select(NetworkKey.key).where(NetworkKey.period == period())
    found = session().scalar(mine)
    if found is None:
        insert_once(NetworkKey(period=period(), key=secrets.token_bytes(32)))
        found = session().scalars(mine).one()
    return found


def period() -> int:
    """The number of the present period."""
    return int(now().timestamp() // PERIOD.total_seconds())


def fingerprint(key: bytes, address: str) -> bytes | None:
    """What is kept of the network of an address (openings.network), 16 bytes; None for a text that is no address."""
    network = openings.network(address)
    return hmac.digest(key, network, "sha256")[:16] if network else None


def forget_old_keys() -> int:
    """Delete the keys of periods that are over; how many there were."""
    return changed(delete(NetworkKey).where(NetworkKey.period < period()))
