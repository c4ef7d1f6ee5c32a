"""Sends what is in the outbox, at least once: one connection to the mail server for all that is due."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import parseaddr
from functools import partial

from flask import current_app
from flask_mail import Message
from sqlalchemy import select, update

from partner_access.clock import now
from partner_access.db import found, session
from partner_access.jobs import Attempt, Blocked, Effect, Later
from partner_access.mail import lines, refusals, server_errors, undelivered
from partner_access.mail.lines import Line
from partner_access.mail.models import OutboxMail
from partner_access.mail.server_errors import Verdict
from partner_access.transactions import release

_line: ContextVar[Line | None] = ContextVar("line", default=None)


@contextmanager
def connected() -> Iterator[None]:
    """Mails that are sent inside share one connection."""
    line = Line(lines.SECONDS)
    token = _line.set(line)
    try:
        yield
    finally:
        _line.reset(token)
        line.close()


def deliver(attempt: Attempt) -> Effect:
    """Send one mail; what is written is that it was sent, or that it has failed. Raises Later and Blocked."""
    row = found(session().scalar(select(OutboxMail).where(OutboxMail.id == attempt.subject_id)))
    release()  # the server may think for as long as it likes
    try:
        if current_app.config["MAIL_SERVER"]:
            _send(_message(row), undelivered.envelope_sender(row.id))
    except lines.SettingIsWrong as error:
        raise Blocked(f"{error}") from error
    except Exception as error:  # also a mail that cannot be built: it must not keep the others from being sent
        verdict, sentence = server_errors.of_sending(error)
        if verdict is Verdict.SETTING:
            raise Blocked(sentence) from error
        reason = f"{type(error).__name__}: {error}"[:500]
        if verdict is Verdict.FINAL or attempt.is_last:
            return partial(_close, row, state="failed", last_error=reason, attempts=attempt.number)
        raise Later(reason) from error
    kept = {} if current_app.config["DEMO"] else {"text": "", "html": ""}
    return partial(_close, row, state="sent", sent_at=now(), attempts=attempt.number, **kept)


def check() -> None:
    """Ask the mail server whether it would take mails of ours. Raises SettingIsWrong, and OSError when it is away."""
    line = Line(lines.SECONDS)
    try:
        line.check(undelivered.envelope_sender(uuid.UUID(int=0)))
    finally:
        line.close()


def _send(message: Message, sender: str) -> None:
    line = _line.get()
    if line is None:
        raise RuntimeError("Mail is sent within connected().")
    try:
        line.send(message, sender)
    except Exception:
        line.close()  # whatever state the conversation was left in
        raise


def _message(row: OutboxMail) -> Message:
    message = Message(subject=row.subject, recipients=[row.to], body=row.text, html=row.html)
    message.msgId = f"<{row.id}@{parseaddr(current_app.config['MAIL_DEFAULT_SENDER'])[1].rpartition('@')[2]}>"
    message.extra_headers = {"Auto-Submitted": "auto-generated"}
    if row.name in refusals.UNASKED:
        message.extra_headers["List-Unsubscribe"] = f"<{refusals.link(row.to)}>"  # RFC 2369: a button beside the sender
    return message


def _close(row: OutboxMail, **values: object) -> None:
    mine = OutboxMail.id == row.id, OutboxMail.state == "queued"
    session().execute(update(OutboxMail).where(*mine).values(**values).execution_options(synchronize_session=False))
