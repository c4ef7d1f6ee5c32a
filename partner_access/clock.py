"""The only clock: every moment in the portal is aware and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC. Tests stop it with time-machine."""
    return datetime.now(UTC)
