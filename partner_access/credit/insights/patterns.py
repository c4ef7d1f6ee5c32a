"""What staff may want to know of how a sign-up came: signs that the partner itself signed up. No rule reads it."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from partner_access.clock import now
from partner_access.credit.insights.similarity import gap
from partner_access.credit.models import SignUpOrigin, Visit
from partner_access.db import session
from partner_access.organizations.directory import mergers

HASTY = 10
"""Within so many seconds after a link was opened nobody has read the page and typed into a form."""
LATELY = timedelta(days=90)


def of_account(account_id: uuid.UUID) -> list[tuple[str, str]]:
    """What is known of a sign-up, and of others that came the same way, as labels and sentences."""
    row = session().scalar(select(SignUpOrigin).where(SignUpOrigin.client_account_id == account_id))
    if row is None:
        return []
    told = []
    mine = SignUpOrigin.org_id.in_(mergers.family(row.org_id)), SignUpOrigin.client_account_id != account_id
    if row.seconds is not None:
        lately = SignUpOrigin.signed_up_at >= now() - LATELY
        others = _count(*mine, SignUpOrigin.seconds < HASTY, lately) if row.seconds < HASTY else 0
        told.append(("Link opened", haste(row.seconds, others)))
    if row.network is not None:
        same = SignUpOrigin.network == row.network, SignUpOrigin.client_account_id != account_id
        told.append(("Network", neighbours(_count(*same), _count(*same, *mine))))
    return told


def _count(*only: ColumnElement[bool]) -> int:
    return session().scalars(select(func.count()).select_from(SignUpOrigin).where(*only)).one()


def haste(seconds: int, others: int) -> str:
    """How long before the sign-up the link was opened; others: how many more were as hasty."""
    before = f"{_amount(seconds, 'second')}" if seconds < 60 else gap(timedelta(seconds=seconds))
    told = f"{before} before the sign-up"
    if not others:
        return told
    more = f"{_amount(others, 'more client')} of this partner signed up within {HASTY} seconds"
    return f"{told}; {more} in the last {LATELY.days} days"


def neighbours(others: int, of_partner: int) -> str:
    """How many more sign-ups came from the same network."""
    if not others:
        return "No other sign-up came from it"
    by = "all" if of_partner == others else "none" if not of_partner else str(of_partner)
    return f"{_amount(others, 'more sign-up')} came from it, {by} of them by links of this partner"


def opening(visit: Visit) -> str:
    """What an opening left as evidence, after a comma; empty where it left none."""
    told = [f"from {visit.referrer_host}"] if visit.referrer_host else []
    told += ["from an address that names a source"] if visit.names_source else []
    told += [] if visit.fetch_destination else ["by a program or an old browser"]
    return "".join(f", {words}" for words in told)


def _amount(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
