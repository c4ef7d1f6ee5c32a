"""What the leads of a sign-up would have held, had each held its site for another number of days. Pure.

It is worked out from what the decision stored: a site's leads stand in one line, each holds the site for its term from
its turn on, and is renewed if it was. What nobody can know stays as it was: whoever renewed a lead would have renewed
it in time, whoever withdrew one would have withdrawn it then, nobody would have registered anything else, and a lead
for another site, whose own link was used, would have had its turn when it had it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from partner_access.credit.rules.facts import Facts, LeadFact

DaysThen = Callable[[datetime], int]
"""For how many days a lead held its site that was registered at a moment."""


def with_lead_days(facts: Facts, days: int, days_then: DaysThen) -> Facts:
    """The facts as they would be, had every lead held its site for so many days; the same when they all did."""
    if all(days_then(lead.submitted_at) == days for lead in facts.leads):
        return facts
    elsewhere = [_alone(lead, days, days_then) for lead in facts.leads if lead.by_link]
    return replace(
        facts, leads=(*_in_line([lead for lead in facts.leads if not lead.by_link], days, days_then), *elsewhere)
    )


def _alone(lead: LeadFact, days: int, days_then: DaysThen) -> LeadFact:
    if lead.held_from is None:
        return lead
    return replace(lead, held_until=lead.held_from + _term(lead, days, days_then))


def _in_line(leads: list[LeadFact], days: int, days_then: DaysThen) -> list[LeadFact]:
    """The leads of one site, each at its turn. Who has a live one for it cannot register another."""
    found: list[LeadFact] = []
    free_from: datetime | None = None
    for lead in sorted(leads, key=lambda lead: (lead.number, lead.id)):
        if any(other.org == lead.org and not other.is_over(lead.submitted_at) for other in found):
            continue
        turn = max(lead.submitted_at, free_from) if free_from else lead.submitted_at
        if lead.ended_at is not None and lead.ended_at <= turn:  # gave up its place before
            found.append(replace(lead, held_from=None, held_until=None))
            continue
        until = turn + _term(lead, days, days_then)
        free_from = min(until, lead.ended_at or until)
        found.append(replace(lead, held_from=turn, held_until=until))
    return found


def _term(lead: LeadFact, days: int, days_then: DaysThen) -> timedelta:
    """One term, or two for a lead that was renewed: then it held its site for longer than one of its own."""
    own = timedelta(days=days_then(lead.submitted_at))
    is_renewed = lead.held_from is not None and lead.held_until is not None and lead.held_until - lead.held_from > own
    return timedelta(days=days) * (2 if is_renewed else 1)
