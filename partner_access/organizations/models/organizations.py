"""Rows of organizations, of what is their own, of pauses and of mergers. Programme tables."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, new_id


class Organization(Base):
    """A partner organization: the tenant. default_policy: the join policy that a newly proved domain begins with.

    suspended_at: since when it is paused now (OrgPause has all its pauses); closed_at: since when it is over for good.
    lead_limit: how many open leads staff let it have, where that is not what the rules say.
    owners_look_at: when the worker next looks whether an owner is there; ownerless_since: none is, as it found.
    """

    __tablename__ = "organization"
    __table_args__ = (CheckConstraint("default_policy in ('auto', 'request', 'closed')", name="default_policy"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    website: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    suspended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    owners_look_at: Mapped[datetime | None] = mapped_column(default=now, index=True)
    ownerless_since: Mapped[datetime | None] = mapped_column(index=True)
    default_policy: Mapped[str] = mapped_column(default="request")
    lead_limit: Mapped[int | None]

    @property
    def state(self) -> str:
        """`active`, `paused` or `closed`."""
        return "closed" if self.closed_at else "paused" if self.suspended_at else "active"

    @property
    def is_active(self) -> bool:
        return self.state == "active"


class OwnName(Base):
    """A website (a site key) or e-mail domain that is an organization's own, from a moment until it was given up.

    What counts for a sign-up is what was its own then: Organization.website and Domain say only what is now.
    """

    __tablename__ = "own_name"
    __table_args__ = (
        Index(
            "uq_own_name_open",
            "org_id",
            "kind",
            "name",
            unique=True,
            sqlite_where=text("until is null"),
            postgresql_where=text("until is null"),
        ),
        Index(None, "org_id"),
        Index(None, "name"),
        CheckConstraint("kind in ('website', 'domain')", name="kind"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str]
    name: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class OrgPause(Base):
    """A time for which the programme has paused an organization; `until` is None while it lasts."""

    __tablename__ = "org_pause"
    __table_args__ = (
        Index(
            "uq_org_pause_open",
            "org_id",
            unique=True,
            sqlite_where=text("until is null"),
            postgresql_where=text("until is null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class OrgMerger(Base):
    """An organization became part of another one, for good. What it was before stays written as it was.

    The other one may become part of a third later: who goes on at last is found by going from one to the next.
    """

    __tablename__ = "org_merger"

    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    into_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    at: Mapped[datetime]
