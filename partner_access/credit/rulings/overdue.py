"""Overdue disputes: staff are told each day after the promised one, until the rules' answer stands."""

from __future__ import annotations

import uuid

from partner_access.clock import now
from partner_access.credit.attribution import credit_holds, decisions
from partner_access.credit.clients import client_accounts
from partner_access.credit.disputes import disputes
from partner_access.credit.rulings import rulings


def follow_up(dispute_id: uuid.UUID, _org_id: uuid.UUID | None) -> None:
    """The promised day of a dispute has passed: remind staff, or end it when its time is over. Run by the worker."""
    dispute = disputes.fetch(dispute_id)
    if dispute.closed_at is not None:
        return
    if dispute.ends_at is None or now() < dispute.ends_at:
        disputes.remind(dispute)
        return
    family = rulings.lock_family(client_accounts.fetch(dispute.client_account_id))
    decisions.prepare([family])  # ends what is overdue
    credit_holds.activate_due(only=family.head)
