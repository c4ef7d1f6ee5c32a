"""Which organizations became part of which. There are few, ever, so that all of them are read at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from partner_access.db import session
from partner_access.organizations.models import OrgMerger


def listing() -> Sequence[OrgMerger]:
    """Every merger, in the order in which they happened."""
    return session().scalars(select(OrgMerger).order_by(OrgMerger.at, OrgMerger.org_id)).all()


def of(org_ids: Iterable[uuid.UUID], known: Sequence[OrgMerger] | None = None) -> list[OrgMerger]:
    """What became of these organizations, and of those that they became part of. known: the listing, if it was read."""
    rows = {row.org_id: row for row in (listing() if known is None else known)}
    found, wanted = [], [org_id for org_id in org_ids if org_id in rows]
    while wanted:
        row = rows[wanted.pop()]
        if row not in found:
            found.append(row)
            wanted += [row.into_id] if row.into_id in rows else []
    return sorted(found, key=lambda row: (row.at, row.org_id))


def survivor_id(org_id: uuid.UUID) -> uuid.UUID:
    """The organization itself, or the one that goes on in its place."""
    return family(org_id)[0]


def family(org_id: uuid.UUID) -> list[uuid.UUID]:
    """The organization that goes on, and then all that have become part of it."""
    rows = listing()
    into = {row.org_id: row.into_id for row in rows}
    while org_id in into:
        org_id = into[org_id]
    found = [org_id]
    for head in found:
        found += [row.org_id for row in rows if row.into_id == head]
    return found
