"""Clients change: one moves to another website, or two of their accounts turn out to be one business."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select

from partner_access import audit, mail
from partner_access.accounts import sign_ins
from partner_access.clock import day, now
from partner_access.credit import (
    client_accounts,
    clients,
    decisions,
    disputes,
    explain,
    holds,
    leads,
    managed,
    questions,
    sources,
)
from partner_access.credit.models import Client
from partner_access.credit.programme import ClientAccount, Dispute, DisputeParty, SourceCredit
from partner_access.db import acting, found, lock, session
from partner_access.errors import Conflict, Invalid
from partner_access.mistakes import Refused
from partner_access.sites import display_site, site_key

MOVE, MERGE = "client-move", "client-merge"
"""The kinds of staff's decisions here: about the account that moved, and about the one that was merged away."""


def move(account: ClientAccount, website: str, reason: str, *, shown: str | None = None) -> None:
    """The account has another website from now on; its source credit stays as it was decided at the sign-up.

    The old site stays the account's alias for client_accounts.ALIAS: nobody else can register it meanwhile, and leads
    for the new one end, for it is a client's now. To the same website twice is the same. Raises Invalid for a website
    that cannot be used or no reason, Conflict when another account has it or the account was merged into another one.
    shown: the site that whoever decides saw as the present one; Conflict when it is another one by now.
    """
    site, reason = _site(website), audit.checked(reason)
    disputes.hold(account)
    leads.claim([account.site, client_accounts.present_site(account), site], _viewers(account))
    session().refresh(account)
    if account.merged_into:
        goes_on = client_accounts.survivor(account)
        raise Conflict(f"This account was merged into {goes_on.external_id}: move that one.", code="merged")
    present = client_accounts.present_site(account)
    if shown is not None and shown != present:
        raise Conflict(_moved_meanwhile(account, present), code="moved-meanwhile")
    if present == site:
        return
    if client_accounts.has_now(site, but=client_accounts.family(account)):
        raise Conflict(f"{display_site(site)} is another client account’s website.", code="site-taken")
    client_accounts.relocate(account, site)
    account.website = website.strip()
    audit.record("client.moved", subject=account.id, reason="staff", site=site)
    audit.staff_decided(MOVE, account.id, site, reason)
    for hold in holds.of_site(site):
        if hold.ended_at is None:
            with acting(clients.decider(), hold.org_id):
                leads.end(leads.fetch(hold.lead_id), "too-late", now())
    for org_id in sorted(set(_viewers(account))):
        with acting(clients.decider(), org_id):
            _show_move(account, site)


def _moved_meanwhile(account: ClientAccount, present: str) -> str:
    told = f"The website is {display_site(present)} by now."
    made = next((row for row in audit.staff_decisions(account.id) if row.kind == MOVE), None)
    return f"{told} {_by(made)}" if made and made.outcome == present else told


def _by(made: audit.StaffDecision) -> str:
    """Who decided, when and why, in a sentence."""
    return f"{sign_ins.name_of(made.decided_by) or 'A command'} decided that on {day(made.at)}: “{made.reason}”"


def _site(website: str) -> str:
    try:
        return site_key(website)
    except Refused as refusal:
        raise Invalid(refusal.sentence, code=refusal.code, field="website") from None


def _show_move(account: ClientAccount, site: str) -> None:
    """The bound organization reads the new site, unless the client never confirmed that it may read anything."""
    client = clients.of_account(account.id)
    if client and client.reason != "unconfirmed":
        client.site = site
        audit.record("client.moved", subject=client.id, reason="staff", site=site)


def _viewers(*accounts: ClientAccount) -> Iterator[uuid.UUID]:
    """The organizations that have a part in accounts: in their decisions, their questions, or as their manager.

    Looked up only when the first is asked for, which is after the sites were locked.
    """
    for account in accounts:
        family = client_accounts.family(account)
        yield from managed.concerned(family)
        yield from decisions.had_a_part(account)
        asked = select(DisputeParty.org_id).join(Dispute, Dispute.id == DisputeParty.dispute_id)
        yield from session().scalars(asked.where(Dispute.client_account_id.in_([row.id for row in family])))


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
    disputes.hold(going, goes_on)
    decisions.prepare([going, goes_on], orgs=_viewers(going, goes_on))
    before = _credits([going, goes_on])
    _join(going, goes_on)
    audit.staff_decided(MERGE, going.id, goes_on.external_id, reason)
    if dispute := questions.open_one(going.id):
        questions.close(dispute, questions.MERGED)
    decisions.again([goes_on])
    managed.follow_merge(going, goes_on)
    sources.activate_due(only=goes_on)
    _tell(goes_on, _credits([going, goes_on]), before)


def _merged_meanwhile(account: ClientAccount) -> str:
    told = f"{account.external_id} was merged into {client_accounts.survivor(account).external_id}."
    made = next((row for row in audit.staff_decisions(account.id) if row.kind == MERGE), None)
    return f"{told} {_by(made)}" if made else told


def _join(going: ClientAccount, goes_on: ClientAccount) -> None:
    """All that was one account before is one more account's, in one step and not by a chain."""
    for row in client_accounts.family(going):
        row.merged_into, row.merged_at = goes_on.id, row.merged_at or now()
    audit.record("client.merged", subject=going.id, reason="staff")
    session().flush()


def _credits(accounts: list[ClientAccount]) -> Counter[uuid.UUID]:
    """How many source credits each organization has for these accounts."""
    ids = [row.id for account in accounts for row in client_accounts.family(account)]
    rows = session().scalars(select(SourceCredit.org_id).where(SourceCredit.client_account_id.in_(ids)))
    return Counter(rows)


def _tell(account: ClientAccount, after: Counter[uuid.UUID], before: Counter[uuid.UUID]) -> None:
    """Mail the organizations that have more or fewer credits than before."""
    for org_id in sorted(after.keys() | before.keys()):
        if after[org_id] == before[org_id]:
            continue
        with acting(clients.decider(), org_id):
            client = clients.of_account(account.id) or found(_other_view(account))
            row = explain.client_row(client, explain.submitters([client]))
            why = f"{row.short} {row.sentence}"
            for person in questions.whom(client):
                dedupe = f"client-merged:{account.id}:{client.decided_at.isoformat()}:{person.id}"
                mail.queue("client-merged", person.email, why=why, dedupe=dedupe, **questions.about(client))


def _other_view(account: ClientAccount) -> Client | None:
    """The bound organization's row for an account that was merged into this one."""
    rows = (clients.of_account(row.id) for row in client_accounts.family(account))
    return next((row for row in rows if row), None)
