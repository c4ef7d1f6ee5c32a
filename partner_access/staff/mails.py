"""What staff do with mails: send one once more that failed."""

from __future__ import annotations

import uuid

from partner_access import audit, mail


def resend(mail_id: uuid.UUID) -> None:
    """Queue a failed mail once more, see mail.resend; it is written down once, however often it is asked for."""
    if mail.resend(mail_id):
        audit.record("mail.resent", subject=mail_id, reason="staff")
