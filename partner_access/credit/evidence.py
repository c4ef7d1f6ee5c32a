"""What a decision about a client looks at and what it answers, as plain values that can be stored and read back.

Organizations, leads and the like are named by their ids as texts; moments are aware. Nothing here decides.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

WON, NOT_NEEDED, FAILED, SUGGESTED, NOTED = "won", "not-needed", "failed", "suggested", "noted"
LEAD_FIRST, LINK_FIRST = "lead-first", "link-first"
LAST, FIRST = "last", "first"
SEQUENCES = {LEAD_FIRST: ("R2", "R3", "R4", "R5"), LINK_FIRST: ("R4", "R2", "R3", "R5")}
"""The rules about what an organization did, in their order; with the link first, the others follow as they were."""


@dataclass(frozen=True)
class Rules:
    """The programme's settings of one version. Days and hours are lengths, not calendar days.

    order: whether a lead or a link comes first; click: whether the last or the first of several openings counts.
    grace_hours: how long after the sign-up a lead may still be suggested to staff (PRODUCT.md section 5).
    """

    version: int = 1
    window_days: int = 90
    lead_days: int = 90
    hold_hours: int = 24
    order: str = LEAD_FIRST
    click: str = LAST
    grace_hours: int = 24

    @property
    def sequence(self) -> tuple[str, ...]:
        """The rules about what an organization did, in their order."""
        return SEQUENCES[self.order]


@dataclass(frozen=True)
class Lead:
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


@dataclass(frozen=True)
class Visit:
    """An opening of a referral link that is tied to the sign-up. `how`: `cookie`, `form`, or `code` (no visit seen)."""

    org: str
    id: str
    code: str
    opened_at: datetime
    how: str


@dataclass(frozen=True)
class Pause:
    """A time for which the programme had paused an organization; without `until` it lasts."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Org:
    """What makes an organization eligible: when it was active, and which sites and e-mail domains are its own."""

    id: str
    active_from: datetime
    own_sites: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    closed_at: datetime | None = None

    def is_active(self, at: datetime) -> bool:
        is_closed = self.closed_at is not None and self.closed_at <= at
        return self.active_from <= at and not is_closed and not self.is_paused(at)

    def is_paused(self, at: datetime) -> bool:
        return any(pause.holds(at) for pause in self.pauses)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Org:
        """Also as it was written while only the last pause was known, as `suspended_at` and `resumed_at`."""
        values = _moments(data)
        since, until = values.pop("suspended_at", None), values.pop("resumed_at", None)
        last = (Pause(since, until),) if since else ()
        return cls(**values | {"pauses": (*(Pause(**_moments(row)) for row in data.get("pauses", ())), *last)})


@dataclass(frozen=True)
class Merger:
    """An organization became part of another one: from `at` on it is that one, and what it has is that one's."""

    org: str
    into: str
    at: datetime


@dataclass(frozen=True)
class Ruling:
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
    orgs: tuple[Org, ...] = ()
    leads: tuple[Lead, ...] = ()
    visits: tuple[Visit, ...] = ()
    refused: tuple[str, ...] = ()
    earlier_account_at: datetime | None = None
    unknown_referral: bool = False
    created_for: str | None = None
    rulings: tuple[Ruling, ...] = ()
    earlier_until: datetime | None = None
    merged_at: datetime | None = None
    survives_since: datetime | None = None
    mergers: tuple[Merger, ...] = ()

    def org(self, org_id: str) -> Org:
        return next(org for org in self.orgs if org.id == org_id)

    def then(self, org_id: str, at: datetime) -> Org:
        """Who an organization was at a moment: itself, or the one that it had become part of by then."""
        into = next((row.into for row in self.mergers if row.org == org_id and row.at <= at), None)
        return self.then(into, at) if into else self.org(org_id)

    def survivor(self, org_id: str) -> str:
        """Who goes on for an organization: itself, or the one that it has become part of."""
        into = next((row.into for row in self.mergers if row.org == org_id), None)
        return self.survivor(into) if into else org_id

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, moments in ISO 8601."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Facts:
        """The facts that `to_json` wrote, also an earlier version's, which knew fewer of them."""
        parts = {"leads": Lead, "visits": Visit, "rulings": Ruling, "mergers": Merger}
        rows = {name: tuple(kind(**_moments(row)) for row in data.get(name, ())) for name, kind in parts.items()}
        return cls(**_moments(data) | rows | {"orgs": tuple(Org.from_json(row) for row in data.get("orgs", ()))})


@dataclass(frozen=True)
class Finding:
    """What one rule found in one touch: `rule` R0-R6, a reason code, and the `result`, one of the words above.

    subject: the lead's, visit's or ruling's id; at, until: when the touch was and how long it counted; link: the
    link's code. A finding about no organization may be read by everybody.
    """

    rule: str
    org: str | None
    result: str
    code: str
    subject: str | None = None
    at: datetime | None = None
    until: datetime | None = None
    how: str | None = None
    link: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, moments in ISO 8601."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        return cls(**_moments(data))


@dataclass(frozen=True)
class Decision:
    """Who won (an organization's id or None), on what basis, and what every rule found.

    basis: `ruling`, `lead`, `behalf` or `link`. contender: another organization whose touch would have won without the
    rule that decided; suggested: one whose evidence staff have to look at (PRODUCT.md section 5); version: the rules’.
    """

    winner: str | None
    basis: str | None
    reason: str
    findings: tuple[Finding, ...] = field(default=())
    contender: str | None = None
    suggested: str | None = None
    version: int = 1

    @property
    def question(self) -> str | None:
        """What this decision asks staff: `conflict`, `suggestion`, or None."""
        return "conflict" if self.contender else "suggestion" if self.suggested else None

    def view(self, org: str) -> tuple[Finding, ...]:
        """The findings that this organization may read: its own, and those about no organization."""
        return tuple(finding for finding in self.findings if finding.org in (org, None))

    def reason_for(self, org: str) -> str:
        """The reason code of this organization's own outcome: the nearest it came to winning."""
        own = [finding for finding in self.findings if finding.org == org and finding.result != NOTED]
        first = next((finding.code for finding in own if finding.code in COME_FIRST), None)
        if org == self.winner or (self.reason in FOR_EVERYBODY and not first):
            return self.reason
        lost = [finding.code for finding in own if finding.result == NOT_NEEDED]
        is_merged = any(finding.code == "merged-survivor" for finding in self.findings)
        without = "merged-other" if is_merged else "no-touch"
        return first or (lost or [finding.code for finding in own] or [without])[0]

    @property
    def gist(self) -> tuple[Any, ...]:
        """What makes it another decision than before: who won and what was found, without until when a touch counted.

        A lead whose link won another site goes on, and can be renewed there: that changes nothing here.
        """
        found = [(row.rule, row.org, row.result, row.code, row.subject, row.at) for row in self.findings]
        return self.winner, self.basis, self.reason, tuple(found)


FOR_EVERYBODY = {"existing-client", "moved-client", "merged-account", "ruled-nobody"}
"""Reasons that stand above everybody's own evidence."""
COME_FIRST = {"ruled-other", "late-lead"}
"""Reasons of an organization's own evidence that say more than anything else that was found."""


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


MOMENTS = {
    "signed_up_at", "earlier_account_at", "earlier_until", "submitted_at", "held_from", "held_until", "ended_at",
    "opened_at", "active_from", "suspended_at", "resumed_at", "closed_at", "merged_at", "survives_since", "at", "since",
    "until",
}  # fmt: skip


def _moments(data: dict[str, Any]) -> dict[str, Any]:
    """The JSON values with moments as datetimes and lists as tuples."""

    def back(key: str, value: Any) -> Any:
        if key in MOMENTS and value:
            return datetime.fromisoformat(value)
        return tuple(value) if isinstance(value, list) else value

    return {key: back(key, value) for key, value in data.items()}
