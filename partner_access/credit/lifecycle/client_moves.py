"""A client moves to another website; its source credit stays as it was decided."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import select

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.clock import day, now
from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts, clients, occupants
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.managed import claims
from partner_access.credit.models import ClientAccount, Dispute, DisputeParty
from partner_access.credit.rulings import rulings
from partner_access.credit.touchpoints import lead_queue, leads, site_holds
from partner_access.db import acting, scope, session
from partner_access.errors import Conflict
from partner_access.keys.sites import display_site, site_key

MOVE, MERGE = "client-move", "client-merge"
"""The kinds of staff's decisions here: about the account that moved, and about the one that was merged away."""


def move(account: ClientAccount, website: str, reason: str, *, shown: str | None = None) -> None:
    """The account has another website from now on; its source credit stays as it was decided at the sign-up.

    The old site stays the account's alias for client_accounts.ALIAS: nobody else can register it meanwhile, and leads
    for the new one end, for it is a client's now. To the same website twice is the same. Raises Invalid for a website
    that cannot be used or no reason, Conflict when another account has it or the account was merged into another one.
    shown: the site that whoever decides saw as the present one; Conflict when it is another one by now.
    """
    site, reason = site_key(website), audit.checked(reason)
    family = rulings.lock_family(account)
    lead_queue.lock_and_settle([account.site, client_accounts.present_site(account), site], viewers(family))
    if account is not family.head:
        raise Conflict(f"This account was merged into {family.head.external_id}: move that one.", code="merged")
    if client_accounts.is_limited(family):
        raise Conflict("The programme has not named this account yet, so it has no website. Confirm it first.")
    present = client_accounts.present_site(account)
    if shown is not None and shown != present:
        raise Conflict(_moved_meanwhile(account, present), code="moved-meanwhile")
    if present == site:
        return
    if occupants.occupant(site, but=family):
        raise Conflict(f"{display_site(site)} is another client account’s website.", code="site-taken")
    client_accounts.relocate(account, site)
    account.website = website.strip()
    audit.record("client.moved", subject=account.id, reason="staff", site=site)
    audit.staff_decided(MOVE, account.id, site, reason)
    for hold in site_holds.of_site(site):
        if hold.ended_at is None:
            with acting(scope().decider, hold.org_id):
                leads.end(leads.fetch(hold.lead_id), "too-late", now())
    for org_id in sorted(set(viewers(family))):
        with acting(scope().decider, org_id):
            _show_move(account, site)


def _moved_meanwhile(account: ClientAccount, present: str) -> str:
    sentence = f"The website is {display_site(present)} by now."
    made = audit.staff_decision(account.id, MOVE)
    return f"{sentence} {decided_by(made)}" if made and made.outcome == present else sentence


def decided_by(made: audit.StaffDecision) -> str:
    """Who decided, when and why, in a sentence."""
    return f"{sign_ins.name_of(made.decided_by) or 'A command'} decided that on {day(made.at)}: “{made.reason}”"


def _show_move(account: ClientAccount, site: str) -> None:
    """The bound organization reads the new site, unless the client never confirmed that it may read anything."""
    client = clients.of_account(account.id)
    if client and client.reason != "unconfirmed":
        client.site = site
        audit.record("client.moved", subject=client.id, reason="staff", site=site)


def viewers(*families: Family) -> Iterator[uuid.UUID]:
    """The organizations that have a part in client accounts: in their decisions, their disputes, or as their manager.

    Looked up only when the first is asked for, which is after the sites were locked.
    """
    for family in families:
        yield from claims.concerned(family.members)
        yield from decisions.had_a_part(family)
        asked = select(DisputeParty.org_id).join(Dispute, Dispute.id == DisputeParty.dispute_id)
        yield from session().scalars(asked.where(Dispute.client_account_id.in_(family.ids)))
