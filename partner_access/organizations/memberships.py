"""Memberships: exactly one function creates them, and an organization never loses its last owner."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from partner_access import audit, signing
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import Actor, acting, found, lock, scope, session
from partner_access.errors import Conflict, Expired, Forbidden, NotFound
from partner_access.organizations.models import Membership
from partner_access.permissions import Permission, Role, holders

UNDO_LIFE = timedelta(days=14)


def create(user: User, role: str, *, provenance: str, domain: str | None = None) -> Membership:
    """The one way into the bound organization. Raises Forbidden for an address that was not proved.

    provenance: how it came to be: `domain`, `invitation`, `join-request`, `application` or `staff`.
    Who is a member already stays one, with the role they have; who left or was removed comes back with this role.
    """
    if user.proved_at is None:
        raise Forbidden("The mailbox was not proved.", code="not-proved")
    org_id = _org_id()
    lock(f"membership:{org_id}:{user.id}")
    row = session().scalar(select(Membership).where(Membership.user_id == user.id))
    if row is not None and not (row.removed_at or row.left_at):
        return row
    if row is None:
        row = Membership(user_id=user.id)
        session().add(row)
    row.role, row.provenance, row.created_at = role, provenance, now()
    row.removed_at = row.removed_by = row.left_at = None
    session().flush()
    told = {"role": role, "provenance": provenance, "domain": domain}
    audit.record("membership.created", subject=row.id, reason=provenance, **told)
    return row


def find(user_id: uuid.UUID) -> Membership | None:
    """The active membership of a person in the bound organization, or None."""
    row = session().scalar(select(Membership).where(Membership.user_id == user_id))
    return row if row and row.is_active else None


def of_person(user: User) -> Sequence[Membership]:
    """The person's active memberships, in whatever organizations, by name."""
    with acting(user.actor):
        rows = session().scalars(select(Membership).where(Membership.user_id == user.id)).all()
    return sorted((row for row in rows if row.is_active), key=lambda row: row.org.name.casefold())


def removed_from(user: User) -> frozenset[str]:
    """The organizations (ids) that removed this person: the tombstones."""
    with acting(user.actor):
        rows = session().scalars(select(Membership).where(Membership.user_id == user.id))
        return frozenset(str(row.org_id) for row in rows if row.removed_at)


def listing() -> Sequence[Membership]:
    """The active members of the bound organization, longest-standing first."""
    statement = select(Membership).where(Membership.removed_at.is_(None), Membership.left_at.is_(None))
    return session().scalars(statement.order_by(Membership.created_at, Membership.id)).all()


def former(user_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these people who are no longer members of the bound organization."""
    return user_ids - {row.user_id for row in listing()}


def who_may(permission: Permission) -> list[User]:
    """The active members of the bound organization who have this permission."""
    roles = holders(permission)
    return [row.user for row in listing() if row.is_active and row.role_name in roles]


def remove(row: Membership, *, reason: str) -> None:
    """Remove a member and leave a tombstone; twice is no mistake. Raises Conflict for the last active owner."""
    if row.removed_at:
        return
    lock(f"owners:{row.org_id}")
    owners = [owner for owner in listing() if owner.is_active and owner.role == Role.OWNER]
    if owners == [row]:
        raise Conflict("An organization always has an owner. Make somebody else an owner first.", code="last-owner")
    row.removed_at, row.removed_by = now(), scope().actor.user_id
    audit.record("membership.removed", subject=row.id, reason=reason)


def readdress(user: User) -> None:
    """The person's address has changed: every membership stays, and says that it was not by this address."""
    for row in of_person(user):
        with acting(user.actor, row.org_id):
            domain = user.email_key.rpartition("@")[2]
            audit.record("membership.readdressed", subject=row.id, provenance=row.provenance, domain=domain)
            row.provenance = "address-changed"


def undo_link(row: Membership, owner: User) -> str:
    """The signed text by which this owner can say "Not one of us" of a new member, for UNDO_LIFE."""
    data = {"org": str(row.org_id), "membership": str(row.id), "owner": str(owner.id), "at": row.created_at.isoformat()}
    return signing.sign("undo-join", data)


def read_undo(text: str) -> tuple[Membership, Membership]:
    """The new membership and the owner's own that an undo link names.

    Raises Expired, also for the link of an earlier joining: who was let in again since stays in. Raises NotFound when
    the link is forged or whoever was mailed is no owner any more.
    """
    data = _unsigned(text)
    with acting(Actor("person", uuid.UUID(data["owner"])), uuid.UUID(data["org"])):
        row = found(session().scalar(select(Membership).where(Membership.id == uuid.UUID(data["membership"]))))
        owner = find(uuid.UUID(data["owner"]))
        if owner is None or owner.role != Role.OWNER:
            raise NotFound("Only an owner can use this link, and you are none any more.", code="not-an-owner")
        if row.created_at.isoformat() != data["at"]:
            raise Expired(f"{row.user.name} was let in again after this mail.", code="link-outdated")
        return row, owner


def _unsigned(text: str) -> dict[str, str]:
    try:
        return signing.unsign("undo-join", text, max_age=UNDO_LIFE)
    except Expired as error:
        signed_at = getattr(error.__cause__, "date_signed", None) or now()
        until = signed_at + UNDO_LIFE
        raise Expired(
            f"It worked for {UNDO_LIFE.days} days, until {until.day} {until:%B %Y}. Write to us if somebody is not one "
            "of you.", code="link-expired",
        ) from None  # fmt: skip
    except NotFound:
        raise NotFound("This link is not known here. Open it from the mail, whole.", code="link-unknown") from None


def _org_id() -> uuid.UUID:
    org_id = scope().org_id
    if org_id is None:
        raise Forbidden("No organization is bound.", code="no-organization")
    return org_id
