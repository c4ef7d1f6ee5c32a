"""`flask webhooks`: the endpoints that events are posted to, of the programme and of organizations."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.db import STAFF, acting, found
from partner_access.errors import NotFound
from partner_access.events import TYPES
from partner_access.integrations.webhooks import endpoints, queues
from partner_access.integrations.webhooks.models import WebhookDelivery, WebhookEndpoint
from partner_access.organizations.directory import organizations

Row = TypeVar("Row", WebhookEndpoint, WebhookDelivery)
webhooks = AppGroup("webhooks", help="Addresses that events are posted to.")


@webhooks.command("add")
@click.argument("url")
@click.option("--org", "slug", metavar="SLUG", help="Of this organization, which is told of its own events alone.")
@click.option(
    "--event",
    "types",
    metavar="TYPE",
    multiple=True,
    required=True,
    type=click.Choice(["all", *TYPES]),
    help=f"What it is told of; may be given several times: {', '.join(['all', *TYPES])}.",
)
@one_transaction
def add(url: str, slug: str | None, types: tuple[str, ...]) -> None:
    """Add an address of the programme, or of an organization; print its id and its secret, which is shown this once."""
    org = found(organizations.find(slug)) if slug else None
    with acting(STAFF, org.id if org else None):
        row = endpoints.add(url, set(TYPES) if "all" in types else set(types))
    click.echo(f"{row.id}\t{row.secret}")


@webhooks.command("list")
@one_transaction
def listing() -> None:
    """Print every address, the oldest first: id, organization ("programme" for its own), on or why off, URL, events."""
    slugs = organizations.slugs()
    for row in endpoints.everybodys():
        whose = slugs[row.org_id] if row.org_id else "programme"
        click.echo("\t".join([str(row.id), whose, row.off_reason or "on", row.url, ",".join(row.types)]))


@webhooks.command("ping")
@click.argument("asked", metavar="ID")
@one_transaction
def ping(asked: str) -> None:
    """Queue a ping, which the worker posts; print the id of its delivery."""
    with _endpoint(asked) as row:
        click.echo(queues.ping(row.id).id)


@webhooks.command("deliveries")
@click.argument("asked", metavar="ID")
@one_transaction
def deliveries(asked: str) -> None:
    """Print the latest deliveries to an address, the newest first: id, event, state, attempts, status, error."""
    with _endpoint(asked) as row:
        for line in queues.log(row.id):
            told = [line.id, line.type, line.state, line.attempts, line.status or "", line.error or ""]
            click.echo("\t".join(map(str, told)))


@webhooks.command("resend")
@click.argument("asked", metavar="ID")
@one_transaction
def resend(asked: str) -> None:
    """Post the event of a delivery once more, by the delivery's id; print the id of the new one."""
    old = _by_id(asked, queues.of_anybody)
    endpoint = found(endpoints.of_anybody(old.endpoint_id))
    with acting(STAFF, endpoint.org_id):
        click.echo(queues.resend(old.id).id)


@contextmanager
def _endpoint(asked: str) -> Iterator[WebhookEndpoint]:
    """The endpoint of this id; whose it is is acted for."""
    row = _by_id(asked, endpoints.of_anybody)
    with acting(STAFF, row.org_id):
        yield row


def _by_id(asked: str, find: Callable[[uuid.UUID], Row | None]) -> Row:
    try:
        return found(find(uuid.UUID(asked)))
    except ValueError:
        raise NotFound from None
