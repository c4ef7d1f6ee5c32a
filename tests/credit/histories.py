"""A year of two agencies and their clients as a list of acts, to be played again under other rules.

Played again, people do what they did: an act that came to nothing the first time (a lead for a client's website, or for
one that the team held) is left out, and what a lead that cannot be registered now did later is left out with it.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

from sqlalchemy import select

from partner_access import clock
from partner_access.accounts.models import User
from partner_access.credit.attribution import decisions, signups
from partner_access.credit.attribution.fact_finding import Ties
from partner_access.credit.clients import client_accounts
from partner_access.credit.lifecycle import client_merges
from partner_access.credit.models import ClientAccount, Lead
from partner_access.credit.rulings import rulings
from partner_access.credit.touchpoints import lead_queue, leads, links, registrations, visits
from partner_access.db import STAFF, SYSTEM, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.models import Organization
from tests.factories import make_member, make_org, submit_lead
from tests.portal import Portal

ORGS = ("ann", "bob", "cas")
SITES = [f"site{number}.example" for number in range(6)]
_numbers = count(1)


@dataclass(frozen=True)
class Act:
    """Something that somebody does so many hours after the beginning; `subject`: the act that it is about."""

    hours: int
    name: str
    org: str = ""
    site: str = ""
    subject: int = 0
    seen: tuple[int, ...] = ()


def invent(seed: int, acts: int = 60) -> list[Act]:
    """Some history; the same for the same seed."""
    chance, found, hours = random.Random(seed), [], 0
    for number in range(acts):
        hours += chance.choice([3, 30, 24 * 5, 24 * 15])
        names = ["lead", "lead", "visit", "visit"] if number < 10 else NAMES
        found.append(_act(chance, chance.choice(names), hours, found))
    return found


NAMES = ("lead", "lead", "visit", "visit", "visit of a lead", "withdraw", "renew", *["sign-up"] * 5, "rule", "merge")


def _act(chance: random.Random, name: str, hours: int, before: list[Act]) -> Act:
    org, site = chance.choice(ORGS), chance.choice(SITES)
    of = {"withdraw": "lead", "renew": "lead", "visit of a lead": "lead", "rule": "sign-up", "merge": "sign-up"}
    subjects = [number for number, act in enumerate(before) if act.name == of.get(name)] or [-1]
    opened = [number for number, act in enumerate(before) if act.name.startswith("visit")]
    seen = chance.sample(opened[-5:], k=min(len(opened), chance.randrange(4)))
    if name == "merge":
        seen = [chance.choice(subjects)]
    return Act(hours, name, org, site, chance.choice(subjects), tuple(seen))


@dataclass
class Played:
    """One time that a history was played: what each act made, and which took effect."""

    portal: Portal
    start: datetime
    world: str = field(default_factory=lambda: f"h{next(_numbers)}")
    made: dict[int, Any] = field(default_factory=dict)
    orgs: dict[str, Organization] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def play(self, history: list[Act], only: Played | None = None) -> Played:
        """Do what the history says; `only`: what took effect when it was played before."""
        with clock.at(self.start):
            for name in ORGS:
                self.orgs[name] = make_org(self.portal, f"{self.world}{name}")
                self.people[name] = make_member(self.portal, self.orgs[name], role="owner")
        for number, act in enumerate(history):
            with clock.at(self.start + timedelta(hours=act.hours)), suppress(Invalid, Conflict):
                done = self._do(act) if only is None or number in only.made else None
                if done is not None:
                    self.made[number] = done
        return self

    def _do(self, act: Act) -> Any:
        """What it made, or None when it came to nothing."""
        if act.name == "lead":
            submitted = submit_lead(self.portal, self.orgs[act.org], self.people[act.org], self._site(act.site))
            return submitted.lead if submitted.outcome != "already-yours" else None
        if act.name == "visit":
            with self.portal.acting(SYSTEM, self.orgs[act.org].id):
                code = links.primary(self.orgs[act.org]).code
            return self._open(code)
        if act.name == "sign-up":
            return self._sign_up(act)
        subject = self.made.get(act.subject)
        return self.ABOUT[act.name](self, act, subject) if subject is not None else None

    def _site(self, site: str) -> str:
        return f"{self.world}-{site}"

    def _open(self, code: str) -> str:
        with self.portal.acting():
            link = links.find_code(code)
            assert link is not None
            return visits.record(link, "a browser")

    def _sign_up(self, act: Act) -> ClientAccount:
        with self.portal.acting():
            signup = signups.check(
                external_id=f"{self.world}-{act.hours}",
                company="Client",
                website=self._site(act.site),
                email="",
                signed_up_at=clock.now(),
                referral="",
                came_by="csv",
            )
            seen = [visit for number in act.seen if (visit := visits.find(self.made.get(number, "")))]
            return signups.record(signup, Ties(seen)).account

    def _visit_of_lead(self, act: Act, lead: Lead) -> str | None:
        if not self._is_first_of_its_site(lead):
            return None
        with self.portal.acting(SYSTEM, lead.org_id):
            code = links.of_lead(lead.id).code
        return self._open(code)

    def _withdraw(self, act: Act, lead: Lead) -> bool | None:
        with self.portal.acting(SYSTEM, lead.org_id):
            lead_queue.settle(lead.site)
            row = leads.fetch(lead.id)
            was_live = row.ended_at is None
            registrations.withdraw(row)
            return was_live or None

    def _renew(self, act: Act, lead: Lead) -> bool | None:
        """At once, so that it is in time whatever the term; only the first lead of a site surely holds it then."""
        if not self._is_first_of_its_site(lead):
            return None
        with clock.at(lead.submitted_at), self.portal.acting(SYSTEM, lead.org_id):
            row = leads.fetch(lead.id)
            if row.ended_at or row.renewed_at:
                return None
            registrations.renew(row, "They asked for an offer.")
            return True

    def _is_first_of_its_site(self, lead: Lead) -> bool:
        same = [row for row in self.made.values() if isinstance(row, Lead) and row.site == lead.site]
        return same[0].id == lead.id

    def _rule(self, act: Act, account: ClientAccount) -> bool:
        with self.portal.acting(STAFF):
            row = client_accounts.fetch(account.id)
            rulings.rule(row, self.orgs[act.org].id if len(act.seen) < 2 else None, "So it was agreed.", STAFF)
            return True

    def _merge(self, act: Act, account: ClientAccount) -> bool | None:
        other = self.made.get(act.seen[0])
        with self.portal.acting(STAFF):
            if not isinstance(other, ClientAccount):
                return None
            one, two = (client_accounts.survivor(client_accounts.fetch(row.id)) for row in (account, other))
            if one.id == two.id:
                return None
            client_merges.merge(one, two, "One business.")
            return True

    ABOUT: ClassVar = {
        "visit of a lead": _visit_of_lead,
        "withdraw": _withdraw,
        "renew": _renew,
        "rule": _rule,
        "merge": _merge,
    }

    def outcomes(self) -> dict[str, tuple[str | None, str | None]]:
        """Account that goes on -> who has the credit and on what basis; worlds and their numbers left out."""
        names = {org.id: name for name, org in self.orgs.items()}
        with self.portal.acting():
            mine = ClientAccount.external_id.startswith(f"{self.world}-"), ClientAccount.merged_into.is_(None)
            found = {}
            for account in session().scalars(select(ClientAccount).where(*mine)):
                stored = decisions.latest(account)
                assert stored is not None
                key = account.external_id.partition("-")[2]
                found[key] = names[stored.winner_id] if stored.winner_id else None, stored.basis
            return found
