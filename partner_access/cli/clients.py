"""`flask clients`: client accounts that move to another website, or turn out to be one business."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from partner_access.cli.unit import one_transaction
from partner_access.credit import client_accounts
from partner_access.credit.moves import merge as merge_accounts
from partner_access.credit.moves import move as move_account
from partner_access.credit.programme import ClientAccount
from partner_access.db import found

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


def named(external_id: str) -> ClientAccount:
    return found(client_accounts.find(external_id))
