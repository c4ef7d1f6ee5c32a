"""The one lock of all organizations: whoever pauses, closes or merges one waits until nobody is at work for any."""

from __future__ import annotations

from partner_access.transactions import lock

NAME = "organizations"


def lock_shared() -> None:
    """No organization is paused, closed or merged until this transaction ends. Ask before you look at any of them."""
    lock(NAME, shared=True)


def lock_alone() -> None:
    """Nobody is at work for any organization, and whoever comes later waits until this transaction ends."""
    lock(NAME)
