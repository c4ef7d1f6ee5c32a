"""The feed of events: what webhooks post, for a receiver that was down or that would rather ask."""

from __future__ import annotations

from typing import Any

from partner_access.api.blueprint import api, asks, gives
from partner_access.api.schemas.events import EventAnswer, Events, EventsAsked
from partner_access.events import TYPES
from partner_access.integrations import feed
from partner_access.permissions import Permission
from partner_access.web.access import programme_call


@api.get("/events")
@programme_call(Permission.VIEW_PROGRAMME)
@asks(EventsAsked)
@gives(Events)
def list_events(asked: EventsAsked) -> Events:
    """List what happened

    Oldest first. Whoever reads on from `next` each time misses none and reads none twice. Webhooks post the same.
    """
    page = feed.page(asked.after, most=asked.limit)
    return Events(items=[EventAnswer.model_validate(item, strict=False) for item in page.items], next=page.next)


def described() -> dict[str, Any]:
    """The `webhooks` section of the document: what is posted of each type of event, with an example."""
    return {name: {"post": _posted(name)} for name in TYPES}


def _posted(name: str) -> dict[str, Any]:
    example = {
        "id": "01890a5d-ac96-7d01-9c3e-2b7f6c1d9a10",
        "type": name,
        "occurred_at": "2026-11-20T10:00:00+00:00",
        "data": {"organization": "nextlevel-studio", **TYPES[name].example},
    }
    schema = EventAnswer.model_json_schema(mode="serialization")
    return {
        "summary": TYPES[name].told,
        "operationId": f"on_{name.replace('.', '_')}",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": {"2XX": {"description": "It was taken. Any other answer is tried again for three days."}},
    }
