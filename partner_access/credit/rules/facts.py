"""What a decision about a client looks at: facts, plain values that are stored and read back.

Organizations, leads and the like are named by their ids as texts; moments are aware. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from partner_access.credit.rules.first_accounts import FirstFact

FORMAT = 1
"""Of the facts as they are stored, for as long as decisions are kept: whoever reads them has to know it."""


@dataclass(frozen=True)
class LeadFact:
    """A lead for the site, or one whose own link the client used (`by_link`). Queued while `held_from` is None.

    number: its place among all leads, which no clock can change. ended_at, end_reason: only what the partner did to it;
    that a sign-up ended it is for the decision to find. passed_on_at: when the next in line got the site, because the
    programme had paused the organization.
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
    passed_on_at: datetime | None = None

    @property
    def ends(self) -> datetime | None:
        """When its term is over, or it ended before; None while nothing ends it."""
        return min((moment for moment in (self.held_until, self.ended_at) if moment), default=None)

    def is_over(self, at: datetime) -> bool:
        return self.ends is not None and self.ends <= at

    def is_live(self, at: datetime) -> bool:
        """Whether it is for the site itself, and holds it at a moment, or waits for it."""
        return not self.by_link and self.submitted_at < at and not self.is_over(at)


@dataclass(frozen=True)
class VisitFact:
    """An opening of a referral link that is tied to the sign-up. `how`: `cookie`, `form`, `code` (the page's or the
    file's own link, at the sign-up), or `beside` (named in a form of another link, or too late to name: never counts).

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
        """Whether one of these domains was its own then, or lately."""
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
    mergers: of organizations. Every touch is told of the organization that it was then. firsts: accounts that had this
    site before the one that earlier_account_at tells of, and may be over. is_day: only the day of the sign-up is known,
    which begins at signed_up_at. taken_at: when it took its site, where that was not at once.
    is_limited: a mailbox was proved that is not at the site's own domain, and the vendor has not named the account, so
    that it takes nothing from an organization; follows_limited: another such account of this site came first.
    partner_browsers: organizations of which somebody was signed in, or had been lately, in the browser that signed up.
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
    firsts: tuple[FirstFact, ...] = ()
    is_day: bool = False
    taken_at: datetime | None = None
    is_limited: bool = False
    follows_limited: bool = False
    partner_browsers: tuple[str, ...] = ()

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


def jsonable(value: Any) -> Any:
    """A value as JSON has it: moments in ISO 8601, tuples as lists."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    return [jsonable(item) for item in value] if isinstance(value, tuple | list) else value


MOMENTS = {
    "signed_up_at", "taken_at", "earlier_account_at", "earlier_until", "submitted_at", "held_from", "held_until",
    "ended_at", "opened_at", "lapsed_at", "active_from", "passed_on_at", "closed_at", "merged_at", "survives_since",
    "at", "since",
    "until",
}  # fmt: skip
KINDS: dict[str, type[Any]] = {
    "orgs": OrgFact, "pauses": PauseFact, "leads": LeadFact, "visits": VisitFact, "rulings": RulingFact,
    "mergers": MergerFact, "own_sites": OwnFact, "own_domains": OwnFact, "lapses": LapseFact, "firsts": FirstFact,
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
