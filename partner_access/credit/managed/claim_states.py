"""Claims of managed accounts, row by row, for the bound organization: made, reminded of, active, ended, moved.

What may be done with a claim, under which locks, and what it does to other organizations' claims is in `claims.py`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from partner_access import audit, events, mail
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.ledger import entries
from partner_access.credit.managed import consent_mails
from partner_access.credit.models import Client, ClientAccount, CreditEntry, ManagedAsk, ManagedClaim, ManagedSeat
from partner_access.credit.reasons import REASONS
from partner_access.db import fresh, new_id, session
from partner_access.errors import Conflict
from partner_access.organizations.directory import organizations
from partner_access.organizations.team import display_names, recipients
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute

KIND = "managed-claim"
ANSWER_WITHIN = timedelta(days=14)
REMIND_AFTER = (timedelta(days=3), timedelta(days=7))
AGAIN_AFTER = timedelta(days=30)
MOST_CLAIMS = 3
"""So many claims of one account are taken in AGAIN_AFTER, for each of them mails the client."""
AT_ONCE_AGAIN = {
    "managed-withdrawn", "managed-ended", "managed-not-granted", "staff-chose-another", "merged", "org-closed",
    "org-merged", "managed-cancelled", "vendor-named-another",
}  # fmt: skip
"""Ends of a claim after which it may be made again at once. After the others the client has said no, or nothing."""
CONFIRMED = {"client": "managed-confirmed", "staff": "managed-ruled", "vendor": "managed-named"}
"""Who confirmed a claim -> the reason that it counts."""
BY_ITSELF = {"managed-withdrawn", "managed-ended", "org-closed", "org-merged"}
"""Ends of which nobody of the organization is told: they did it themselves, or are told of all at once."""
NOT_THE_CLIENTS = {"managed-ended", "org-closed"}
"""Ends of an active claim that the client is told of, for it was not their doing."""


@dataclass(frozen=True)
class ClaimedClient:
    """All that an organization knows of an account that it claims: what to call it, and its site or ""."""

    company: str
    site: str


def of_account(account_id: uuid.UUID) -> ManagedClaim | None:
    """The live claim of an account, as it is now, or None."""
    live = ManagedClaim.client_account_id == account_id, ManagedClaim.ended_at.is_(None)
    return fresh(select(ManagedClaim).where(*live)).first()


def newest(client: Client) -> ManagedClaim | None:
    """The live claim of a client's account, else the last one, or None."""
    mine = select(ManagedClaim).where(ManagedClaim.client_id == client.id)
    live_first = ManagedClaim.ended_at.is_not(None), ManagedClaim.claimed_at.desc(), ManagedClaim.id.desc()
    return session().scalar(mine.order_by(*live_first).limit(1))


def again_from(account: ClientAccount) -> datetime | None:
    """When an account may be claimed again, or None when it may at once."""
    lately = ManagedClaim.client_account_id == account.id, ManagedClaim.ended_at > now() - AGAIN_AFTER
    rows = session().scalars(select(ManagedClaim).where(*lately).order_by(ManagedClaim.ended_at.desc())).all()
    ends = [row.ended_at for row in rows if row.end_reason not in AT_ONCE_AGAIN]
    ends = ends or [row.ended_at for row in rows[MOST_CLAIMS - 1 :]]
    return ends[0] + AGAIN_AFTER if ends and ends[0] else None


def make(
    account: ClientAccount,
    person: User,
    typed: ClaimedClient,
    *,
    sent_at: datetime | None = None,
    not_before: datetime | None = None,
) -> ManagedClaim:
    """A new claim, of which the client is mailed, or staff are asked; not_before: the mail is not sent before.

    sent_at: when it was claimed, if not now. The client has as long to answer in any case.
    """
    client = clients.of_account(account.id) or _open_view(account, typed)
    asks = can_ask(account, client.org_id)
    row = insert(client, account, person, now() if asks else None, sent_at or now())
    insert_once(ManagedAsk(client_account_id=account.id, org_id=row.org_id, claim_id=row.id))
    reason = "managed-asked" if asks else "managed-staff"
    _mark(client, "pending", row.answer_by, reason)
    audit.record("managed_claim.made", subject=client.id, reason=reason)
    if asks:
        _schedule(row)
        consent_mails.ask(row, account, not_before=not_before)
    return row


def insert(
    client: Client, account: ClientAccount, person: User | None, asked_at: datetime | None, claimed_at: datetime
) -> ManagedClaim:
    """A row for a claim that is pending. person: who claims, None where the vendor's product says so."""
    row = ManagedClaim(
        id=new_id(),
        client_id=client.id,
        client_account_id=account.id,
        claimed_by=person.id if person else None,
        claimed_at=claimed_at,
        asked_at=asked_at,
        answer_by=now() + ANSWER_WITHIN,
        beginner=person,
        reminders=0,
        state="pending",
    )
    session().add(row)
    session().flush()
    return row


def _open_view(account: ClientAccount, typed: ClaimedClient) -> Client:
    """What the organization sees of an account until the client confirms: nothing but what it typed."""
    client = clients.open_view(account, "unconfirmed", company=typed.company)
    client.site, client.signed_up_at, client.is_day = typed.site, now(), False
    return client


def can_ask(account: ClientAccount, org_id: uuid.UUID) -> bool:
    """Whether the answer to a mail would be the client's own, and not the organization's.

    Not when the address is at the organization's domain, or nobody has accepted the account that was created for them.
    """
    if not account.email or not account.is_handed_over:
        return False
    return not organizations.has_address(org_id, account.email)


def activate(
    row: ManagedClaim, account: ClientAccount, *, by: str, answer: str | None = None, at: datetime | None = None
) -> None:
    """A pending claim becomes the one that counts. Raises Conflict when somebody has the seat.

    by: `client`, `staff`, whose words `answer` are, or `vendor`; at: since when it is so, now unless it is given.
    """
    since = at or now()
    seat = ManagedSeat(client_account_id=account.id, org_id=row.org_id, claim_id=row.id, since=since)
    if not insert_once(seat):
        raise Conflict("Another partner manages this account.", code="seat-taken")
    _forget(row)
    row.state, row.confirmed_by, row.active_from, row.answer = "active", by, since, answer
    client, reason = clients.fetch(row.client_id), CONFIRMED[by]
    clients.reveal(client, account)
    _mark(client, "active", row.active_from, reason)
    entries.post(client, "managed", managed=1, basis="managed", reason=reason, effective_at=at)
    audit.record("managed_claim.confirmed", subject=client.id, reason=reason)
    events.tell("managed.confirmed", client.org_id, **clients.told(client, account), reason=reason)
    consent_mails.receipt(row, account)
    for email, values in _letters(row, client):
        mail.queue("managed-confirmed", email, **values)


def end(row: ManagedClaim, reason: str, *, at: datetime | None = None, answer: str | None = None) -> None:
    """A live claim ends, for a reason code of REASONS; who waits for it is mailed. answer: the words of staff."""
    client, was_active = clients.fetch(row.client_id), row.state == "active"
    if was_active:
        session().execute(delete(ManagedSeat).where(ManagedSeat.claim_id == row.id))
        seq = line(client).seq
        entries.post(client, "managed-ended", managed=-1, basis="managed", reason=reason, effective_at=at, reverses=seq)
        account = client_accounts.fetch(row.client_account_id)
        events.tell("managed.ended", client.org_id, **clients.told(client, account), reason=reason)
    _forget(row)
    row.state, row.ended_at, row.end_reason, row.answer = "ended", at or now(), reason, answer or row.answer
    _mark(client, "ended", row.ended_at, reason)
    audit.record("managed_claim.ended", subject=client.id, reason=reason)
    if reason == "managed-not-granted" or (reason in NOT_THE_CLIENTS and was_active):
        consent_mails.over(row)
    for email, values in [] if reason in BY_ITSELF else _letters(row, client):
        if was_active:
            mail.queue("managed-ended", email, **values)
        else:
            mail.queue("managed-not-confirmed", email, **values)


def move(row: ManagedClaim, account: ClientAccount) -> None:
    """A live claim goes on with the account that its own was merged into; an owner at another address is mailed."""
    old, before = clients.fetch(row.client_id), consent_mails.address(row)
    new = clients.of_account(account.id) or _open_view(account, ClaimedClient(old.company, old.site))
    row.client_id, row.client_account_id = new.id, account.id
    for place in (ManagedAsk, ManagedSeat):
        session().execute(update(place).where(place.claim_id == row.id).values(client_account_id=account.id))
    _mark(new, row.state, old.managed_at or now(), old.managed_reason or "managed-moved")
    _mark(old, "ended", now(), "merged")
    audit.record("managed_claim.ended", subject=old.id, reason="merged")
    audit.record("managed_claim.moved", subject=new.id, reason="merged")
    if row.state == "pending":
        _ask_anew(row, account, new, before)
        return
    clients.reveal(new, account)
    entries.post(old, "managed-ended", managed=-1, basis="managed", reason="merged", reverses=line(old).seq)
    entries.post(new, "managed", managed=1, basis="managed", reason="managed-moved")
    if account.email != before:
        consent_mails.receipt(row, account)


def _ask_anew(row: ManagedClaim, account: ClientAccount, client: Client, before: str | None) -> None:
    """A waiting claim has come to an account whose owner may be somebody else, or nobody who can be asked."""
    if can_ask(account, row.org_id):
        row.asked_at, client.managed_reason = row.asked_at or now(), "managed-asked"
        _schedule(row)
        if account.email != before:
            consent_mails.ask(row, account)
    else:
        row.asked_at, client.managed_reason = None, "managed-staff"
        deadlines.clear(row.id)


def remind(row: ManagedClaim, account: ClientAccount) -> None:
    """Remind the client of what they have not answered, once for each threshold; what was late is one reminder."""
    number = sum(row.claimed_at + after <= now() for after in REMIND_AFTER)
    if number > row.reminders:
        row.reminders = number
        audit.record("managed_claim.reminded", subject=row.client_id, number=number)
        consent_mails.remind(row, account)
    _schedule(row)


def wait_until(row: ManagedClaim, answer_by: datetime) -> None:
    """The client has longer to answer."""
    row.answer_by = clients.fetch(row.client_id).managed_at = answer_by
    audit.record("managed_claim.prolonged", subject=row.client_id, reason="org-paused")


def _schedule(row: ManagedClaim) -> None:
    """When the worker has something to do next: a reminder, or the end of waiting."""
    ahead = [row.claimed_at + after for after in REMIND_AFTER if row.claimed_at + after > now()]
    deadlines.schedule(row.id, deadlines.CLAIM, min([*ahead, row.answer_by]))


def _forget(row: ManagedClaim) -> None:
    """Nobody waits for an answer any more."""
    deadlines.clear(row.id)
    consent_mails.take_back(row)
    session().execute(delete(ManagedAsk).where(ManagedAsk.claim_id == row.id))


def _mark(client: Client, state: str, at: datetime, reason: str) -> None:
    client.managed, client.managed_at, client.managed_reason = state, at, reason


def line(client: Client) -> CreditEntry:
    """The line of the ledger by which the client is counted as managed."""
    return next(entry for entry in reversed(entries.of_client(client)) if entry.kind == "managed")


@dataclass(frozen=True)
class ClaimCard:
    """What a client's page says of its last claim. taken_over: who is in charge instead of who claimed, or ''."""

    claim: ManagedClaim
    claimer: str
    taken_over: str
    short: str
    sentence: str
    next_step: str


def card(client: Client) -> ClaimCard | None:
    """Where the managed credit of a client stands, and who claimed it; None when nobody has."""
    row = newest(client)
    if row is None:
        return None
    names = display_names.of({person for person in (row.claimed_by, row.taken_over_by) if person})
    claimer = names[row.claimed_by] if row.claimed_by else row.begun_by
    return ClaimCard(row, claimer, names[row.taken_over_by] if row.taken_over_by else "", *state_words(client))


def state_words(client: Client) -> tuple[str, str, str]:
    """What stands of a client's managed credit: the short word, the sentence, and the next step."""
    reason = REASONS[client.managed_reason or ""]
    return reason.short, reason.sentence.format(date=day(client.managed_at)), reason.next_step


def _letters(row: ManagedClaim, client: Client) -> list[tuple[str, dict[str, Any]]]:
    """To whom in the organization to write about a claim, and what: who is in charge, or whom the team has chosen."""
    short, sentence, next_step = state_words(client)
    url = absolute("credit.client", slug=organizations.fetch(row.org_id).slug, client_id=client.id)
    values = {
        "company": client.company,
        "why": f"{short} {sentence}",
        "next_step": next_step,
        "client_url": url,
        "answer": row.answer,
    }
    return [(person.email, values) for person in recipients.for_client(row.in_charge)]
