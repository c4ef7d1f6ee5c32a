"""`flask applications`: decide who may found a partner organization."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.credit import links
from partner_access.db import STAFF, acting
from partner_access.organizations import applications as rows

applications = AppGroup("applications", help="Applications to found a partner organization.")


@applications.command("list")
@one_transaction
def listing() -> None:
    """Print the undecided applications, oldest first: id, time, address, organization, website, note."""
    for row in rows.listing():
        told = [str(row.id), row.created_at.isoformat(timespec="seconds"), row.user.email, row.org_name]
        click.echo("\t".join([*told, row.website or "-", " ".join((row.note or "-").split())]))


@applications.command("approve")
@click.argument("application_id", metavar="ID", type=click.UUID)
@click.option("--name", help="Name of the organization, instead of the one applied for.")
@click.option("--reason", default="Approved by a command.", help="Why; kept for staff.")
@one_transaction
def approve(application_id: uuid.UUID, name: str | None, reason: str) -> None:
    """Found the organization, make the applicant its owner, and print its slug."""
    org = rows.approve(rows.fetch(application_id), name=name, reason=reason)
    with acting(STAFF, org.id):
        links.primary(org)
    click.echo(org.slug)


@applications.command("decline")
@click.argument("application_id", metavar="ID", type=click.UUID)
@click.option("--reason", required=True, help="Why; the applicant reads it.")
@one_transaction
def decline(application_id: uuid.UUID, reason: str) -> None:
    """Refuse the application; the applicant is mailed the reason."""
    rows.decline(rows.fetch(application_id), reason=reason)
    click.echo("declined")
