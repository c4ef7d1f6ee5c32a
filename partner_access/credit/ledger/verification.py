"""Proves the ledger: that no line was changed, put in, taken out or cut off since it was written.

What a line says is held against its own hash and the line before it, the balances that it carries, the counts on the
organization's pages, the audit log, the clients as they are now, the programme's own rows of who holds which credit,
and heads that somebody kept elsewhere. Whoever tampers with the database has to change all of these alike, and cannot
change the last.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby

from sqlalchemy import and_, exists, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased

from partner_access import audit
from partner_access.credit.ledger import entries, months, periods, totals
from partner_access.credit.ledger.periods import Balance
from partner_access.credit.models import Client, CreditEntry, ManagedSeat, SourceCredit
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Invalid
from partner_access.organizations.directory import organizations
from partner_access.seals import digests, erasures, seals

BATCH = 500
COUNTS = ("pending", "active", "managed")
HELD = ("pending", "active", "ended")
"""States of a client in which the programme knows who has its source credit."""
Kept = Mapping[str, list[tuple[int, str]]]
"""Heads that were kept elsewhere: an organization's slug -> numbers and hashes of lines."""


@dataclass(frozen=True)
class LedgerFault:
    """What is wrong, in the ledger of which organization, at which line (None: in no single one)."""

    slug: str
    seq: int | None
    wrong: str

    def __str__(self) -> str:
        return f"{self.slug}: {self.wrong}" if self.seq is None else f"{self.slug}: line {self.seq}: {self.wrong}"


@dataclass
class LedgerProgress:
    """How much was looked at so far."""

    organizations: int = 0
    lines: int = 0


def verify(kept: Kept, checked: LedgerProgress) -> Iterator[LedgerFault]:
    """Everything that is wrong in any ledger, as it is found; `checked` counts along. Only reads."""
    known = organizations.slugs()
    for slug in sorted(set(kept) - set(known.values())):
        yield LedgerFault(slug, None, "there is no such organization any more, but its head was kept")
    for org_id, slug in known.items():
        checked.organizations += 1
        with acting(SYSTEM, org_id):
            for seq, wrong in _of_bound(org_id, kept.get(slug, []), checked):
                yield LedgerFault(slug, seq, wrong)


def heads() -> Iterator[tuple[str, Balance]]:
    """The newest line of every organization that has one, by slug: to be kept elsewhere, and given to verify()."""
    for org_id, slug in organizations.slugs().items():
        with acting(SYSTEM, org_id):
            head = periods.whole().closing
        if head.seq:
            yield slug, head


def read_heads(rows: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """Heads as `flask ledger heads` printed them, `slug seq hash` a line. Raises Invalid for a line of another form."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, row in enumerate(rows, 1):
        match row.split():
            case [slug, seq, digest] if seq.isascii() and seq.isdigit() and len(digest) == len(digests.GENESIS):
                found.setdefault(slug, []).append((int(seq), digest))
            case [_, *_]:
                raise Invalid(f"Line {number} of the kept heads is not “slug number hash”.", code="not-a-head")
    return found


Found = Iterator[tuple[int | None, str]]


def _of_bound(org_id: uuid.UUID, kept: list[tuple[int, str]], checked: LedgerProgress) -> Found:
    """What is wrong with the bound organization's ledger: the number of the line, and what it is."""
    try:
        yield from _chain(checked)
        yield from _reversals()
        yield from _clients(org_id)
        yield from _kept(kept)
    except (DBAPIError, TypeError, ValueError) as error:  # a cell that holds what no program of ours has written
        session().rollback()
        yield None, f"its rows cannot be read: {type(error).__name__}: {str(error).splitlines()[0]}"


# -- the lines themselves -------------------------------------------------------------------------------------------


def _chain(checked: LedgerProgress) -> Found:
    """Every line against itself, the line before, and the audit log, which has each number and hash once."""
    last = before = Balance(hash=digests.GENESIS)
    tally = months.Tally()
    logged = ((int(seq), "log", digest) for seq, digest in audit.values("ledger.posted", "seq", "hash"))
    written = ((entry.seq, "line", entry) for entry in _entries())
    for seq, group in groupby(merge(written, logged, key=lambda row: row[0]), key=lambda row: row[0]):
        rows = list(group)
        hashes = [row for _, where, row in rows if where == "log"]
        posted = [row for _, where, row in rows if where == "line"]
        checked.lines += len(posted)
        if not posted:
            yield seq, "it is missing, though the audit log tells of it"
            before = Balance(seq, "", before.pending, before.active, before.managed)
            continue
        for entry in posted:
            yield from ((seq, wrong) for wrong in _line(entry, before))
            last = before = periods.after(entry)
            tally.add(entry)
        if hashes != [entry.hash for entry in posted]:
            yield seq, _unlike(hashes)
    yield from ((None, wrong) for wrong in (*_counts(last), *tally.mistakes()))


def _entries() -> Iterator[CreditEntry]:
    statement = select(CreditEntry).order_by(CreditEntry.seq)
    return iter(session().scalars(statement, execution_options={"yield_per": BATCH}))


def _line(entry: CreditEntry, before: Balance) -> Iterator[str]:
    if entry.hash != entries.seal(entry):
        yield "it was changed: its hash is not that of what it says"
    if entry.salt is None:
        if wrong := erasures.fault(CreditEntry, vars(entry)):
            yield wrong
    elif entry.texts != digests.of_texts(entry.salt, seals.texts_of(CreditEntry, vars(entry))):
        yield "it was changed: its client is not the one that it was written for"
    if entry.seq == before.seq:
        yield "its number is there twice"
    elif entry.seq != before.seq + 1:
        yield f"the lines between {before.seq} and it are missing, in the audit log too"
    elif before.hash and entry.previous_hash != before.hash:
        yield "it does not follow the line before it, which was changed, put in or exchanged"
    elif before.hash and periods.before(entry) != before:
        yield "its balances are not those of the line before it and its own changes"


def _unlike(hashes: list[str]) -> str:
    if not hashes:
        return "the audit log does not tell of it"
    if len(hashes) > 1:
        return "the audit log tells of it more than once"
    return "the audit log tells of another line in its place"


def _counts(last: Balance) -> Iterator[str]:
    """The counts on the pages against the last line."""
    row = totals.read()
    shown = Balance(row.entries, row.head or digests.GENESIS, row.pending, row.active, row.managed)
    for name in ("seq", "hash", *COUNTS):
        kept, ends = getattr(shown, name), getattr(last, name)
        if kept != ends:
            told = {"seq": "number of lines", "hash": "head"}.get(name, f"count of {name} credit")
            yield f"the {told} kept with the counts is {kept}, the ledger ends with {ends}"


def _reversals() -> Found:
    """A line that undoes another names an earlier one of the same client."""
    earlier = aliased(CreditEntry)
    named = exists().where(
        earlier.seq == CreditEntry.reverses, earlier.seq < CreditEntry.seq, earlier.client_id == CreditEntry.client_id
    )
    statement = select(CreditEntry.seq).where(CreditEntry.reverses.is_not(None), ~named).order_by(CreditEntry.seq)
    for seq in session().scalars(statement):
        yield seq, "what it undoes is no earlier line of the same client"


# -- the ledger and the rest of the books -----------------------------------------------------------------------------


def _clients(org_id: uuid.UUID) -> Found:
    """The clients' states, and the one holder of each credit in the programme, against the sums of the lines."""
    mine = and_(Client.id == CreditEntry.client_id, Client.client_account_id == CreditEntry.client_account_id)
    for seq in session().scalars(select(CreditEntry.seq).where(~exists().where(mine)).order_by(CreditEntry.seq)):
        yield seq, "its client is not there"
    sums = [func.coalesce(func.sum(getattr(CreditEntry, name)), 0) for name in COUNTS]
    held = and_(SourceCredit.client_account_id == Client.client_account_id, SourceCredit.org_id == org_id)
    seat = and_(ManagedSeat.client_account_id == Client.client_account_id, ManagedSeat.org_id == org_id)
    statement = (
        select(Client.id, Client.state, Client.managed, SourceCredit.state, ManagedSeat.claim_id, *sums)
        .outerjoin(CreditEntry, CreditEntry.client_id == Client.id)
        .outerjoin(SourceCredit, held)
        .outerjoin(ManagedSeat, seat)
        .group_by(Client.id, Client.state, Client.managed, SourceCredit.state, ManagedSeat.claim_id)
    )
    for client_id, state, managed, source, claim, *net in session().execute(
        statement, execution_options={"yield_per": BATCH}
    ):
        if net != [state == "pending", state == "active", managed == "active"]:
            counted = ", ".join(f"{number} {name}" for number, name in zip(net, COUNTS, strict=True))
            yield None, f"client {client_id} is {state}, managed: {managed or 'no'}; its lines add up to {counted}"
        if (source or "none") != (state if state in HELD else "none"):
            yield None, f"client {client_id} is {state}; its source credit in the programme is {source or 'not there'}"
        if bool(claim) != (managed == "active"):
            yield None, f"client {client_id} is managed: {managed or 'no'}; the programme’s seat says otherwise"
    yield from _held_without_a_client(org_id)


def _held_without_a_client(org_id: uuid.UUID) -> Found:
    for table, name in ((SourceCredit, "source"), (ManagedSeat, "managed")):
        known = exists().where(Client.client_account_id == table.client_account_id)
        for account in session().scalars(select(table.client_account_id).where(table.org_id == org_id, ~known)):
            yield None, f"it has the {name} credit of client account {account}, and no client of that account"


def _kept(heads: list[tuple[int, str]]) -> Found:
    """Heads that were kept elsewhere are still lines of the chain: what came before each is what it was then."""
    for seq, digest in heads:
        found = session().scalar(select(CreditEntry.hash).where(CreditEntry.seq == seq))
        if found is None:
            yield seq, "it is missing, though it was the head that was kept: the end was cut off or rolled back"
        elif found != digest:
            yield seq, "it is another than the head that was kept: it, or something before it, was written anew"
