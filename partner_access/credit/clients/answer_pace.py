"""How many answers about websites an organization gets at once. What it registers and claims beyond them is taken with
its time and answered later, so that nobody finds out who is a client by trying names.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from partner_access import jobs
from partner_access.accounts import throttles
from partner_access.clock import day, now
from partner_access.credit import deadlines
from partner_access.errors import TooMany
from partner_access.organizations.models import Organization

AT_ONCE, WINDOW = 100, timedelta(hours=1)
LATER, WITHIN = timedelta(hours=20), timedelta(days=1)
"""How long after its hour something is answered, and within which time that is promised: the worker may be late."""


def answer_at(org: Organization) -> datetime | None:
    """Count one answer; when it comes, which the worker sees to, or None for at once."""
    if throttles.take(_name(org), AT_ONCE, WINDOW):
        return None
    at = throttles.window_start(WINDOW, ahead=1) + LATER
    jobs.enqueue(deadlines.ANSWERS, org.id, org_id=org.id, due_at=at, dedupe=f"answers:{org.id}:{at.isoformat()}")
    return at


def check(org: Organization) -> None:
    """Count one answer that cannot come later. Raises TooMany, which says when it works again."""
    if throttles.take(_name(org), AT_ONCE, WINDOW):
        return
    left = throttles.seconds_left(WINDOW)
    raise TooMany(
        f"{org.name} has registered, claimed and created {AT_ONCE} clients within an hour, after which no account can "
        f"be created. It works again at {now() + timedelta(seconds=left):%H:%M} UTC.",
        code="throttled",
        retry_after=left,
    )


def _name(org: Organization) -> str:
    return f"answers:{org.id}"


def taken_sentence(at: datetime) -> str:
    """That something was taken, when, and when the answer comes; nothing of what is known of the website."""
    by = at + WITHIN
    return (
        f"on {day(at)}, {at:%H:%M} UTC, which is the time that counts. The answer comes within a day, by {day(by)}, "
        f"{by:%H:%M} UTC, because your team has sent more than {AT_ONCE} websites within the hour."
    )
