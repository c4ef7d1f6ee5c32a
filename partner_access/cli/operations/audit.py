"""`flask verify` and `flask audit`: everything proved at once; texts are erased, and old events are pruned."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TextIO

import click
from flask.cli import AppGroup
from sqlalchemy import select

from partner_access.cli.credit import replay
from partner_access.cli.ledger import HEADS, SEGMENTS, kept_heads, prove
from partner_access.cli.unit import one_transaction, only_reads
from partner_access.db import STAFF, OrgOwned, acting, found, session
from partner_access.organizations.directory import organizations
from partner_access.seals import erasures, seals, verification, walls

audit = AppGroup("audit", help="The audit log, and the texts that are under seal.")
LEDGER_EVENTS = frozenset({"ledger.posted"})
"""Events that are not pruned: the ledger is held against them."""
ERASABLE = ("credit_entry", "dispute_side", "managed_claim", "org_event", "programme_event", "ruling", "staff_decision")
"""Tables whose texts nothing has to be decided by again."""


@click.command("verify")
@HEADS
@only_reads
def verify(heads: TextIO | None) -> None:
    """Prove everything: ledgers, decisions, what partners read, the audit log, and the walls of the database.

    Prints what is wrong, a line each, and ends with status 1. It says how many of the newest rows are in no closed
    segment yet, how many texts were erased and how many events pruned.
    """
    kept = kept_heads(heads)
    of_segments = kept.pop(SEGMENTS, [])
    wrong = prove(kept) + replay()
    checked, slugs = verification.SealProgress(), organizations.slugs()
    for fault in verification.verify(slugs, of_segments, checked):
        click.echo(str(fault))
        wrong += 1
    for sentence in walls.faults():
        click.echo(f"database: {sentence}")
        wrong += 1
    click.echo(
        f"{checked.rows} sealed rows, {checked.erased} erased, {checked.pruned} pruned; "
        f"{checked.segments} segments, {checked.waiting} of the newest in none yet"
    )
    if wrong:
        raise click.exceptions.Exit(1)
    click.echo("all right")


@audit.command("erase")
@click.argument("kind", type=click.Choice(ERASABLE))
@click.argument("row_id", metavar="ID", type=click.UUID)
@click.option("--org", "slug", help="Whose row it is, by slug; for an organization’s own.")
@click.option("--reason", required=True, help="Why; it stays in the place of the text.")
@one_transaction
def erase(kind: str, row_id: uuid.UUID, slug: str | None, reason: str) -> None:
    """Erase the texts of a row for good; its digest stays, so that the chain holds."""
    model = seals.model_of(kind)
    if issubclass(model, OrgOwned) != bool(slug):
        raise click.UsageError(f"A {kind} is of no organization." if slug else "Say whose row it is with --org.")
    with acting(STAFF, found(organizations.find(slug)).id if slug else None):
        erasures.erase(found(session().scalar(select(model).where(model.id == row_id))), reason)
    click.echo("erased")


@audit.command("prune")
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day (UTC) that stays.")
@click.option("--reason", required=True, help="Why, for those who verify later.")
@one_transaction
def prune(before: datetime, reason: str) -> None:
    """Delete the events that were sealed before a day; those which the ledger is held against stay."""
    gone = 0
    owners: dict[str, list[uuid.UUID | None]] = {"programme_event": [None], "org_event": [*organizations.slugs()]}
    for kind, ids in owners.items():
        pruning = erasures.begin_pruning(kind, before.replace(tzinfo=UTC), reason)
        for org_id in ids:
            with acting(STAFF, org_id):
                gone += erasures.prune(pruning, LEDGER_EVENTS) if pruning else 0
    click.echo(f"pruned {gone}")
