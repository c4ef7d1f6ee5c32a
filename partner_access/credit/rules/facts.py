"""What a decision about a client looks at: facts, plain values that are stored and read back, and the touches in them.

Organizations, leads and the like are named by their ids as texts; moments are aware. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

FORMAT = 1
"""Of the facts as they are stored, for as long as decisions are kept: whoever reads them has to know it."""


@dataclass(frozen=True)
class LeadFact:
    """A lead for the site, or one whose own link the client used (`by_link`). Queued while `held_from` is None.

    number: its place among all leads, which no clock can change. ended_at, end_reason: only what the partner did to it;
    that a sign-up ended it is for the decision to find.
    """

    org: str
    id: str
    submitted_at: datetime
    held_from: datetime | None
    held_until: datetime | None
    ended_at: datetime | None = None
    end_reason: str | None = None
    by_link: bool = False
    number: int = 0

    @property
    def ends(self) -> datetime | None:
        """When its term is over, or it ended before; None while nothing ends it."""
        return min((moment for moment in (self.held_until, self.ended_at) if moment), default=None)

    def is_over(self, at: datetime) -> bool:
        return self.ends is not None and self.ends <= at


@dataclass(frozen=True)
class VisitFact:
    """An opening of a referral link that is tied to the sign-up. `how`: `cookie`, `form`, or `code` (no visit seen).

    number: its place among all openings; without one it comes after them.
    """

    org: str
    id: str
    code: str
    opened_at: datetime
    how: str
    number: int | None = None

    @property
    def place(self) -> tuple[bool, int, str]:
        """What orders openings as they happened."""
        return self.number is None, self.number or 0, self.id


@dataclass(frozen=True)
class PauseFact:
    """A time for which the programme had paused an organization; without `until` it lasts."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class OwnFact:
    """A site or e-mail domain that is an organization's own, from a moment on; without `until` it still is."""

    name: str
    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime, after: timedelta) -> bool:
        """Whether it was its own at a moment, or had been until so long before: else it is given up an hour before."""
        return self.since <= at and (self.until is None or at < self.until + after)


@dataclass(frozen=True)
class OrgFact:
    """What makes an organization eligible: when it was active, and when which sites and e-mail domains were its own."""

    id: str
    active_from: datetime
    own_sites: tuple[OwnFact, ...] = ()
    own_domains: tuple[OwnFact, ...] = ()
    pauses: tuple[PauseFact, ...] = ()
    closed_at: datetime | None = None

    def is_active(self, at: datetime) -> bool:
        is_closed = self.closed_at is not None and self.closed_at <= at
        return self.active_from <= at and not is_closed and not self.is_paused(at)

    def is_paused(self, at: datetime) -> bool:
        return any(pause.holds(at) for pause in self.pauses)

    def has_site(self, site: str, at: datetime, after: timedelta) -> bool:
        """Whether the site was its own at a moment, or had been until so long before."""
        return any(own.name == site and own.holds(at, after) for own in self.own_sites)

    def has_domain(self, names: Iterable[str], at: datetime, after: timedelta) -> bool:
        """Whether one of these domains was, likewise."""
        wanted = set(names)
        return any(own.name in wanted and own.holds(at, after) for own in self.own_domains)


@dataclass(frozen=True)
class MergerFact:
    """An organization became part of another one: from `at` on it is that one, and what it has is that one's."""

    org: str
    into: str
    at: datetime


@dataclass(frozen=True)
class RulingFact:
    """What staff decided about the client account; `org` None credits nobody.

    sides: the organizations that were asked before, or for whom an earlier ruling was: they read the reason whatever
    their touches were. number: its place among all rulings.
    """

    org: str | None
    id: str
    at: datetime
    sides: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class LapseFact:
    """A question to staff about these organizations that ended when it was due, unanswered: the rules decide."""

    id: str
    at: datetime
    sides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything the decision looks at. `email_domains`: the owner's e-mail domain, then its parents.

    refused: organizations that the client chose to go on without. created_for: who created the account in the portal on
    the client's behalf. earlier_account_at: when another account had this site first; earlier_until: until when a site
    that account has moved away from stays its alias. merged_at: when the account was merged into another one;
    survives_since: when another one was merged into it (these are then the facts of the earliest of them all).
    mergers: of organizations. Every touch is told of the organization that it was then.
    """

    signed_up_at: datetime
    site: str
    email_domains: tuple[str, ...] = ()
    orgs: tuple[OrgFact, ...] = ()
    leads: tuple[LeadFact, ...] = ()
    visits: tuple[VisitFact, ...] = ()
    refused: tuple[str, ...] = ()
    earlier_account_at: datetime | None = None
    unknown_referral: bool = False
    created_for: str | None = None
    rulings: tuple[RulingFact, ...] = ()
    earlier_until: datetime | None = None
    merged_at: datetime | None = None
    survives_since: datetime | None = None
    mergers: tuple[MergerFact, ...] = ()
    lapses: tuple[LapseFact, ...] = ()

    def org(self, org_id: str) -> OrgFact:
        return next(org for org in self.orgs if org.id == org_id)

    def survivor(self, org_id: str, at: datetime | None = None) -> str:
        """Who goes on for an organization now, or did at a moment: itself, or the one that it has become part of."""
        for row in self.mergers:
            if row.org == org_id and (at is None or row.at <= at):
                return self.survivor(row.into, at)
        return org_id

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, moments in ISO 8601, and the format that they are in."""
        return {"format": FORMAT, **jsonable(asdict(self))}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Facts:
        """The facts that `to_json` wrote. Raises ValueError for a format that is not known."""
        fields = dict(data)
        if (written := fields.pop("format", None)) != FORMAT:
            raise ValueError(f"Facts of format {written} cannot be read.")
        return cls(**from_jsonable(fields))


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


def jsonable(value: Any) -> Any:
    """A value as JSON has it: moments in ISO 8601, tuples as lists."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    return [jsonable(item) for item in value] if isinstance(value, tuple | list) else value


MOMENTS = {
    "signed_up_at", "earlier_account_at", "earlier_until", "submitted_at", "held_from", "held_until", "ended_at",
    "opened_at", "active_from", "closed_at", "merged_at", "survives_since", "at", "since", "until",
}  # fmt: skip
KINDS: dict[str, type[Any]] = {
    "orgs": OrgFact, "pauses": PauseFact, "leads": LeadFact, "visits": VisitFact, "rulings": RulingFact,
    "mergers": MergerFact, "own_sites": OwnFact, "own_domains": OwnFact, "lapses": LapseFact,
}  # fmt: skip


def from_jsonable(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of facts from JSON values: moments as datetimes, lists as tuples, facts as such."""

    def back(key: str, value: Any) -> Any:
        if key in KINDS:
            return tuple(KINDS[key](**from_jsonable(row)) for row in value)
        if key in MOMENTS and value:
            return datetime.fromisoformat(value)
        return tuple(value) if isinstance(value, list) else value

    return {key: back(key, value) for key, value in data.items()}
