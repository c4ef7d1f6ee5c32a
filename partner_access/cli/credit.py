"""`flask site`, `flask signups` and `flask credit`: websites and sign-ups from files, and their decisions replayed."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from partner_access.cli import progress
from partner_access.cli.unit import one_transaction, only_reads, with_database
from partner_access.credit.attribution import replays
from partner_access.credit.imports import dates, imports, rejected
from partner_access.credit.imports.imports import ImportCounts
from partner_access.credit.provisional import confirmations
from partner_access.errors import Invalid
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import site_key

log = logging.getLogger(__name__)
STANDARD_INPUT = Path("-")
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
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--dates", "order", type=click.Choice(dates.ORDERS), help="Whether the day or the month comes first.")
@with_database
def import_file(source: Path, order: str | None) -> None:
    """Import sign-ups and decide their credit; running it twice changes nothing.

    FILE is CSV in any encoding and with any separator, or a workbook; - is standard input. Columns: external_id,
    company, website, email, signed_up_at (of a date alone only the day is known), referral (a link, its code or a
    visit token, may be empty). Rejected lines go to FILE.rejected.csv with their line number and the reason, those of
    standard input and pipes to sign-ups.rejected.csv: mend them there, and import that file.
    """
    try:
        found = imports.read(sys.stdin.buffer.read() if source == STANDARD_INPUT else source.read_bytes(), order)
        is_stream = source == STANDARD_INPUT or not source.is_file() or source.is_relative_to("/dev")
        beside = Path("sign-ups.rejected.csv") if is_stream else source.with_suffix(".rejected.csv")
        if found.rejected or not is_stream:
            rejected.write(beside, found.file, found.rejected)
        click.echo(f"{source} was read as {found.file.told}.", err=True)
        counts = imports.record(found, _tell)
    except Invalid as refusal:
        raise click.ClickException(f"{refusal.sentence} Nothing was imported.") from None
    except OSError as error:
        raise click.ClickException(f"{error.filename2 or error.filename}: {error.strerror}.") from None
    except OperationalError as error:
        log.error("The database did not take it: %s", error)
        raise click.ClickException("The database did not answer. Run it again: what is in stays in, once.") from None
    _print(counts)
    _conclude(counts, source, beside)


def _tell(done: int, total: int) -> None:
    progress.tell(f"{done:,} of {total:,} sign-ups")


def _print(counts: ImportCounts) -> None:
    click.echo(f"read {counts.read}")
    click.echo(f"new {counts.new}")
    click.echo(f"duplicate {counts.duplicate}")
    for basis in ("lead", "link"):
        click.echo(f"credited by {basis} {counts.credited[basis]}")
    click.echo(f"uncredited {counts.uncredited}")
    click.echo(f"rejected {sum(counts.rejected.values())}")
    for reason, number in sorted(counts.rejected.items()):
        click.echo(f"  {reason} {number}")


def _conclude(counts: ImportCounts, source: Path, beside: Path) -> None:
    """What is to be done now, in sentences: on standard error, so that the numbers can be read by a program."""
    for sentence in counts.warnings:
        click.echo(sentence, err=True)
    number, lines = sum(counts.rejected.values()), "line" if counts.read == 1 else "lines"
    told = f"{counts.new:,} new, {counts.duplicate:,} known already, {number:,} rejected"
    click.echo(f"{counts.read:,} {lines} of {source}: {told}.", err=True)
    if number:
        click.echo(
            f"What was rejected is in {beside}, each with its reason. Mend it there, and import that file.", err=True
        )


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

    Prints what is wrong, a line each: `differs` and a decision, `stale`, `credit`, `manager` or `ended` and a client
    account, or `visits` and a link's code; then ends with status 1.
    """
    if replay():
        raise click.exceptions.Exit(1)


def replay() -> int:
    """Print what is wrong with any decision or account, and how much was looked at; how much is wrong."""
    replayed, differ, wrong = replays.ReplayProgress(), 0, 0
    for fault in replays.verify(replayed):
        click.echo(str(fault))
        differ += fault.kind == "differs"
        wrong += 1
    click.echo(f"replayed {replayed.decisions}, differ {differ}")
    click.echo(f"accounts {replayed.accounts}, wrong {wrong - differ}")
    return wrong
