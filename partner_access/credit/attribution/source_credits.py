"""Source credit: which one organization brought a client, pending until nothing is open any more, then active."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from partner_access.credit.models import ClientAccount, SourceCredit, StoredDecision
from partner_access.credit.rules.decision import Decision
from partner_access.db import fresh, session


def assign(
    account: ClientAccount, decision: Decision, stored: StoredDecision, *, hold_until: datetime, came_over: bool = False
) -> None:
    """Give the source credit to the decision's winner, or to nobody; a new holder waits for what is open again.

    hold_until: see credit_holds.pending_until(); came_over: the holder has become part of the new one, so that nothing
    is open that was not before.
    """
    statement = select(SourceCredit).where(SourceCredit.client_account_id == account.id)
    row = fresh(statement).first()
    winner = uuid.UUID(decision.winner) if decision.winner else None
    if row is not None and winner is None:
        session().delete(row)
    elif row is None and winner:
        session().add(
            SourceCredit(
                client_account_id=account.id,
                org_id=winner,
                decision_id=stored.id,
                state="pending",
                hold_until=hold_until,
            )
        )
    elif row is not None and winner:
        if row.org_id != winner and not came_over:
            row.state, row.hold_until = "pending", hold_until
        row.org_id, row.decision_id = winner, stored.id
    session().flush()


def of_account(account_id: uuid.UUID) -> SourceCredit | None:
    """The source credit of a client account, or None where nobody has it."""
    return session().scalar(select(SourceCredit).where(SourceCredit.client_account_id == account_id))


def holder(account_id: uuid.UUID) -> uuid.UUID | None:
    """Which organization has the source credit of a client account, or None."""
    return session().scalar(select(SourceCredit.org_id).where(SourceCredit.client_account_id == account_id))
