"""Client accounts: the vendor's customers, unique by external id, and known by the sites they have and had."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, false, or_, select

from partner_access.clock import now
from partner_access.credit.models import ClientAccount, ClientSite
from partner_access.credit.rules import versions
from partner_access.credit.rules.first_accounts import FirstFact
from partner_access.db import found, session

A_DAY, ALIAS = timedelta(days=1), timedelta(days=365)
"""How long a site stays a client's after they moved away from it (PRODUCT.md section 5: 12 months)."""


@dataclass(frozen=True)
class SiteOccupant:
    """Who has a site: the account, since when, and until when when it has moved away from it.

    lapsed_at: until when its client could have accepted it, where they have not; is_day: only the day is known on which
    it signed up.
    """

    account_id: uuid.UUID
    since: datetime
    until: datetime | None
    lapsed_at: datetime | None
    is_day: bool

    def as_fact(self, at: datetime) -> FirstFact:
        """What a decision looks at, as it was at a moment: until is None where the account had not moved away then."""
        had_left = self.until is not None and self.until - ALIAS <= at
        is_day = self.is_day and self.since <= at < self.since + A_DAY
        return FirstFact(self.since, self.until if had_left else None, self.lapsed_at, is_day=is_day)


def find(external_id: str) -> ClientAccount | None:
    """The client account of the vendor's id, or None."""
    return session().scalar(select(ClientAccount).where(ClientAccount.external_id == external_id))


def fetch(account_id: uuid.UUID) -> ClientAccount:
    """One client account. Raises NotFound."""
    return found(session().scalar(select(ClientAccount).where(ClientAccount.id == account_id)))


def occupant(site: str, but: Family | None = None) -> SiteOccupant | None:
    """The first account that has this site at present, else one it is an alias of that it cannot lose yet; or None.

    By the present rules an account may be over, and its site free: see rules/first_accounts.py.
    """
    others, at = ClientSite.client_account_id.not_in(but.ids if but else []), now()
    free = or_(ClientSite.until.is_(None), ClientSite.until > at)
    found, rules = _occupants(at, ClientSite.site == site, free, others), versions.present()
    return next((row for row in found if row.as_fact(at).over_since(at, rules) is None), None)


def earlier_occupants(account: ClientAccount, but: Family) -> Iterator[SiteOccupant]:
    """The other accounts that had the site of this one when it signed up, the one that stands before it first.

    What happened to the site later, such as a move, changes nothing in the answer. At the same moment the order of the
    external ids decides, never the order in which we heard of them.
    but: accounts that are the same client.
    """
    at = account.signed_up_at
    # of a day without a time, every other sign-up of that day may have been before
    day = and_(ClientSite.since > at, ClientSite.since < at + A_DAY) if account.is_day else false()
    earlier = or_(
        day, ClientSite.since < at, and_(ClientSite.since == at, ClientAccount.external_id < account.external_id)
    )
    free = or_(ClientSite.until.is_(None), ClientSite.until > at)
    others = ClientSite.client_account_id.not_in(but.ids)
    return _occupants(at, ClientSite.site == account.site, earlier, free, others)


def _occupants(at: datetime, *conditions: object) -> Iterator[SiteOccupant]:
    """Who had it at that time comes before those who had left it."""
    left = case((ClientSite.until <= at + ALIAS, 1), else_=0)
    lapsed = case((ClientAccount.accepted_at.is_(None), ClientAccount.accept_by), else_=None)
    statement = (
        select(ClientSite.client_account_id, ClientSite.since, ClientSite.until, lapsed, ClientAccount.is_day)
        .join(ClientAccount, ClientAccount.id == ClientSite.client_account_id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(left, ClientSite.since, ClientAccount.external_id)
    )
    for row in session().execute(statement):
        yield SiteOccupant(*row)


def since_then(account: ClientAccount) -> Sequence[ClientAccount]:
    """The other accounts that signed up with the site of this one at its time or later, or perhaps did."""
    others = ClientAccount.site == account.site, ClientAccount.id != account.id
    same_day = and_(ClientAccount.is_day, ClientAccount.signed_up_at > account.signed_up_at - A_DAY)
    later = or_(ClientAccount.signed_up_at >= account.signed_up_at, same_day)
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
    """The account has its site since it signed up."""
    session().add(ClientSite(client_account_id=account.id, site=account.site, since=account.signed_up_at, until=None))


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
