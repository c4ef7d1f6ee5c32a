"""Says in words what a line of the ledger changed, for whom, why and by whom: the same on the page and in its CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from partner_access.clock import day
from partner_access.credit.clients import clients
from partner_access.credit.insights import ladder, list_rows
from partner_access.credit.ledger import entries, periods
from partner_access.credit.ledger.periods import Balance, Period
from partner_access.credit.models import Client, CreditEntry
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules.decision import Finding
from partner_access.credit.statuses import KINDS
from partner_access.db import session
from partner_access.keys.sites import display_site
from partner_access.organizations.team import display_names

COLUMNS = (
    "line", "date", "client", "website", "what", "basis", "reason", "reason code", "by", "undoes line",
    "pending", "active", "managed", "pending balance", "active balance", "managed balance", "hash",
    "effective day", "signed up", "closed month", "sealed", "texts",
)  # fmt: skip
"""Of the CSV file. The three in the middle are the changes: with the opening balances they add up to the closing.

date: when the line was posted; effective day: from when on it is so; closed month: the month of that day, where it was
closed by then, so that the line stands in a later one.
sealed: what the hash is the SHA-256 of; texts: the client and the website with their salt, whose SHA-256 is in it. With
them docs/check_ledger.py checks the file without the portal.
"""


@dataclass(frozen=True)
class LedgerLine:
    """A line of the ledger with its words; `entry` has its numbers. late: what it says of a month that was closed."""

    entry: CreditEntry
    company: str
    site: str
    what: str
    basis: str
    reason: str
    who: str
    late: str


def lines(rows: Sequence[CreditEntry]) -> list[LedgerLine]:
    """Lines with their words, in the same order."""
    ids = {row.client_id for row in rows}
    found = {row.id: row for row in session().scalars(select(Client).where(Client.id.in_(ids)))} if ids else {}
    submitters = list_rows.submitters(found.values())
    evidence = {row.id: {finding.code: finding for finding in clients.findings(row)} for row in found.values()}
    people = display_names.of({row.actor_id for row in rows if row.actor_id})
    return [
        LedgerLine(
            row,
            row.company,
            display_site(row.site),
            KINDS.get(row.kind, row.kind),
            list_rows.SOURCES.get(row.basis, row.basis),
            _reason(row, evidence[row.client_id].get(row.reason), submitters),
            display_names.called(row.actor_kind, row.actor_id, people),
            _late(row),
        )
        for row in rows
    ]


def _reason(row: CreditEntry, finding: Finding | None, submitters: dict[str, str]) -> str:
    """The whole sentence while the evidence of the line still stands with the client, else its first word."""
    if finding is not None:
        return ladder.sentence(finding, submitters)
    reason = REASONS.get(row.reason)
    if reason is None:
        return row.reason
    is_whole = row.managed or row.kind in ("ended", "resumed")
    return f"{reason.short} {reason.sentence.format(date=day(row.effective_at))}" if is_whole else reason.short


def _late(row: CreditEntry) -> str:
    if not row.is_late:
        return ""
    return f"It concerns {day(row.effective_at)}; {row.effective_at:%B %Y} was closed, so it stands in {row.at:%B %Y}."


def table(period: Period) -> Iterator[Sequence[str | int | None]]:
    """The rows of a period's CSV file, the oldest first, between its opening and its closing balances."""
    yield COLUMNS
    yield _balance(f"{period.first:%Y-%m-%d}" if period.first else None, "Opening balance", period.opening)
    for rows in periods.stream(period):
        yield from map(_cells, lines(rows))
    yield _balance(f"{period.until:%Y-%m-%d}" if period.until else None, "Closing balance", period.closing)


def _cells(line: LedgerLine) -> Sequence[str | int | None]:
    row = line.entry
    return (
        row.seq,
        f"{row.at:%Y-%m-%d %H:%M:%S}",
        line.company,
        line.site,
        line.what,
        line.basis,
        line.reason,
        row.reason,
        line.who,
        row.reverses,
        row.pending,
        row.active,
        row.managed,
        row.pending_after,
        row.active_after,
        row.managed_after,
        row.hash,
        f"{row.effective_at:%Y-%m-%d}",
        f"{row.signed_up_at:%Y-%m-%d}",
        f"{row.effective_at:%Y-%m}" if row.is_late else None,
        entries.sealed_text(row),
        entries.salted_texts(row),
    )


def _balance(date: str | None, words: str, balance: Balance) -> Sequence[str | int | None]:
    after = (balance.pending, balance.active, balance.managed)
    before = (None, date, None, None, words, *[None] * 8)
    return (*before, *after, balance.hash, *[None] * (len(COLUMNS) - len(before) - len(after) - 1))
