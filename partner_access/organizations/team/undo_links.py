"""The signed links by which an owner says "Not one of us" of somebody who has just joined."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from partner_access import signing
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.db import Actor, acting, found, session
from partner_access.errors import Expired, NotFound
from partner_access.organizations.directory import mergers, org_lock
from partner_access.organizations.models import Membership, OrgMerger
from partner_access.organizations.team import memberships
from partner_access.permissions import Role, gives


def sign(row: Membership, owner: User) -> str:
    """The signed text by which this owner can say "Not one of us" of a new member, for memberships.UNDO_LIFE."""
    data = {"org": str(row.org_id), "membership": str(row.id), "owner": str(owner.id), "at": row.created_at.isoformat()}
    return signing.sign("undo-join", data)


def read(text: str) -> tuple[Membership, Membership]:
    """The new membership and the owner's own that an undo link names; after a merger those in what goes on.

    Raises Expired, also for the link of an earlier joining: who was let in again since stays in. Raises NotFound when
    the link is forged or whoever was mailed is no owner any more. Raises Expired after a merger, too, when the member
    did not come by it or whoever was mailed does not decide about them there.
    """
    data = _unsigned(text)
    org_lock.lock_shared()
    with acting(Actor("person", uuid.UUID(data["owner"])), uuid.UUID(data["org"])):
        row = found(session().scalar(select(Membership).where(Membership.id == uuid.UUID(data["membership"]))))
        owner = memberships.find(uuid.UUID(data["owner"]))
        if owner is None or owner.role != Role.OWNER:
            raise NotFound("Only an owner can use this link, and you are none any more.", code="not-an-owner")
        if row.created_at.isoformat() != data["at"]:
            raise Expired(f"{row.user.name} was let in again after this mail.", code="link-outdated")
    became = mergers.of([row.org_id])
    return _after(became, row, owner) if became and row.is_present else (row, owner)


def _after(became: list[OrgMerger], row: Membership, owner: Membership) -> tuple[Membership, Membership]:
    """Both memberships in the organization that goes on, where what was owners became admins."""
    last = became[-1]
    with acting(owner.user.actor, last.into_id):
        there = session().scalar(select(Membership).where(Membership.user_id == row.user_id))
        its_own = memberships.find(owner.user_id)
    if there is None or not there.is_present:
        return there or row, owner
    decides = its_own is not None and there.role_name in gives(its_own.role_name)
    if its_own is None or not decides or not _came_by(last, there):
        sentence = f"{row.org.name} became part of {there.org.name} on {day(became[0].at)}."
        raise Expired(f"{sentence} Ask an owner or admin there to remove {row.user.name}.", code="org-merged")
    return there, its_own


def _came_by(merger: OrgMerger, there: Membership) -> bool:
    """Whether somebody came by this merger: not before it, by an earlier one, or in their own way."""
    into = [row for row in mergers.listing() if row.into_id == merger.into_id and row.at >= there.created_at]
    return there.provenance == "merged" and into[:1] == [merger]


def _unsigned(text: str) -> dict[str, str]:
    try:
        return signing.unsign("undo-join", text, max_age=memberships.UNDO_LIFE)
    except Expired as error:
        signed_at = getattr(error.__cause__, "date_signed", None) or now()
        until = signed_at + memberships.UNDO_LIFE
        raise Expired(
            f"It worked for {memberships.UNDO_LIFE.days} days, until {day(until)}. Write to us if "
            "somebody is not one of you.",
            code="link-expired",
        ) from None
    except NotFound:
        raise NotFound("This link is not known here. Open it from the mail, whole.", code="link-unknown") from None
