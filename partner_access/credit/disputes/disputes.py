"""Disputes as staff have them: in the order of their answers, reminded of once when they are overdue."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from partner_access import mail
from partner_access.accounts import sign_ins
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts
from partner_access.credit.models import ClientAccount, Dispute
from partner_access.db import SYSTEM, acting, found, session
from partner_access.keys.sites import display_site
from partner_access.web.urls import absolute


def fetch(dispute_id: uuid.UUID) -> Dispute:
    """One dispute. Raises NotFound."""
    return found(session().scalar(select(Dispute).where(Dispute.id == dispute_id)))


def listing() -> Sequence[Dispute]:
    """The open disputes, in the order in which they are to be answered, so that what is overdue comes first."""
    statement = select(Dispute).where(Dispute.closed_at.is_(None)).order_by(Dispute.answer_by, Dispute.id)
    return session().scalars(statement).all()


def remind_due() -> int:
    """Remind staff, once, of the dispute that is overdue for longest; how many there were, 0 or 1."""
    due = deadlines.next_due(deadlines.DISPUTE)
    if due is None:
        return 0
    deadlines.clear(due.subject_id)
    dispute = fetch(due.subject_id)
    if dispute.closed_at is None:
        _remind(dispute, client_accounts.fetch(dispute.client_account_id))
    return 1


def _remind(dispute: Dispute, account: ClientAccount) -> None:
    with acting(SYSTEM):
        for person in sign_ins.staff():
            mail.queue(
                "review-overdue", person.email, company=account.company, site=display_site(account.site),
                answer_by=dispute.answer_by, dedupe=f"review-overdue:{dispute.id}:{person.id}",
                case_url=absolute("staff.case", kind=dispute.kind, item_id=dispute.id),
            )  # fmt: skip
