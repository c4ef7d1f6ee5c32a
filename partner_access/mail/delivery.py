"""Sends what is in the outbox, at least once: one connection to the mail server for all that is due."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from email.utils import parseaddr
from functools import partial

from flask import current_app
from flask_mail import Connection, Message
from sqlalchemy import select, update

from partner_access.clock import now
from partner_access.db import found, session
from partner_access.extensions import mail
from partner_access.jobs import Attempt, Effect, Later
from partner_access.mail.models import OutboxMail
from partner_access.transactions import release


class _Line:
    """A connection to the mail server that is opened by the first mail and kept for the next ones."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def send(self, message: Message) -> None:
        """Send; what a server has hung up on since the last mail is opened again, once."""
        was_open = self._connection is not None
        try:
            self._open().send(message)
        except smtplib.SMTPServerDisconnected:
            self.close()
            if not was_open:
                raise
            self._open().send(message)

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = mail.connect().__enter__()
        return self._connection

    def close(self) -> None:
        if self._connection is not None and self._connection.host is not None:
            with suppress(OSError):  # a server may hang up without a goodbye
                self._connection.host.quit()
        self._connection = None


_line: ContextVar[_Line | None] = ContextVar("line", default=None)


@contextmanager
def connected() -> Iterator[None]:
    """Mails that are sent inside share one connection."""
    line = _Line()
    token = _line.set(line)
    try:
        yield
    finally:
        _line.reset(token)
        line.close()


def deliver(attempt: Attempt) -> Effect:
    """Send one mail; what is written is that it was sent, or that it has failed. Raises Later."""
    row = found(session().scalar(select(OutboxMail).where(OutboxMail.id == attempt.subject_id)))
    release()  # the server may think for as long as it likes
    try:
        if current_app.config["MAIL_SERVER"]:
            _send(_message(row))
    except Exception as error:  # also a mail that cannot be built: it must not keep the others from being sent
        reason = f"{type(error).__name__}: {error}"[:500]
        if _is_final(error) or attempt.is_last:
            return partial(_close, row, state="failed", last_error=reason, attempts=attempt.number)
        raise Later(reason) from error
    kept = {} if current_app.config["DEMO"] else {"text": "", "html": ""}
    return partial(_close, row, state="sent", sent_at=now(), attempts=attempt.number, **kept)


def _send(message: Message) -> None:
    line = _line.get()
    if line is None:
        raise RuntimeError("Mail is sent within connected().")
    try:
        line.send(message)
    except Exception:
        line.close()  # whatever state the conversation was left in
        raise


def _message(row: OutboxMail) -> Message:
    message = Message(subject=row.subject, recipients=[row.to], body=row.text, html=row.html)
    host = parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1].rpartition("@")[2]
    message.msgId = f"<{row.id}@{host}>"
    message.extra_headers = {"Auto-Submitted": "auto-generated"}
    return message


def _close(row: OutboxMail, **values: object) -> None:
    mine = OutboxMail.id == row.id, OutboxMail.state == "queued"
    session().execute(update(OutboxMail).where(*mine).values(**values).execution_options(synchronize_session=False))


def _is_final(error: Exception) -> bool:
    """Whether the server refused for good, a 5xx answer about this mail (RFC 5321 section 4.2.1), or it is no mail."""
    if not isinstance(error, OSError):  # smtplib's and the network's are
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    about_mail = smtplib.SMTPDataError | smtplib.SMTPSenderRefused
    return isinstance(error, about_mail) and error.smtp_code >= 500
