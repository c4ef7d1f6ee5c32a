"""The ledger: one line for every change of an organization's pending, active and managed credit; never changed.

Each line carries the balances after it and the SHA-256 of itself and the line before, so that no line can be changed,
put in or taken out unseen. The newest hash stands in the organization's counts, in the audit log, and on the statements
that are mailed: a tail that was cut off is missed there.
"""

from __future__ import annotations

import uuid
from collections import namedtuple
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any

from sqlalchemy import select

from partner_access import audit
from partner_access.clock import now
from partner_access.credit.ledger import months, totals
from partner_access.credit.models import Client, CreditEntry
from partner_access.db import new_id, scope, session
from partner_access.seals import digests, seals
from partner_access.seals.digests import GENESIS

COLUMNS = seals.columns_of(CreditEntry)
HASHED = tuple(name for name in COLUMNS if name not in {"hash", "salt", *CreditEntry.__texts__})
"""The columns that a line's hash covers; its texts by their salted digest, so that they can be erased."""
_hashed = attrgetter(*HASHED)
_PLAIN = select(*(getattr(CreditEntry, name) for name in COLUMNS)).order_by(CreditEntry.seq)
_Plain: Any = namedtuple("_Plain", COLUMNS)  # type: ignore[misc]  # the names that the model has


def post(
    client: Client,
    kind: str,
    *,
    pending: int = 0,
    active: int = 0,
    managed: int = 0,
    basis: str | None = None,
    reason: str | None = None,
    effective_at: datetime | None = None,
    reverses: int | None = None,
    ruling: uuid.UUID | None = None,
) -> CreditEntry:
    """Write a line for a client of the bound organization; the counts on its pages change with it.

    kind: one of statuses.KINDS; pending, active, managed: the changes in the counts; basis and reason: the client's
    own, unless others are given; effective_at: from when on it is so, now unless another moment is given, also one in a
    month that is closed; reverses: the number of the line it undoes.
    """
    counts = totals.add(entries=1, pending=pending, active=active, managed=managed)
    actor = scope().actor
    entry = CreditEntry(
        id=new_id(),
        org_id=scope().org_id,
        seq=counts.entries,
        at=now(),
        effective_at=(effective_at or now()).astimezone(UTC),
        signed_up_at=client.signed_up_at.astimezone(UTC),
        kind=kind,
        client_id=client.id,
        client_account_id=client.client_account_id,
        company=client.company,
        site=client.site,
        salt=digests.new_salt(),
        basis=basis or client.basis,
        reason=reason or client.reason,
        pending=pending,
        active=active,
        managed=managed,
        pending_after=counts.pending,
        active_after=counts.active,
        managed_after=counts.managed,
        actor_kind=actor.kind,
        actor_id=actor.person_id,
        reverses=reverses,
        ruling_id=ruling,
        previous_hash=counts.head or GENESIS,
    )
    entry.texts = seal_texts(entry)
    entry.hash = counts.head = seal(entry)
    session().add(entry)
    months.count(entry, counts)
    session().flush()
    audit.record("ledger.posted", subject=client.id, seq=entry.seq, hash=entry.hash)
    return entry


def reverse(client: Client, reason: str, *, ruling: uuid.UUID | None = None) -> CreditEntry:
    """Take back what the client's source credit counts now, with a line that names the last one of it.

    One that has ended counts nothing any more; the line says that it is no longer theirs.
    """
    last = next(entry for entry in reversed(of_client(client)) if entry.kind in ("pending", "activated"))
    change = {"pending": -(client.state == "pending"), "active": -(client.state == "active")}
    return post(client, "reversed", reason=reason, reverses=last.seq, ruling=ruling, **change)  # type: ignore[arg-type]


def seal(entry: CreditEntry) -> str:
    """The hash of a line: SHA-256, hex, over what it says (see sealed_text())."""
    return sha256(_says(entry)).hexdigest()


def seal_texts(entry: CreditEntry) -> str:
    """The salted digest of a line's texts, which its hash covers (see salted_texts())."""
    return sha256(_salted(entry)).hexdigest()


def sealed_text(entry: CreditEntry) -> str:
    """What the hash of a line is the SHA-256 of: all its columns but the texts, as JSON, for those who check it."""
    return _says(entry).decode()


def salted_texts(entry: CreditEntry) -> str | None:
    """What the salted digest in a line is the SHA-256 of; None where they were erased."""
    return _salted(entry).decode() if entry.salt else None


def _says(entry: CreditEntry) -> bytes:
    return digests.canonical(dict(zip(HASHED, _hashed(entry), strict=True)))


def _salted(entry: CreditEntry) -> bytes:
    return digests.salted(entry.salt or "", {"company": entry.company, "site": entry.site})


def plain() -> Iterator[CreditEntry]:
    """All lines of the bound organization, the oldest first, in flat memory.

    They are tuples with the names of the entity, several times as fast to read.
    """
    yield from map(_Plain._make, session().execute(_PLAIN, execution_options={"yield_per": 500}))


def told_ends(client: Client) -> list[CreditEntry]:
    """The lines that say when the client's source credit ended and resumed since it is theirs, without those undone."""
    told: list[CreditEntry] = []
    for entry in of_client(client):
        if entry.kind == "pending":
            told = []
        elif entry.kind in ("ended", "resumed"):
            told.append(entry)
        elif entry.kind == "reversed":
            told = [row for row in told if row.seq != entry.reverses]
    return told


def of_client(client: Client) -> Sequence[CreditEntry]:
    """The lines of one client, oldest first."""
    return (
        session().scalars(select(CreditEntry).where(CreditEntry.client_id == client.id).order_by(CreditEntry.seq)).all()
    )
