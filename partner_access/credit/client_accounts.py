"""Client accounts: the vendor's customers, unique by external id, and known by the sites they have and had."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from partner_access.clock import now
from partner_access.credit.programme import ClientAccount, ClientSite
from partner_access.db import found, session


@dataclass(frozen=True)
class Occupied:
    """Who has a site first: the account, since when, and until when when it has moved away from it."""

    account_id: uuid.UUID
    since: datetime
    until: datetime | None


def find(external_id: str) -> ClientAccount | None:
    """The client account of the vendor's id, or None."""
    return session().scalar(select(ClientAccount).where(ClientAccount.external_id == external_id))


def fetch(account_id: uuid.UUID) -> ClientAccount:
    """One client account. Raises NotFound."""
    return found(session().scalar(select(ClientAccount).where(ClientAccount.id == account_id)))


def has_now(site: str) -> Occupied | None:
    """The first account that has this site at present, also as an alias it cannot lose yet; or None."""
    return _first(ClientSite.site == site, or_(ClientSite.until.is_(None), ClientSite.until > now()))


def had_before(account: ClientAccount, but: Sequence[ClientAccount]) -> Occupied | None:
    """The first other account that had the site of this one when it signed up, or None.

    At the same moment the order of the external ids decides, never the order in which we heard of them.
    but: accounts that are the same client.
    """
    at = account.signed_up_at
    earlier = or_(
        ClientSite.since < at, and_(ClientSite.since == at, ClientAccount.external_id < account.external_id)
    )  # fmt: skip
    free = or_(ClientSite.until.is_(None), ClientSite.until > at)
    others = ClientSite.client_account_id.not_in([row.id for row in but])
    return _first(ClientSite.site == account.site, earlier, free, others)


def _first(*conditions: object) -> Occupied | None:
    statement = (
        select(ClientSite.client_account_id, ClientSite.since, ClientSite.until)
        .join(ClientAccount, ClientAccount.id == ClientSite.client_account_id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(ClientSite.since, ClientAccount.external_id)
        .limit(1)
    )
    row = session().execute(statement).first()
    return Occupied(row.client_account_id, row.since, row.until) if row else None


def since_then(account: ClientAccount) -> Sequence[ClientAccount]:
    """The other accounts that signed up with the site of this one at its time or later."""
    others = ClientAccount.site == account.site, ClientAccount.id != account.id
    statement = select(ClientAccount).where(*others, ClientAccount.signed_up_at >= account.signed_up_at)
    return session().scalars(statement).all()


def of_site(site: str) -> Sequence[ClientAccount]:
    """The accounts that have or had this site, the first one first; merged ones by the account that goes on."""
    statement = select(ClientAccount).join(ClientSite, ClientSite.client_account_id == ClientAccount.id)
    rows = session().scalars(statement.where(ClientSite.site == site)).all()
    live = {row.id: row for row in (survivor(row) for row in rows)}
    return sorted(live.values(), key=age)


def survivor(account: ClientAccount) -> ClientAccount:
    """The account itself, or the one that it was merged into."""
    return fetch(account.merged_into) if account.merged_into else account


def family(account: ClientAccount) -> list[ClientAccount]:
    """The account that goes on and all that were merged into it, the earliest sign-up first."""
    head = survivor(account)
    merged = session().scalars(select(ClientAccount).where(ClientAccount.merged_into == head.id)).all()
    return sorted([head, *merged], key=age)


def age(account: ClientAccount) -> tuple[datetime, str]:
    """What orders sign-ups in time, the same for whoever hears of them in whatever order."""
    return account.signed_up_at, account.external_id


def occupy(account: ClientAccount) -> None:
    """The account has its site since it signed up."""
    session().add(ClientSite(client_account_id=account.id, site=account.site, since=account.signed_up_at, until=None))
