"""Client accounts: the vendor's customers, unique by external id, and known by their site."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from partner_access.credit.programme import ClientAccount
from partner_access.db import session


def find(external_id: str) -> ClientAccount | None:
    """The client account of the vendor's id, or None."""
    return session().scalar(select(ClientAccount).where(ClientAccount.external_id == external_id))


def first_of_site(site: str, *, before: ClientAccount | None = None) -> datetime | None:
    """When the first client account of this site signed up, or None.

    before: only accounts that came before this one (in time; at the same moment, the one received first).
    """
    statement = select(ClientAccount.signed_up_at).where(ClientAccount.site == site)
    if before is not None:
        statement = statement.where(ClientAccount.id != before.id, ClientAccount.signed_up_at <= before.signed_up_at)
    return session().scalar(statement.order_by(ClientAccount.signed_up_at).limit(1))
