"""Addresses that asked never to be mailed: who has no login has no settings, but a link at the end of such mails."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from partner_access import audit, signing
from partner_access.clock import now
from partner_access.db import changed, session
from partner_access.keys.addresses import address
from partner_access.keys.mistakes import Refused
from partner_access.mail.models import MailRefusal
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute

UNASKED = {
    "account-request", "no-login", "email-change", "invitation", "invitation-proof", "sign-up", "sign-up-reminder",
    "transfer", "transfer-reminder", "managed-ask", "managed-reminder",
}  # fmt: skip
"""Mails that others can cause to somebody who may have no login."""
LINK_LIFE = timedelta(days=3650)
REASON = "Whoever reads this address asked never to be mailed."


def link(to: str) -> str:
    """The address at which whoever reads a mailbox stops the mails to it; it is in the mails to it alone."""
    return absolute("public.no_more_mail", token=signing.sign("no-more-mail", {"to": address(to).key}))


def read(token: str) -> str:
    """The address that a link is about, as keys are written. Raises NotFound for a forged one."""
    return str(signing.unsign("no-more-mail", token, max_age=LINK_LIFE)["to"])


def holds(name: str, to: str) -> bool:
    """Whether a mail of this name is not sent to an address, because its reader said so.

    It is looked up for every mail, so that a known and an unknown address are the same work.
    """
    try:
        return is_refused(address(to).key) and name in UNASKED
    except Refused:
        return False


def is_refused(email_key: str) -> bool:
    """Whether the reader of an address asked never to be mailed."""
    return session().scalar(select(MailRefusal.email_key).where(MailRefusal.email_key == email_key)) is not None


def refuse(email_key: str) -> None:
    """Mail this address no more. Twice is no mistake."""
    if insert_once(MailRefusal(email_key=email_key, refused_at=now())):
        audit.record("mail.refused", reason="reader-asked")


def allow(email_key: str) -> None:
    """Mail this address again: its reader asked for it, or has a login now. Twice is no mistake."""
    if changed(delete(MailRefusal).where(MailRefusal.email_key == email_key)):
        audit.record("mail.allowed", reason="reader-asked")
