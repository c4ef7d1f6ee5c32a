"""Segments: the worker closes the seals that were written since, some hundreds at a time, into one chain.

Whoever writes waits for nobody, and nobody waits for the chain; the price is that the newest seals of some seconds are
not in it yet, and verification says how many these are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, tuple_, update

from partner_access.clock import now
from partner_access.db import session
from partner_access.seals import digests
from partner_access.seals.models import Seal, SealSegment
from partner_access.transactions import lock

MOST = 1000
"""Seals of one segment."""
KEY = Seal.org_id, Seal.kind, Seal.row_id, Seal.version


def close_due() -> int:
    """Close a segment of the seals that are in none yet; how many they were. Run by the worker."""
    lock("segments")  # of two workers the second goes on from what the first has closed
    last = newest()
    number = last.number + 1 if last else 1
    waiting = select(*KEY).where(Seal.segment.is_(None)).limit(MOST)
    statement = update(Seal).where(tuple_(*KEY).in_(waiting)).values(segment=number).returning(Seal.digest)
    found = session().scalars(statement.execution_options(synchronize_session=False)).all()
    if not found:
        return 0
    moment, before = now(), last.hash if last else digests.GENESIS
    closed = hash_of(number, moment, before, found)
    session().add(SealSegment(number=number, at=moment, seals=len(found), previous_hash=before, hash=closed))
    session().flush()
    return len(found)


def newest() -> SealSegment | None:
    """The segment that was closed last, or None."""
    return session().scalar(select(SealSegment).order_by(SealSegment.number.desc()).limit(1))


def waiting() -> int:
    """How many seals are in no segment yet."""
    return session().scalar(select(func.count()).where(Seal.segment.is_(None))) or 0


def hash_of(number: int, at: datetime, previous_hash: str, found: Iterable[str]) -> str:
    """The hash of a segment; the order of its digests is of no account."""
    return digests.digest({"number": number, "at": at, "previous_hash": previous_hash, "digests": sorted(found)})
