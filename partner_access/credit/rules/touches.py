"""Whose every touch of a client was, and whose it is by now. Here organizations are looked up, once; engine.py judges.

Pure: the facts are all there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from partner_access.credit.rules.facts import Facts, LeadFact, OrgFact, RulingFact, VisitFact

Fact = TypeVar("Fact")


@dataclass(frozen=True)
class Touch(Generic[Fact]):
    """What ties an organization to a sign-up, and who that was.

    fact: its lead or visit; None where it created the account, or the owner's e-mail address is at its domain. org: the
    organization at the sign-up, which may be one that it had become part of. was_active: whether it was at the touch,
    alone or as part of another one. is_creator: whether it created the account. heir: the id of who goes on for it now.
    """

    fact: Fact
    org: OrgFact
    was_active: bool
    is_creator: bool
    heir: str


@dataclass(frozen=True)
class Touches:
    """Every touch of one sign-up. leads: those for the site itself first, then the earliest; visits: the latest first;
    creations: one or none; addresses: by the organizations' ids.

    ruling: the last one, which names who goes on now. joined: since when what was brought is another organization's.
    """

    leads: list[Touch[LeadFact]]
    creations: list[Touch[None]]
    visits: list[Touch[VisitFact]]
    addresses: list[Touch[None]]
    ruling: RulingFact | None
    joined: dict[str, datetime]


def of(facts: Facts) -> Touches:
    """The touches that the facts tell of."""
    signed_up_at, orgs = facts.signed_up_at, {org.id: org for org in facts.orgs}
    creator = facts.created_for and facts.survivor(facts.created_for, signed_up_at)

    def touch(org_id: str, at: datetime, fact: Fact) -> Touch[Fact]:
        # what an organization became part of after the sign-up may be one that the facts do not tell of
        org, was = orgs[facts.survivor(org_id, signed_up_at)], orgs.get(facts.survivor(org_id, at))
        was_active = was is not None and was.is_active(at)
        return Touch(fact, org, was_active, is_creator=org.id == creator, heir=facts.survivor(org_id))

    leads = sorted(facts.leads, key=lambda lead: (lead.by_link, lead.submitted_at, lead.id))
    visits = sorted(facts.visits, key=lambda visit: (visit.opened_at, visit.id), reverse=True)
    at_domains = sorted(org.id for org in facts.orgs if org.has_domain(facts.email_domains))
    return Touches(
        leads=[touch(lead.org, lead.submitted_at, lead) for lead in leads],
        creations=[touch(org, signed_up_at, None) for org in [facts.created_for] if org],
        visits=[touch(visit.org, visit.opened_at, visit) for visit in visits],
        addresses=[touch(org, signed_up_at, None) for org in at_domains if facts.survivor(org, signed_up_at) == org],
        ruling=_last_ruling(facts) if facts.rulings else None,
        joined=_joined(facts) if facts.mergers else {},
    )


def _last_ruling(facts: Facts) -> RulingFact:
    last = max(facts.rulings, key=lambda ruling: (ruling.at, ruling.id))
    sides = tuple(facts.survivor(org) for org in last.sides)
    return replace(last, org=last.org and facts.survivor(last.org), sides=sides)


def _joined(facts: Facts) -> dict[str, datetime]:
    touched = (facts.created_for, *(lead.org for lead in facts.leads), *(visit.org for visit in facts.visits))
    mergers = sorted(facts.mergers, key=lambda merger: merger.at)
    return {facts.survivor(merger.org): merger.at for merger in mergers if merger.org in touched}
