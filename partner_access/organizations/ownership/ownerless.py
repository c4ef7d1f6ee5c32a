"""Organizations without an owner who looks after them: noticed by the worker, mended by staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from partner_access import audit, mail
from partner_access.accounts import sessions
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Conflict
from partner_access.organizations.directory import org_lock, organizations
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.ownership.recovery_rules import IDLE
from partner_access.organizations.team import memberships
from partner_access.permissions import Role
from partner_access.transactions import lock
from partner_access.web.urls import absolute

KIND = "ownership"
LOOK_EVERY = timedelta(days=1)


def look_due(*, most: int = 20) -> int:
    """Look whether an owner is there, in the organizations whose look is due; how many. Run by the worker."""
    due = select(Organization).where(Organization.owners_look_at <= now(), *organizations.active())
    rows = session().scalars(due.order_by(Organization.owners_look_at).limit(most)).all()
    for org in rows:
        with acting(SYSTEM, org.id):
            seen = _owner_was_here(org)
        org.owners_look_at = now() + LOOK_EVERY
        org.ownerless_since = None if seen else org.ownerless_since or now()
    return len(rows)


def _owner_was_here(org: Organization) -> bool:
    """Whether an active owner of the bound organization was here, or became one, in the last IDLE.

    An organization that was founded lately waits for its first owner to accept.
    """
    owners = memberships.owners()
    seen = [row.created_at for row in owners] + sessions.last_seen([row.user_id for row in owners])
    return max([org.created_at, *seen]) > now() - IDLE


def listing() -> Sequence[Organization]:
    """The organizations without an owner, the longest first."""
    without = Organization.ownerless_since.is_not(None), *organizations.active()
    return session().scalars(select(Organization).where(*without).order_by(Organization.ownerless_since)).all()


def appoint(org: Organization, row: Membership, reason: str) -> None:
    """Staff make an active member of the bound organization its owner; every other owner is mailed.

    Raises Conflict when somebody has mended it meanwhile, the person is not in the team any more, or the organization
    is not active.
    """
    org_lock.lock_shared()
    lock(f"owners:{org.id}")
    session().refresh(org)
    if not org.is_active:
        raise Conflict(f"{org.name} is {org.state} by now.", code="decided-meanwhile")
    if org.ownerless_since is None:
        raise Conflict(f"{org.name} has an owner again.", code="has-an-owner")
    if not row.is_active:
        raise Conflict(f"{row.user.name} is not in the team any more.", code="not-in-team")
    audit.staff_decided(KIND, org.id, str(row.user_id), reason)
    memberships.change_role(row, Role.OWNER)
    mend(org)
    audit.record("ownership.appointed", subject=row.id, reason="owners-inactive")
    for other in memberships.owners():
        if other.id != row.id:
            mail.queue(
                "owner-appointed",
                other.user.email,
                who_name=row.user.name,
                org_name=org.name,
                reason=reason,
                team_url=absolute("organizations.team", slug=org.slug),
                days=IDLE.days,
            )


def mend(org: Organization) -> None:
    """Somebody has just become its owner, who has IDLE to come by."""
    org.ownerless_since, org.owners_look_at = None, now() + IDLE
