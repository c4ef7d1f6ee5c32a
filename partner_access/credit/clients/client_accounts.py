"""Client accounts: the vendor's customers, unique by external id, and known by the sites they have and had."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update

from partner_access.clock import now
from partner_access.credit.models import ClientAccount, ClientSite, ProvisionalSignUp
from partner_access.db import found, session
from partner_access.keys import codes

A_DAY, ALIAS = timedelta(days=1), timedelta(days=365)
"""How long a site stays a client's after they moved away from it (docs/rules.md: 12 months)."""


def find(external_id: str) -> ClientAccount | None:
    """The client account of the vendor's id, or of the one it had before the vendor named it, or None."""
    external_id = codes.identity(external_id)
    found_row = session().scalar(select(ClientAccount).where(ClientAccount.external_id == external_id))
    before = select(ProvisionalSignUp.account_id).where(ProvisionalSignUp.external_id == external_id)
    return found_row or session().scalar(select(ClientAccount).where(ClientAccount.id == before.scalar_subquery()))


def fetch(account_id: uuid.UUID) -> ClientAccount:
    """One client account. Raises NotFound."""
    return found(session().scalar(select(ClientAccount).where(ClientAccount.id == account_id)))


def is_limited(family: Family) -> bool:
    """Whether no account of a client takes anything from an organization."""
    return all(row.is_limited for row in family.members)


def follows_limited(account: ClientAccount, but: Family) -> bool:
    """Whether another account that is limited too was there for this one's site first."""
    same = ClientAccount.site == account.site, ClientAccount.id.not_in(but.ids), ClientAccount.proved_at.is_not(None)
    others, mine = session().scalars(select(ClientAccount).where(*same)), (account.taken_at, account.external_id)
    return any(row.is_limited and (row.taken_at, row.external_id) < mine for row in others)


def limited_of(site: str) -> Sequence[ClientAccount]:
    """The accounts that signed up with this site and do not take it, the first one first."""
    same = ClientAccount.site == site, ClientAccount.proved_at.is_not(None)
    rows = session().scalars(select(ClientAccount).where(*same).order_by(ClientAccount.taken_at, ClientAccount.id))
    return [row for row in rows if row.is_limited]


def since_then(account: ClientAccount) -> Sequence[ClientAccount]:
    """The other accounts that took the site of this one at its time or later, or perhaps did, or that take none."""
    others = ClientAccount.site == account.site, ClientAccount.id != account.id
    same_day = and_(ClientAccount.is_day, ClientAccount.taken_at > account.taken_at - A_DAY)
    later = or_(ClientAccount.taken_at >= account.taken_at, same_day, ClientAccount.proved_at.is_not(None))
    return session().scalars(select(ClientAccount).where(*others, later)).all()


def times_of(site: str) -> list[tuple[ClientAccount, ClientSite]]:
    """Every account that ever had this site, with each time it had it, the first one first; merged ones too."""
    statement = select(ClientAccount, ClientSite).join(ClientSite, ClientSite.client_account_id == ClientAccount.id)
    ordered = statement.where(ClientSite.site == site).order_by(ClientSite.since, ClientAccount.external_id)
    return [(account, time) for account, time in session().execute(ordered)]


def present_site(account: ClientAccount) -> str:
    """The site that the account has now; `account.site` is the one it signed up with."""
    mine = ClientSite.client_account_id == account.id, ClientSite.until.is_(None)
    site = session().scalar(select(ClientSite.site).where(*mine).order_by(ClientSite.since.desc()).limit(1))
    return site or account.site


def sites_of(account: ClientAccount) -> Sequence[ClientSite]:
    """Every site that the account has and had, the newest first."""
    mine = select(ClientSite).where(ClientSite.client_account_id == account.id)
    return session().scalars(mine.order_by(ClientSite.since.desc(), ClientSite.site)).all()


def survivor(account: ClientAccount) -> ClientAccount:
    """The account itself, or the one that it was merged into."""
    return fetch(account.merged_into) if account.merged_into else account


@dataclass(frozen=True)
class Family:
    """Client accounts that are one client. head: the one that goes on; members: it and all that were merged into it,
    the earliest sign-up first. Read once a transaction, when nobody else can merge any more, and handed on."""

    head: ClientAccount
    members: tuple[ClientAccount, ...]

    @property
    def ids(self) -> list[uuid.UUID]:
        return [row.id for row in self.members]


def family(account: ClientAccount) -> Family:
    """The family of an account, as it is now."""
    head = survivor(account)
    merged = session().scalars(select(ClientAccount).where(ClientAccount.merged_into == head.id)).all()
    return Family(head, tuple(sorted([head, *merged], key=age)))


def age(account: ClientAccount) -> tuple[datetime, str]:
    """What orders sign-ups in time, the same for whoever hears of them in whatever order."""
    return account.signed_up_at, account.external_id


def occupy(account: ClientAccount) -> None:
    """The account has its site since it took it; one that is limited takes none."""
    if not account.is_limited:
        row = ClientSite(client_account_id=account.id, site=account.site, since=account.taken_at, until=None)
        session().add(row)


def take_site(account: ClientAccount, at: datetime) -> None:
    """The account has the site that it signed up with since this moment, if it has it."""
    mine = ClientSite.client_account_id == account.id, ClientSite.site == account.site
    first = update(ClientSite).where(*mine, ClientSite.since == account.taken_at).values(since=at)
    session().execute(first.execution_options(synchronize_session=False))
    account.taken_at = at
    session().flush()


def relocate(account: ClientAccount, site: str) -> None:
    """The account has another site from now on; the one it had stays its alias for ALIAS."""
    moment = now()
    mine = ClientSite.client_account_id == account.id
    rows = {(row.site, row.since): row for row in session().scalars(select(ClientSite).where(mine))}
    for row in rows.values():
        row.until = row.until or moment + ALIAS
    new = ClientSite(client_account_id=account.id, site=site, since=moment)
    row = rows.get((site, moment), new)
    row.until = None
    session().add(row)
    session().flush()
