"""Reads mails back: for staff without what they say, and whole for demo mode alone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from partner_access.db import found, session
from partner_access.jobs.models import Job
from partner_access.mail import server_errors
from partner_access.mail.models import OutboxMail
from partner_access.mail.outbox import DELIVERY

PAGE = 50
STATES = ("queued", "failed", "sent")
_CODE = re.compile(r"(?<!\d)\d{3}\s?\d{3}(?!\d)")


@dataclass(frozen=True)
class MailOutline:
    """A mail without what it says: its body holds one-time links and people's words, its subject perhaps a code.

    due_at: when it is tried, or tried again; None once it was sent or has failed. is_set_aside: its job broke.
    """

    id: uuid.UUID
    to: str
    subject: str
    state: str
    created_at: datetime
    due_at: datetime | None
    attempts: int
    last_error: str | None
    sent_at: datetime | None
    can_resend: bool
    is_set_aside: bool


def outlines(*, state: str = "", to: str = "", before: uuid.UUID | None = None) -> list[MailOutline]:
    """A page of PAGE mails, newest first; `before`: id of the last one seen. to: a part of the recipient's address."""
    mail = OutboxMail
    statement = select(
        mail.id,
        mail.to,
        mail.subject,
        mail.state,
        mail.created_at,
        Job.due_at,
        func.coalesce(Job.attempts, mail.attempts).label("attempts"),
        func.coalesce(Job.last_error, mail.last_error).label("last_error"),
        mail.sent_at,
        (mail.text != "").label("is_kept"),
        Job.set_aside_at.is_not(None).label("is_set_aside"),
    ).outerjoin(Job, Job.id == mail.id)
    if state:
        statement = statement.where(mail.state == state)
    if to:
        statement = statement.where(mail.to.icontains(to, autoescape=True))
    if before:
        statement = statement.where(mail.id < before)
    rows = session().execute(statement.order_by(mail.id.desc()).limit(PAGE))
    return [
        MailOutline(
            row.id,
            row.to,
            without_code(row.subject),
            row.state,
            row.created_at,
            row.due_at,
            row.attempts,
            row.last_error,
            row.sent_at,
            row.state == "failed" and row.is_kept,
            row.is_set_aside,
        )
        for row in rows
    ]


def counts() -> dict[str, int]:
    """How many mails there are of each state, in the order of STATES."""
    found_rows = session().execute(select(OutboxMail.state, func.count().label("number")).group_by(OutboxMail.state))
    known = {row.state: row.number for row in found_rows}
    return {state: known.get(state, 0) for state in STATES}


def wrong_setting() -> str | None:
    """Which setting keeps all mails from being sent, in a sentence, while mails wait because of it."""
    waiting = Job.kind == DELIVERY.name, Job.set_aside_at.is_(None), Job.last_error.startswith(server_errors.PREFIX)
    return session().scalar(select(Job.last_error).where(*waiting).order_by(Job.due_at.desc()).limit(1))


def without_code(subject: str) -> str:
    """A subject as others than its reader may see it: dots instead of six digits, which may be a one-time code."""
    return _CODE.sub("••• •••", subject)


def latest(*, most: int = 50) -> Sequence[OutboxMail]:
    """The newest mails, newest first."""
    return session().scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(most)).all()


def fetch(mail_id: uuid.UUID) -> OutboxMail:
    """One mail. Raises NotFound."""
    return found(session().scalar(select(OutboxMail).where(OutboxMail.id == mail_id)))
