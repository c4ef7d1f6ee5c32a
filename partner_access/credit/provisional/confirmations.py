"""What ends a provisional sign-up: its mailbox is proved or says no, staff confirm it, or its time is over."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from partner_access import audit, mail, signing
from partner_access.accounts import mailbox_codes
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.attribution import namings, signups
from partner_access.credit.clients import client_accounts, mail_limits
from partner_access.credit.models import ClientAccount, ProvisionalSignUp
from partner_access.credit.provisional import requests
from partner_access.credit.touchpoints import site_holds
from partner_access.db import found, fresh, session
from partner_access.errors import Conflict, TooMany
from partner_access.transactions import lock

KEPT = timedelta(days=3650)
"""How long a link can be read. Whether it works is the row's to say, so that an old one can say when it stopped."""
CODE_LIFE = timedelta(hours=1)
CONFIRMED = "sign-up-confirm"
"""The kind of staff's decision that the vendor knows an account that came from the portal's own form."""


def open_link(token: str) -> ProvisionalSignUp:
    """The sign-up that a mailed link is about, whatever became of it. Raises NotFound for a forged link."""
    data = signing.unsign("confirm-sign-up", token, max_age=KEPT)
    mine = ProvisionalSignUp.id == uuid.UUID(data["id"])
    return found(session().scalar(select(ProvisionalSignUp).where(mine)))


def confirm(row: ProvisionalSignUp, *, door: str) -> None:
    """The mailbox is proved: the sign-up is recorded and decided. Nothing happens when it has ended, or twice.

    The same person's second form for the site is the same sign-up as the first. door: `same-browser`, `elsewhere` or
    `code`.
    """
    row = _locked(row)
    if requests.state(row) != "waiting":
        return
    account = _same_person(row)
    if account is None:
        signup = replace(signups.of_form(row), proved_at=now())
        account = signups.record(signup, namings.ties(row)).account
    _end(row, "confirmed", account)
    audit.record("sign_up.confirmed", subject=row.id, site=row.site, reason=door)


def _locked(row: ProvisionalSignUp) -> ProvisionalSignUp:
    """The row as it is now; nobody else ends it, or names its account, until the transaction does."""
    lock(f"sign-up:{row.external_id}")
    site_holds.lock_sites([row.site])
    return fresh(select(ProvisionalSignUp).where(ProvisionalSignUp.id == row.id)).one()


def _same_person(row: ProvisionalSignUp) -> ClientAccount | None:
    """The account that the same address has confirmed for the site before, or None."""
    same = ProvisionalSignUp.site == row.site, ProvisionalSignUp.email_key == row.email_key
    statement = select(ProvisionalSignUp.account_id).where(*same, ProvisionalSignUp.account_id.is_not(None))
    account_id = session().scalar(statement.order_by(ProvisionalSignUp.ended_at, ProvisionalSignUp.id).limit(1))
    return client_accounts.fetch(account_id) if account_id else None


def try_code(row: ProvisionalSignUp, code: str) -> str:
    """Count a try and compare: `right`, `wrong`, `expired` or `spent`; the right one confirms."""
    if requests.state(row) != "waiting" or row.asked_at + CODE_LIFE <= now():
        return "expired"
    outcome = mailbox_codes.try_code(row, code, counted_as=f"sign-up-code:{row.email_key}")
    if outcome == "right":
        confirm(row, door="code")
    return outcome


def refuse(row: ProvisionalSignUp) -> None:
    """ "Not me": the sign-up ends, and so do mails of this kind to the address. Idempotent."""
    row = _locked(row)
    if requests.state(row) == "waiting":
        _end(row, "refused")
        audit.record("sign_up.refused", subject=row.id, site=row.site, reason="not-me")


def confirm_by_staff(external_id: str, reason: str) -> ClientAccount:
    """Staff say that the vendor knows this account: as if it had been named. Twice changes nothing.

    Raises NotFound for an id that is none, Invalid for no reason, Conflict for a sign-up that was refused or lapsed.
    """
    reason = audit.checked(reason)
    row = requests.find_by_id(external_id)
    row = _locked(row) if row else None  # the client may be confirming it at this moment
    account = client_accounts.find(external_id)
    if account is None:
        account = _name(found(row))
    elif account.named_at:
        return account
    else:
        site_holds.lock_sites([account.site])
        signups.confirm(account)
    audit.staff_decided(CONFIRMED, account.id, account.external_id, reason)
    return account


def _name(row: ProvisionalSignUp) -> ClientAccount:
    """The account of a form that still waits for its mailbox."""
    if requests.state(row) != "waiting":
        raise Conflict("This sign-up has ended. The client can sign up again.", code=f"sign-up-{requests.state(row)}")
    signup = replace(signups.of_form(row), proved_at=now(), named_at=now())
    account = signups.record(signup, namings.ties(row)).account
    _end(row, "named", account)
    return account


def _end(row: ProvisionalSignUp, reason: str, account: ClientAccount | None = None) -> None:
    namings.end(row, reason, account)
    deadlines.clear(row.id)
    mail.take_back(f"sign-up:{row.id}", unless_due=True)


def follow_up(sign_up_id: uuid.UUID, _org_id: uuid.UUID | None) -> None:
    """Remind the client once, and end what nobody confirmed in time. Run by the worker."""
    row = found(fresh(select(ProvisionalSignUp).where(ProvisionalSignUp.id == sign_up_id)).first())
    if row.end_reason:
        return
    row = _locked(row)
    if requests.state(row) == "lapsed":
        namings.end(row, "lapsed")
        audit.record("sign_up.lapsed", subject=row.id, site=row.site, reason="unanswered")
    elif row.end_reason is None:
        _remind(row)


def _remind(row: ProvisionalSignUp) -> None:
    deadlines.schedule(row.id, deadlines.SIGN_UP, row.expires_at)
    if requests.is_quiet(row.email_key):
        return
    try:
        mail_limits.check_sign_up(row.email)
    except TooMany:
        return  # strangers have filled this mailbox for today: the first mail has to do
    once = f"sign-up-reminder:{row.id}"
    mail.queue("sign-up-reminder", row.email, about=row.id, dedupe=once, **requests.mail_values(row))
    audit.record("sign_up.reminded", subject=row.id, site=row.site)
