"""Seals: every state of what partners read is under a digest, and the digests are chained in segments."""

from partner_access.seals.models import Sealed

__all__ = ["Sealed"]
