"""What was decided of a sign-up, as the programme reads it: every organization's findings, in the pages' own words."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from partner_access.credit.attribution import decisions
from partner_access.credit.insights import ladder
from partner_access.credit.models import ClientAccount, StoredDecision
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules.decision import Finding
from partner_access.db import found, session
from partner_access.organizations.models import Organization


@dataclass(frozen=True)
class ReportedFinding:
    """What one rule found in one touch. organization: whose it was, by its slug; None for a finding about nobody."""

    rule: str
    organization: str | None
    result: str
    code: str
    sentence: str
    at: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class ReportedDecision:
    """A decision in words. winner: the slug of the organization that has the credit, or None."""

    winner: str | None
    basis: str | None
    reason: str
    sentence: str
    next_step: str
    rule_version: int
    findings: list[ReportedFinding]


def of_first_delivery(account: ClientAccount) -> ReportedDecision:
    """What was decided when the sign-up came: every repeated delivery is answered with it."""
    return _report(decisions.of_first_delivery(account))


def present(account: ClientAccount) -> ReportedDecision:
    """What holds now, which is another decision where something was heard of later."""
    return _report(found(decisions.latest(account)))


def _report(stored: StoredDecision) -> ReportedDecision:
    decision = decisions.restored(stored)
    slugs = _slugs({decision.winner, *(finding.org for finding in decision.findings)})
    decisive = next((row for row in decision.findings if row.code == decision.reason), None)
    reason = REASONS[decision.reason]
    return ReportedDecision(
        slugs.get(decision.winner),
        decision.basis,
        decision.reason,
        f"{reason.short} {ladder.filled(reason.sentence, decisive, {})}",
        reason.next_step,
        decision.version,
        [_finding(row, slugs) for row in decision.findings],
    )


def _finding(row: Finding, slugs: dict[str | None, str]) -> ReportedFinding:
    sentence = ladder.sentence(row, {})
    return ReportedFinding(row.rule, slugs.get(row.org), row.result, row.code, sentence, row.at, row.until)


def _slugs(org_ids: set[str | None]) -> dict[str | None, str]:
    ids = [uuid.UUID(org_id) for org_id in org_ids if org_id]
    rows = session().execute(select(Organization.id, Organization.slug).where(Organization.id.in_(ids)))
    return {str(org_id): slug for org_id, slug in rows}
