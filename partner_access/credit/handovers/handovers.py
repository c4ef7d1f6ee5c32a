"""On the client's behalf: an account that a teammate creates in the portal, until the client accepts it as theirs.

The link in the client's mail carries how many were sent before it: only the newest works (docs/rules.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from partner_access import audit, mail, signing
from partner_access.clock import day, now
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts, clients, mail_limits
from partner_access.credit.models import Client, Handover
from partner_access.credit.rules import versions
from partner_access.db import SYSTEM, acting, found, fresh, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys.addresses import address
from partner_access.keys.sites import display_site
from partner_access.mail import undelivered
from partner_access.organizations.directory import organizations
from partner_access.organizations.team import display_names, recipients
from partner_access.web.urls import absolute

LIFE = timedelta(days=14)
REMIND_AFTER = (timedelta(days=3), timedelta(days=7))
SEND_AGAIN_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=365)


@dataclass(frozen=True)
class HandoverChecklist:
    """How far a hand-over is. taken_over: who is in charge instead of who created it, or ''.

    state: of the newest link; reminders: when the client is reminded; undelivered: the address that the newest mail
    could not be delivered to, or ''.
    """

    row: Handover
    creator: str
    taken_over: str
    state: str
    can_send: bool
    reminders: tuple[datetime, ...]
    undelivered: str


def fetch(hand_over_id: uuid.UUID) -> Handover:
    """One hand-over of the bound organization. Raises NotFound."""
    return found(session().scalar(select(Handover).where(Handover.id == hand_over_id)))


def checklist(client: Client) -> HandoverChecklist | None:
    """How far the hand-over of a client is; None for an account that the team did not create."""
    row = session().scalar(select(Handover).where(Handover.client_id == client.id))
    if row is None:
        return None
    names = display_names.of({row.created_by, row.taken_over_by or row.created_by})
    moments = tuple(row.sent_at + wait for wait in REMIND_AFTER)
    taken_over = names[row.taken_over_by] if row.taken_over_by else ""
    can_send = now() >= row.sent_at + SEND_AGAIN_AFTER and not is_lapsed(row)
    missed = undelivered.address(row.id)
    return HandoverChecklist(row, names[row.created_by], taken_over, state(row, row.mailed), can_send, moments, missed)


def undelivered_to(client_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Those of these clients whose newest mail about the hand-over did not arrive, with its address."""
    if not client_ids:
        return {}
    rows = session().execute(select(Handover.client_id, Handover.id).where(Handover.client_id.in_(client_ids))).all()
    found_rows = undelivered.addresses([row.id for row in rows])
    return {row.client_id: found_rows[row.id] for row in rows if row.id in found_rows}


def state(row: Handover, number: int) -> str:
    """What a link does: `open`, or why it does not: `replaced`, `accepted`, `cancelled`, `refused` or `expired`."""
    if number != row.mailed:
        return "replaced"
    if row.accepted_at:
        return "accepted"
    return row.stop_reason or ("open" if now() < row.due_at else "expired")


def resend(hand_over_id: uuid.UUID) -> Handover:
    """Mail the client once more; 14 new days begin. Raises Conflict when it was sent a moment ago, or is accepted.

    Raises TooMany for one mail too many.
    """
    row = _lock_open(hand_over_id)
    if now() < row.sent_at + SEND_AGAIN_AFTER:
        again = row.sent_at + SEND_AGAIN_AFTER
        raise Conflict(f"It was sent a moment ago. You can send it again from {again:%H:%M} UTC.", code="sent-just-now")
    send(row, clients.fetch(row.client_id), mail_limits.check("hand-over", row.email))
    return row


def change_address(hand_over_id: uuid.UUID, email: str) -> Handover:
    """Mail it to another address; links that were sent before work no more.

    Raises Invalid for an address that cannot be used or has the mail already, TooMany for one that got too many,
    Conflict when the client has accepted.
    """
    to = address(email, field="contact_email").email
    row = _lock_open(hand_over_id)
    if to == row.email and state(row, row.mailed) == "open":
        raise Invalid(
            "The mail went to this address already. Enter the other one.", code="same-address", field="contact_email"
        )
    not_before = mail_limits.check("hand-over", to)
    row.email = to
    audit.record("hand_over.address_changed", subject=row.client_id)
    send(row, clients.fetch(row.client_id), not_before)
    return row


def cancel(hand_over_id: uuid.UUID) -> Handover:
    """The link that was sent works no more; the account stays. Idempotent. Raises Conflict when accepted."""
    row = _lock_open(hand_over_id)
    if row.stopped_at is None:
        stop(row, "cancelled")
        audit.record("hand_over.cancelled", subject=row.client_id)
    return row


def lock(hand_over_id: uuid.UUID) -> Handover:
    """The row as it is now, and nobody else's to change until the transaction ends. Raises NotFound."""
    statement = select(Handover).where(Handover.id == hand_over_id).with_for_update(of=Handover)
    return found(fresh(statement).first())


def _lock_open(hand_over_id: uuid.UUID) -> Handover:
    row = lock(hand_over_id)
    if row.accepted_at:
        raise Conflict("The client has accepted the account, so it is theirs now.", code="accepted")
    if is_lapsed(row):
        raise Conflict(
            f"The client had not accepted the account by {day(row.due_at)}, so its website is free again. "
            "Create the account once more.",
            code="lapsed",
        )
    return row


def is_lapsed(row: Handover) -> bool:
    """Whether the time to accept it is over for good, because the rules free the website of such an account."""
    frees = versions.at(row.due_at).trial_days or versions.present().trial_days
    return row.accepted_at is None and row.due_at <= now() and frees is not None


def send(row: Handover, client: Client, not_before: datetime | None) -> None:
    """Mail the client a new link, which works for LIFE; all older ones stop."""
    if row.mailed:
        mail.take_back(_once(row), unless_due=True)
    row.mailed, row.reminders = row.mailed + 1, 0
    row.sent_at, row.due_at, client.hand_over_by = now(), now() + LIFE, now() + LIFE
    client_accounts.fetch(row.client_account_id).accept_by = row.due_at
    row.stopped_at = row.stop_reason = None
    session().flush()
    deadlines.schedule(row.id, deadlines.HANDOVER, row.sent_at + REMIND_AFTER[0])
    mail.queue(
        "transfer",
        row.email,
        about=row.id,
        dedupe=_once(row),
        not_before=not_before,
        who=row.begun_by,
        until=row.due_at,
        **mail_values(row, client),
    )
    audit.record("hand_over.sent", subject=client.id)


def _once(row: Handover) -> str:
    return f"transfer:{row.id}:{row.mailed}"


def stop(row: Handover, reason: str) -> None:
    """The client is mailed no more; the team still is when the time is over."""
    mail.take_back(_once(row), unless_due=True)
    row.stopped_at, row.stop_reason, row.reminders = now(), reason, len(REMIND_AFTER)
    deadlines.clear(row.id)
    if now() < row.due_at:
        deadlines.schedule(row.id, deadlines.HANDOVER, row.due_at)


def leave_to_client(row: Handover, client: Client) -> None:
    """The organization is closed and can mail the client no more: the newest link works for KEPT, and they are told.

    A link that was stopped, or an account that was accepted, stays as it is.
    """
    if row.accepted_at or row.stopped_at or is_lapsed(row):
        return
    row.due_at = client.hand_over_by = now() + KEPT
    client_accounts.fetch(row.client_account_id).accept_by = row.due_at
    deadlines.clear(row.id)
    mail.queue(
        "transfer-kept", row.email, dedupe=f"transfer-kept:{row.id}", until=row.due_at, **mail_values(row, client)
    )


def mail_values(row: Handover, client: Client) -> dict[str, Any]:
    """What every mail about it says: the names, the client's own link, and the team's page."""
    org = organizations.fetch(row.org_id)
    data = {"org": str(row.org_id), "id": str(row.id), "n": row.mailed}
    return {
        "org_name": org.name,
        "company": client.company,
        "site": display_site(client.site),
        "transfer_url": absolute("transfer.show", token=signing.sign("transfer", data)),
        "client_url": absolute("credit.client", slug=org.slug, client_id=client.id),
    }


def follow_up(handover_id: uuid.UUID, org_id: uuid.UUID | None) -> None:
    """A hand-over's deadline has come: remind the client, or tell the team that time is over. Run by the worker."""
    with acting(SYSTEM, org_id):
        _remind(lock(handover_id))


def _remind(row: Handover) -> None:
    """Remind the client on day 3 and 7 and tell the team when the time is over; each once, whoever else is at it."""
    passed = sum(row.sent_at + wait <= now() for wait in REMIND_AFTER)
    client = clients.fetch(row.client_id)
    if row.accepted_at:
        deadlines.clear(row.id)
    elif row.due_at <= now():
        deadlines.clear(row.id)
        for person in recipients.for_client(row.in_charge):
            dedupe = f"hand-over-due:{row.id}:{row.mailed}:{person.id}"
            mail.queue("hand-over-due", person.email, dedupe=dedupe, due=row.due_at, **mail_values(row, client))
    elif passed > row.reminders:
        row.reminders = passed
        dedupe = f"transfer-reminder:{row.id}:{row.mailed}:{passed}"
        mail.queue(
            "transfer-reminder", row.email, about=row.id, dedupe=dedupe, until=row.due_at, **mail_values(row, client)
        )
        following = row.sent_at + REMIND_AFTER[passed] if passed < len(REMIND_AFTER) else row.due_at
        deadlines.schedule(row.id, deadlines.HANDOVER, following)
