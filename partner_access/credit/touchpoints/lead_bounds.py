"""What keeps leads from being hoarded: how many one may have, and when a site may be registered again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_access.credit.rules.settings import Rules

CREDITED_WITHIN = timedelta(days=365)
"""Each client whose credit became active so lately lets an organization have one lead more."""
MOST_MORE = 1000
"""So many leads more at most, so that the largest list need not be counted to the end."""
GIVEN_UP_EARLY = timedelta(days=7)
"""Who has had a site for no longer than this can register it again at once: it was a mistake, and cost nobody much."""


@dataclass(frozen=True)
class LeadBound:
    """How many open leads an organization has, and how many it may have (None: as many as it likes)."""

    live: int
    limit: int | None

    @property
    def is_reached(self) -> bool:
        return self.limit is not None and self.live >= self.limit

    @property
    def words(self) -> str:
        """“12 of 25”, or nothing where there is no bound."""
        return "" if self.limit is None else f"{self.live:,} of {self.limit:,}"


def limit(rules: Rules, credited: int, by_staff: int | None) -> int | None:
    """How many open leads an organization may have: staff's number for it alone, else the rules' and one for each
    client that it was credited with lately."""
    if by_staff is not None or rules.lead_limit is None:
        return by_staff
    return rules.lead_limit + min(credited, MOST_MORE)


@dataclass(frozen=True)
class PastLead:
    """A lead that an organization, or one that it has taken over, had for a site. cooldown_days: of the rules under
    which it was registered."""

    submitted_at: datetime
    ended_at: datetime
    end_reason: str
    cooldown_days: int | None

    @property
    def cools_until(self) -> datetime:
        return self.ended_at + timedelta(days=self.cooldown_days or 0)


def cools_until(past: Iterable[PastLead], at: datetime) -> datetime | None:
    """Until when the site cannot be registered again, or None when it can.

    After a lead that expired, and after leads that were withdrawn: the times of those that still cool down are counted
    together, so that withdrawing and registering anew each week does not keep a site for ever.
    """
    recent = [lead for lead in past if lead.cools_until > at]
    withdrawn = [lead for lead in recent if lead.end_reason == "withdrawn"]
    if sum((lead.ended_at - lead.submitted_at for lead in withdrawn), timedelta()) <= GIVEN_UP_EARLY:
        recent = [lead for lead in recent if lead.end_reason == "expired"]
    return max((lead.cools_until for lead in recent if lead.end_reason in ("expired", "withdrawn")), default=None)
