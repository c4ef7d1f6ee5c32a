"""Forms of the feed of events."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from pydantic import Field

from partner_access.api.schemas.base import Answer, Asked


class EventsAsked(Asked):
    """Where to read on, and how far."""

    after: int = Field(default=0, ge=0, le=2**62, description="`next` of the page before this one; 0 is the beginning.")
    limit: int = Field(default=100, ge=1, le=500, description="How many at once.")


class EventAnswer(Answer):
    """What happened to one organization, or (`data.organization` is then null) to none."""

    id: uuid.UUID
    type: str
    occurred_at: datetime
    data: dict[str, Any]


class Events(Answer):
    """A page of the feed, oldest first."""

    items: list[EventAnswer]
    next: int = Field(description="Read on after this, also when there is nothing more yet.")
