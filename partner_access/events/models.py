"""The one table of events that other programs are told of."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, new_id


class Event(Base):
    """Something that happened to one organization, or (`org_id` is then empty) to none.

    A programme table, for the programme reads all of them in one order. number: the place in that order, given after
    the commit that made the event (events.publish); who reads on from a number misses none.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_unpublished",
            "id",
            sqlite_where=text("number is null"),
            postgresql_where=text("number is null"),
        ),
        Index(None, "org_id", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    type: Mapped[str]
    occurred_at: Mapped[datetime] = mapped_column(default=now)
    data: Mapped[dict[str, Any]]
