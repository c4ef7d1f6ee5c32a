"""Events: what happened, as the feed of the API and webhooks tell it to other programs."""

from partner_access.events.events import publish, tell
from partner_access.events.models import Event
from partner_access.events.types import TYPES

__all__ = ["TYPES", "Event", "publish", "tell"]
