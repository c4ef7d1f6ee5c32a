"""Jobs: work that is enqueued in the transaction that makes it, and done once by whichever worker takes it."""

from partner_access.jobs.attempts import Attempt, Blocked, Effect, Later, Run, Superseded
from partner_access.jobs.jobs import Kind, drop, enqueue, hand_on, hasten

__all__ = [
    "Attempt",
    "Blocked",
    "Effect",
    "Kind",
    "Later",
    "Run",
    "Superseded",
    "drop",
    "enqueue",
    "hand_on",
    "hasten",
]
