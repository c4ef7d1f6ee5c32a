"""Whose every touch of a sign-up was, and whose it is by now. Pure: engine.py judges them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from partner_access.credit.rules.facts import Facts, LeadFact, OrgFact, RulingFact, VisitFact

Fact = TypeVar("Fact")


@dataclass(frozen=True)
class Touch(Generic[Fact]):
    """What ties an organization to a sign-up, and who that was.

    fact: its lead or visit; None where it created the account, or the owner's e-mail address is at its domain. org: the
    organization at the sign-up, which may be one that it had become part of. inactive: the reason code where it was not
    active at the touch, alone or as part of another one, or at the sign-up. is_creator: whether it created the account;
    is_own_site, is_own_use: whether the site is its own, and whether the owner's address is at its domain though it did
    not create the account. heir: the id of who goes on for it now.
    """

    fact: Fact
    org: OrgFact
    inactive: str
    is_creator: bool
    is_own_site: bool
    is_own_use: bool
    heir: str


@dataclass(frozen=True)
class Touches:
    """Every touch of one sign-up. leads: those for the site itself first, then the first; visits: the last one first;
    creations: one or none; addresses: by the organizations' ids.

    ruling: the last one, which names who goes on now. joined: since when what was brought is another organization's.
    lapsed: the organizations about whom staff were asked in vain, and until when.
    """

    leads: list[Touch[LeadFact]]
    creations: list[Touch[None]]
    visits: list[Touch[VisitFact]]
    addresses: list[Touch[None]]
    ruling: RulingFact | None
    joined: dict[str, datetime]
    lapsed: dict[str, datetime]


def touches_of(facts: Facts, own_for: timedelta) -> Touches:
    """Whose every touch was and whose it is by now: here organizations are looked up, once, and engine.py judges.

    own_for: how long what an organization has given up still counts as its own.
    """
    signed_up_at, orgs = facts.signed_up_at, {org.id: org for org in facts.orgs}
    then = partial(facts.survivor, at=signed_up_at)
    creator = facts.created_for and then(facts.created_for)

    def touch(org_id: str, at: datetime, fact: Fact) -> Touch[Fact]:
        # what an organization became part of after the sign-up may be one that the facts do not tell of
        org, was = orgs[then(org_id)], orgs.get(facts.survivor(org_id, at))
        is_active = was is not None and was.is_active(at) and org.is_active(signed_up_at)
        inactive = "org-paused" if org.is_paused(signed_up_at) else "org-not-active"
        is_creator, at_domain = org.id == creator, org.id in at_domains
        is_own_site, is_own_use = org.has_site(facts.site, signed_up_at, own_for), at_domain and not is_creator
        heir = facts.survivor(org_id)
        return Touch(fact, org, "" if is_active else inactive, is_creator, is_own_site, is_own_use, heir)

    leads = sorted(facts.leads, key=lambda lead: (lead.by_link, lead.number, lead.id))
    visits = sorted(facts.visits, key=lambda visit: visit.place, reverse=True)
    at_domains = {org.id for org in facts.orgs if org.has_domain(facts.email_domains, signed_up_at, own_for)}
    return Touches(
        leads=[touch(lead.org, lead.submitted_at, lead) for lead in leads],
        creations=[touch(org, signed_up_at, None) for org in [facts.created_for] if org],
        visits=[touch(visit.org, visit.opened_at, visit) for visit in visits],
        addresses=[touch(org, signed_up_at, None) for org in sorted(at_domains) if then(org) == org],
        ruling=_last_ruling(facts) if facts.rulings else None,
        joined=_joined(facts) if facts.mergers else {},
        lapsed={facts.survivor(org): lapse.at for lapse in facts.lapses for org in lapse.sides},
    )


def _last_ruling(facts: Facts) -> RulingFact:
    last = max(facts.rulings, key=lambda ruling: (ruling.number, ruling.id))
    sides = tuple(facts.survivor(org) for org in last.sides)
    return replace(last, org=last.org and facts.survivor(last.org), sides=sides)


def _joined(facts: Facts) -> dict[str, datetime]:
    touched = (facts.created_for, *(lead.org for lead in facts.leads), *(visit.org for visit in facts.visits))
    mergers = sorted(facts.mergers, key=lambda merger: merger.at)
    return {facts.survivor(merger.org): merger.at for merger in mergers if merger.org in touched}
