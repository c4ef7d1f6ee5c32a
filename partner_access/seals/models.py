"""Rows of seals: the digest of every state of a sealed row, the segments that chain them, what was erased or pruned."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, new_id

PROGRAMME = uuid.UUID(int=0)
"""Stands for the organization of a seal whose row belongs to none."""


class Sealed:
    """A row that partners read, or that says why they read it: each state of it has its Seal."""

    __texts__: ClassVar[tuple[str, ...]] = ()
    """The columns that may name somebody: they stand under the digest by a salted one, and can be erased."""


class Seal(Base):
    """The digest of one state of a sealed row. Append-only, but for its segment and for a salt that is erased.

    kind: the row's table; version: 1 for the row as it was inserted, one more for each change since. texts: the salted
    digest of its texts; digest: of everything else and of that one. segment: None until the worker has sealed it.
    """

    __tablename__ = "seal"
    __table_args__ = (Index(None, "segment"),)

    org_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[str | None]
    texts: Mapped[str | None]
    digest: Mapped[str]
    segment: Mapped[int | None]


class SealSegment(Base):
    """Some seals, closed for good: the hash covers all of their digests and the hash before it. Append-only."""

    __tablename__ = "seal_segment"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=now)
    seals: Mapped[int]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class Erasure(Sealed, Base):
    """The texts of a row were erased, with their salts; the database lets none go without such a row. Append-only."""

    __tablename__ = "erasure"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason_given"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    row_id: Mapped[uuid.UUID] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str]


class Pruning(Sealed, Base):
    """Events up to this segment were pruned: the database lets none be deleted that no such row names. Append-only."""

    __tablename__ = "pruning"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason_given"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    segment: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str]
