"""Reads kept mails back, for demo mode alone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from partner_access.db import found, session
from partner_access.mail.models import OutboxMail


def latest(*, most: int = 50) -> Sequence[OutboxMail]:
    """The newest mails, newest first."""
    return session().scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(most)).all()


def fetch(mail_id: uuid.UUID) -> OutboxMail:
    """One mail. Raises NotFound."""
    return found(session().scalar(select(OutboxMail).where(OutboxMail.id == mail_id)))
