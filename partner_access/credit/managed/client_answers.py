"""What the client answers: yes to one claim, no to others, or that a partner does not manage the account any more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from partner_access.credit.managed import claim_rows, claim_states, claims, consent_mails
from partner_access.credit.models import ClientAccount
from partner_access.db import CLIENT, acting
from partner_access.errors import Conflict


def confirm(account: ClientAccount, claim_id: uuid.UUID) -> None:
    """The client says yes to one claim: the others waiting are refused, and whoever managed the account no longer does.

    Raises Conflict when the claim does not wait for the client any more.
    """
    waiting = claims.lock_all(account)
    if claim_id not in waiting or not consent_mails.is_open(waiting[claim_id], claim_id):
        raise Conflict("This was answered meanwhile, or the time to answer it is over.", code="not-waiting")
    for other in waiting.keys() - {claim_id}:
        with acting(CLIENT, waiting[other]):
            claim_states.end(claim_rows.fetch(other), "other-chosen")
    claims.vacate(account, "client-chose-another")
    with acting(CLIENT, waiting[claim_id]):
        claim_states.activate(claim_rows.fetch(claim_id), account, by="client")


def refuse(account: ClientAccount, claim_ids: Iterable[uuid.UUID]) -> None:
    """The client says no to these claims; what is answered already stays as it is. Raises Conflict as lock_all()."""
    waiting = claims.lock_all(account)
    for claim_id in sorted(set(claim_ids).intersection(waiting)):
        if consent_mails.is_open(waiting[claim_id], claim_id):
            with acting(CLIENT, waiting[claim_id]):
                claim_states.end(claim_rows.fetch(claim_id), "managed-refused")


def leave(account: ClientAccount, claim_id: uuid.UUID) -> None:
    """The client ends an active claim; idempotent. Raises Conflict as lock_all()."""
    claims.lock_all(account)
    seat = claim_rows.seat_of(account)
    if seat and seat.claim_id == claim_id:
        claims.vacate(account, "managed-ended-by-client")
