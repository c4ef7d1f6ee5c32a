"""Managed accounts: a claim is pending until the client or staff answer it, and active until either side ends it.

One organization at a time manages an account: its seat (`ManagedSeat`) is keyed by the account. Whatever is done here
locks the account's site first, as everything about an account does; then the counts of all whom it concerns; then rows.
Managed credit knows nothing of source credit (docs/rules.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from partner_access import audit, jobs
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts, client_events, mail_limits
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.ledger import totals
from partner_access.credit.managed import claim_rows, claim_states
from partner_access.credit.managed.claim_states import ClaimedClient
from partner_access.credit.models import Client, ClientAccount, ManagedAsk, ManagedClaim
from partner_access.credit.touchpoints import site_holds
from partner_access.db import CLIENT, SYSTEM, Actor, acting, found, fresh, scope, session
from partner_access.errors import Conflict, NotFound
from partner_access.organizations.directory import organizations
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization
from partner_access.organizations.team import anonymity

DAY = timedelta(days=1)


def lock(accounts: Iterable[ClientAccount]) -> None:
    """Let one transaction at a time decide about these accounts; once a transaction, before any row is looked at.

    They are read anew: while we waited for the lock, one may have been merged into another account.
    """
    known = {account.id: account.site for account in accounts}
    site_holds.lock_sites(known.values())
    fresh(select(ClientAccount).where(ClientAccount.id.in_(known))).all()


def claim(account: ClientAccount, person: User, typed: ClaimedClient, sent_at: datetime | None = None) -> ManagedClaim:
    """Claim an account for the bound organization; a live claim of its own stays as it is. Call lock() first.

    sent_at: when it was claimed, where that is answered later. Raises TooMany where the organization would mail the
    client once too often.
    """
    live, org_id, not_before = claim_states.of_account(account.id), scope().org_id, None
    if live is None and account.email and org_id and claim_states.can_ask(account, org_id):
        not_before = mail_limits.check("managed", account.email)
    return live or claim_states.make(account, person, typed, sent_at=sent_at, not_before=not_before)


def end(client: Client, *, while_state: str) -> None:
    """The bound organization withdraws its pending claim, or ends its active one; idempotent.

    while_state: what the person saw. Raises Conflict when the client has answered meanwhile.
    """
    account = client_accounts.fetch(client.client_account_id)
    lock_all(account)
    row = claim_states.of_account(account.id)
    if row is None:
        return
    if row.state != while_state:
        raise Conflict("The client has answered meanwhile. Look at it again.", code="answered-meanwhile")
    claim_states.end(row, "managed-withdrawn" if row.state == "pending" else "managed-ended")


def waiting() -> list[tuple[ManagedClaim, ClientAccount]]:
    """Every claim that waits for an answer, of whatever organization, the oldest first. For staff."""
    found_rows = []
    for ask in session().scalars(select(ManagedAsk).order_by(ManagedAsk.claim_id)):
        with acting(scope().actor, ask.org_id):
            found_rows.append((claim_rows.fetch(ask.claim_id), client_accounts.fetch(ask.client_account_id)))
    return found_rows


def decide(claim_id: uuid.UUID, *, yes: bool, reason: str) -> None:
    """Staff answer a pending claim in place of the client, with a reason that the organization and the client read.

    Other claims go on waiting for the client. Raises NotFound for a claim that does not wait any more.
    """
    ask = found(session().scalar(select(ManagedAsk).where(ManagedAsk.claim_id == claim_id)))
    account = client_accounts.fetch(ask.client_account_id)
    org_id = lock_all(account).get(claim_id)
    if org_id is None:
        raise NotFound("This claim was answered meanwhile.", code="not-waiting")
    anonymity.check_names_none(reason, set(with_a_part(account, client_accounts.family(account))) - {org_id})
    audit.staff_decided(claim_states.KIND, claim_id, "yes" if yes else "no", reason)
    if yes:
        vacate(account, "staff-chose-another", actor=scope().actor)
    with acting(scope().actor, org_id):
        row = claim_rows.fetch(claim_id)
        if yes:
            claim_states.activate(row, account, by="staff", answer=reason)
        else:
            claim_states.end(row, "managed-not-granted", answer=reason)


def follow_merge(gone: ClientAccount, stays: ClientAccount) -> None:
    """An account was merged into another: its claims go on there, or end as `merged` where one stands already.

    Whoever merges has locked both sites, and then the counts of `concerned()` by both.
    """
    seat, taken = claim_rows.seat_of(gone), claim_rows.seat_of(stays)
    if seat:
        with acting(scope().actor, seat.org_id):
            pending = claim_states.of_account(stays.id)
            if taken is None and pending:
                claim_states.end(pending, "merged")
            _follow(seat.claim_id, stays, is_free=taken is None)
    for claim_id, org_id in _asks(gone).items():
        with acting(scope().actor, org_id):
            _follow(claim_id, stays, is_free=claim_states.of_account(stays.id) is None)


def _follow(claim_id: uuid.UUID, stays: ClientAccount, *, is_free: bool) -> None:
    row = claim_rows.fetch(claim_id)
    if is_free:
        claim_states.move(row, stays)
    else:
        claim_states.end(row, "merged")


def follow_up(claim_id: uuid.UUID, org_id: uuid.UUID | None) -> None:
    """A claim's deadline has come: remind the client, or end the claim. Run by the worker."""
    with acting(SYSTEM, org_id):
        account = client_accounts.fetch(claim_rows.fetch(claim_id).client_account_id)
        lock([account])
        row = claim_rows.fetch(claim_id)
        if account.merged_into:
            raise jobs.Later("The client became part of another one meanwhile.")
        if row.state == "pending":
            _wait_on(row, account)


def _wait_on(row: ManagedClaim, account: ClientAccount) -> None:
    """End a claim when its time is over, or remind of it. During a pause the client cannot answer: neither is done."""
    org = organizations.fetch(row.org_id)
    session().refresh(org)
    if org.state == "paused":
        deadlines.schedule(row.id, deadlines.CLAIM, now() + DAY)
        return
    _give_back_pauses(row)
    if row.answer_by <= now():
        claim_states.end(row, "managed-lapsed", at=row.answer_by)
    else:
        claim_states.remind(row, account)


def resume(org: Organization, reason: str, *, seen: str | None = None) -> None:
    """Resume a paused organization, as pauses.resume(); clients have as long to answer as was left when it began."""
    pauses.resume(org, reason, seen=seen)
    asked = ManagedClaim.state == "pending", ManagedClaim.asked_at.is_not(None)
    with acting(scope().actor, org.id):
        for row in session().scalars(select(ManagedClaim).where(*asked).order_by(ManagedClaim.id)):
            _give_back_pauses(row)


def _give_back_pauses(row: ManagedClaim) -> None:
    """Move the end of waiting by the pauses since the claim was made; twice is the same."""
    answer_by = row.claimed_at + claim_states.ANSWER_WITHIN
    for pause in pauses.of(row.org_id):
        if pause.until and pause.until > row.claimed_at and pause.since < answer_by:
            answer_by += pause.until - max(pause.since, row.claimed_at)
    if answer_by > row.answer_by:
        claim_states.wait_until(row, answer_by)


def end_with(account: ClientAccount) -> None:
    """Nobody manages an account that is cancelled, and nobody goes on waiting to: claims end when the client went.

    Also when they are back by the time we hear of it: the client is asked anew. The account and the counts of all whom
    it concerns are locked: see lock_all().
    """
    away = client_events.absences_of(account, None)
    for claim_id, org_id in [*_asks(account).items(), *_seated(account)]:
        with acting(scope().decider, org_id):
            row = claim_rows.fetch(claim_id)
            since = row.active_from or row.claimed_at
            over = next((time for time in away if time.since >= since or time.back is None), None)
            if over:
                claim_states.end(row, "managed-cancelled", at=max(over.since, since))


def _seated(account: ClientAccount) -> list[tuple[uuid.UUID, uuid.UUID]]:
    seat = claim_rows.seat_of(account)
    return [(seat.claim_id, seat.org_id)] if seat else []


def is_held_by_another(account: ClientAccount) -> bool:
    """Whether another organization than the bound one manages the account now."""
    seat = claim_rows.seat_of(account)
    return seat is not None and seat.org_id != scope().org_id


def with_a_part(account: ClientAccount, family: Family) -> list[uuid.UUID]:
    """The organizations that had a part in an account: in its family's decisions, its open dispute, or managing it."""
    dispute = disputes.find_open(account.id)
    asked = set(dispute_sides.parties(dispute)) if dispute else set()
    return sorted(asked | decisions.had_a_part(family) | concerned([account]))


def manager(account: ClientAccount) -> uuid.UUID | None:
    """Which organization manages an account now, or None."""
    seat = claim_rows.seat_of(account)
    return seat.org_id if seat else None


def suggest(*, brought: bool, is_free: bool, is_only_one: bool) -> tuple[str, str]:
    """The answer to a claim that the rules give staff, and why (docs/rules.md: silence is no consent)."""
    if not is_free:
        return "no", "Another partner manages this account, and the client has not said otherwise."
    if brought and is_only_one:
        return "yes", "They brought this client, nobody manages the account, and nobody else claims it."
    return "no", "The client has not agreed, and silence is no consent."


def concerned(accounts: Iterable[ClientAccount]) -> set[uuid.UUID]:
    """The organizations that manage one of these accounts, or wait for an answer."""
    known = list(accounts)
    asked = {org_id for account in known for org_id in _asks(account).values()}
    return asked | {seat.org_id for account in known if (seat := claim_rows.seat_of(account))}


def asks_of(org_id: uuid.UUID) -> list[uuid.UUID]:
    """The claims of an organization that wait for an answer."""
    return list(session().scalars(select(ManagedAsk.claim_id).where(ManagedAsk.org_id == org_id)))


def lock_all(account: ClientAccount) -> dict[uuid.UUID, uuid.UUID]:
    """Lock the account and the counts of all whom it concerns; the claims that wait, and whose they are.

    Raises Conflict when the account was merged into another one, where its claims are now.
    """
    lock([account])
    if account.merged_into:
        raise Conflict("The account was merged into another one meanwhile. Look at it again.", code="merged-meanwhile")
    totals.lock_all(concerned([account]))
    return _asks(account)


def _asks(account: ClientAccount) -> dict[uuid.UUID, uuid.UUID]:
    return {row.claim_id: row.org_id for row in claim_rows.asks_about(account)}


def vacate(account: ClientAccount, reason: str, *, actor: Actor = CLIENT, at: datetime | None = None) -> None:
    """Whoever manages the account manages it no longer; at: since when not, now unless it is given."""
    seat = claim_rows.seat_of(account)
    if seat:
        with acting(actor, seat.org_id):
            claim_states.end(claim_rows.fetch(seat.claim_id), reason, at=max(at, seat.since) if at else None)
