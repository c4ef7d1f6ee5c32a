"""`flask managed`: claims of managed accounts that staff answer in place of the client."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.credit import managed as rows
from partner_access.organizations import organizations

managed = AppGroup("managed", help="Claims of managed accounts.")


@managed.command("list")
@one_transaction
def listing() -> None:
    """Print the claims that wait, oldest first: id, time, organization, account, company, answer by, who answers."""
    for row, account in rows.waiting():
        who = "client" if row.asked_at else "staff"
        slug, times = organizations.fetch(row.org_id).slug, (row.claimed_at, row.answer_by)
        claimed, answer_by = (at.isoformat(timespec="seconds") for at in times)
        click.echo("\t".join([str(row.id), claimed, slug, account.external_id, account.company, answer_by, who]))


@managed.command("decide")
@click.argument("claim_id", metavar="ID", type=click.UUID)
@click.option("--yes/--no", "yes", required=True, help="Whether the organization manages the account.")
@click.option("--reason", required=True, help="Why; the organization and the client read it.")
@one_transaction
def decide(claim_id: uuid.UUID, yes: bool, reason: str) -> None:
    """Answer a claim in place of the client. Whoever managed the account until now is told, without a name."""
    if not reason.strip():
        raise click.BadParameter("Give a reason.", param_hint="--reason")
    rows.decide(claim_id, yes=yes, reason=reason.strip())
    click.echo("managed" if yes else "not managed")
