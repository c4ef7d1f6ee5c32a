"""When a delivery is tried again, what an answer means, and when an endpoint is given up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1800, 7200, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 20 * 3600)
)
"""The waits after the first, second … failed attempt of a delivery: 3 days in all, then it has failed for good."""
JITTER = 0.1
"""Every wait is up to so much of itself shorter or longer: else all that failed together comes back together."""
GIVEN_UP_AFTER = timedelta(days=3)
"""An endpoint that has failed for so long without one success is switched off."""
LONGEST_REST = timedelta(minutes=5)
LONGEST_ASKED = timedelta(days=1)
"""A `Retry-After` counts for so long at most: else one answer silences an endpoint for good."""
SLOW = timedelta(seconds=1)
IDLE = 4
"""An endpoint that takes longer than SLOW to answer rests so many times as long before the next delivery."""


@dataclass(frozen=True)
class Answer:
    """What an attempt came to. status: None where there was no answer; error: why not; body: the first part of it.

    retry_after: for how long the receiver asked us to wait.
    """

    took: timedelta
    status: int | None = None
    body: str = ""
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it (Standard Webhooks: any 2xx)."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing more."""
        return self.status == 410

    @property
    def fault(self) -> str:
        """Why it was no success, in a sentence."""
        if self.status is None:
            return self.error
        if 300 <= self.status < 400:
            return f"It answered {self.status}, a redirect, which is not followed: enter the address it leads to."
        return "It answered 410: it wants no more events." if self.is_gone else f"It answered {self.status}."


def wait(attempts: int, chance: float, asked: timedelta | None) -> timedelta | None:
    """How long to wait after so many failed attempts, None when there is none left.

    chance: from 0 to 1, for the jitter; asked: for how long the receiver asked us to wait, which is never undercut.
    """
    if attempts > len(WAITS):
        return None
    jittered = WAITS[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return max(jittered, min(asked or timedelta(), LONGEST_ASKED))


def rest(answer: Answer, failures: int) -> timedelta:
    """How long an endpoint is left alone after an answer, before its next delivery. failures: in a row.

    A dead one is asked less and less often, a slow one takes a fifth of the time at most: both would otherwise keep
    everybody else's deliveries waiting for their time-outs.
    """
    asked = min(answer.retry_after or timedelta(), LONGEST_ASKED)
    idle = answer.took * IDLE if answer.took > SLOW else timedelta()
    backs_off = min(timedelta(seconds=2 ** min(failures, 10)), LONGEST_REST) if failures else timedelta()
    return max(asked, idle, backs_off)


def is_given_up(failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint that has just failed has done so for too long."""
    return now - failing_since >= GIVEN_UP_AFTER


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """What a `Retry-After` header asks for: seconds, or a date (RFC 9110 section 10.2.3); None for anything else."""
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(moment - now, timedelta())
