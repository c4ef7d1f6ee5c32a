"""`flask clients` and `flask managed`: accounts that move, end or turn out to be one business, and claims."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.credit.attribution import source_credits
from partner_access.credit.clients import client_accounts
from partner_access.credit.lifecycle import cancellations
from partner_access.credit.lifecycle.client_merges import merge as merge_accounts
from partner_access.credit.lifecycle.client_moves import move as move_account
from partner_access.credit.managed import claims
from partner_access.credit.models import ClientAccount
from partner_access.credit.rules.absences import CANCELLED, REACTIVATED
from partner_access.db import found
from partner_access.keys.moments import moment
from partner_access.organizations.directory import organizations

BY_COMMAND = "Decided outside the portal, and entered by a command."
"""The reason that is kept where the command names none."""

clients = AppGroup("clients", help="Client accounts.")


@clients.command("move")
@click.argument("external_id")
@click.argument("website")
@click.option("--reason", default=BY_COMMAND, help="Why; it is kept with the decision.")
@one_transaction
def move(external_id: str, website: str, reason: str) -> None:
    """Give a client account another website; the old one stays its alias for 12 months. Prints the new site key."""
    account = named(external_id)
    move_account(account, website, reason)
    click.echo(client_accounts.present_site(account))


@clients.command("merge")
@click.argument("gone")
@click.argument("stays")
@click.option("--reason", default=BY_COMMAND, help="Why; it is kept with the decision.")
@one_transaction
def merge(gone: str, stays: str, reason: str) -> None:
    """Merge the client account GONE into STAYS (external ids), which keeps the earliest source of the two."""
    merge_accounts(named(gone), named(stays), reason)
    click.echo(client_accounts.survivor(named(stays)).external_id)


def told(command: Callable[..., None]) -> Callable[..., None]:
    """What is told of an account: when it happened, and why."""
    for option in (
        click.option("--reason", required=True, help="Why; staff alone read it."),
        click.option("--at", required=True, metavar="TIME", help="When: ISO 8601, UTC without an offset."),
        click.argument("external_id"),
    ):
        command = option(command)
    return command


@clients.command("cancel")
@told
@one_transaction
def cancel(external_id: str, at: str, reason: str) -> None:
    """The client cancelled: source credit ends then, and managed credit with it. Prints the state of the credit."""
    _tell(external_id, CANCELLED, at, reason)


@clients.command("reactivate")
@told
@one_transaction
def reactivate(external_id: str, at: str, reason: str) -> None:
    """The client came back: credit goes on where the rules let it. Prints the state of the credit."""
    _tell(external_id, REACTIVATED, at, reason)


def _tell(external_id: str, kind: str, at: str, reason: str) -> None:
    is_new = cancellations.tell(external_id, kind, moment(at, "at"), reason)
    account = client_accounts.find(external_id)
    row = source_credits.of_account(account.id) if account else None
    state = row.state if row else "nobody" if account else "waits for the sign-up"
    click.echo(f"{kind if is_new else 'known already'}\t{state}")


def named(external_id: str) -> ClientAccount:
    return found(client_accounts.find(external_id))


managed = AppGroup("managed", help="Claims of managed accounts.")


@managed.command("list")
@one_transaction
def listing() -> None:
    """Print the claims that wait, oldest first: id, time, organization, account, company, answer by, who answers."""
    for row, account in claims.waiting():
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
    claims.decide(claim_id, yes=yes, reason=reason.strip())
    click.echo("managed" if yes else "not managed")
