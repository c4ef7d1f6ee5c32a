"""The signed links by which an owner says "Not one of us" of somebody who has just joined."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from partner_access import signing
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.db import Actor, acting, found, session
from partner_access.errors import Expired, NotFound
from partner_access.organizations import memberships
from partner_access.organizations.models import Membership
from partner_access.permissions import Role


def sign(row: Membership, owner: User) -> str:
    """The signed text by which this owner can say "Not one of us" of a new member, for memberships.UNDO_LIFE."""
    data = {"org": str(row.org_id), "membership": str(row.id), "owner": str(owner.id), "at": row.created_at.isoformat()}
    return signing.sign("undo-join", data)


def read(text: str) -> tuple[Membership, Membership]:
    """The new membership and the owner's own that an undo link names.

    Raises Expired, also for the link of an earlier joining: who was let in again since stays in. Raises NotFound when
    the link is forged or whoever was mailed is no owner any more.
    """
    data = _unsigned(text)
    with acting(Actor("person", uuid.UUID(data["owner"])), uuid.UUID(data["org"])):
        row = found(session().scalar(select(Membership).where(Membership.id == uuid.UUID(data["membership"]))))
        owner = memberships.find(uuid.UUID(data["owner"]))
        if owner is None or owner.role != Role.OWNER:
            raise NotFound("Only an owner can use this link, and you are none any more.", code="not-an-owner")
        if row.created_at.isoformat() != data["at"]:
            raise Expired(f"{row.user.name} was let in again after this mail.", code="link-outdated")
        return row, owner


def _unsigned(text: str) -> dict[str, str]:
    try:
        return signing.unsign("undo-join", text, max_age=memberships.UNDO_LIFE)
    except Expired as error:
        signed_at = getattr(error.__cause__, "date_signed", None) or now()
        until = signed_at + memberships.UNDO_LIFE
        raise Expired(
            f"It worked for {memberships.UNDO_LIFE.days} days, until {day(until)}. Write to us if "
            "somebody is not one of you.", code="link-expired",
        ) from None  # fmt: skip
    except NotFound:
        raise NotFound("This link is not known here. Open it from the mail, whole.", code="link-unknown") from None
