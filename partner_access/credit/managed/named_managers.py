"""The vendor's own records say who manages an account: whoever does is told, and whoever did until then."""

from __future__ import annotations

import uuid
from datetime import datetime

from partner_access.clock import now
from partner_access.credit.clients import clients
from partner_access.credit.ledger import totals
from partner_access.credit.managed import claim_states, claims
from partner_access.credit.models import ClientAccount
from partner_access.credit.rules import versions
from partner_access.db import acting, scope


def name(account: ClientAccount, org_id: uuid.UUID | None, at: datetime) -> None:
    """This organization manages the account since a moment, or nobody does (None). Idempotent.

    Who managed it until then does so no longer, and may have staff look at it.
    """
    claims.lock([account])
    totals.lock_all(claims.concerned([account]) | ({org_id} if org_id else set()))
    if claims.manager(account) == org_id:
        return
    reason = "vendor-named-another" if org_id else "vendor-named-nobody"
    claims.vacate(account, reason, actor=scope().decider, at=at)
    if org_id:
        with acting(scope().decider, org_id):
            _seat(account, at)


def _seat(account: ClientAccount, at: datetime) -> None:
    """The bound organization's claim that waits becomes the one that counts; one is made where it has none."""
    row = claim_states.of_account(account.id)
    if row is None:
        client = clients.revealed_view(account, "managed-only", version=versions.at(account.signed_up_at).version)
        row = claim_states.insert(client, account, None, None, now())
    claim_states.activate(row, account, by="vendor", at=at)
