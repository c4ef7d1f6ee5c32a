"""`flask ledger`: proves that no line of any organization's ledger was changed, and prints the heads to keep."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TextIO

import click
from flask.cli import AppGroup

from partner_access.cli.unit import only_reads
from partner_access.credit.attribution import credit_ends
from partner_access.credit.ledger import verification
from partner_access.errors import Invalid
from partner_access.organizations.directory import organizations
from partner_access.seals import segments

ledger = AppGroup("ledger", help="The ledger of credit: one chain of lines for each organization.")
HEADS = click.option(
    "--heads", type=click.File(encoding="utf-8"), help="Heads that were kept, as `flask ledger heads` prints them."
)
SEGMENTS = "*"
"""Stands for a slug before the head of the segments, which no organization has."""


@ledger.command("verify")
@HEADS
@only_reads
def verify(heads: TextIO | None) -> None:
    """Check every line of every ledger; print what is wrong, a line each, and end with status 1.

    A line is held against its own hash, the line before it, the balances, the counts on the pages, the audit log, the
    clients, and what the vendor told of cancellations. With --heads also against what was kept outside of this
    database, so that one which was rolled back, or written anew from end to end, is noticed too.
    """
    kept = kept_heads(heads)
    kept.pop(SEGMENTS, None)
    if prove(kept):
        raise click.exceptions.Exit(1)


def kept_heads(heads: TextIO | None) -> dict[str, list[tuple[int, str]]]:
    """The heads in a file that was kept; none without one."""
    try:
        return verification.read_heads(heads or ())
    except Invalid as refusal:
        raise click.ClickException(refusal.sentence) from None


def prove(kept: verification.Kept) -> int:
    """Print what is wrong with any ledger, or that all is right; how much is wrong."""
    checked, wrong = verification.LedgerProgress(), 0
    for fault in chain(verification.verify(kept, checked), _untold()):
        click.echo(str(fault))
        wrong += 1
    if not wrong:
        click.echo(f"{checked.organizations} organizations, {checked.lines} lines: all right")
    return wrong


def _untold() -> Iterator[verification.LedgerFault]:
    """Ends and comebacks of credit that a ledger should tell of, by what the vendor has told."""
    for fault in credit_ends.verify():
        yield verification.LedgerFault(organizations.fetch(fault.org_id).slug, None, fault.wrong)


@ledger.command("heads")
@only_reads
def heads() -> None:
    """Print the newest line of every ledger, `slug number hash`: to keep where nobody of the portal can write.

    The last one, of the slug `*`, is the newest segment of what else is sealed.
    """
    for slug, head in verification.heads():
        click.echo(f"{slug} {head.seq} {head.hash}")
    if closed := segments.newest():
        click.echo(f"{SEGMENTS} {closed.number} {closed.hash}")
