"""`flask disputes`: questions about who brought a client, read and ruled on by staff."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.clock import day, now
from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.insights import ladder, list_rows
from partner_access.credit.models import ClientAccount, Dispute
from partner_access.credit.rulings import rulings
from partner_access.db import STAFF, acting, found
from partner_access.errors import NotFound
from partner_access.organizations.directory import mergers, organizations
from partner_access.organizations.models import Organization

dispute_commands = AppGroup("disputes", help="Questions about who brought a client.")


@dispute_commands.command("list")
@one_transaction
def listing() -> None:
    """Print the open questions, overdue ones first: id, kind, account, site, answer by, age, sides."""
    for row in disputes.listing():
        account = client_accounts.fetch(row.client_account_id)
        late = "overdue" if row.answer_by <= now() else f"{(now() - row.opened_at).days} days old"
        slugs = ",".join(organizations.fetch(org_id).slug for org_id in dispute_sides.parties(row))
        told = [str(row.id), row.kind, account.external_id, account.site, f"{row.answer_by:%Y-%m-%d}", late, slugs]
        click.echo("\t".join(told))


@dispute_commands.command("show")
@click.argument("asked", metavar="ID")
@one_transaction
def show(asked: str) -> None:
    """Print one question by its id, or an account by its external id: each side's evidence and words, one by one."""
    row = _asked(asked)
    dispute = row if isinstance(row, Dispute) else disputes.find_open(row.id)
    account = client_accounts.fetch(row.client_account_id) if isinstance(row, Dispute) else row
    click.echo(f"{account.company}, {account.site}, signed up on {day(account.signed_up_at)}")
    stored = decisions.latest(account)
    winner = organizations.fetch(stored.winner_id).slug if stored and stored.winner_id else "nobody"
    click.echo(f"As it stands: {winner} ({stored.reason if stored else 'not decided'})")
    if dispute:
        ends = f", ends by the rules on {day(dispute.ends_at)}" if dispute.ends_at else ""
        click.echo(f"{dispute.kind}, to be answered by {day(dispute.answer_by)}{ends}")
    sides = set(dispute_sides.parties(dispute)) if dispute else set()
    for org_id in sorted(
        {mergers.survivor_id(org_id) for org_id in sides | decisions.had_a_part(client_accounts.family(account))}
    ):
        _show_side(organizations.fetch(org_id), account, dispute)


def _show_side(org: Organization, account: ClientAccount, dispute: Dispute | None) -> None:
    click.echo(f"\n{org.name} ({org.slug})")
    with acting(STAFF, org.id):
        client = clients.of_account(account.id)
        side = dispute_sides.find_side(dispute) if dispute else None
        for rung in ladder.ladder(client, list_rows.submitters([client])) if client else ():
            click.echo(f"  {rung.title}: {rung.text}")
        if side and side.words:
            click.echo("  They wrote: " + side.words.replace("\n", "\n    "))


@dispute_commands.command("rule")
@click.argument("asked", metavar="ID")
@click.option("--for", "slug", metavar="ORG", help="Slug of the organization that is credited.")
@click.option("--nobody", is_flag=True, help="Credit nobody.")
@click.option("--reason", required=True, help="Why; every side reads it, so it names none of them.")
@one_transaction
def rule(asked: str, slug: str | None, nobody: bool, reason: str) -> None:
    """Rule on a question by its id, or on an account by its external id, whether or not anybody asked."""
    if bool(slug) == nobody:
        raise click.UsageError("Say who is credited: --for ORG, or --nobody.")
    org = found(organizations.find(slug)) if slug else None
    rulings.rule(_asked(asked), org.id if org else None, reason, STAFF)
    click.echo(f"credited to {slug}" if slug else "credited to nobody")


def _asked(text: str) -> Dispute | ClientAccount:
    """A question by its id, else a client account by its external id."""
    try:
        return disputes.fetch(uuid.UUID(text))
    except (ValueError, NotFound):
        return found(client_accounts.find(text))
