"""The ledger: one line for every change of an organization's pending and active credit; never changed, gapless."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from partner_access.clock import now
from partner_access.credit import totals
from partner_access.credit.models import Client, CreditEntry
from partner_access.db import scope, session


def post(client: Client, kind: str, *, pending: int = 0, active: int = 0) -> CreditEntry:
    """Write a line for a client of the bound organization; the counts on its pages change with it.

    kind: `pending` or `activated`; pending, active: the changes in the counts.
    """
    counts = totals.add(entries=1, pending=pending, active=active)
    actor = scope().actor
    entry = CreditEntry(
        seq=counts.entries, at=now(), kind=kind, client_id=client.id, basis=client.basis, reason=client.reason,
        pending=pending, active=active, actor_kind=actor.kind, actor_id=actor.user_id,
    )  # fmt: skip
    session().add(entry)
    session().flush()
    return entry


def of_client(client: Client) -> Sequence[CreditEntry]:
    """The lines of one client, oldest first."""
    return (
        session().scalars(select(CreditEntry).where(CreditEntry.client_id == client.id).order_by(CreditEntry.seq)).all()
    )
