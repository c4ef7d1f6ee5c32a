"""`flask domains`: disputes about a domain that two organizations have proved."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.organizations import domain_disputes

domains = AppGroup("domains", help="Disputes about a domain that two organizations have proved.")


@domains.command("disputes")
@one_transaction
def disputes() -> None:
    """Print the open disputes, oldest first: id, time, domain, its holder and the holder's proof, the rival."""
    for case in domain_disputes.listing():
        row = case.dispute
        told = [str(row.id), row.opened_at.isoformat(timespec="seconds"), row.domain]
        click.echo("\t".join([*told, case.holder.slug, case.proof, row.org.slug]))


@domains.command("rule")
@click.argument("dispute_id", metavar="ID", type=click.UUID)
@click.option("--for", "outcome", type=click.Choice(["holder", "rival"]), required=True,
              help="The holder keeps the domain, or the rival gets it, with policy request.")  # fmt: skip
@click.option("--reason", required=True, help="Why; both organizations read it.")
@one_transaction
def rule(dispute_id: uuid.UUID, outcome: str, reason: str) -> None:
    """Decide whose the domain is. Both organizations are mailed; nobody loses a membership."""
    domain_disputes.rule(domain_disputes.fetch(dispute_id), outcome=outcome, reason=reason)
    click.echo(outcome)
