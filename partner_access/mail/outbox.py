"""Queues mails and delivers them at least once: claim, send with no transaction open, then close."""

from __future__ import annotations

import smtplib
import uuid
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from flask import current_app
from flask_mail import Message
from sqlalchemy import delete, select, update

from partner_access import audit
from partner_access.clock import now
from partner_access.db import changed, found, fresh, session
from partner_access.errors import Conflict
from partner_access.extensions import mail
from partner_access.mail.models import OutboxMail
from partner_access.transactions import insert_once

LEASE = timedelta(minutes=5)
RETRIES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 20, 40, 80, 160, 320, 640))
"""The waits after the first, second … failed try; after the last one the mail has failed."""


def queue(
    name: str, to: str, /, *, dedupe: str | None = None, not_before: datetime | None = None, **values: Any
) -> None:
    """Queue the mail `templates/mail/<name>/` to one address, in the present transaction.

    dedupe: a text that lets the mail exist only once, for mails that a threshold or a schedule causes.
    not_before: it is not sent before, so that whoever caused it can take it back (take_back).
    """
    values |= {
        "programme": current_app.config["PROGRAMME_NAME"],
        "base_url": current_app.config["BASE_URL"],
        "support": parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1],
    }
    templates = current_app.jinja_env  # not render_template: a mail has nothing of the page around it
    subject, text, html = (
        templates.get_template(f"mail/{name}/{part}").render(values)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    bound = session().scope
    row = OutboxMail(
        name=name,
        to=to,
        org_id=bound.org_id if bound else None,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        dedupe=dedupe,
        due_at=not_before or now(),
    )
    if dedupe:
        insert_once(row)
    else:
        session().add(row)


def take_back(dedupe: str, *, unless_due: bool = False) -> None:
    """Drop a mail that nobody has tried to send yet; unless_due: only while it waits for its `not_before`."""
    untried = [OutboxMail.dedupe == dedupe, OutboxMail.state == "queued", OutboxMail.attempts == 0]
    if unless_due:
        untried.append(OutboxMail.due_at > now())
    session().execute(delete(OutboxMail).where(*untried))


def resend(mail_id: uuid.UUID) -> None:
    """Queue a failed mail once more for staff, as new and under its old Message-ID; one that waits is left alone.

    Raises NotFound, and Conflict for one that was sent or whose text is not kept any more.
    """
    mine = OutboxMail.id == mail_id
    failed = mine, OutboxMail.state == "failed", OutboxMail.text != ""
    values = {"state": "queued", "due_at": now(), "attempts": 0}
    again = update(OutboxMail).where(*failed).values(**values).execution_options(synchronize_session=False)
    if changed(again):
        audit.record("mail.resent", subject=mail_id, reason="staff")
        return
    row = found(fresh(select(OutboxMail).where(mine)).first())
    if row.state == "sent":
        raise Conflict("This mail has not failed: it was sent. Nothing was done.", code="not-failed")
    if row.state == "failed":
        raise Conflict("The text of this mail is not kept any more, so it cannot be sent again.", code="text-dropped")


def deliver_due(*, most: int = 20) -> int:
    """Try what is due, at most `most` mails; the number tried. Commits by itself, for it runs outside requests.

    Ends at the first mail that has to wait: a server that says nothing then holds up other work for one timeout only.
    """
    for tried in range(most):
        row = _claim()
        if row is None:
            return tried
        if not _deliver(row):
            return tried + 1
    return most


def _claim() -> OutboxMail | None:
    """Take the oldest due mail by pushing its due time ahead: after a crash it is due again by itself."""
    current = session()
    oldest = (
        select(OutboxMail.id)
        .where(OutboxMail.state == "queued", OutboxMail.due_at <= now())
        .order_by(OutboxMail.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = current.scalars(
        update(OutboxMail)
        .where(OutboxMail.id == oldest.scalar_subquery(), OutboxMail.state == "queued", OutboxMail.due_at <= now())
        .values(due_at=now() + LEASE, attempts=OutboxMail.attempts + 1)
        .returning(OutboxMail)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()
    current.commit()
    return row


def _deliver(row: OutboxMail) -> bool:
    """Send one mail; whether that settled it, for good or ill."""
    try:
        if current_app.config["MAIL_SERVER"]:
            _send(_message(row))
    except Exception as error:  # also a mail that cannot be built: it must not keep the others from being sent
        return _close(row, error)
    return _close(row, None)


def _send(message: Message) -> None:
    accepted = False
    try:
        with mail.connect() as connection:
            connection.send(message)
            accepted = True
    except OSError:
        if not accepted:  # a server may hang up without a goodbye once it has the mail
            raise


def _message(row: OutboxMail) -> Message:
    message = Message(subject=row.subject, recipients=[row.to], body=row.text, html=row.html)
    host = parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1].rpartition("@")[2]
    message.msgId = f"<{row.id}@{host}>"
    message.extra_headers = {"Auto-Submitted": "auto-generated"}
    return message


def _close(row: OutboxMail, error: Exception | None) -> bool:
    """Write down how a try ended, unless another worker has taken the mail since; whether the mail is settled."""
    values: dict[str, Any]
    if error is None:
        values = {"state": "sent", "sent_at": now(), "last_error": None}
        if not current_app.config["DEMO"]:
            values |= {"text": "", "html": ""}
    elif _is_final(error) or row.attempts > len(RETRIES):
        values = {"state": "failed", "last_error": _error_text(error)}
    else:
        values = {"due_at": now() + RETRIES[row.attempts - 1], "last_error": _error_text(error)}
    mine = OutboxMail.id == row.id, OutboxMail.attempts == row.attempts, OutboxMail.state == "queued"
    session().execute(update(OutboxMail).where(*mine).values(**values).execution_options(synchronize_session=False))
    session().commit()
    return "state" in values


def _is_final(error: Exception) -> bool:
    """Whether the server refused for good, a 5xx answer about this mail (RFC 5321 section 4.2.1), or it is no mail."""
    if not isinstance(error, OSError):  # smtplib's and the network's are
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    about_mail = smtplib.SMTPDataError | smtplib.SMTPSenderRefused
    return isinstance(error, about_mail) and error.smtp_code >= 500


def _error_text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
