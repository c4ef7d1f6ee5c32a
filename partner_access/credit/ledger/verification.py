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
from typing import Any

from sqlalchemy import Uuid, and_, bindparam, case, exists, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased

from partner_access import audit
from partner_access.credit.ledger import entries, months, periods, totals
from partner_access.credit.ledger.periods import Balance
from partner_access.credit.models import Client, CreditEntry, ManagedSeat, SourceCredit
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Invalid
from partner_access.organizations.directory import organizations
from partner_access.seals import digests, erasures

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
    known, held = organizations.slugs(), [_held(table) for table in (SourceCredit, ManagedSeat)]
    for slug in sorted(set(kept) - set(known.values())):
        yield LedgerFault(slug, None, "there is no such organization any more, but its head was kept")
    for org_id, slug in known.items():
        checked.organizations += 1
        with acting(SYSTEM, org_id):
            sources, seats = (counts.get(org_id, 0) for counts in held)
            books = Books(org_id, sources, seats)
            for seq, wrong in _of_bound(books, kept.get(slug, [])):
                yield LedgerFault(slug, seq, wrong)
            checked.lines += books.lines


def _held(table: type[SourceCredit | ManagedSeat]) -> dict[uuid.UUID, int]:
    """How many credits each organization has in the programme."""
    statement = select(table.org_id, func.count()).group_by(table.org_id)
    return dict(session().execute(statement).all())


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


@dataclass
class Books:
    """The organization that is looked at; how many credits it has in the programme; what was seen of its lines."""

    org_id: uuid.UUID
    sources: int
    seats: int
    lines: int = 0
    reverses: bool = False


Found = Iterator[tuple[int | None, str]]


def _of_bound(books: Books, kept: list[tuple[int, str]]) -> Found:
    """What is wrong with the bound organization's ledger: the number of the line, and what it is."""
    try:
        yield from _chain(books)
        yield from _reversals() if books.reverses else ()
        yield from _clients(books)
        yield from _kept(kept)
    except (DBAPIError, TypeError, ValueError) as error:  # a cell that holds what no program of ours has written
        session().rollback()
        yield None, f"its rows cannot be read: {type(error).__name__}: {str(error).splitlines()[0]}"


# -- the lines themselves -------------------------------------------------------------------------------------------


def _chain(books: Books) -> Found:
    """Every line against itself, the line before, and the audit log, which has each number and hash once."""
    last = before = Balance(hash=digests.GENESIS)
    tally = months.Tally()
    for seq, posted, hashes in _by_number(entries.plain(), audit.values("ledger.posted", "seq", "hash")):
        books.lines += len(posted)
        if not posted:
            yield seq, "it is missing, though the audit log tells of it"
            before = Balance(seq, "", before.pending, before.active, before.managed)
            continue
        for entry in posted:
            yield from ((seq, wrong) for wrong in _line(entry, before))
            last = before = periods.after(entry)
            tally.add(entry)
            books.reverses |= entry.reverses is not None
        if hashes != [entry.hash for entry in posted]:
            yield seq, _unlike(hashes)
    yield from ((None, wrong) for wrong in (*_counts(last), *tally.mistakes()))


def _by_number(
    lines: Iterator[CreditEntry], logged: Iterator[tuple[Any, ...]]
) -> Iterator[tuple[int, list[CreditEntry], list[str]]]:
    """Each number with the lines that have it, and the hashes that the audit log has of it: one of each."""
    line, told = next(lines, None), next(logged, None)
    while line or told:
        seq = min([row.seq for row in (line,) if row] + [int(row[0]) for row in (told,) if row])
        posted: list[CreditEntry] = []
        hashes: list[str] = []
        while line and line.seq == seq:
            posted.append(line)
            line = next(lines, None)
        while told and int(told[0]) == seq:
            hashes.append(told[1])
            told = next(logged, None)
        yield seq, posted, hashes


def _line(entry: CreditEntry, before: Balance) -> Iterator[str]:
    if entry.hash != entries.seal(entry):
        yield "it was changed: its hash is not that of what it says"
    if entry.salt is None:
        if wrong := erasures.fault(CreditEntry, {"id": entry.id, "company": entry.company, "site": entry.site}):
            yield wrong
    elif entry.texts != entries.seal_texts(entry):
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


def _of_programme(column: Any) -> Any:
    # a join would have SQLite look through the whole table once for every organization
    table = column.class_
    mine = table.client_account_id == Client.client_account_id, table.org_id == bindparam("org_id", type_=Uuid())
    return select(column).where(*mine).correlate(Client).scalar_subquery()


_net = [func.coalesce(func.sum(getattr(CreditEntry, name)), 0) for name in COUNTS]
_same_account = case((CreditEntry.client_account_id == Client.client_account_id, 1), else_=0)
CLIENTS = (
    select(
        Client.id, Client.state, Client.managed, _of_programme(SourceCredit.state), _of_programme(ManagedSeat.claim_id),
        func.coalesce(func.sum(_same_account), 0), *_net
    )
    .outerjoin(CreditEntry, CreditEntry.client_id == Client.id)
    .group_by(Client.org_id, Client.id)
    .order_by(Client.org_id, Client.id)
)  # fmt: skip
"""Each client, who has its credits in the programme, how many lines it has, and what these add up to."""


def _clients(books: Books) -> Found:
    """The clients' states, and the one holder of each credit in the programme, against the sums of the lines."""
    lines = sources = seats = 0
    for client_id, state, managed, source, claim, its_lines, *net in session().execute(
        CLIENTS, {"org_id": books.org_id}, execution_options={"yield_per": BATCH}
    ):
        lines, sources, seats = lines + its_lines, sources + bool(source), seats + bool(claim)
        if net != [state == "pending", state == "active", managed == "active"]:
            counted = ", ".join(f"{number} {name}" for number, name in zip(net, COUNTS, strict=True))
            yield None, f"client {client_id} is {state}, managed: {managed or 'no'}; its lines add up to {counted}"
        if (source or "none") != (state if state in HELD else "none"):
            yield None, f"client {client_id} is {state}; its source credit in the programme is {source or 'not there'}"
        if bool(claim) != (managed == "active"):
            yield None, f"client {client_id} is managed: {managed or 'no'}; the programme’s seat says otherwise"
    if lines != books.lines:
        yield from _lines_without_a_client()
    if (sources, seats) != (books.sources, books.seats):
        yield from _held_without_a_client(books.org_id)


def _lines_without_a_client() -> Found:
    mine = and_(Client.id == CreditEntry.client_id, Client.client_account_id == CreditEntry.client_account_id)
    for seq in session().scalars(select(CreditEntry.seq).where(~exists().where(mine)).order_by(CreditEntry.seq)):
        yield seq, "its client is not there"


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
