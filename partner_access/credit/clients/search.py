"""Finds client accounts by whatever somebody knows of them. For staff, across all organizations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, tuple_

from partner_access.credit.models import ClientAccount, ClientSite, Dispute, ManagedSeat, SourceCredit
from partner_access.db import session
from partner_access.keys.addresses import address
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import display_site, site_key, trim
from partner_access.organizations.models import Organization

PAGE = 50
LONGEST = 2048
_credited = exists().where(SourceCredit.client_account_id == ClientAccount.id)
FILTERS: dict[str, tuple[ColumnElement[bool], ...]] = {
    "credited": (_credited,),
    "not-named": (_credited, ClientAccount.named_at.is_(None)),
    "nobody": (~_credited, ClientAccount.merged_into.is_(None)),
    # begins with the few disputes that are open, and not with all accounts
    "open": (ClientAccount.id.in_(select(Dispute.client_account_id).where(Dispute.closed_at.is_(None))),),
    "managed": (exists().where(ManagedSeat.client_account_id == ClientAccount.id),),
}
"""Name -> what is true of the accounts that it lets through."""


@dataclass(frozen=True)
class ClientSearchRow:
    """A client account as the list shows it; credited, managed: names of organizations, or ''."""

    account: ClientAccount
    site: str
    credited: str
    state: str
    managed: str
    is_asked: bool


def listing(
    text: str = "", *, only: str = "", before: tuple[datetime, uuid.UUID] | None = None
) -> Sequence[ClientAccount]:
    """A page of PAGE accounts, newest sign-up first; `before`: key of the last one seen; only: a key of FILTERS.

    text: an external id or its beginning, a part of the company's name, a website in any spelling that the account has
    or had, its owner's e-mail address, or that address's domain. Accounts that were merged are found too.
    """
    statement = select(ClientAccount)
    if only:
        statement = statement.where(*FILTERS[only])
    text = trim(text.replace("\x00", ""))[:LONGEST]
    if text:
        statement = statement.where(or_(*_matches(text)))
    if before is not None:
        statement = statement.where(tuple_(ClientAccount.signed_up_at, ClientAccount.id) < tuple_(*before))
    order = ClientAccount.signed_up_at.desc(), ClientAccount.id.desc()
    return session().scalars(statement.order_by(*order).limit(PAGE)).all()


def _matches(text: str) -> list[ColumnElement[bool]]:
    """SQLite folds the case of ASCII letters alone, so other letters are looked for in the usual spellings."""
    spellings = {text, text.lower(), text.upper(), text.title()}
    found = [ClientAccount.company.icontains(spelling, autoescape=True) for spelling in spellings]
    found.append(ClientAccount.external_id.istartswith(text, autoescape=True))
    try:
        key = site_key(text)
        had = ClientSite.client_account_id == ClientAccount.id, ClientSite.site == key
        found += [exists().where(*had), ClientAccount.site == key]
    except Refused:
        pass
    return [*found, *_by_address(text)]


def _by_address(text: str) -> list[ColumnElement[bool]]:
    """An address, or a domain with an @ in front or without."""
    name, _, domain = text.rpartition("@")
    try:
        typed = address(f"{name or 'anybody'}@{domain}")
    except Refused:
        return []
    if name:
        return [func.lower(ClientAccount.email) == typed.key]
    at_present = ClientAccount.email.iendswith(f"@{typed.domain}", autoescape=True)  # the other is as of the sign-up
    return [ClientAccount.email_domain == typed.domain, at_present]


def rows(accounts: Sequence[ClientAccount]) -> list[ClientSearchRow]:
    """What the list says of these accounts, in their order."""
    ids = [row.id for row in accounts]
    here = ClientSite.client_account_id.in_(ids), ClientSite.until.is_(None)
    sites = {row.client_account_id: row.site for row in session().scalars(select(ClientSite).where(*here))}
    credits = session().scalars(select(SourceCredit).where(SourceCredit.client_account_id.in_(ids)))
    credit = {row.client_account_id: row for row in credits}
    managed = session().scalars(select(ManagedSeat).where(ManagedSeat.client_account_id.in_(ids)))
    seats = {row.client_account_id: row for row in managed}
    asked = (
        session()
        .scalars(
            select(Dispute.client_account_id).where(Dispute.client_account_id.in_(ids), Dispute.closed_at.is_(None))
        )
        .all()
    )
    names = _names({row.org_id for row in credit.values()} | {row.org_id for row in seats.values()})
    return [
        ClientSearchRow(
            row,
            display_site(sites.get(row.id, row.site)),
            names[credit[row.id].org_id] if row.id in credit else "",
            credit[row.id].state if row.id in credit else "",
            names[seats[row.id].org_id] if row.id in seats else "",
            row.id in asked,
        )
        for row in accounts
    ]


def _names(org_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    rows = session().execute(select(Organization.id, Organization.name).where(Organization.id.in_(org_ids)))
    return {row.id: row.name for row in rows}
