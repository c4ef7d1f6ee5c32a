"""Somebody leaves or is removed: what they have open becomes a colleague's, in the transaction in which they go."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from partner_access import audit
from partner_access.credit.ledger import totals
from partner_access.credit.models import Client, Handover, Lead, ManagedClaim
from partner_access.db import fresh, session
from partner_access.errors import Invalid
from partner_access.organizations.models import Membership
from partner_access.organizations.team import memberships

W = TypeVar("W", ManagedClaim, Handover)


@dataclass(frozen=True)
class OpenWork:
    """What a member has open: live leads, live claims of managed accounts, accounts that no client has accepted yet.

    Each that they began, or took over, oldest first.
    """

    leads: Sequence[Lead]
    claims: Sequence[tuple[ManagedClaim, Client]]
    handovers: Sequence[tuple[Handover, Client]]

    @property
    def summary(self) -> str:
        """How much it is: "2 leads, 1 claim"; '' for nothing."""
        counts = (("lead", len(self.leads)), ("claim", len(self.claims)), ("account", len(self.handovers)))
        return ", ".join(f"{number} {noun}{'' if number == 1 else 's'}" for noun, number in counts if number)


def open_work(row: Membership, *, to_give: bool = False) -> OpenWork:
    """What this member of the bound organization has open.

    to_give: claims and accounts are locked as well, and what ends at this very moment is left out.
    """
    mine = Lead.submitted_by == row.user_id, Lead.ended_at.is_(None)
    claims = select(ManagedClaim, Client).where(ManagedClaim.ended_at.is_(None)).order_by(ManagedClaim.claimed_at)
    accounts = select(Handover, Client).where(Handover.accepted_at.is_(None)).order_by(Handover.created_at)
    if to_give:
        claims, accounts = claims.with_for_update(of=ManagedClaim), accounts.with_for_update(of=Handover)
    return OpenWork(
        fresh(select(Lead).where(*mine).order_by(Lead.submitted_at, Lead.id)).all(),
        _in_charge_of(row.user_id, ManagedClaim, ManagedClaim.claimed_by, claims),
        _in_charge_of(row.user_id, Handover, Handover.created_by, accounts),
    )


def _in_charge_of(
    user_id: uuid.UUID, model: type[W], begun_by: InstrumentedAttribute[Any], statement: Select[W, Client]
) -> list[tuple[W, Client]]:
    """Those of these rows that a person is in charge of, as they are now, with their clients."""
    statement = statement.join(Client, Client.id == model.client_id).order_by(model.id)
    statement = statement.where(func.coalesce(model.taken_over_by, begun_by) == user_id)
    rows = session().execute(statement, execution_options={"populate_existing": True})
    return [(row, client) for row, client in rows]


def heirs(row: Membership) -> list[Membership]:
    """The active colleagues of a member, who can take over, longest-standing first."""
    return [other for other in memberships.listing() if other.is_active and other.id != row.id]


def remove(row: Membership, heir_id: uuid.UUID | None, *, reason: str = "team-decided") -> OpenWork:
    """Remove a member and hand what they have open over to the colleague of this membership; what that was.

    Raises Invalid when there is something and nobody to take it over; besides what memberships.remove() raises.
    """
    given, heir = _prepare(row, heir_id)
    memberships.remove(row, reason=reason)
    _give(given, heir)
    return given


def leave(row: Membership, heir_id: uuid.UUID | None) -> OpenWork:
    """Go by oneself and hand what one has open over, likewise; what that was."""
    given, heir = _prepare(row, heir_id)
    memberships.leave(row)
    _give(given, heir)
    return given


def _prepare(row: Membership, heir_id: uuid.UUID | None) -> tuple[OpenWork, Membership | None]:
    """What is open, and who takes it over: somebody who is in the team for as long as the team is held.

    Whoever registers or ends a lead of the organization, and a client who answers, comes before or after this.
    """
    memberships.check_going(row)
    totals.lock_all([row.org_id])
    given = open_work(row, to_give=True)
    heir = next((other for other in heirs(row) if other.id == heir_id), None)
    if given.summary and heir is None:
        raise Invalid("Choose a colleague who takes over.", code="no-heir", field="heir")
    return given, heir


def _give(given: OpenWork, heir: Membership | None) -> None:
    if heir is None:
        return
    for lead in given.leads:
        lead.submitted_by, lead.submitter = heir.user_id, heir.user
        audit.record("lead.handed_over", subject=lead.id, reason="member-gone", heir=str(heir.user_id))
    for claim, _ in given.claims:
        audit.record("managed_claim.handed_over", subject=claim.client_id, reason="member-gone", heir=str(heir.user_id))
    for handover, _ in given.handovers:
        audit.record("hand_over.handed_over", subject=handover.client_id, reason="member-gone", heir=str(heir.user_id))
    rows: list[ManagedClaim | Handover] = [claim for claim, _ in given.claims]
    for row in [*rows, *(handover for handover, _ in given.handovers)]:
        row.taken_over_by = heir.user_id
        session().flush()
        session().expire(row, ["successor"])
