"""Client events: the vendor tells what became of a client account, in any order and as often as it likes."""

from __future__ import annotations

from partner_access.api.blueprint import api, gives, takes
from partner_access.api.schemas.client_events import ClientEventAnswer, ClientEventGiven, ClientEvents, ToldAnswer
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.lifecycle import vendor_events
from partner_access.credit.models import ClientEvent
from partner_access.errors import Invalid, NotFound
from partner_access.keys.moments import moment
from partner_access.permissions import Permission
from partner_access.web.access import programme_call

BY_PRODUCT = "Told by the programme’s own product."
"""The reason that is kept where none is told."""
AS_KEPT = ("external_id", "occurred_at", "received_at", "reason", "target", "amount_minor", "currency", "interval")
EXAMPLE = {
    "id": "evt-1",
    "type": "plan_changed",
    "occurred_at": "2026-11-20T10:00:00Z",
    "amount_minor": 4900,
    "currency": "EUR",
    "interval": "month",
}


@api.post("/clients/<path:external_id>/events")
@programme_call(Permission.MANAGE_CLIENTS)
@takes(ClientEventGiven, **EXAMPLE)
@gives(ToldAnswer, s201="It is new: it was kept, and done unless it waits.")
def tell_client_event(external_id: str, given: ClientEventGiven) -> tuple[ToldAnswer, int]:
    """Tell what became of a client account

    Events may come twice and in any order, also before the sign-up: then `waiting` is true, and the event is done when
    the sign-up comes. Of several events of a type the one that happened last holds.
    """
    event = _checked(external_id, given)
    done = vendor_events.tell(event)
    answer = ToldAnswer(
        id=event.event_id,
        type=event.kind,
        external_id=event.external_id,
        occurred_at=event.occurred_at,
        is_new=done.is_new,
        waiting=done.is_waiting,
    )
    return answer, 201 if done.is_new else 200


def _checked(external_id: str, given: ClientEventGiven) -> ClientEvent:
    told = given.root
    reason, at = (told.reason or "").strip() or BY_PRODUCT, moment(told.occurred_at, "occurred_at")
    try:
        return client_events.check(external_id, told.type, at, reason, told.id.strip(), details=told.details())
    except Invalid as refusal:
        refusal.field = {"at": "occurred_at"}.get(refusal.field, refusal.field)  # as it is called here
        raise


@api.get("/clients/<path:external_id>/events")
@programme_call(Permission.VIEW_PROGRAMME)
@gives(ClientEvents)
def client_account_events(external_id: str) -> ClientEvents:
    """List what was told of a client account"""
    rows, account = client_events.of_external_id(external_id), client_accounts.find(external_id)
    if not rows and account is None:
        raise NotFound(code="no-such-account")
    items = [
        ClientEventAnswer(
            id=row.event_id,
            type=row.kind,
            waiting=vendor_events.is_waiting(row),
            **{name: getattr(row, name) for name in AS_KEPT},
        )
        for row in rows
    ]
    return ClientEvents(items=items)
