"""`flask site` and `flask signups`: websites and sign-ups from files."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import OperationalError

from partner_access.credit import imports
from partner_access.db import database, session
from partner_access.errors import Invalid
from partner_access.mistakes import Refused
from partner_access.sites import site_key

log = logging.getLogger(__name__)
signups = AppGroup("signups", help="Sign-ups of client accounts.")


@click.command("site")
def site() -> None:
    """Read websites from standard input, one a line; print for each its site key, or `! <reason-code>`."""
    for line in sys.stdin.buffer:
        text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        try:
            click.echo(site_key(text))
        except Refused as refusal:
            click.echo(f"! {refusal.code}")


@signups.command("import")
@click.argument("path", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def import_file(path: Path) -> None:
    """Import sign-ups and decide their credit; running it twice changes nothing.

    Columns: external_id, company, website, email, signed_up_at (ISO 8601), referral (a link's code or a visit token,
    may be empty). Rejected lines go to FILE.rejected.csv with their line number and the reason.
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
    finally:
        session().close()
        database.engine.dispose()
    click.echo(f"new {counts.new}")
    click.echo(f"duplicate {counts.duplicate}")
    for basis in ("lead", "link"):
        click.echo(f"credited by {basis} {counts.credited[basis]}")
    click.echo(f"uncredited {counts.uncredited}")
    click.echo(f"rejected {sum(counts.rejected.values())}")
    for reason, number in sorted(counts.rejected.items()):
        click.echo(f"  {reason} {number}")
