"""A first account is not for ever: what frees its site for another first account. Pure."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_access.credit.rules.settings import Rules


@dataclass(frozen=True)
class FirstFact:
    """An account that had a site before, and is or may be over.

    until: until when the site stays its alias after it moved away; lapsed_at: until when its client could have accepted
    what was created for them; ended_at: since when it has ended, as it was at the moment that is looked at. is_day: the
    day of its sign-up alone is known, and the one that is decided was on the same day.
    """

    since: datetime
    until: datetime | None = None
    lapsed_at: datetime | None = None
    ended_at: datetime | None = None
    is_day: bool = False

    @property
    def may_be_over(self) -> bool:
        """Whether there are rules by which it does not have the site for ever."""
        return self.lapsed_at is not None or self.ended_at is not None

    def over_since(self, at: datetime, rules: Rules) -> tuple[str, datetime] | None:
        """Why it does not have the site any more at a moment, a reason code, and since when; None while it has it.

        What was never accepted or ended within the trial is as if it had never been.
        """
        if rules.trial_days is not None:
            if self.lapsed_at and self.lapsed_at <= at:
                return "first-never-accepted", self.lapsed_at
            if self.ended_at and self.ended_at <= min(at, self.since + timedelta(days=rules.trial_days)):
                return "first-only-trial", self.ended_at
        if rules.return_months and self.ended_at and months_after(self.ended_at, rules.return_months) <= at:
            return "first-long-ended", self.ended_at
        return None


def months_after(moment: datetime, months: int) -> datetime:
    """So many calendar months later; on the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))
