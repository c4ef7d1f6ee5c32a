"""Who brought the client: the pure decision of PRODUCT.md section 5. No Flask, no database, no clock.

`decide(facts, rules)` looks at every touch an organization had (a lead, a visit), in the order of the rules, as of the
moment of the sign-up, and says of each why it won, was not needed, or did not count. The answer is stored with its
facts and rule version; `decide(Facts.from_json(stored), rules)` gives the same answer again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

WON, NOT_NEEDED, FAILED = "won", "not-needed", "failed"


@dataclass(frozen=True)
class Rules:
    """The programme's settings of one version. Days and hours are lengths, not calendar days."""

    version: int = 1
    window_days: int = 90
    lead_days: int = 90
    hold_hours: int = 24


@dataclass(frozen=True)
class Lead:
    """A lead for the site, or one whose own link the client used (`by_link`). Queued while `held_from` is None."""

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
class Org:
    """What makes an organization eligible: when it was active, and which sites and e-mail domains are its own."""

    id: str
    active_from: datetime
    suspended_at: datetime | None = None
    own_sites: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()

    def is_active(self, at: datetime) -> bool:
        return self.active_from <= at and (self.suspended_at is None or at < self.suspended_at)


@dataclass(frozen=True)
class Facts:
    """Everything the decision looks at. `email_domains`: the owner's e-mail domain, then its parents.

    refused: organizations that the client chose to go on without. earlier_account_at: when this site first signed up.
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

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, moments in ISO 8601."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Facts:
        """The facts that `to_json` wrote."""
        return cls(
            **_moments(data) | {
                "orgs": tuple(Org(**_moments(org)) for org in data["orgs"]),
                "leads": tuple(Lead(**_moments(lead)) for lead in data["leads"]),
                "visits": tuple(Visit(**_moments(visit)) for visit in data["visits"]),
                "refused": tuple(data["refused"]),
                "email_domains": tuple(data["email_domains"]),
            }
        )  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """What one rule found in one touch: `rule` R0-R6, `result` won, not-needed or failed, and a reason code.

    subject: the lead's or visit's id; at, until: when the touch was and how long it counted; link: the link's code.
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

    contender: another organization whose link would have won, had there been no lead (PRODUCT.md section 5).
    """

    winner: str | None
    basis: str | None
    reason: str
    findings: tuple[Finding, ...] = field(default=())
    contender: str | None = None

    def view(self, org: str) -> tuple[Finding, ...]:
        """The findings that this organization may read: its own, and those about no organization."""
        return tuple(finding for finding in self.findings if finding.org in (org, None))

    def reason_for(self, org: str) -> str:
        """The reason code of this organization's own outcome: the nearest it came to winning."""
        if org == self.winner or self.reason == "existing-client":
            return self.reason
        own = [finding for finding in self.findings if finding.org == org]
        lost = [finding.code for finding in own if finding.result == NOT_NEEDED]
        return (lost or [finding.code for finding in own] or [self.reason])[0]


def decide(facts: Facts, rules: Rules) -> Decision:
    """The decision of PRODUCT.md section 5: R0 eligible, R2 lead, R4 last visit, R6 nobody, as of the sign-up."""
    leads = [_judge_lead(lead, facts) for lead in sorted(facts.leads, key=lambda lead: (lead.submitted_at, lead.id))]
    latest_first = sorted(facts.visits, key=lambda visit: (visit.opened_at, visit.id), reverse=True)
    visits = [_judge_visit(visit, facts, rules) for visit in latest_first]
    if facts.earlier_account_at is not None:
        existed = Finding("R0", None, FAILED, "existing-client", at=facts.earlier_account_at)
        return Decision(None, None, "existing-client", (existed, *_as_not_needed([*leads, *visits], None)))
    by_lead = next((finding for finding in leads if finding.result == WON), None)
    by_link = next((finding for finding in visits if finding.result == WON), None)
    best = by_lead or by_link
    if best is None:
        reason = "unknown-referral" if facts.unknown_referral else "nobody"
        return Decision(None, None, reason, (*leads, *visits, Finding("R6", None, WON, reason)))
    contender = by_link.org if by_lead and by_link and by_lead.org != by_link.org else None
    findings = _as_not_needed([*leads, *visits], best)
    return Decision(best.org, "lead" if by_lead else "link", best.code, tuple(findings), contender)


def _judge_lead(lead: Lead, facts: Facts) -> Finding:
    at = facts.signed_up_at
    ends = min((moment for moment in (lead.held_until, lead.ended_at) if moment), default=None)
    code = _ineligible(lead.org, lead.submitted_at, facts)
    if lead.submitted_at >= at:
        code = "lead-after-sign-up"
    elif ends is not None and ends <= at:
        code = "lead-withdrawn" if lead.end_reason == "withdrawn" else "lead-expired"
    elif lead.held_from is None or lead.held_from > at:
        code = "lead-queued"
    won = "credited-lead-link" if lead.by_link else "credited-lead"
    until = ends if code in ("lead-expired", "lead-withdrawn") else lead.held_until
    return Finding("R2", lead.org, FAILED if code else WON, code or won, lead.id, lead.submitted_at, until)


def _judge_visit(visit: Visit, facts: Facts, rules: Rules) -> Finding:
    code = _ineligible(visit.org, visit.opened_at, facts)
    if visit.opened_at > facts.signed_up_at:
        code = "visit-after-sign-up"
    elif facts.signed_up_at - visit.opened_at > timedelta(days=rules.window_days):
        code = "visit-too-old"
    won = "credited-code" if visit.how == "code" else "credited-link"
    until = visit.opened_at + timedelta(days=rules.window_days)
    result = FAILED if code else WON
    return Finding("R4", visit.org, result, code or won, visit.id, visit.opened_at, until, visit.how, visit.code)


def _ineligible(org_id: str, touched_at: datetime, facts: Facts) -> str:
    """R0: the reason code why this organization cannot be credited, or an empty text."""
    org = next(org for org in facts.orgs if org.id == org_id)
    if org_id in facts.refused:
        return "client-went-without"
    if facts.site in org.own_sites or set(facts.email_domains) & set(org.own_domains):
        return "own-use"
    if not org.is_active(touched_at) or not org.is_active(facts.signed_up_at):
        return "org-not-active"
    return ""


def _as_not_needed(findings: Iterable[Finding], best: Finding | None) -> list[Finding]:
    """The same findings, but of all that would have won only `best` did; the others say what came before them."""
    return [
        finding if finding is best or finding.result != WON
        else replace(finding, result=NOT_NEEDED, code=_outdone(finding, best))
        for finding in findings
    ]  # fmt: skip


def _outdone(finding: Finding, best: Finding | None) -> str:
    if best is None:
        return "existing-client"
    same = "own" if finding.org == best.org else "other"
    if finding.rule == "R2":
        return f"{same}-lead-earlier"
    return f"{same}-lead-first" if best.rule == "R2" else f"{same}-link-later"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


MOMENTS = {
    "signed_up_at", "earlier_account_at", "submitted_at", "held_from", "held_until", "ended_at", "opened_at",
    "active_from", "suspended_at", "at", "until",
}  # fmt: skip


def _moments(data: dict[str, Any]) -> dict[str, Any]:
    """The JSON values with moments as datetimes and lists as tuples."""

    def back(key: str, value: Any) -> Any:
        if key in MOMENTS and value:
            return datetime.fromisoformat(value)
        return tuple(value) if isinstance(value, list) else value

    return {key: back(key, value) for key, value in data.items()}
