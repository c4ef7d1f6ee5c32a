"""What a decision answers: findings, and the decision itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

WON, NOT_NEEDED, FAILED, SUGGESTED, NOTED = "won", "not-needed", "failed", "suggested", "noted"


@dataclass(frozen=True)
class Finding:
    """What one rule found in one touch: `rule` R0-R6, a reason code, and the `result`, one of the words above.

    subject: the lead's, visit's or ruling's id; at, until: when the touch was and how long it counted; link: the
    link's code; by_rules: beside a ruling, the code that the rules alone gave where it is another one. A finding about
    no organization may be read by everybody.
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
    by_rules: str | None = None

    @property
    def touch(self) -> tuple[str, str | None, str | None]:
        """Whose what was looked at by which rule."""
        return self.rule, self.org, self.subject

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, moments in ISO 8601."""
        values = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in vars(self).items()}
        return {key: value for key, value in values.items() if key != "by_rules" or value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """The finding that `to_json` wrote."""
        return cls(**data | {key: datetime.fromisoformat(data[key]) for key in ("at", "until") if data[key]})


@dataclass(frozen=True)
class Decision:
    """Who won (an organization's id or None), on what basis, and what every rule found.

    basis: `ruling`, `lead`, `behalf` or `link`. contender: another organization whose touch would have won without the
    rule that decided; suggested: one whose evidence staff have to look at (docs/rules.md); version: the rules’.
    """

    winner: str | None
    basis: str | None
    reason: str
    findings: tuple[Finding, ...] = field(default=())
    contender: str | None = None
    suggested: str | None = None
    version: int = 1

    @classmethod
    def from_json(cls, findings: list[Any], **stored: Any) -> Decision:
        """A decision as it was stored, with its findings as `findings_json` wrote them."""
        return cls(findings=tuple(Finding.from_json(row) for row in findings), **stored)

    @property
    def dispute_kind(self) -> str | None:
        """What this decision asks staff: `conflict`, `suggestion`, or None."""
        if self.reason == NOT_PROVED and self.asked:
            return "conflict" if len(self.asked) > 1 else "suggestion"
        return "conflict" if self.contender else "suggestion" if self.suggested else None

    @property
    def asked(self) -> set[str]:
        """The organizations that are sides of what this decision asks staff; empty where it asks nothing."""
        if self.reason == NOT_PROVED:
            lapsed = {row.org for row in self.findings if row.code == "question-lapsed"}
            found = {row.org for row in self.findings if row.result == NOT_NEEDED or row.code in TAKEN}
            return {org for org in found - lapsed if org}
        rival = self.contender or self.suggested
        return {org for org in (rival, self.winner) if org} if rival else set()

    @property
    def findings_json(self) -> list[dict[str, Any]]:
        """All findings as plain JSON values."""
        return [finding.to_json() for finding in self.findings]

    def told_to(self, orgs: Iterable[str]) -> dict[str, tuple[str, list[dict[str, Any]]]]:
        """What each of these organizations reads: the reason code of its own outcome, and its view as JSON values."""
        return {org: (self.reason_for(org), [finding.to_json() for finding in self.view(org)]) for org in orgs}

    def beside_rules(self, alone: Decision) -> Decision:
        """A ruling's decision with what the rules alone found: of every touch, and of what stands above all touches."""
        codes = {row.touch: row.code for row in alone.findings if row.rule > "R1"}
        found = [
            replace(row, by_rules=by_rules) if (by_rules := codes.get(row.touch, row.code)) != row.code else row
            for row in self.findings
        ]
        above = [row for row in alone.findings if row.rule == "R0" and row not in self.findings]
        return replace(self, findings=(*found, *above))

    def view(self, org: str) -> tuple[Finding, ...]:
        """The findings that this organization may read: its own, and those about no organization."""
        return tuple(finding for finding in self.findings if finding.org in (org, None))

    def reason_for(self, org: str) -> str:
        """The reason code of this organization's own outcome: the nearest it came to winning."""
        own = [finding for finding in self.findings if finding.org == org and finding.result != NOTED]
        first = next((finding.code for finding in own if finding.code in COME_FIRST), None)
        if org == self.winner or (self.reason in FOR_EVERYBODY and not first):
            return self.reason
        own = [finding for finding in own if finding.rule != "R5"] or own  # an address never outdoes a lead or a link
        lost = [finding.code for finding in own if finding.result == NOT_NEEDED]
        is_merged = any(finding.code == "merged-survivor" for finding in self.findings)
        without = "merged-other" if is_merged else "no-touch"
        return first or (lost or [finding.code for finding in own] or [without])[0]

    @property
    def gist(self) -> tuple[Any, ...]:
        """What makes it another decision than before: who won and what was found, without until when a touch counted.

        A lead whose link won another site goes on, and can be renewed there: that changes nothing here.
        """
        found = [(row.rule, row.org, row.result, row.code, row.subject, row.at, row.by_rules) for row in self.findings]
        return self.winner, self.basis, self.reason, tuple(found)


NOT_PROVED = "site-not-proved"
"""The reason while a sign-up would take something from a partner, and nobody has shown that the site is theirs."""
TAKEN = {"own-use", "own-site", "client-went-without"}
"""What a sign-up says of an organization that would have counted but for that."""
FOR_EVERYBODY = {
    "existing-client", "moved-client", "merged-account", "ruled-nobody", "other-account-named", NOT_PROVED,
}  # fmt: skip
"""Reasons that stand above everybody's own evidence."""
COME_FIRST = {"ruled-other", "late-lead", "same-day"}
"""Reasons of an organization's own evidence that say more than anything else that was found."""
