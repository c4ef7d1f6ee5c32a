"""One client account as staff read it, across all organizations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.clock import day, now
from partner_access.credit.attribution import decisions, signups, source_credits
from partner_access.credit.clients import client_accounts, client_events, clients, plans
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import disputes
from partner_access.credit.handovers import handovers
from partner_access.credit.insights import patterns
from partner_access.credit.lifecycle import cancellations, client_moves
from partner_access.credit.managed import claim_states, claims
from partner_access.credit.models import ClientAccount, ClientEvent, Dispute
from partner_access.credit.provisional import confirmations, requests
from partner_access.credit.rules.absences import AWAY
from partner_access.credit.rules.facts import Facts as RuleFacts
from partner_access.credit.rulings import rulings
from partner_access.credit.statuses import STATUSES
from partner_access.db import acting, scope
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.staff.queue import sides
from partner_access.staff.queue.cases import CaseSide, DecidedCase, decided_case

Facts = list[tuple[str, str | datetime]]
TOLD = {
    "cancelled": "Cancelled", "reactivated": "Came back", "site_changed": "Website {}, since",
    "merged_into": "One with {}, since", "managed_by": "Managed by {}, since",
}  # fmt: skip
"""Kind of client event -> its words before the moment when it happened."""
HAND_OVERS = {
    "open": "Waits for the client", "accepted": "Accepted", "cancelled": "Cancelled by the team",
    "refused": "Refused by the client", "expired": "Not accepted in time",
}  # fmt: skip


@dataclass(frozen=True)
class ToldEvent:
    """What the vendor told of an account: what and when it happened, who told it when, and why."""

    what: str
    at: datetime
    by: str
    received_at: datetime
    reason: str


@dataclass(frozen=True)
class ClientOverview:
    """What is known of an account. goes_on: the account that goes on in its place; why: what the rules answer; told:
    what the vendor told of it, the newest first."""

    account: ClientAccount
    facts: Facts
    credit: Facts
    why: str
    managing: Facts
    hand_over: Facts
    merged: Sequence[ClientAccount]
    goes_on: ClientAccount | None
    dispute: Dispute | None
    sides: Sequence[CaseSide]
    decided: Sequence[DecidedCase]
    told: Sequence[ToldEvent]
    is_cancelled: bool


def overview(account: ClientAccount) -> ClientOverview:
    """All that staff read of an account. Of one that was merged, who goes on has the credit and the claims."""
    dispute, stored = disputes.find_open(account.id), decisions.latest(account)
    family = client_accounts.family(account)
    merged = [row for row in family.members if row.merged_into == account.id]
    shown = [sides.side(account, dispute, org_id) for org_id in claims.with_a_part(account, family)]
    goes_on = family.head if account.merged_into else None
    return ClientOverview(
        account,
        _facts(account),
        credit(account),
        sides.rules_sentence(stored),
        _managing(account),
        _hand_over(account),
        merged,
        goes_on,
        dispute,
        shown,
        _decided(family),
        _told(account),
        client_events.cancelled_since(account.external_id, account.signed_up_at) is not None,
    )


def _told(account: ClientAccount) -> list[ToldEvent]:
    return [
        ToldEvent(
            _what(row), row.occurred_at, sign_ins.name_of(row.told_by) or "a program", row.received_at, row.reason
        )
        for row in cancellations.of_account(account)
    ]


def _what(row: ClientEvent) -> str:
    if row.kind == client_events.PLAN_CHANGED:
        return f"Pays {plans.of_event(row).words}, since"
    return TOLD[row.kind].format(row.target or "nobody")


def _facts(account: ClientAccount) -> Facts:
    owner = ", ".join(filter(None, (account.owner_name, account.email)))
    known = [
        ("Website before" if row.until else "Website", display_site(row.site) + _until(row.until))
        for row in client_accounts.sites_of(account)
    ]
    facts: Facts = [
        ("Account", account.external_id),
        *(known or [("Website", f"{display_site(account.site)}, which it does not take")]),
        ("Website as typed last", account.website),
        ("Owner", owner or "No address"),
        ("Signed up", account.signed_up_at),
        ("Came through", signups.CAME_THROUGH[account.came_by]),
        ("Heard of", account.received_at),
        *_proof(account),
        *patterns.of_account(account.id),
    ]
    if account.referral:
        facts.append(("Referral", account.referral))
    if account.unread:
        facts.append(("Could not be read", account.unread))
    return facts


def _proof(account: ClientAccount) -> Facts:
    """What shows that an account is the client's: the vendor's word, a mailbox; and in whose browser it was begun."""
    begun, stored = requests.of_account(account.id), decisions.latest(account)
    partners = RuleFacts.from_json(stored.facts).partner_browsers if stored else ()
    facts: Facts = [("Named by the programme", account.named_at or "Not yet")]
    if account.proved_at:
        at_site = "not at the website’s own domain" if account.is_limited else ""
        facts.append(("Confirmed by the client", account.proved_at))
        facts += [("Mailbox", at_site)] if at_site else []
    facts += [("Signed up as", row.external_id) for row in begun if row.external_id != account.external_id]
    names = (organizations.fetch(uuid.UUID(org)).name for org in partners)
    return facts + [("Partner’s own browser", f"Somebody of {name} was signed in there") for name in names]


def _until(until: datetime | None) -> str:
    if until is None:
        return ""
    return f", alias until {day(until)}" if until > now() else f", was an alias until {day(until)}"


def credit(account: ClientAccount) -> Facts:
    """Who has the source credit, and in which state."""
    row = source_credits.of_account(account.id)
    if row is None:
        return [("Source credit", "Nobody has it")]
    facts: Facts = [("Source credit", organizations.fetch(row.org_id).name), ("State", STATUSES[row.state].label)]
    if row.state == "pending":
        return [*facts, ("Hold until", row.hold_until)]
    return [*facts, *_end(account, row.org_id)] if row.state == "ended" else facts


def _end(account: ClientAccount, org_id: uuid.UUID) -> Facts:
    """When the credit ended, and what that hangs on."""
    with acting(scope().actor, org_id):
        client = clients.of_account(account.id)
    if client is None or client.ended_at is None:
        return []
    back = "Goes on if back by" if client.end_reason == AWAY else "Came back, in vain"
    return [("Ended", client.ended_at), *([(back, client.comeback_at)] if client.comeback_at else [])]


def manages(account: ClientAccount) -> str:
    """Who manages the account, or that nobody does."""
    org_id = claims.manager(account)
    return organizations.fetch(org_id).name if org_id else "Nobody"


def _managing(account: ClientAccount) -> Facts:
    facts: Facts = [("Managed by", manages(account))]
    for org_id in sorted(claims.concerned([account])):
        name = organizations.fetch(org_id).name
        with acting(scope().actor, org_id):
            row = claim_states.of_account(account.id)
            if row and row.state == "pending":
                facts.append(("Claimed", f"{name}, on {day(row.claimed_at)}; answer by {day(row.answer_by)}"))
            elif row and row.active_from:
                facts.append(("Since", row.active_from))
    return facts


def _hand_over(account: ClientAccount) -> Facts:
    if account.created_for is None:
        return []
    facts: Facts = [("Created by", organizations.fetch(account.created_for).name)]
    with acting(scope().actor, account.created_for):
        client = clients.of_account(account.id)
        progress = handovers.checklist(client) if client else None
        if progress:
            facts += [
                ("Hand-over", HAND_OVERS[progress.state]),
                ("Mailed to", progress.row.email),
                ("Mailed", progress.row.sent_at),
                ("Accept by", progress.row.due_at),
            ]
    if account.accepted_at:
        facts.append(("Accepted", account.accepted_at))
    return facts


def _decided(family: Family) -> list[DecidedCase]:
    """What staff decided about these accounts, newest first."""
    rows = [
        decided_case(row, f"Credited to {organizations.fetch(row.org_id).name if row.org_id else 'nobody'}")
        for row in rulings.of_family(family)
    ]
    words = {client_moves.MOVE: "Moved to {}", client_moves.MERGE: "Merged into {}"}
    words[confirmations.CONFIRMED] = "Confirmed as an account that the programme knows"
    for made in (made for row in family.members for made in audit.staff_decisions(row.id)):
        if made.kind in words:
            outcome = display_site(made.outcome) if made.kind == client_moves.MOVE else made.outcome
            what = words[made.kind].format(outcome)
            name = client_accounts.fetch(made.subject_id).external_id
            rows.append(decided_case(made, f"{name}: {what}"))
    return sorted(rows, key=lambda row: row.at, reverse=True)
