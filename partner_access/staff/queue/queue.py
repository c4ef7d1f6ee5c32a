"""One queue for every kind of decision that waits for staff, the oldest first."""

from __future__ import annotations

import uuid
from datetime import datetime

from partner_access.errors import NotFound
from partner_access.staff.queue import applications, disputes, domains, join_requests, managed_claims, ownership
from partner_access.staff.queue.cases import CaseKind, WaitingCase

PAGE = 50
KINDS: dict[str, CaseKind] = {
    one.name: one
    for one in (
        applications.ApplicationCases("application", "Applications"),
        domains.DomainCases("domain", "Domains"),
        disputes.DisputeCases("conflict", "Conflicts"),
        disputes.DisputeCases("suggestion", "Suggestions"),
        disputes.DisputeCases("another-look", "Another look"),
        managed_claims.ManagedClaimCases("managed", "Managed accounts"),
        managed_claims.ManagedClaimCases("managed-asked", "Claims that clients were asked about", is_ours=False),
        join_requests.JoinRequestCases("join-request", "Join requests"),
        ownership.OwnershipCases("ownership", "Without an owner"),
    )
}
"""Kind in the address -> what it is called and what it does."""


def kind(name: str) -> CaseKind:
    """The kind of this name. Raises NotFound."""
    if name not in KINDS:
        raise NotFound(code="no-such-kind")
    return KINDS[name]


def listing(only: str = "") -> list[WaitingCase]:
    """All that waits, of one kind or of every kind, the oldest first."""
    chosen = [kind(only)] if only else [one for one in KINDS.values() if one.is_ours]
    return sorted((row for one in chosen for row in one.listing()), key=_age)


def counts() -> dict[str, int]:
    """How many wait of each kind, in the order of KINDS."""
    return {name: len(one.listing()) for name, one in KINDS.items()}


def total(found: dict[str, int]) -> int:
    """How many wait for staff, of these counts."""
    return sum(number for name, number in found.items() if KINDS[name].is_ours)


def following(asked_at: datetime, item_id: uuid.UUID, only: str = "") -> WaitingCase | None:
    """What to decide next after something asked at this moment: the next younger one, else the oldest, else nothing."""
    rows = [row for row in listing(only) if row.id != item_id]
    return next((row for row in rows if _age(row) > (asked_at, item_id)), rows[0] if rows else None)


def _age(row: WaitingCase) -> tuple[datetime, uuid.UUID]:
    return row.asked_at, row.id
