"""What clients pay the vendor: a fact of each, told by events, shown to whom the credit belongs, and never summed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from partner_access.credit.clients.client_events import PLAN_CHANGED
from partner_access.credit.models import Client, ClientAccount, ClientEvent
from partner_access.db import session

MONTHS = {"month": 1, "year": 12}
WHOLE = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
}  # fmt: skip
THOUSANDTHS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
"""Currencies whose minor unit is not the hundredth part (ISO 4217)."""


@dataclass(frozen=True)
class Plan:
    """What a client pays, in the minor unit of a currency, for each `interval` (a key of MONTHS), since when."""

    amount_minor: int
    currency: str
    interval: str
    since: datetime

    @property
    def monthly_minor(self) -> int:
        """What that is a month, rounded to the minor unit."""
        return round(self.amount_minor / MONTHS[self.interval])

    @property
    def words(self) -> str:
        """The monthly value as people read it, and what it comes from where that is another interval."""
        monthly = f"{amount(self.monthly_minor, self.currency)} a month"
        if self.interval == "month":
            return monthly
        return f"{monthly} ({amount(self.amount_minor, self.currency)} a {self.interval})"


def amount(minor: int, currency: str) -> str:
    """An amount of money: "EUR 1,249.50"."""
    digits = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return f"{currency} {minor / 10**digits:,.{digits}f}"


def of_clients(rows: Sequence[Client]) -> dict[uuid.UUID, Plan]:
    """The present plans of those clients whose credit the bound organization has, or whom it manages, by their ids."""
    mine = {row.client_account_id: row.id for row in rows if row.is_credited or row.managed == "active"}
    statement = (
        select(ClientAccount.id, ClientEvent)
        .join(ClientEvent, ClientEvent.external_id == ClientAccount.external_id)
        .where(ClientAccount.id.in_(mine), ClientEvent.kind == PLAN_CHANGED)
        .order_by(ClientEvent.occurred_at, ClientEvent.event_id)
    )
    found = session().execute(statement).all() if mine else []
    return {mine[account_id]: of_event(event) for account_id, event in found}  # of several the last one stays


def of_event(event: ClientEvent) -> Plan:
    """The plan that an event of PLAN_CHANGED tells."""
    return Plan(event.amount_minor or 0, event.currency or "", event.interval or "month", event.occurred_at)
