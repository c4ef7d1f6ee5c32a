"""Who has a website: the account that had it first and has it still, as the rules see it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, false, or_, select

from partner_access.clock import now
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.clients.client_accounts import A_DAY, ALIAS, Family
from partner_access.credit.models import ClientAccount, ClientSite
from partner_access.credit.rules import versions
from partner_access.credit.rules.first_accounts import FirstFact
from partner_access.db import session


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
    external_id: str
    signed_up_at: datetime

    def as_fact(self, at: datetime) -> FirstFact:
        """What a decision looks at, as it was at a moment: until is None where the account had not moved away then."""
        had_left = self.until is not None and self.until - ALIAS <= at
        is_day = self.is_day and self.since <= at < self.since + A_DAY
        ended_at = client_events.cancelled_since(self.external_id, self.signed_up_at, at)
        return FirstFact(self.since, self.until if had_left else None, self.lapsed_at, ended_at, is_day)


def occupant(site: str, but: Family | None = None) -> SiteOccupant | None:
    """The first account that has this site at present, else one it is an alias of that it cannot lose yet; or None.

    By the present rules an account may be over, and its site free: see rules/first_accounts.py.
    """
    others, at = ClientSite.client_account_id.not_in(but.ids if but else []), now()
    free = or_(ClientSite.until.is_(None), ClientSite.until > at)
    found, rules = _occupants(at, ClientSite.site == site, free, others), versions.present()
    return next((row for row in found if row.as_fact(at).over_since(at, rules) is None), None)


def earlier_occupants(account: ClientAccount, but: Family) -> Iterator[SiteOccupant]:
    """The other accounts that had the site of this one when it took it, the one that stands before it first.

    One that is limited takes no site, so any that the vendor named, or that was confirmed at the site's own domain,
    stands before it, also a later one. What happened to the site later, such as a move, changes nothing in the answer.
    At the same moment the order of the external ids decides, never the order in which we heard of them.
    but: accounts that are the same client.
    """
    at = account.taken_at
    # of a day without a time, every other sign-up of that day may have been before
    day = and_(ClientSite.since > at, ClientSite.since < at + A_DAY) if account.is_day else false()
    known = or_(ClientAccount.named_at.is_not(None), ClientAccount.proved_at.is_not(None))
    earlier = or_(
        day,
        ClientSite.since < at,
        and_(ClientSite.since == at, ClientAccount.external_id < account.external_id),
        known if client_accounts.is_limited(but) else false(),
    )
    free = or_(ClientSite.until.is_(None), ClientSite.until > at)
    others = ClientSite.client_account_id.not_in(but.ids)
    return _occupants(at, ClientSite.site == account.site, earlier, free, others)


def _occupants(at: datetime, *conditions: object) -> Iterator[SiteOccupant]:
    """Who had it at that time comes before those who had left it."""
    left = case((ClientSite.until <= at + ALIAS, 1), else_=0)
    lapsed = case((ClientAccount.accepted_at.is_(None), ClientAccount.accept_by), else_=None)
    statement = (
        select(
            ClientSite.client_account_id,
            ClientSite.since,
            ClientSite.until,
            lapsed,
            ClientAccount.is_day,
            ClientAccount.external_id,
            ClientAccount.signed_up_at,
        )
        .join(ClientAccount, ClientAccount.id == ClientSite.client_account_id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(left, ClientSite.since, ClientAccount.external_id)
    )
    for row in session().execute(statement):
        yield SiteOccupant(*row)
