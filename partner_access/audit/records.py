"""Records what happened, and reads it back for the organization that is bound."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from partner_access.audit.events import EVENTS
from partner_access.audit.models import OrgEvent, ProgrammeEvent
from partner_access.db import scope, session


def record(event: str, *, subject: uuid.UUID | None = None, reason: str | None = None, **fields: Any) -> None:
    """Write an event in the present transaction, as the actor and for the organization that acting() bound.

    event: a key of EVENTS; fields: only those which the catalogue allows it; subject: the id of what it happened to.
    """
    unknown = set(fields) - EVENTS[event]
    if unknown:
        raise ValueError(f"{event} does not carry {', '.join(sorted(unknown))}.")
    bound = scope()
    model = OrgEvent if bound.org_id else ProgrammeEvent
    session().add(
        model(
            event=event,
            actor_kind=bound.actor.kind,
            actor_id=bound.actor.user_id,
            subject_id=subject,
            reason=reason,
            fields=fields,
        )
    )


def history(subject: uuid.UUID, *, most: int = 50) -> Sequence[OrgEvent]:
    """What happened to one thing of the bound organization, oldest first, at most `most` events."""
    statement = select(OrgEvent).where(OrgEvent.subject_id == subject).order_by(OrgEvent.at, OrgEvent.id).limit(most)
    return session().scalars(statement).all()
