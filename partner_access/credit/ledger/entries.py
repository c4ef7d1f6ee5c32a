"""The ledger: one line for every change of an organization's pending, active and managed credit; never changed.

Each line carries the balances after it and the SHA-256 of itself and the line before, so that no line can be changed,
put in or taken out unseen. The newest hash stands in the organization's counts, in the audit log, and on the statements
that are mailed: a tail that was cut off is missed there.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from partner_access import audit
from partner_access.clock import now
from partner_access.credit.ledger import months, totals
from partner_access.credit.models import Client, CreditEntry
from partner_access.db import new_id, scope, session
from partner_access.seals import digests, seals
from partner_access.seals.digests import GENESIS

UNHASHED = {"hash", "salt", *CreditEntry.__texts__}
"""The columns that a line's hash does not cover itself: it covers the salted digest of its texts."""


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
    actor, salt = scope().actor, digests.new_salt()
    entry = CreditEntry(
        id=new_id(),
        org_id=scope().org_id,
        seq=counts.entries,
        at=now(),
        effective_at=effective_at or now(),
        signed_up_at=client.signed_up_at,
        kind=kind,
        client_id=client.id,
        client_account_id=client.client_account_id,
        company=client.company,
        site=client.site,
        salt=salt,
        texts=digests.of_texts(salt, {"company": client.company, "site": client.site}),
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
    return digests.digest(_sealed(entry))


def sealed_text(entry: CreditEntry) -> str:
    """What the hash of a line is the SHA-256 of: all its columns but the texts, as JSON, for those who check it."""
    return digests.canonical(_sealed(entry))


def texts_of(entry: CreditEntry) -> str | None:
    """What the salted digest in a line is the SHA-256 of; None where they were erased."""
    return digests.salted(entry.salt, {"company": entry.company, "site": entry.site}) if entry.salt else None


def _sealed(entry: CreditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in seals.columns_of(CreditEntry) if name not in UNHASHED}


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
