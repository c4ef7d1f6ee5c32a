"""Which mails did not arrive: refused by the mail server, or come back later, as a message to their envelope sender.

MAIL_BOUNCES names that sender: `bounces+{token}@host`. The token is the mail's id and a check of it, so that nobody can
make a mail look undelivered; whatever else is in the message that came back is only its reason.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Collection, Mapping
from email.message import EmailMessage
from email.utils import parseaddr

from flask import current_app
from sqlalchemy import select, update

from partner_access import audit
from partner_access.db import changed, session
from partner_access.mail.models import OutboxMail

TOKEN = re.compile(r"([0-9a-f]{32})([0-9a-f]{16})")
ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
"""Where a mail server says whom a message was for. Only the envelope sender has the token."""
REFUSED = re.compile(r"\b(?:5\d\d[ -]|5\.\d{1,3}\.\d{1,3}\b)[^\n]*")


def addresses(about: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Of these rows, those whose newest mail did not arrive, each with the address that it was for."""
    mail = OutboxMail
    statement = select(mail.about_id, mail.to, mail.state).where(mail.about_id.in_(about)).order_by(mail.id)
    newest = {row.about_id: row for row in session().execute(statement)} if about else {}
    return {row_id: row.to for row_id, row in newest.items() if row.state == "failed"}


def address(about: uuid.UUID) -> str:
    """The address that the newest mail about a row could not be delivered to, or ''."""
    return addresses([about]).get(about, "")


def envelope_sender(mail_id: uuid.UUID) -> str:
    """The address that bounces of a mail go to: MAIL_BOUNCES with its token, else the sender that people read."""
    pattern = current_app.config["MAIL_BOUNCES"]
    if not pattern:
        return parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1]
    return str(pattern).replace("{token}", mail_id.hex + _check(mail_id, current_app.config["SECRET_KEY"]))


def take_bounce(message: EmailMessage, recipient: str = "") -> str:
    """Mark the mail that came back as failed, if this message says that it did; what was done, in a sentence.

    recipient: whom the message was for, where the mail server says so beside it. Twice is no mistake.
    """
    mail_id = _named(" ".join([recipient, *(str(value) for name in ADDRESSED for value in message.get_all(name, []))]))
    if mail_id is None:
        return "This is no answer to a mail of the portal. Nothing was done."
    reason = reason_of(message)
    if not reason:
        return "This does not say that a mail could not be delivered. Nothing was done."
    mine = OutboxMail.id == mail_id, OutboxMail.state == "sent"
    came_back = update(OutboxMail).where(*mine).values(state="failed", last_error=f"It came back: {reason}"[:500])
    if not changed(came_back.execution_options(synchronize_session=False)):
        return "This mail is known to have failed, or is not known any more. Nothing was done."
    audit.record("mail.bounced", subject=mail_id, reason="came-back")
    return "The mail is marked as not delivered."


def reason_of(message: EmailMessage) -> str:
    """Why a mail came back for good, by RFC 3464 or in the words of a server that knows none; '' for all else.

    What only says that it is late, was delivered or is read by somebody on holiday is no bounce.
    """
    if message.get_content_type() == "multipart/report":
        return next((reason for part in message.walk() if (reason := _of_status(part))), "")
    is_server = parseaddr(str(message.get("From", "")))[1].lower().startswith(("mailer-daemon@", "postmaster@"))
    body = message.get_body(("plain",)) if is_server else None
    found = REFUSED.search(body.get_content()) if body else None
    return found[0].strip() if found else ""


def _of_status(part: EmailMessage) -> str:
    """What one block of a delivery status says of a recipient whose delivery has failed."""
    action = str(part.get("Action", "")).strip().lower()
    told = part.get("Diagnostic-Code") or part.get("Status") or "no reason was given"
    return " ".join(str(told).split()) if action == "failed" else ""


def _named(text: str) -> uuid.UUID | None:
    """The mail whose token is in a text, where its check is right, under the present key or one being rotated out."""
    keys = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    for token, check in TOKEN.findall(text.lower()):
        mail_id = uuid.UUID(token)
        if any(hmac.compare_digest(check, _check(mail_id, key)) for key in keys):
            return mail_id
    return None


def _check(mail_id: uuid.UUID, key: str) -> str:
    # 64 bits are enough: a guess costs a mail, and what it wins is a note on a page.
    return hmac.new(key.encode(), f"bounce:{mail_id}".encode(), hashlib.sha256).hexdigest()[:16]
