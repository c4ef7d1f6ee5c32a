"""What waits to be posted to each endpoint: new events, pings, and what somebody sends again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select

from partner_access import audit, jobs
from partner_access.clock import now
from partner_access.db import changed, found, new_id, session
from partner_access.errors import Conflict
from partner_access.events import Event, events
from partner_access.integrations import feed
from partner_access.integrations.webhooks import endpoints
from partner_access.integrations.webhooks.models import WebhookDelivery, WebhookEndpoint
from partner_access.jobs import Kind
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Organization
from partner_access.transactions import lock

POSTING = Kind("webhooks", "post-webhook")
"""The next delivery of one endpoint. There is one such job for each endpoint, so that none has two workers' time."""
MOST_RESENT = 1000
PAGE = 50
KEPT = timedelta(days=30)


def publish_due() -> bool:
    """Number the events that were committed, and queue each for every endpoint that wants it; whether there were any.

    Run by the worker. Both in one transaction: an event is queued once for each endpoint, whatever crashes.
    """
    rows = events.publish()
    wanting = _wanting(rows) if rows else ()
    told = list(zip(rows, feed.items(rows), strict=True)) if wanting else []
    for endpoint_id in wanting:
        lock(f"webhook:{endpoint_id}")
        if endpoint := endpoints.of_anybody(endpoint_id):
            _queue(endpoint, told)
    return bool(rows)


def _queue(endpoint: WebhookEndpoint, told: Iterable[tuple[Event, feed.Item]]) -> None:
    """Queue what a locked endpoint wants, unless it was switched off while its lock was waited for."""
    wanted = [(row, item) for row, item in told if row.type in endpoint.types and endpoint.org_id in (None, row.org_id)]
    if wanted and endpoint.off_at is None:
        session().add_all(_delivery(endpoint, row.id, item) for row, item in wanted)
        wake(endpoint)


def _wanting(rows: Iterable[Event]) -> Sequence[uuid.UUID]:
    """The endpoints that are on, of the programme and of organizations that are active, in order of their locks."""
    org_ids = {row.org_id for row in rows if row.org_id}
    active = select(Organization.id).where(*organizations.active(), Organization.id.in_(org_ids))
    theirs = or_(WebhookEndpoint.org_id.is_(None), WebhookEndpoint.org_id.in_(active))
    statement = select(WebhookEndpoint.id).where(WebhookEndpoint.off_at.is_(None), theirs)
    return session().scalars(statement.order_by(WebhookEndpoint.id)).all()


def _delivery(endpoint: WebhookEndpoint, event_id: uuid.UUID | None, told: feed.Item) -> WebhookDelivery:
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return WebhookDelivery(id=new_id(), endpoint_id=endpoint.id, event_id=event_id, type=told["type"], body=body)


def wake(endpoint: WebhookEndpoint) -> None:
    """Have what is queued for a locked endpoint posted, unless that is being done already."""
    due_at = next_at(endpoint)
    if due_at is not None:
        name = endpoints.job_name(endpoint.id)
        jobs.hasten(POSTING, endpoint.id, org_id=endpoint.org_id, due_at=due_at, dedupe=name)


def next_at(endpoint: WebhookEndpoint) -> datetime | None:
    """When the next delivery is to be posted, None when nothing is queued."""
    session().flush()
    first = select(func.min(WebhookDelivery.due_at, type_=WebhookDelivery.due_at.type)).where(*_queued(endpoint))
    due_at = session().scalar(first)
    return max(due_at, endpoint.rests_until or due_at) if due_at else None


def find_due(endpoint: WebhookEndpoint) -> WebhookDelivery | None:
    """The delivery that has been due for longest, or None."""
    due = select(WebhookDelivery).where(*_queued(endpoint), WebhookDelivery.due_at <= now())
    return session().scalar(due.order_by(WebhookDelivery.due_at, WebhookDelivery.id).limit(1))


def _queued(endpoint: WebhookEndpoint) -> tuple[ColumnElement[bool], ...]:
    return WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state == "queued"


def ping(endpoint_id: uuid.UUID) -> WebhookDelivery:
    """Queue a ping; one that waits already is left alone. Raises Conflict for an endpoint that is off."""
    endpoint = _locked_on(endpoint_id)
    waiting = session().scalar(select(WebhookDelivery).where(*_queued(endpoint), WebhookDelivery.type == "ping"))
    if waiting is not None:
        return waiting
    row = _delivery(endpoint, None, {"type": "ping"})
    told = {"id": str(row.id), "type": "ping", "occurred_at": now().isoformat(), "data": {}}
    row.body = json.dumps(told, separators=(",", ":"))
    session().add(row)
    wake(endpoint)
    audit.record("webhook.pinged", subject=endpoint.id, host=endpoints.host_of(endpoint))
    return row


def resend(delivery_id: uuid.UUID) -> WebhookDelivery:
    """Post an event to its endpoint once more, under its old id; one that waits already is left alone.

    Raises NotFound, and Conflict for an endpoint that is off.
    """
    old = fetch(delivery_id)
    if old.event_id is None:
        return ping(old.endpoint_id)
    endpoint = _locked_on(old.endpoint_id)
    same = WebhookDelivery.event_id == old.event_id
    waiting = session().scalar(select(WebhookDelivery).where(*_queued(endpoint), same))
    if waiting is not None:
        return waiting
    row = WebhookDelivery(endpoint_id=endpoint.id, event_id=old.event_id, type=old.type, body=old.body)
    session().add(row)
    _resent(endpoint, 1)
    return row


def resend_range(endpoint_id: uuid.UUID, since: datetime, until: datetime) -> int:
    """Post all events of a time once more, of the types that the endpoint is told of; how many, MOST_RESENT at once.

    Also those that happened while it was off. Those that wait already are left alone. Raises Conflict likewise.
    """
    endpoint = _locked_on(endpoint_id)
    rows = events.within(endpoint.org_id, endpoint.types, since, until, most=MOST_RESENT)
    waiting = set(session().scalars(select(WebhookDelivery.event_id).where(*_queued(endpoint))))
    missing = [row for row in rows if row.id not in waiting]
    for row, told in zip(missing, feed.items(missing), strict=True):
        session().add(_delivery(endpoint, row.id, told))
    if missing:
        _resent(endpoint, len(missing))
    return len(missing)


def _resent(endpoint: WebhookEndpoint, count: int) -> None:
    wake(endpoint)
    audit.record("webhook.resent", subject=endpoint.id, host=endpoints.host_of(endpoint), count=count)


def _locked_on(endpoint_id: uuid.UUID) -> WebhookEndpoint:
    endpoint = endpoints.locked(endpoint_id)
    if endpoint.off_at is not None:
        raise Conflict("This webhook is off. Switch it on first.", code="webhook-off")
    return endpoint


def fetch(delivery_id: uuid.UUID) -> WebhookDelivery:
    """One delivery to an endpoint of the bound organization, or of the programme. Raises NotFound."""
    row = found(session().scalar(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id)))
    endpoints.fetch(row.endpoint_id)
    return row


def of_anybody(delivery_id: uuid.UUID) -> WebhookDelivery | None:
    """One delivery, whosever it is, or None. For commands, which act for its owner from then on."""
    return session().scalar(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id))


def log(endpoint_id: uuid.UUID, *, before: uuid.UUID | None = None) -> Sequence[WebhookDelivery]:
    """A page of PAGE deliveries to one of these endpoints, newest first; `before`: id of the last one seen."""
    endpoint = endpoints.fetch(endpoint_id)
    statement = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    if before:
        statement = statement.where(WebhookDelivery.id < before)
    return session().scalars(statement.order_by(WebhookDelivery.id.desc()).limit(PAGE)).all()


def forget_old(*, most: int = 1000) -> bool:
    """Drop what was delivered or given up long ago from the log; whether there was any. Run by the worker."""
    over = WebhookDelivery.state != "queued", WebhookDelivery.created_at < now() - KEPT
    oldest = select(WebhookDelivery.id).where(*over).limit(most)
    statement = delete(WebhookDelivery).where(WebhookDelivery.id.in_(oldest))
    return changed(statement.execution_options(synchronize_session=False)) > 0
