"""Hand-overs: what somebody who goes has open becomes a colleague's, in the transaction in which they go."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from partner_access import audit
from partner_access.credit import totals
from partner_access.credit.models import Lead
from partner_access.db import session
from partner_access.errors import Invalid
from partner_access.organizations import memberships
from partner_access.organizations.models import Membership


def open_leads(row: Membership) -> Sequence[Lead]:
    """The live leads that this member of the bound organization registered or took over, oldest first."""
    mine = Lead.submitted_by == row.user_id, Lead.ended_at.is_(None)
    statement = select(Lead).where(*mine).order_by(Lead.submitted_at, Lead.id)
    return session().scalars(statement, execution_options={"populate_existing": True}).all()


def heirs(row: Membership) -> list[Membership]:
    """The active colleagues of a member, who can take over, longest-standing first."""
    return [other for other in memberships.listing() if other.is_active and other.id != row.id]


def remove(row: Membership, heir_id: uuid.UUID | None, *, reason: str = "team-decided") -> int:
    """Remove a member and hand their open leads over to the colleague of this membership; how many there were.

    Raises Invalid when there are some and nobody to take them over; besides what memberships.remove() raises.
    """
    leads, heir = _prepare(row, heir_id)
    memberships.remove(row, reason=reason)
    return _give(leads, heir)


def leave(row: Membership, heir_id: uuid.UUID | None) -> int:
    """Go by oneself and hand one's open leads over, likewise; how many there were."""
    leads, heir = _prepare(row, heir_id)
    memberships.leave(row)
    return _give(leads, heir)


def _prepare(row: Membership, heir_id: uuid.UUID | None) -> tuple[Sequence[Lead], Membership | None]:
    """What is open, and who takes it over: somebody who is in the team for as long as the team is held."""
    memberships.check_going(row)
    totals.lock_all([row.org_id])  # whoever registers or ends a lead of the organization comes before or after this
    leads = open_leads(row)
    heir = next((other for other in heirs(row) if other.id == heir_id), None)
    if leads and heir is None:
        raise Invalid("Choose a colleague who takes over.", code="no-heir", field="heir")
    return leads, heir


def _give(leads: Sequence[Lead], heir: Membership | None) -> int:
    for lead in leads if heir else ():
        assert heir is not None
        lead.submitted_by, lead.submitter = heir.user_id, heir.user
        audit.record("lead.handed_over", subject=lead.id, reason="member-gone", heir=str(heir.user_id))
    return len(leads)
