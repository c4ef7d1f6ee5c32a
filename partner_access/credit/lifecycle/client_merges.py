"""Two client accounts that turn out to be one business become one."""

from __future__ import annotations

import uuid
from collections import Counter

from sqlalchemy import select

from partner_access import audit, mail
from partner_access.clock import now
from partner_access.credit.attribution import credit_holds, decisions
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.insights import list_rows
from partner_access.credit.lifecycle import client_moves
from partner_access.credit.lifecycle.client_moves import MERGE
from partner_access.credit.managed import claims
from partner_access.credit.models import Client, ClientAccount, SourceCredit
from partner_access.credit.rulings import rulings
from partner_access.db import acting, found, scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.transactions import lock


def merge(gone: ClientAccount, stays: ClientAccount, reason: str, *, as_shown: bool = False) -> None:
    """Two accounts are one client: the one that stays keeps the earliest source of them all, and the other no credit.

    Accounts merged earlier come along, so that the order of several mergers does not matter; twice is the same. Raises
    Invalid for an account and itself or no reason, Conflict when the account that is to go is the one that goes on
    already. as_shown: Conflict also when one of the two was merged meanwhile, for that was not what was decided about.
    """
    reason = audit.checked(reason)
    if gone.id == stays.id:
        raise Invalid("An account cannot be merged into itself.", code="same-account", field="stays")
    lock("client-mergers")
    session().refresh(gone)
    session().refresh(stays)
    for row in (gone, stays) if as_shown else ():
        if row.merged_into:
            raise Conflict(_merged_meanwhile(row), code="merged-meanwhile")
    going, goes_on = client_accounts.survivor(gone), client_accounts.survivor(stays)
    if going.id == goes_on.id:
        if going.id == gone.id:
            raise Conflict(f"{stays.external_id} was merged into {gone.external_id} before.", code="merged-otherwise")
        return
    locked = {row.id: rulings.lock_family(row) for row in sorted((going, goes_on), key=lambda row: row.id)}
    families = locked[going.id], locked[goes_on.id]
    decisions.prepare(families, orgs=client_moves.viewers(*families))
    before = _credits(*families)
    one = _join(*families)
    audit.staff_decided(MERGE, going.id, goes_on.external_id, reason)
    if dispute := disputes.find_open(going.id):
        disputes.close(dispute, disputes.MERGED)
    decisions.again([one])
    claims.follow_merge(going, goes_on)
    claims.end_with(goes_on)
    credit_holds.activate_due(only=goes_on)
    _mail_changes(one, _credits(one), before)


def _merged_meanwhile(account: ClientAccount) -> str:
    sentence = f"{account.external_id} was merged into {client_accounts.survivor(account).external_id}."
    made = audit.staff_decision(account.id, MERGE)
    return f"{sentence} {client_moves.decided_by(made)}" if made else sentence


def _join(going: Family, goes_on: Family) -> Family:
    """All that was one account before is one more account's, in one step and not by a chain; the one family of them."""
    for row in going.members:
        row.merged_into, row.merged_at = goes_on.head.id, row.merged_at or now()
    audit.record("client.merged", subject=going.head.id, reason="staff")
    session().flush()
    return client_accounts.family(goes_on.head)


def _credits(*families: Family) -> Counter[uuid.UUID]:
    """How many source credits each organization has for these accounts."""
    ids = [account_id for family in families for account_id in family.ids]
    rows = session().scalars(select(SourceCredit.org_id).where(SourceCredit.client_account_id.in_(ids)))
    return Counter(rows)


def _mail_changes(family: Family, after: Counter[uuid.UUID], before: Counter[uuid.UUID]) -> None:
    """Mail the organizations that have more or fewer credits than before."""
    for org_id in sorted(after.keys() | before.keys()):
        if after[org_id] == before[org_id]:
            continue
        with acting(scope().decider, org_id):
            client = clients.of_account(family.head.id) or found(_other_view(family))
            row = list_rows.client_row(client, list_rows.submitters([client]))
            why = f"{row.short} {row.sentence}"
            for person, values in dispute_sides.letters(client):
                dedupe = f"client-merged:{family.head.id}:{client.decided_at.isoformat()}:{person.id}"
                mail.queue("client-merged", person.email, why=why, dedupe=dedupe, **values)


def _other_view(family: Family) -> Client | None:
    """The bound organization's row for one of the accounts that were merged."""
    rows = (clients.of_account(row.id) for row in family.members)
    return next((row for row in rows if row), None)
