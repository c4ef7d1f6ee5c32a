"""Memberships: exactly one function creates them, and an organization never loses its last owner."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from partner_access import audit, events, mail
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import acting, found, fresh, scope, session
from partner_access.errors import Conflict, Forbidden
from partner_access.organizations.directory import mergers
from partner_access.organizations.models import Invitation, Membership
from partner_access.permissions import Permission, Role, allows, gives
from partner_access.transactions import lock
from partner_access.web.urls import absolute

UNDO_LIFE = timedelta(days=14)


def create(
    user: User,
    role: str,
    *,
    provenance: str,
    domain: str | None = None,
    invited_as: str | None = None,
    by: uuid.UUID | None = None,
) -> Membership:
    """The one way into the bound organization. Raises Forbidden for an address that was not proved.

    provenance: how it came to be: `domain`, `invitation`, `join-request`, `application`, `staff` or `merged`; with the
    domain, the invited address if it is not the person's own, and the teammate who invited them or let them in.
    Who is a member already stays one, with the role they have; who left or was removed comes back with this role.
    """
    if user.proved_at is None:
        raise Forbidden("The mailbox was not proved.", code="not-proved")
    org_id = bound_org_id()
    lock(f"membership:{org_id}:{user.id}")
    mine = select(Membership).where(Membership.user_id == user.id)
    row = fresh(mine).first()  # as it is since the lock
    if row is not None and row.is_present:
        return row
    if row is None:
        row = Membership(user_id=user.id)
        session().add(row)
    row.role, row.provenance, row.created_at = role, provenance, now()
    row.via, row.admitted_by = invited_as or domain, by
    row.removed_at = row.left_at = row.suspended_at = None
    session().flush()
    told = {"role": role, "provenance": provenance, "domain": domain}
    audit.record("membership.created", subject=row.id, reason=provenance, **told)
    events.tell("member.joined", org_id, membership_id=row.id, role=role, provenance=provenance)
    _announce_owner(row)
    return row


def find(user_id: uuid.UUID) -> Membership | None:
    """The active membership of a person in the bound organization as it is now, or None."""
    mine = select(Membership).where(Membership.user_id == user_id)
    row = fresh(mine).first()
    return row if row and row.is_active else None


def of_person(user: User, *, closed: bool = False) -> Sequence[Membership]:
    """The person's active memberships in organizations that go on, by name; or in those that are closed."""
    mine = (row for row in _anywhere(user) if row.is_active and (row.org.closed_at is not None) == closed)
    return sorted(mine, key=lambda row: row.org.name.casefold())


def removed_from(user: User) -> frozenset[str]:
    """The organizations (ids) that removed this person: the tombstones, also of what has become part of them."""
    return frozenset(str(mergers.survivor_id(row.org_id)) for row in _anywhere(user) if row.removed_at)


def listing() -> Sequence[Membership]:
    """The members of the bound organization, also those who are suspended, longest-standing first."""
    statement = select(Membership).where(Membership.removed_at.is_(None), Membership.left_at.is_(None))
    return session().scalars(statement.order_by(Membership.created_at, Membership.id)).all()


def managers() -> list[User]:
    """The active members of the bound organization who manage its team, for what concerns the whole of it."""
    return [row.user for row in listing() if row.is_active and allows(row.role_name, Permission.MANAGE_TEAM)]


def owners() -> list[Membership]:
    """The active owners of the bound organization, to whom what is about its safety is always mailed."""
    return [row for row in listing() if row.is_active and row.role_name == Role.OWNER]


def fetch(membership_id: uuid.UUID) -> Membership:
    """One membership of the bound organization, also one that has ended. Raises NotFound."""
    return found(session().scalar(select(Membership).where(Membership.id == membership_id)))


def suspended(user: User) -> Sequence[Membership]:
    """The person's memberships that are suspended, in whatever organizations."""
    return [row for row in _anywhere(user) if row.state == "suspended"]


def _anywhere(user: User) -> Sequence[Membership]:
    """The person's memberships in whatever organizations, also those that have ended."""
    with acting(user.actor):
        return session().scalars(select(Membership).where(Membership.user_id == user.id)).all()


# -- deciding about the team ------------------------------------------------------------------------------------------


def lock_team() -> Sequence[Membership]:
    """The members of the bound organization as they are now; nobody else decides about them until this ends.

    Two owners who demote each other at once come here one after the other, and the second sees what the first did:
    what was read of the team before the lock is read anew.
    """
    lock(f"team:{bound_org_id()}")
    present = select(Membership).where(Membership.removed_at.is_(None), Membership.left_at.is_(None))
    return fresh(present).all()


def giveable() -> list[Role]:
    """The roles that whoever acts may give, and decide about, in the bound organization: none above their own."""
    actor = scope().actor
    if actor.kind != "person" or actor.user_id is None:
        return list(Role)  # the programme's staff and the portal itself
    mine = find(actor.user_id)
    return gives(mine.role_name) if mine else []


def change_role(row: Membership, role: Role) -> None:
    """Give a member another role. Raises Forbidden for a role above one's own, Conflict for the last active owner."""
    team = _decide_about(row, role)
    if row.role == role:
        return
    if role != Role.OWNER:
        _keep_an_owner(team, row)
    before, row.role = row.role, role
    audit.record("membership.role_changed", subject=row.id, reason="team-decided", role=role, before=before)
    _take_back_invitations(row, may_give=gives(role))
    _mail_member(row, f"Your role at {row.org.name} is now {role}. It was {before}.")
    _announce_owner(row)


def suspend(row: Membership) -> None:
    """Shut a member out until somebody resumes them; idempotent. Raises Conflict for the last active owner."""
    team = _decide_about(row)
    if row.suspended_at:
        return
    _keep_an_owner(team, row)
    row.suspended_at = now()
    audit.record("membership.suspended", subject=row.id, reason="team-decided")
    _take_back_invitations(row)
    _mail_member(row, f"Your access to {row.org.name} is suspended. An owner or admin there can resume it.")


def resume(row: Membership) -> None:
    """Let a suspended member in again, with the role they had; idempotent."""
    _decide_about(row)
    if row.suspended_at:
        row.suspended_at = None
        audit.record("membership.resumed", subject=row.id, reason="team-decided")
        _mail_member(row, f"Your access to {row.org.name} is back, and your role there is {row.role}.")


def remove(row: Membership, *, reason: str) -> None:
    """Remove a member and leave a tombstone; idempotent. Raises Conflict for the last active owner.

    reason: `team-decided`, `decision-undone` or `not-one-of-us`; the last one may be a fraud, who is told nothing.
    """
    if not check_going(row):
        return
    if row.user_id == scope().actor.user_id:
        raise Conflict("That is yourself. To go, choose “Leave” on your own page.", code="own-membership")
    row.removed_at = now()
    audit.record("membership.removed", subject=row.id, reason=reason)
    _take_back_invitations(row)
    if reason == "team-decided":
        _mail_member(row, f"You are not a member of {row.org.name} any more: an owner or admin there removed you.")


def leave(row: Membership) -> None:
    """Go by oneself, which leaves no tombstone; idempotent. Raises Conflict for the last active owner."""
    if check_going(row):
        row.left_at = now()
        audit.record("membership.left", subject=row.id, reason="own-choice")


def check_going(row: Membership) -> bool:
    """Hold the team and say whether this member is there to go, by themselves or by who acts.

    Raises Forbidden when who acts may not decide about them, Conflict for the last active owner.
    """
    team = lock_team()
    session().refresh(row)
    if row.is_present:
        _check_rank(row.role_name, is_self=row.user_id == scope().actor.user_id)
        _keep_an_owner(team, row)
    return row.is_present


def can_be_undone(row: Membership) -> bool:
    """Whether somebody came in by e-mail domain so lately that "Not one of us" is still offered."""
    return row.provenance == "domain" and row.is_present and now() - row.created_at < UNDO_LIFE


def _decide_about(row: Membership, role: Role | None = None) -> Sequence[Membership]:
    """Hold the team; refuse whoever may not, or may not any more, decide about this member or give this role."""
    team = lock_team()
    session().refresh(row)
    if not row.is_present:
        raise Conflict(f"{row.user.name} is not in the team any more.", code="not-in-team")
    _check_rank(row.role_name)
    if role is not None:
        _check_rank(role)
    elif row.user_id == scope().actor.user_id:
        raise Conflict("That is yourself. Ask another owner or admin.", code="own-membership")
    return team


def _check_rank(role: Role, *, is_self: bool = False) -> None:
    if not is_self and role not in giveable():
        who = "an owner makes owners or decides about them" if giveable() else "owners and admins decide about the team"
        raise Forbidden(f"Only {who}.", code="role-too-low")


def _keep_an_owner(team: Sequence[Membership], row: Membership) -> None:
    """Raise Conflict if this is the last active owner. Ask before anything is changed: whoever catches it goes on."""
    if [member for member in team if member.is_active and member.role == Role.OWNER] == [row]:
        raise Conflict("An organization always has an owner. Make somebody else an owner first.", code="last-owner")


def _take_back_invitations(row: Membership, may_give: Sequence[Role] = ()) -> None:
    """Whoever is shut out, or may give less now, leaves no open door behind: what they sent beyond that ends."""
    unanswered = Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
    beyond = Invitation.invited_by == row.user_id, Invitation.role.not_in(may_give)
    for invitation in session().scalars(select(Invitation).where(*unanswered, *beyond)):
        invitation.revoked_at = now()
        audit.record("invitation.revoked", subject=invitation.id, reason="inviter-lost-the-right")


def _mail_member(row: Membership, what: str) -> None:
    mail.queue(
        "membership-changed", row.user.email, org_name=row.org.name, what=what, join_url=absolute("organizations.join")
    )


def _announce_owner(row: Membership) -> None:
    """The other owners learn that somebody has become one; that cannot be chosen away."""
    for owner in owners() if row.role == Role.OWNER else ():
        if owner.id != row.id:
            mail.queue(
                "new-owner",
                owner.user.email,
                who_name=row.user.name,
                who_email=row.user.email,
                org_name=row.org.name,
                team_url=absolute("organizations.team", slug=row.org.slug),
            )


def readdress(user: User) -> None:
    """The person's address has changed: every membership stays, and says that it was not by this address."""
    for row in of_person(user):
        with acting(user.actor, row.org_id):
            domain = user.email_domain
            audit.record("membership.readdressed", subject=row.id, provenance=row.provenance, domain=domain)
            row.provenance = "address-changed"


def bound_org_id() -> uuid.UUID:
    """The bound organization. Raises Forbidden when there is none."""
    org_id = scope().org_id
    if org_id is None:
        raise Forbidden("No organization is bound.", code="no-organization")
    return org_id
