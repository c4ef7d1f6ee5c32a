"""What a decision about a client looks at, as plain values that can be stored and read back.

Organizations, leads and the like are named by their ids as texts; moments are aware. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class LeadFact:
    """A lead for the site, or one whose own link the client used (`by_link`). Queued while `held_from` is None.

    ended_at, end_reason: only what the partner did to it; that a sign-up ended it is for the decision to find.
    """

    org: str
    id: str
    submitted_at: datetime
    held_from: datetime | None
    held_until: datetime | None
    ended_at: datetime | None = None
    end_reason: str | None = None
    by_link: bool = False

    @property
    def ends(self) -> datetime | None:
        """When its term is over, or it ended before; None while nothing ends it."""
        return min((moment for moment in (self.held_until, self.ended_at) if moment), default=None)

    def is_over(self, at: datetime) -> bool:
        return self.ends is not None and self.ends <= at


@dataclass(frozen=True)
class VisitFact:
    """An opening of a referral link that is tied to the sign-up. `how`: `cookie`, `form`, or `code` (no visit seen)."""

    org: str
    id: str
    code: str
    opened_at: datetime
    how: str


@dataclass(frozen=True)
class PauseFact:
    """A time for which the programme had paused an organization; without `until` it lasts."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class OrgFact:
    """What makes an organization eligible: when it was active, and which sites and e-mail domains are its own."""

    id: str
    active_from: datetime
    own_sites: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()
    pauses: tuple[PauseFact, ...] = ()
    closed_at: datetime | None = None

    def is_active(self, at: datetime) -> bool:
        is_closed = self.closed_at is not None and self.closed_at <= at
        return self.active_from <= at and not is_closed and not self.is_paused(at)

    def is_paused(self, at: datetime) -> bool:
        return any(pause.holds(at) for pause in self.pauses)

    def has_domain(self, names: Iterable[str]) -> bool:
        """Whether one of these domains is its own."""
        return not set(names).isdisjoint(self.own_domains)


@dataclass(frozen=True)
class MergerFact:
    """An organization became part of another one: from `at` on it is that one, and what it has is that one's."""

    org: str
    into: str
    at: datetime


@dataclass(frozen=True)
class RulingFact:
    """What staff decided about the client account; `org` None credits nobody.

    sides: the organizations that were asked before, and read the reason whatever their touches were.
    """

    org: str | None
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

    def org(self, org_id: str) -> OrgFact:
        return next(org for org in self.orgs if org.id == org_id)

    def survivor(self, org_id: str, at: datetime | None = None) -> str:
        """Who goes on for an organization now, or did at a moment: itself, or the one that it has become part of."""
        for row in self.mergers:
            if row.org == org_id and (at is None or row.at <= at):
                return self.survivor(row.into, at)
        return org_id

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, moments in ISO 8601."""
        return {key: jsonable(value) for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Facts:
        """The facts that `to_json` wrote."""
        return cls(**from_jsonable(data))


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
    "mergers": MergerFact,
}  # fmt: skip


def from_jsonable(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of facts or of a finding from JSON values: moments as datetimes, lists as tuples, facts as such."""

    def back(key: str, value: Any) -> Any:
        if key in KINDS:
            return tuple(KINDS[key](**from_jsonable(row)) for row in value)
        if key in MOMENTS and value:
            return datetime.fromisoformat(value)
        return tuple(value) if isinstance(value, list) else value

    return {key: back(key, value) for key, value in data.items()}
