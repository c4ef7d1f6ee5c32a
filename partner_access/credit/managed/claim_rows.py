"""Finds the rows of managed credit: one claim, who manages an account, and the claims of it that wait."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from partner_access.credit.models import ClientAccount, ManagedAsk, ManagedClaim, ManagedSeat
from partner_access.db import found, fresh, session


def fetch(claim_id: uuid.UUID) -> ManagedClaim:
    """One claim of the bound organization, as it is now. Raises NotFound."""
    statement = select(ManagedClaim).where(ManagedClaim.id == claim_id)
    return found(fresh(statement).first())


def seat_of(account: ClientAccount) -> ManagedSeat | None:
    """Who manages the account, as it is now, or None."""
    mine = select(ManagedSeat).where(ManagedSeat.client_account_id == account.id)
    return fresh(mine).first()


def asks_about(account: ClientAccount) -> Sequence[ManagedAsk]:
    """Every claim of the account that waits for an answer, of whatever organization, in the order of claiming."""
    mine = select(ManagedAsk).where(ManagedAsk.client_account_id == account.id)
    return session().scalars(mine.order_by(ManagedAsk.claim_id)).all()
