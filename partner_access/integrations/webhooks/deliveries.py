"""Posts what is queued, one delivery of an endpoint at a time, and keeps what came of it."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from standardwebhooks import Webhook

from partner_access import jobs
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, fresh
from partner_access.integrations.webhooks import addresses, connections, endpoints, queues, rules
from partner_access.integrations.webhooks.models import WebhookDelivery, WebhookEndpoint
from partner_access.integrations.webhooks.rules import Answer
from partner_access.jobs import Attempt, Effect
from partner_access.organizations.directory import organizations
from partner_access.transactions import lock, release

KEPT_OF_ANSWER = 2000
"""Characters of an answer that the log keeps."""
WHILE_PAUSED = timedelta(hours=1)
"""How often is looked whether a paused organization goes on, to which nothing is posted meanwhile."""


def post_next(attempt: Attempt) -> Effect:
    """Post the next delivery of an endpoint; what is written is what came of it, and when the following one is due.

    Nothing of what a receiver does is a failure of the job: each delivery has its own attempts, in its own row.
    """
    endpoint = endpoints.of_anybody(attempt.subject_id)
    if endpoint is None or endpoint.off_at is not None:
        return partial(jobs.drop, endpoints.job_name(attempt.subject_id))
    if paused := _pause(endpoint):
        return paused
    row = queues.find_due(endpoint)
    if row is None or (endpoint.rests_until and endpoint.rests_until > now()):
        return partial(_go_on, endpoint.id)
    address, headers, body = addresses.parse(endpoint.url), _headers(endpoint, row), row.body.encode()
    release()  # the receiver may think for as long as it likes
    return partial(_note, endpoint.id, row.id, connections.post(address, headers, body))


def _pause(endpoint: WebhookEndpoint) -> Effect | None:
    """What becomes of the job of an organization that is paused or closed; None for one that is active."""
    org = organizations.fetch(endpoint.org_id) if endpoint.org_id else None
    if org is None or org.is_active:
        return None
    if org.closed_at:
        return partial(jobs.drop, endpoints.job_name(endpoint.id))
    return partial(_enqueue, endpoint, now() + WHILE_PAUSED)


def _headers(endpoint: WebhookEndpoint, row: WebhookDelivery) -> dict[str, str]:
    """Signed as Standard Webhooks says, by every secret that is good now."""
    moment = now()
    signatures = [Webhook(secret).sign(row.message_id, moment, row.body) for secret in endpoint.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "PartnerAccess-Webhooks",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _note(endpoint_id: uuid.UUID, delivery_id: uuid.UUID, answer: Answer) -> None:
    """Keep what came of an attempt, in the transaction that ends the job."""
    lock(f"webhook:{endpoint_id}")  # whoever queues meanwhile waits, and then finds no job or one that is not taken
    endpoint = endpoints.of_anybody(endpoint_id)
    row = fresh(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id)).one_or_none()
    if endpoint is None or row is None:
        return  # it was removed meanwhile, and its job with it
    _write(row, answer)
    with acting(SYSTEM, endpoint.org_id):
        _judge(endpoint, row, answer)
    if endpoint.off_at is None:
        _go_on(endpoint_id)


def _write(row: WebhookDelivery, answer: Answer) -> None:
    row.attempts, row.attempted_at = row.attempts + 1, now()
    row.took_ms, row.status = int(answer.took / timedelta(milliseconds=1)), answer.status
    row.answer, row.error = answer.body[:KEPT_OF_ANSWER] or None, None if answer.is_success else answer.fault
    if row.state != "queued":
        return  # it was given up meanwhile, with its endpoint
    wait = rules.wait(row.attempts, random.random(), answer.retry_after)  # noqa: S311  (spreads the load, hides nothing)
    row.due_at = None if answer.is_success or wait is None else now() + wait
    row.state = "delivered" if answer.is_success else "failed" if wait is None else "queued"


def _judge(endpoint: WebhookEndpoint, row: WebhookDelivery, answer: Answer) -> None:
    """The endpoint is well, rests, or is switched off."""
    moment = now()
    if answer.is_success:
        endpoint.failures, endpoint.failing_since = 0, None
    else:
        endpoint.failures, endpoint.failing_since = endpoint.failures + 1, endpoint.failing_since or moment
    endpoint.rests_until = moment + rules.rest(answer, endpoint.failures)
    if answer.is_gone:
        endpoints.turn_off(endpoint, "gone")
    elif endpoint.failing_since and rules.is_given_up(endpoint.failing_since, moment):
        endpoints.turn_off(endpoint, "failing")


def _go_on(endpoint_id: uuid.UUID) -> None:
    """The job follows itself for the next delivery: behind those of all endpoints that wait already."""
    lock(f"webhook:{endpoint_id}")
    endpoint = endpoints.of_anybody(endpoint_id)
    due_at = queues.next_at(endpoint) if endpoint else None
    if endpoint and due_at:
        _enqueue(endpoint, max(due_at, now()))
    else:
        jobs.drop(endpoints.job_name(endpoint_id))


def _enqueue(endpoint: WebhookEndpoint, due_at: datetime) -> None:
    name = endpoints.job_name(endpoint.id)
    jobs.enqueue(queues.POSTING, endpoint.id, org_id=endpoint.org_id, due_at=due_at, dedupe=name)
