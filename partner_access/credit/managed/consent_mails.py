"""What a client is asked and told about who manages their account: the link in the mails, its page, the mails.

A link belongs to one claim and to the address it was mailed to. It works for as long as the claim is live: to answer
while it waits, to end it while it counts.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from partner_access import mail, signing
from partner_access.clock import now
from partner_access.credit.clients import client_accounts
from partner_access.credit.managed import claim_rows
from partner_access.credit.models import ClientAccount, ManagedAsk, ManagedClaim, ManagedSeat
from partner_access.db import SYSTEM, acting
from partner_access.errors import Expired
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import mergers, org_lock, organizations
from partner_access.web.urls import absolute

LINK_LIFE = timedelta(days=3650)


@dataclass(frozen=True)
class ConsentPartner:
    """An organization as the client sees it: its name, its claim, and the day that counts (answer by, or since)."""

    name: str
    claim_id: uuid.UUID
    date: datetime


@dataclass(frozen=True)
class ConsentRequest:
    """What the page of a link shows. waiting: whom the client can choose; manager: who manages the account today.

    is_paused: the programme has paused the partner, so that the client cannot answer until it is resumed.
    """

    account: ClientAccount
    claim: ManagedClaim
    partner: str
    waiting: list[ConsentPartner]
    manager: ConsentPartner | None
    is_paused: bool

    @property
    def state(self) -> str:
        """`pending`, `active`, `ended`, or `over` while the time to answer has passed and nobody wrote it down yet."""
        asks = any(partner.claim_id == self.claim.id for partner in self.waiting)
        return "over" if self.claim.state == "pending" and not asks else self.claim.state


def read(token: str) -> ConsentRequest:
    """What a link asks. Raises NotFound for a forged one, Expired for one mailed to an address that was replaced."""
    data = signing.unsign("confirm-managed", token, max_age=LINK_LIFE)
    org_lock.lock_shared()
    with acting(SYSTEM, mergers.survivor_id(uuid.UUID(data["org"]))):
        row = claim_rows.fetch(uuid.UUID(data["claim"]))
    account = client_accounts.fetch(row.client_account_id)
    if data["to"] != _fingerprint(account):
        raise Expired("The account has another e-mail address now. Use the newest mail there.", code="link-outdated")
    org = organizations.fetch(row.org_id)
    return ConsentRequest(account, row, org.name, _waiting(account), _manager(account), org.state == "paused")


def is_open(org_id: uuid.UUID, claim_id: uuid.UUID) -> bool:
    """Whether a claim waits for the client: they were asked, may answer still, and the organization is active."""
    with acting(SYSTEM, org_id):
        row = claim_rows.fetch(claim_id)
    is_asked = row.state == "pending" and row.asked_at is not None and row.answer_by > now()
    return is_asked and organizations.fetch(org_id).is_active


def _waiting(account: ClientAccount) -> list[ConsentPartner]:
    """Every organization whose claim the client can answer now, in the order in which they claimed."""
    return [_partner(ask) for ask in claim_rows.asks_about(account) if is_open(ask.org_id, ask.claim_id)]


def _partner(place: ManagedAsk | ManagedSeat) -> ConsentPartner:
    with acting(SYSTEM, place.org_id):
        date = place.since if isinstance(place, ManagedSeat) else claim_rows.fetch(place.claim_id).answer_by
    return ConsentPartner(organizations.fetch(place.org_id).name, place.claim_id, date)


def _manager(account: ClientAccount) -> ConsentPartner | None:
    seat = claim_rows.seat_of(account)
    return _partner(seat) if seat else None


def link(row: ManagedClaim, account: ClientAccount) -> str:
    """The address of the client's page for a claim."""
    data = {"org": str(row.org_id), "claim": str(row.id), "to": _fingerprint(account)}
    return absolute("confirm_managed.page", token=signing.sign("confirm-managed", data))


def _fingerprint(account: ClientAccount) -> str:
    return signing.fingerprint(account.email or "")[:16]


def address(row: ManagedClaim) -> str | None:
    """The client's address, where they were asked themselves; None where only staff could."""
    return client_accounts.fetch(row.client_account_id).email if row.asked_at else None


def ask(row: ManagedClaim, account: ClientAccount, *, not_before: datetime | None = None) -> None:
    """Ask the client whether the organization manages their account."""
    once = f"managed-ask:{row.id}:{account.id}"
    values = _mail_values(row, account)
    mail.queue("managed-ask", account.email or "", about=row.id, dedupe=once, not_before=not_before, **values)


def take_back(row: ManagedClaim) -> None:
    """Nobody waits for an answer any more: a question that is still held is not asked."""
    mail.take_back(f"managed-ask:{row.id}:{row.client_account_id}", unless_due=True)


def remind(row: ManagedClaim, account: ClientAccount) -> None:
    """Ask once more, if the organization may still be chosen; each reminder exists once."""
    if is_open(row.org_id, row.id):
        once = f"managed-reminder:{row.id}:{row.reminders}"
        mail.queue("managed-reminder", account.email or "", about=row.id, dedupe=once, **_mail_values(row, account))


def receipt(row: ManagedClaim, account: ClientAccount) -> None:
    """Tell the client that the organization manages their account now, and how to end it."""
    if account.email:
        mail.queue("managed-receipt", account.email, **_mail_values(row, account))


def over(row: ManagedClaim) -> None:
    """Tell the client that the organization does not manage their account, when they have not said so themselves."""
    account = client_accounts.fetch(row.client_account_id)
    if account.email:
        mail.queue("managed-over", account.email, **_mail_values(row, account))


def _mail_values(row: ManagedClaim, account: ClientAccount) -> dict[str, Any]:
    return {
        "partner": organizations.fetch(row.org_id).name,
        "company": account.public_name,
        "site": display_site(client_accounts.present_site(account)),
        "until": row.answer_by,
        "since": row.active_from,
        "answer": row.answer,
        "is_closed": row.end_reason == "org-closed",
        "answer_url": link(row, account),
    }
