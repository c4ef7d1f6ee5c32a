"""Proves the seals: that every sealed row says what it said when it was written, and that none is missing or put in.

A row is held against its newest seal, the seals against the segments that chain them, the segments against each other
and against heads that somebody kept elsewhere. What was erased or pruned by the portal is counted, and is no fault.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.exc import DBAPIError

from partner_access.db import SYSTEM, Base, OrgOwned, acting, session
from partner_access.seals import digests, erasures, seals, segments
from partner_access.seals.models import PROGRAMME, Pruning, Seal, Sealed, SealSegment

BATCH = 500
Kept = Iterable[tuple[int, str]]
"""Numbers and hashes of segments that were kept elsewhere."""


@dataclass
class SealProgress:
    """How much was looked at so far; waiting: seals that no segment has closed yet."""

    rows: int = 0
    segments: int = 0
    erased: int = 0
    pruned: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class SealFault:
    """What is wrong, and where: an organization's slug or `programme`."""

    owner: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.owner}: {self.wrong}"


def models() -> list[type[Any]]:
    """The models of everything that is sealed, by the names of their tables."""
    found = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Sealed)]
    return sorted(found, key=seals.kind_of)


def verify(slugs: dict[uuid.UUID, str], kept: Kept, checked: SealProgress) -> Iterator[SealFault]:
    """Everything that is wrong with any seal, as it is found; `checked` counts along. Only reads, in flat memory.

    slugs: of every organization, by its id.
    """
    for wrong in _chain(kept, checked):
        yield SealFault("programme", wrong)
    tenants = [model for model in models() if issubclass(model, OrgOwned)]
    for model in models():
        if model not in tenants:
            yield from (SealFault("programme", wrong) for wrong in _rows(model, PROGRAMME, checked))
    for org_id, slug in slugs.items():
        with acting(SYSTEM, org_id):
            for model in tenants:
                yield from (SealFault(slug, wrong) for wrong in _rows(model, org_id, checked))
    owners = [PROGRAMME, *slugs]
    stray = select(Seal.org_id).where(Seal.org_id.not_in(owners)).distinct()
    for org_id in session().scalars(stray):
        yield SealFault("programme", f"there are seals of an organization {org_id}, and no such organization")


# -- the chain --------------------------------------------------------------------------------------------------------


def _chain(kept: Kept, checked: SealProgress) -> Iterator[str]:
    """Every segment against its seals and the segment before."""
    heads, last, before = dict(kept), 0, digests.GENESIS
    for segment in _each_segment():
        checked.segments += 1
        if segment.number != last + 1:
            yield f"the segments between {last} and {segment.number} are missing"
        elif segment.previous_hash != before:
            yield f"segment {segment.number} does not follow the one before it, which was changed or exchanged"
        yield from _segment(segment)
        last, before = segment.number, segment.hash
        if heads.pop(segment.number, segment.hash) != segment.hash:
            yield f"segment {segment.number} is another than the head that was kept: it was written anew"
    for number in sorted(heads):
        yield f"segment {number} is missing, though it was the head that was kept: the end was cut off or rolled back"
    unknown = ~exists().where(SealSegment.number == Seal.segment)
    for stray in session().scalars(select(Seal.segment).where(Seal.segment.is_not(None), unknown).distinct()):
        yield f"segment {stray} has seals and is missing"
    checked.waiting = segments.waiting()


def _each_segment() -> Iterator[SealSegment]:
    last = 0
    while rows := session().scalars(_next(SealSegment, SealSegment.number, last)).all():
        yield from rows
        last = rows[-1].number
        session().expunge_all()


def _segment(segment: SealSegment) -> Iterator[str]:
    found = session().scalars(select(Seal.digest).where(Seal.segment == segment.number)).all()
    again = segments.hash_of(segment.number, segment.at, segment.previous_hash, found)
    if len(found) != segment.seals:
        yield f"segment {segment.number} closed {segment.seals} seals, and {len(found)} are there"
    elif again != segment.hash:
        yield f"segment {segment.number} was changed: its hash is not that of its seals"


def _next(model: type[Any], key: Any, last: Any) -> Any:
    return select(model).where(key > last).order_by(key).limit(BATCH)


# -- the rows ---------------------------------------------------------------------------------------------------------


def _rows(model: type[Any], owner: uuid.UUID, checked: SealProgress) -> Iterator[str]:
    """The rows of a table, of one organization or none, and their seals, some hundreds at a time by the same key."""
    kind, columns = seals.kind_of(model), seals.columns_of(model)
    key = getattr(model, columns[0])
    last: Any = None
    try:
        while True:
            statement = select(*(getattr(model, name) for name in columns)).order_by(key).limit(BATCH)
            cells = session().execute(statement if last is None else statement.where(key > last)).all()
            rows = [dict(zip(columns, row, strict=True)) for row in cells]
            until = rows[-1][columns[0]] if len(rows) == BATCH else None
            found = _newest_seals(kind, owner, last, until)
            for row in rows:
                checked.rows += 1
                named = seals.row_id(row[columns[0]])
                wrong = _row(model, row, found.pop(named, []), checked)
                if wrong:
                    yield f"{kind} {named}: {wrong}"
            yield from (f"{kind} {named}: it is missing" for named in _missing(kind, found, checked))
            if until is None:
                return
            last = until
    except (DBAPIError, TypeError, ValueError) as error:  # a cell that holds what no program of ours has written
        session().rollback()
        yield f"{kind}: its rows cannot be read: {type(error).__name__}: {str(error).splitlines()[0]}"


def _newest_seals(kind: str, owner: uuid.UUID, after: Any, until: Any) -> dict[uuid.UUID, list[Seal]]:
    """The seals of a stretch of rows, of each row the newest first."""
    wanted = [Seal.org_id == owner, Seal.kind == kind]
    wanted += [Seal.row_id > seals.row_id(after)] if after is not None else []
    wanted += [Seal.row_id <= seals.row_id(until)] if until is not None else []
    columns = Seal.row_id, Seal.version, Seal.salt, Seal.texts, Seal.digest, Seal.segment
    found: dict[uuid.UUID, list[Any]] = {}
    for seal in session().execute(select(*columns).where(*wanted).order_by(Seal.row_id, Seal.version.desc())):
        found.setdefault(seal.row_id, []).append(seal)
    return found


def _row(model: type[Any], row: dict[str, Any], found: Sequence[Any], checked: SealProgress) -> str | None:
    """What is wrong with a row that has these seals, the newest first; None where nothing is."""
    if not found:
        return "it was put in: it has no seal"
    newest = found[0]
    if newest.version != len(found):
        return "seals of what it said before are missing"
    if seals.digest_of(model, row, newest.version, newest.texts) != newest.digest:
        return "it was changed: it is not what was sealed"
    if newest.texts is None:
        return None
    texts = seals.texts_of(model, row)
    if newest.salt is not None:
        is_same = digests.of_texts(newest.salt, texts) == newest.texts
        return None if is_same else "it was changed: its texts are not what was sealed"
    wrong = erasures.fault(model, row)
    checked.erased += wrong is None
    return wrong


def _missing(kind: str, left: dict[uuid.UUID, list[Any]], checked: SealProgress) -> Iterator[uuid.UUID]:
    """The rows of seals that none was found for, but those that were pruned."""
    if not left:
        return
    pruned = session().scalar(select(func.max(Pruning.segment)).where(Pruning.kind == kind)) or 0
    for named, found in left.items():
        if found[0].segment is not None and found[0].segment <= pruned:
            checked.pruned += 1
        else:
            yield named
