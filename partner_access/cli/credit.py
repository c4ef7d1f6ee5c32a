"""`flask site`, `flask signups` and `flask credit`: websites and sign-ups from files, and their decisions replayed."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from partner_access.cli.unit import one_transaction, only_reads, with_database
from partner_access.credit.attribution import imports, replays
from partner_access.credit.provisional import confirmations
from partner_access.errors import Invalid
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import site_key

log = logging.getLogger(__name__)
signups = AppGroup("signups", help="Sign-ups of client accounts.")
credit = AppGroup("credit", help="The credit of client accounts.")


@click.command("site")
def site() -> None:
    """Read websites from standard input, one a line; print for each its site key, or `! <reason-code>`.

    Standard error has the sentence of each reason, with the number of the line.
    """
    for number, line in enumerate(sys.stdin.buffer, 1):
        text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        try:
            click.echo(site_key(text))
        except Refused as refusal:
            click.echo(f"! {refusal.code}")
            click.echo(f"Line {number}: {refusal.sentence}", err=True)


@signups.command("import")
@click.argument("path", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_database
def import_file(path: Path) -> None:
    """Import sign-ups and decide their credit; running it twice changes nothing.

    Columns: external_id, company, website, email, signed_up_at (ISO 8601; of a date alone only the day is known),
    referral (a link's code or a visit token, may be empty). Rejected lines go to FILE.rejected.csv with their line
    number and the reason.
    """
    try:
        counts = imports.run(path)
    except Invalid as refusal:
        raise click.ClickException(refusal.sentence) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}.") from None
    except OperationalError as error:
        log.error("The database did not take it: %s", error)
        raise click.ClickException("The database did not answer. Run it again: what is in stays in, once.") from None
    click.echo(f"new {counts.new}")
    click.echo(f"duplicate {counts.duplicate}")
    for basis in ("lead", "link"):
        click.echo(f"credited by {basis} {counts.credited[basis]}")
    click.echo(f"uncredited {counts.uncredited}")
    click.echo(f"rejected {sum(counts.rejected.values())}")
    for reason, number in sorted(counts.rejected.items()):
        click.echo(f"  {reason} {number}")


@signups.command("confirm")
@click.argument("external_id")
@click.option("--reason", required=True, help="Why; it is kept with the decision.")
@one_transaction
def confirm(external_id: str, reason: str) -> None:
    """Say that the programme knows the account that a partner's page signed up: it counts in full. Prints its id."""
    click.echo(confirmations.confirm_by_staff(external_id, reason).external_id)


@credit.command("verify")
@only_reads
def verify() -> None:
    """Replay every decision from its stored facts, and hold every account against what is known now.

    Prints what is wrong, a line each: `differs` and a decision, or `stale`, `credit`, `manager` or `ended` and a client
    account;
    then ends with status 1.
    """
    replayed, differ, wrong = replays.ReplayProgress(), 0, 0
    for fault in replays.verify(replayed):
        click.echo(str(fault))
        differ += fault.kind == "differs"
        wrong += 1
    click.echo(f"replayed {replayed.decisions}, differ {differ}")
    click.echo(f"accounts {replayed.accounts}, wrong {wrong - differ}")
    if wrong:
        raise click.exceptions.Exit(1)
