"""The feed: events as other programs read them, one by one from webhooks and in pages from the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from partner_access.events import Event, events
from partner_access.organizations.directory import organizations

Item = Mapping[str, Any]
"""An event: `id`, `type`, `occurred_at` (ISO 8601) and `data`, the same in the feed and in every delivery of it."""


@dataclass(frozen=True)
class FeedPage:
    """A page of the feed. next: what to read on after, also when there is nothing more yet."""

    items: Sequence[Item]
    next: int


def page(after: int, *, most: int) -> FeedPage:
    """The events of everybody that follow this number, in their order, `most` at once. For the programme alone.

    Who reads on from `next` each time misses none and reads none twice: numbers are given after the commit.
    """
    rows = events.after(after, most=most)
    return FeedPage(items(rows), (rows[-1].number or after) if rows else after)


def items(rows: Iterable[Event]) -> list[Item]:
    """These events as they are told."""
    rows = list(rows)
    slugs = organizations.slugs_of({row.org_id for row in rows if row.org_id})
    return [_item(row, slugs.get(row.org_id) if row.org_id else None) for row in rows]


def _item(row: Event, slug: str | None) -> Item:
    return {
        "id": str(row.id),
        "type": row.type,
        "occurred_at": row.occurred_at.isoformat(),
        "data": {"organization": slug, **row.data},
    }
