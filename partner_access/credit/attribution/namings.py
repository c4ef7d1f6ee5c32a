"""Which account of the portal's own form the vendor means by one it tells of: the same client, or another one."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from partner_access.clock import now
from partner_access.credit.attribution import decisions, fact_finding
from partner_access.credit.attribution.fact_finding import Ties
from partner_access.credit.clients import client_accounts
from partner_access.credit.models import ClientAccount, ProvisionalSignUp
from partner_access.credit.rules.decision import NOT_PROVED
from partner_access.credit.touchpoints import site_holds, visits
from partner_access.db import fresh, session
from partner_access.keys.addresses import address
from partner_access.organizations.directory import mergers

A_DAY, A_MOMENT = timedelta(days=1), timedelta(microseconds=1)


def find(
    site: str, email: str | None, referral: str | None, signed_up_at: datetime, is_day: bool
) -> ProvisionalSignUp | None:
    """The form whose account this is: of the same site and owner's address, sent before the vendor had the account, and
    not on another partner's page than the vendor heard of.

    Where the vendor knows no address, it is the one form of the site whose mailbox was proved, if that takes nothing
    from anybody: else a stranger's form would become the client's account. Locks the site.
    """
    site_holds.lock_sites([site])
    rows = [row for row in _of_site(site) if _can_be(row, referral, signed_up_at, is_day)]
    if email is not None:
        same = [row for row in rows if row.email_key == address(email).key]
        return max(same, key=lambda row: (row.account_id is not None, row.asked_at, row.id), default=None)
    proved = [row for row in rows if row.account_id and _takes_nothing(row.account_id, site, signed_up_at)]
    return proved[0] if len({row.account_id for row in proved}) == 1 else None


def _of_site(site: str) -> list[ProvisionalSignUp]:
    kept = or_(ProvisionalSignUp.end_reason.is_(None), ProvisionalSignUp.end_reason.in_(["confirmed", "lapsed"]))
    return list(fresh(select(ProvisionalSignUp).where(ProvisionalSignUp.site == site, kept)).all())


def _can_be(row: ProvisionalSignUp, referral: str | None, signed_up_at: datetime, is_day: bool) -> bool:
    account = client_accounts.fetch(row.account_id) if row.account_id else None
    if account and (account.named_at or account.merged_into):
        return False
    told_by = signed_up_at + A_DAY - A_MOMENT if is_day else signed_up_at  # of a day without a time, the last moment
    if row.asked_at > told_by or (account is None and signed_up_at > row.expires_at):
        return False
    told = _org_of(referral)
    return referral is None or (not row.is_without and told == mergers.survivor_id(row.org_id))


def _org_of(referral: str | None) -> uuid.UUID | None:
    code, visit = fact_finding.read_referral(referral)
    found = visit or code
    return mergers.survivor_id(found.org_id) if found else None


def _takes_nothing(account_id: uuid.UUID, site: str, at: datetime) -> bool:
    """Whether naming the account takes nothing from anybody: nothing is asked about it, and no other one holds the site
    or waits for it."""
    stored = decisions.latest(client_accounts.fetch(account_id))
    rivals = [hold for hold in site_holds.of_site(site) if hold.ended_at is None and not hold.is_over(at)]
    is_free = stored is not None and all(hold.org_id == stored.winner_id for hold in rivals)
    return is_free and stored is not None and stored.reason != NOT_PROVED


def ties(row: ProvisionalSignUp) -> Ties:
    """What the form tied to the sign-up when it was sent."""
    seen, beside = visits.of_numbers(row.visits), visits.of_numbers([row.beside] if row.beside else [])
    refused = [mergers.survivor_id(row.org_id)] if row.is_without else []
    partners = [uuid.UUID(org) for org in row.partner_browsers]
    return Ties(seen, next(iter(beside), None), refused, partners, row.network)


def end(row: ProvisionalSignUp, reason: str, account: ClientAccount | None = None) -> None:
    """The sign-up waits no more: see ProvisionalSignUp.end_reason; account: what it became."""
    row.ended_at, row.end_reason, row.account_id = now(), reason, account.id if account else None
    row.network = None  # of an account its origin keeps it, for as long as visits are kept
    session().flush()
