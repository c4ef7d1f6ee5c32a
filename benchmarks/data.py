"""`script/bench data`: a programme of so many client accounts, in a database of its own."""

from __future__ import annotations

import time
from pathlib import Path

import click
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from benchmarks import bulk, names, sealing
from benchmarks.programme import COLUMNS, Programme, end_of
from partner_access import create_app
from partner_access.accounts.passwords import hash_password
from partner_access.clock import now
from partner_access.credit.rules import versions
from partner_access.db import database, session
from partner_access.errors import Conflict
from partner_access.organizations.models import Organization

PASSWORD = "demo: lanterns over water"  # noqa: S105  (public on purpose: nobody real is behind it)
FOLDER = Path(__file__).parent.parent / "instance" / "benchmarks"


@click.command("data")
@click.option("--accounts", type=click.IntRange(100), default=10_000, show_default=True, help="Client accounts.")
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Part of the accounts that the first organization (agency-0) has.",
)
@click.option("--database", "url", help="An empty database; without it, a file in instance/benchmarks/.")
def data(accounts: int, share: float, url: str | None) -> None:
    """Make a programme: organizations, links, leads, visits, decisions, a sealed ledger, an audit log."""
    url = url or f"sqlite:///{file_of(accounts, share)}"
    app, began = portal(url), time.perf_counter()
    try:
        rows = fill(app, accounts, share)
    except Conflict as refusal:
        raise click.ClickException(refusal.sentence) from None
    took = time.perf_counter() - began
    click.echo(f"{accounts:,} accounts, {rows:,} rows in {took:.1f} s: {took / accounts * 1e6:.0f} µs an account")
    click.echo(f"DATABASE_URL={url}")


def file_of(accounts: int, share: float) -> Path:
    """Where a programme of this size lies."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / f"{accounts}-{share:g}.sqlite3"


def portal(url: str) -> Flask:
    """The application on a database, which is nobody's: no mail leaves it, and its passwords are known."""
    settings = {
        "SECRET_KEY": "for-benchmarks-only-0123456789-abcdef", "BASE_URL": "http://localhost", "DATABASE_URL": url,
        "PROGRAMME_NAME": "Meridian", "MAIL_SERVER": "127.0.0.1", "DNS_NAMESERVER": "127.0.0.1:1",
    }  # fmt: skip
    return create_app(settings)


def fill(app: Flask, accounts: int, share: float) -> int:
    """Write the programme into the application's database, which has nobody yet; how many rows. Raises Conflict."""
    with app.app_context():
        upgrade()
        if session().scalar(select(Organization.id).limit(1)) is not None:
            raise Conflict("This database has organizations already. Take an empty one.", code="not-empty")
        rules = versions.present()
        session().close()
        with bulk.writing(COLUMNS) as writer:
            Programme(writer, names.load(), rules, end_of(now())).write(accounts, share, hash_password(PASSWORD))
        sealed = sealing.seal_all()
        session().close()
        database.engine.dispose()
    return writer.rows + sealed
