"""The counts that pages show, kept in the transaction that changes them, so that no page has to count."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select, update

from partner_access.credit.models import OrgTotals
from partner_access.db import fresh, scope, session
from partner_access.transactions import lock

COUNTS = ("entries", "pending", "active", "managed", "declined", "leads", "live_leads")
ZERO: dict[str, int | str] = dict.fromkeys(COUNTS, 0) | {"head": ""}


def read() -> OrgTotals:
    """The bound organization's counts."""
    return session().scalar(select(OrgTotals)) or OrgTotals(**ZERO)


def live_leads() -> int:
    """How many open leads the bound organization has, as the database has it now."""
    return session().scalar(select(OrgTotals.live_leads)) or 0


def lock_all(org_ids: Iterable[uuid.UUID]) -> None:
    """Lock the counts of several organizations, in the one order that lets no two transactions wait for each other."""
    for org_id in sorted(set(org_ids)):
        lock(f"totals:{org_id}")


def add(**changes: int) -> OrgTotals:
    """Add to the bound organization's counts and return them as they are now; whoever is first waits for nobody.

    The row stays locked until the transaction ends, which also puts the ledger's numbers in order.
    """
    org_id = scope().org_id
    lock(f"totals:{org_id}")
    if session().scalar(select(OrgTotals.id)) is None:
        session().add(OrgTotals(id=org_id, **ZERO))
        session().flush()
    values = {name: getattr(OrgTotals, name) + change for name, change in changes.items()}
    statement = update(OrgTotals).values(values).returning(OrgTotals)
    return fresh(statement).one()
