"""Endpoints: added, changed, given a new secret, switched off and on, removed.

Of the bound organization, or of the programme where none is bound; nobody reaches another's.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, delete, select, update

from partner_access import audit, jobs, mail
from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.db import found, fresh, scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.events import TYPES
from partner_access.integrations.webhooks import addresses
from partner_access.integrations.webhooks.models import WebhookDelivery, WebhookEndpoint
from partner_access.organizations.directory import organizations
from partner_access.organizations.team import memberships
from partner_access.transactions import lock
from partner_access.web.urls import absolute

MOST = 20
OVERLAP = timedelta(hours=24)
"""How long a secret that was replaced goes on signing beside the new one."""
OFF = {
    "by-hand": "somebody switched it off",
    "gone": "it answered 410, which says that it wants no more events",
    "failing": "no delivery has succeeded for 3 days",
}
"""Why an endpoint is off."""


def add(url: str, types: Collection[str]) -> WebhookEndpoint:
    """Add an endpoint that is posted these types of events; its `secret` is shown once.

    Raises Invalid beside `url` or `types`, and where there are MOST.
    """
    host, clean = _checked(url, types)
    lock(f"webhooks:{scope().org_id}")
    present = listing()
    _refuse_twice(clean, present)
    if len(present) >= MOST:
        raise Invalid(f"You have {MOST} webhooks, which is the most there can be. Remove one first.", field="url")
    row = WebhookEndpoint(
        org_id=scope().org_id, url=clean, types=sorted(types), secret=_new_secret(), created_by=scope().actor.user_id
    )
    session().add(row)
    session().flush()
    audit.record("webhook.added", subject=row.id, host=host, types=row.types)
    return row


def change(endpoint_id: uuid.UUID, url: str, types: Collection[str]) -> bool:
    """Give an endpoint another address and other types of events; whether anything was different. Likewise."""
    host, clean = _checked(url, types)
    lock(f"webhooks:{scope().org_id}")
    row = fetch(endpoint_id)
    if (row.url, row.types) == (clean, sorted(types)):
        return False
    _refuse_twice(clean, [other for other in listing() if other.id != row.id])
    row.url, row.types = clean, sorted(types)
    audit.record("webhook.changed", subject=row.id, host=host, types=row.types)
    return True


def _checked(url: str, types: Collection[str]) -> tuple[str, str]:
    """The host and the whole address that was typed."""
    if not types or not set(types) <= set(TYPES):
        raise Invalid("Choose the events to be told of, one at least.", code="no-types", field="types")
    address = addresses.check(url, current_app.config["WEBHOOK_NETWORKS"])
    return address.host, address.url


def _refuse_twice(url: str, others: Sequence[WebhookEndpoint]) -> None:
    if any(other.url == url for other in others):
        raise Invalid("There is a webhook at this address already.", code="url-taken", field="url")


def _new_secret() -> str:
    """As Standard Webhooks has it: 32 random bytes in base 64, after a prefix that secret scanners know."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def replace_secret(endpoint_id: uuid.UUID, *, seen: int) -> WebhookEndpoint:
    """Give an endpoint a new secret, shown once; the present one signs besides for OVERLAP.

    seen: the number of the present secret, as whoever asks knows it. Raises Conflict when it was replaced meanwhile:
    a form that was sent twice must not throw away the secret that it has just shown.
    """
    row = locked(endpoint_id)
    if row.secret_number != seen:
        raise Conflict("The secret was replaced meanwhile. If you do not have the new one, replace it again.")
    row.previous_secret, row.previous_until = row.secret, now() + OVERLAP
    row.secret, row.secret_number = _new_secret(), seen + 1
    audit.record("webhook.secret_changed", subject=row.id, host=host_of(row))
    return row


def switch_on(endpoint_id: uuid.UUID) -> None:
    """Post to an endpoint again, beginning with what happens from now on; twice is no mistake."""
    row = locked(endpoint_id)
    if row.off_at is None:
        return
    row.off_at = row.off_reason = row.failing_since = row.rests_until = None
    row.failures = 0
    audit.record("webhook.switched_on", subject=row.id, host=host_of(row))


def switch_off(endpoint_id: uuid.UUID) -> None:
    """Post nothing more to an endpoint; what waits for it is given up. Twice is no mistake."""
    turn_off(locked(endpoint_id), "by-hand")


def turn_off(row: WebhookEndpoint, reason: str) -> None:
    """The same for a locked row; reason: a key of OFF. When nobody did it, those who manage it are mailed."""
    if row.off_at is not None:
        return
    row.off_at, row.off_reason = now(), reason
    waiting = WebhookDelivery.endpoint_id == row.id, WebhookDelivery.state == "queued"
    given_up = {"state": "failed", "due_at": None, "error": "The webhook was switched off."}
    session().execute(
        update(WebhookDelivery).where(*waiting).values(given_up).execution_options(synchronize_session=False)
    )
    jobs.drop(job_name(row.id))
    audit.record("webhook.switched_off", subject=row.id, reason=reason, host=host_of(row))
    if reason != "by-hand":
        _mail_off(row)


def _mail_off(row: WebhookEndpoint) -> None:
    if row.org_id:
        slug = organizations.fetch(row.org_id).slug
        url = absolute("webhooks.endpoint", slug=slug, endpoint_id=row.id)
        readers = [person.email for person in memberships.managers()]
    else:
        url = absolute("programme_webhooks.endpoint", endpoint_id=row.id)
        readers = sign_ins.staff_addresses()
    for email in readers:
        told: dict[str, Any] = {"host": host_of(row), "why": OFF[row.off_reason or ""], "url": url}
        mail.queue("webhook-off", email, dedupe=f"webhook-off:{row.id}:{row.off_at}:{email}", **told)


def remove(endpoint_id: uuid.UUID) -> None:
    """Remove an endpoint with its log. Raises NotFound."""
    row = locked(endpoint_id)
    jobs.drop(job_name(row.id))
    audit.record("webhook.removed", subject=row.id, reason="by-hand", host=host_of(row))
    session().execute(delete(WebhookDelivery).where(WebhookDelivery.endpoint_id == row.id))
    session().delete(row)


def listing() -> Sequence[WebhookEndpoint]:
    """The endpoints of the bound organization, or of the programme, the oldest first."""
    return session().scalars(select(WebhookEndpoint).where(_mine()).order_by(WebhookEndpoint.id)).all()


def fetch(endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """One of these as it is now. Raises NotFound, also for another organization's."""
    return found(fresh(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id, _mine())).one_or_none())


def locked(endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """The same; whoever queues for it or ends a delivery of it waits until this transaction ends. Raises NotFound."""
    lock(f"webhook:{endpoint_id}")
    return fetch(endpoint_id)


def everybodys() -> Sequence[WebhookEndpoint]:
    """Every endpoint, of the programme and of all organizations, the oldest first. For commands."""
    return session().scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id)).all()


def of_anybody(endpoint_id: uuid.UUID) -> WebhookEndpoint | None:
    """One of them, or None. For commands and the worker, which act for its owner from then on."""
    return fresh(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)).one_or_none()


def host_of(row: WebhookEndpoint) -> str:
    """The host of its address, which is told where the path may be a secret."""
    return addresses.parse(row.url).host


def job_name(endpoint_id: uuid.UUID) -> str:
    """The name of the one job that posts to an endpoint."""
    return f"webhook:{endpoint_id}"


def _mine() -> ColumnElement[bool]:
    return WebhookEndpoint.org_id.is_not_distinct_from(scope().org_id)
