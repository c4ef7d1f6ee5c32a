"""The ledger: one line for every change of an organization's pending, active and managed credit; never changed.

Each line carries the balances after it and the SHA-256 of itself and the line before, so that no line can be changed,
put in or taken out unseen. The newest hash stands in the organization's counts, in the audit log, and on the statements
that are mailed: a tail that was cut off is missed there.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import inspect, select

from partner_access import audit
from partner_access.clock import now
from partner_access.credit.ledger import months, totals
from partner_access.credit.models import Client, CreditEntry
from partner_access.db import new_id, scope, session

GENESIS = "0" * 64
"""What the first line names as the hash before it."""


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
        effective_at=effective_at or now(),
        signed_up_at=client.signed_up_at,
        kind=kind,
        client_id=client.id,
        client_account_id=client.client_account_id,
        basis=basis or client.basis,
        reason=reason or client.reason,
        pending=pending,
        active=active,
        managed=managed,
        pending_after=counts.pending,
        active_after=counts.active,
        managed_after=counts.managed,
        actor_kind=actor.kind,
        actor_id=actor.user_id,
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
    """The hash of a line: SHA-256, hex, over all its other columns as JSON with sorted keys."""
    values = {column.key: _plain(getattr(entry, column.key)) for column in inspect(CreditEntry).column_attrs}
    del values["hash"]
    return digest(values)


def digest(values: dict[str, Any]) -> str:
    """The same of a line's values as JSON has them: ids as texts, moments in ISO 8601."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


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
