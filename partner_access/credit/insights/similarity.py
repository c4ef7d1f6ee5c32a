"""How near something came to a credit that somebody misses: which of several came nearest, and by how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from partner_access.keys.sites import display_site

WITHIN_DAYS = 14
"""How far a date that somebody remembers roughly may be from the sign-up."""
KINDS = (
    "client", "other-site", "alike-client", "moved", "no-touch", "lead", "alike-lead", "nobody"
)  # fmt: skip
"""What can be found, the nearest first.

client: it is on the organization's list. Of a client account that is not: other-site, the lead is for a site much like
it; moved, the site belongs to it though it moved away;
no-touch, nothing. alike-client: a client of the list whose site is much like it. Where nobody has signed up: lead,
alike-lead, nobody.
"""


@dataclass(frozen=True)
class MissCandidate:
    """One thing that may be what somebody misses. kind: of KINDS; site: its own, which may differ from the one typed.

    signed_up_at: the client account's, None where nobody signed up; subject: the id of the lead or client; begun_at:
    when the site was last typed into the form of the organization's link before the sign-up; until: how long a site
    that was moved away from stays taken.
    """

    kind: str
    site: str
    signed_up_at: datetime | None = None
    subject: str = ""
    begun_at: datetime | None = None
    until: datetime | None = None

    def days_off(self, around: date | None) -> int:
        """How many days lie between the sign-up and a date; 0 without one of the two."""
        if around is None or self.signed_up_at is None:
            return 0
        return abs((self.signed_up_at.date() - around).days)

    def is_far(self, around: date | None) -> bool:
        """Whether the sign-up was at quite another time than somebody remembers."""
        return self.days_off(around) > WITHIN_DAYS


def nearest(candidates: Iterable[MissCandidate], around: date | None) -> MissCandidate:
    """The one that is most likely meant: not at quite another time, then by kind, then by date, then the newest."""
    return min(candidates, key=lambda found: _distance(found, around))


def _distance(found: MissCandidate, around: date | None) -> tuple[bool, int, int, float]:
    age = -found.signed_up_at.timestamp() if found.signed_up_at else 0.0
    return found.is_far(around), KINDS.index(found.kind), found.days_off(around), age


def is_alike(site: str, other: str) -> bool:
    """Whether one site may have been meant for another: the same name before the ending, hyphens aside, or one typo.

    A typo is one letter too many, too few or different, or two letters swapped, in a name of at least five.
    """
    first, second = _name(site), _name(other)
    if site == other or first == second:
        return site != other
    return min(len(first), len(second)) >= 5 and _is_one_slip(first, second)


def _name(site: str) -> str:
    return display_site(site).partition(".")[0].replace("-", "")


def _is_one_slip(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    start = next((at for at, (one, two) in enumerate(zip(short, long, strict=False)) if one != two), len(short))
    if len(short) == len(long):
        swapped = short[:start] + short[start : start + 2][::-1] + short[start + 2 :]
        return short[start + 1 :] == long[start + 1 :] or swapped == long
    return len(long) - len(short) == 1 and short[start:] == long[start + 1 :]


MISSED_BY = {
    "lead-expired": "Your lead ended {gap} before the client signed up.",
    "lead-withdrawn": "Your team withdrew the lead {gap} before the client signed up.",
    "lead-after-sign-up": "You registered the lead {gap} after the client signed up.",
    "late-lead": "You registered the lead {gap} after the client signed up.",
    "visit-after-sign-up": "Your link was opened {gap} after the client signed up.",
    "visit-too-old": "The {days} after the last opening of your link ended {gap} before the client signed up.",
}
"""Reasons that are a matter of time, in one sentence."""


def missed_by(code: str, at: datetime | None, until: datetime | None, signed_up_at: datetime) -> str:
    """By how much a touch from `at` until `until` missed the sign-up, in a sentence; empty where time is no matter."""
    moment = at if code in ("lead-after-sign-up", "late-lead", "visit-after-sign-up") else until
    if code not in MISSED_BY or moment is None:
        return ""
    days = gap(until - at) if at and until else ""
    return MISSED_BY[code].format(gap=gap(abs(signed_up_at - moment)), days=days)


def gap(length: timedelta) -> str:
    """A length of time in its largest whole unit: "3 days", "1 hour", "less than a minute"."""
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if length >= size:
            count = length // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
