"""Who brought the client: the pure decision of PRODUCT.md section 5. No Flask, no database, no clock.

`decide(facts, rules)` looks at every touch an organization had (a lead, an account created for the client, a visit), in
the order of the rules, as of the moment of the sign-up, and says of each why it won, was not needed, or did not count.
The answer is stored with its facts and rule version; `decide(Facts.from_json(stored), rules)` gives the same again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from partner_access.credit.rules.decision import (
    FAILED,
    FIRST,
    LINK_FIRST,
    NOT_NEEDED,
    NOTED,
    SUGGESTED,
    WON,
    Decision,
    Finding,
    Rules,
)
from partner_access.credit.rules.facts import Facts, LeadFact, OrgFact, VisitFact

BASES = {"R1": "ruling", "R2": "lead", "R3": "behalf", "R4": "link"}


def decide(facts: Facts, rules: Rules) -> Decision:
    """The decision of PRODUCT.md section 5, as of the sign-up.

    R0 eligible, R1 a staff ruling, R2 a lead, R3 created on the client's behalf, R4 the last visit within the window,
    R5 a partner's e-mail address (a suggestion to staff), R6 nobody. The settings may put R4 before R2 and R3, and may
    say that the first visit counts. Who became part of another organization is judged as what it was; what it brought
    is the other one's.
    """
    return replace(_decide(facts, rules), version=rules.version)


def _decide(facts: Facts, rules: Rules) -> Decision:
    noted = [Finding("R0", None, NOTED, "merged-survivor", at=facts.survives_since)] if facts.survives_since else []
    touches = [*noted, *_came_over(facts), *_touches(facts, rules)]
    if facts.merged_at is not None:
        return _over(touches, Finding("R0", None, FAILED, "merged-account", at=facts.merged_at), rules)
    if facts.rulings:
        return _ruled(facts, touches, rules)
    if facts.earlier_account_at is not None:
        code = "moved-client" if facts.earlier_until else "existing-client"
        at, until = facts.earlier_account_at, facts.earlier_until
        return _over(touches, Finding("R0", None, FAILED, code, at=at, until=until), rules)
    best = next((finding for finding in touches if finding.result == WON), None)
    if best is None:
        return _nobody(facts, touches)
    findings = _as_not_needed(touches, best, rules)
    return Decision(
        best.org, BASES[best.rule], best.code, tuple(findings), _contender(touches, best, rules), _suggested(findings)
    )  # fmt: skip


def _contender(touches: list[Finding], best: Finding, rules: Rules) -> str | None:
    """Another organization that would have won without the rule that decided, where that is a dispute: when a
    lead decided, or a link that comes first."""
    rest = next((finding.org for finding in touches if finding.result == WON and finding.rule != best.rule), None)
    return rest if best.rule in ("R2", rules.sequence[0]) and rest != best.org else None


def _came_over(facts: Facts) -> list[Finding]:
    """What was brought by organizations that are another one's by now: since when, once for each of those."""
    brought = {lead.org for lead in facts.leads} | {visit.org for visit in facts.visits} | {facts.created_for}
    since: dict[str, datetime] = {}
    for merger in facts.mergers:
        if merger.org in brought:
            heir = facts.survivor(merger.org)
            since[heir] = max(merger.at, since.get(heir, merger.at))
    return [Finding("R0", heir, NOTED, "org-joined", at=at) for heir, at in sorted(since.items())]


def _touches(facts: Facts, rules: Rules) -> list[Finding]:
    """What each rule finds by itself, in the order of the rules; the first that would win is the best."""
    leads = sorted(facts.leads, key=lambda lead: (lead.by_link, lead.submitted_at, lead.id))
    found = {
        "R2": [_judge_lead(lead, facts, rules) for lead in leads],
        "R3": [_judge_creation(facts.created_for, facts)] if facts.created_for else [],
        "R4": _judge_visits(facts, rules),
        "R5": _judge_addresses(facts),
    }
    return [finding for rule in rules.sequence for finding in found[rule]]


def _judge_lead(lead: LeadFact, facts: Facts, rules: Rules) -> Finding:
    at = facts.signed_up_at
    ends = min((moment for moment in (lead.held_until, lead.ended_at) if moment), default=None)
    code, result = _ineligible(lead.org, facts, lead), FAILED
    if lead.submitted_at >= at:
        in_grace = lead.submitted_at - at <= timedelta(hours=rules.grace_hours) and _has_tie(lead.org, facts)
        code, result = ("late-lead", SUGGESTED) if in_grace and not code else ("lead-after-sign-up", FAILED)
    elif ends is not None and ends <= at:
        code = "lead-withdrawn" if lead.end_reason == "withdrawn" else "lead-expired"
    elif lead.held_from is None or lead.held_from > at:
        code = "lead-queued"
    won = "credited-lead-link" if lead.by_link else "credited-lead"
    until = ends if code in ("lead-expired", "lead-withdrawn") else lead.held_until
    heir = facts.survivor(lead.org)
    return Finding("R2", heir, result if code else WON, code or won, lead.id, lead.submitted_at, until)


def _has_tie(org: str, facts: Facts) -> bool:
    """Whether more than a late lead ties the organization to the sign-up: a link opened before, or creating it."""
    before = (visit.opened_at <= facts.signed_up_at for visit in facts.visits if _were_one(visit.org, org, facts))
    return _were_one(facts.created_for, org, facts) or any(before)


def _were_one(org: str | None, other: str, facts: Facts) -> bool:
    """Whether two were one organization when the client signed up."""
    at = facts.signed_up_at
    return org is not None and facts.then(org, at).id == facts.then(other, at).id


def _judge_creation(org_id: str, facts: Facts) -> Finding:
    code = _ineligible(org_id, facts)
    heir = facts.survivor(org_id)
    return Finding("R3", heir, FAILED if code else WON, code or "credited-behalf", at=facts.signed_up_at)


def _judge_visits(facts: Facts, rules: Rules) -> list[Finding]:
    """The one that counts stands first; of those that count for nothing, the latest came nearest."""
    latest_first = sorted(facts.visits, key=lambda visit: (visit.opened_at, visit.id), reverse=True)
    found = [_judge_visit(visit, facts, rules) for visit in latest_first]
    if rules.click != FIRST:
        return found
    valid = [finding for finding in found if finding.result == WON]
    return valid[::-1] + [finding for finding in found if finding.result != WON]


def _judge_visit(visit: VisitFact, facts: Facts, rules: Rules) -> Finding:
    code = _ineligible(visit.org, facts, visit)
    if visit.opened_at > facts.signed_up_at:
        code = "visit-after-sign-up"
    elif facts.signed_up_at - visit.opened_at > timedelta(days=rules.window_days):
        code = "visit-too-old"
    won = "credited-code" if visit.how == "code" else "credited-link"
    until = visit.opened_at + timedelta(days=rules.window_days)
    result = FAILED if code else WON
    heir = facts.survivor(visit.org)
    return Finding("R4", heir, result, code or won, visit.id, visit.opened_at, until, visit.how, visit.code)


def _judge_addresses(facts: Facts) -> list[Finding]:
    """R5: whose domain the owner's e-mail address is at; of organizations that are one now, the one that was active."""
    found: dict[str, Finding] = {}
    for org in sorted(facts.orgs, key=lambda org: org.id):
        is_its = set(org.own_domains) & set(facts.email_domains) and facts.then(org.id, facts.signed_up_at) == org
        if is_its and not _were_one(facts.created_for, org.id, facts):
            finding = _judge_address(org, facts)
            heir = facts.survivor(org.id)
            if heir not in found or finding.result == SUGGESTED:
                found[heir] = replace(finding, org=heir)
    return [finding for _, finding in sorted(found.items())]


def _judge_address(org: OrgFact, facts: Facts) -> Finding:
    """The owner's e-mail address is at the organization's domain: evidence for staff to look at, never a credit."""
    if facts.site in org.own_sites:
        return Finding("R5", org.id, FAILED, "own-site")
    if org.id in facts.refused:
        return Finding("R5", org.id, FAILED, "client-went-without")
    if not org.is_active(facts.signed_up_at):
        return Finding("R5", org.id, FAILED, _inactive(org, facts))
    return Finding("R5", org.id, SUGGESTED, "team-email")


def _ineligible(org_id: str, facts: Facts, touch: LeadFact | VisitFact | None = None) -> str:
    """R0: the reason code why this organization cannot be credited, or an empty text."""
    org = facts.then(org_id, facts.signed_up_at)
    touched_at = facts.signed_up_at
    if touch is not None:
        touched_at = touch.submitted_at if isinstance(touch, LeadFact) else touch.opened_at
    if org.id in facts.refused:
        return "client-went-without"
    if facts.site in org.own_sites:
        return "own-site"
    if set(facts.email_domains) & set(org.own_domains) and not _were_one(facts.created_for, org_id, facts):
        return "own-use"
    if not facts.then(org_id, touched_at).is_active(touched_at) or not org.is_active(facts.signed_up_at):
        return _inactive(org, facts)
    return ""


def _inactive(org: OrgFact, facts: Facts) -> str:
    return "org-paused" if org.is_paused(facts.signed_up_at) else "org-not-active"


def _nobody(facts: Facts, touches: list[Finding]) -> Decision:
    """R6; evidence that never credits by itself goes to staff."""
    reason = "unknown-referral" if facts.unknown_referral else "nobody"
    return Decision(
        None, None, reason, (*touches, Finding("R6", None, WON, reason)), suggested=_suggested(touches)
    )  # fmt: skip


def _suggested(findings: Iterable[Finding]) -> str | None:
    """The organization whose evidence staff have to look at: a lead within the grace, or an e-mail address."""
    return next((finding.org for finding in findings if finding.result == SUGGESTED), None)


def _over(touches: list[Finding], first: Finding, rules: Rules) -> Decision:
    """Nobody's, whatever the touches were: the account is not the site's first, or not an account any more."""
    return Decision(None, None, first.code, (first, *_as_not_needed(touches, first, rules)))


def _ruled(facts: Facts, touches: list[Finding], rules: Rules) -> Decision:
    """R1: the last ruling stands above every other rule. Everybody reads that there was one."""
    ruling = max(facts.rulings, key=lambda ruling: (ruling.at, ruling.id))
    if ruling.org is None:
        return _over(touches, Finding("R1", None, WON, "ruled-nobody", ruling.id, ruling.at), rules)
    winner, sides = facts.survivor(ruling.org), {facts.survivor(org) for org in ruling.sides}
    won = Finding("R1", winner, WON, "credited-ruling", ruling.id, ruling.at)
    others = ({finding.org for finding in touches if finding.org} | sides) - {winner}
    lost = [Finding("R1", org, FAILED, "ruled-other", ruling.id, ruling.at) for org in sorted(others)]
    return Decision(winner, "ruling", won.code, (won, *lost, *_as_not_needed(touches, won, rules)))


def _as_not_needed(findings: Iterable[Finding], best: Finding, rules: Rules) -> list[Finding]:
    """The same findings, but of all that would have won only `best` did; the others say what came before them."""
    return [
        finding if finding is best or not _yields(finding, best)
        else replace(finding, result=NOT_NEEDED, code=_outdone(finding, best, rules))
        for finding in findings
    ]  # fmt: skip


def _yields(finding: Finding, best: Finding) -> bool:
    """Whether a finding counts for nothing beside the best: it would have won, or asks staff what needs no answer.

    A late lead of another organization is still a dispute where no earlier lead has decided.
    """
    if finding.result == SUGGESTED:
        return best.rule <= "R2" or finding.rule == "R5" or finding.org == best.org
    return finding.result == WON


def _outdone(finding: Finding, best: Finding, rules: Rules) -> str:
    """Why a touch was not needed. What was stored under the first rules has its codes for good, so that it replays."""
    if best.rule == "R0":
        if best.at and finding.at and best.code != "merged-account" and finding.at > best.at:
            return "trial-before-lead" if finding.rule == "R2" else "account-before-touch"
        return best.code
    same = "own" if finding.org == best.org else "other"
    if best.rule == "R1":
        return f"{same}-ruling" if best.org else "ruled-nobody"
    if finding.rule == best.rule == "R2":
        return f"{same}-lead-earlier"
    if finding.rule == best.rule and rules.click == FIRST:
        return f"{same}-link-earlier"
    if rules.order == LINK_FIRST and same == "other":
        return _outdone_by_another(finding, best)
    return f"{same}-link-later" if finding.rule == best.rule else f"{same}-{BASES[best.rule]}-first"


def _outdone_by_another(finding: Finding, best: Finding) -> str:
    """The same where a link comes first."""
    if finding.rule == best.rule:
        return "other-link-last"
    asks_nobody = finding.rule == "R5" and best.rule == "R4"
    return "other-link-first" if asks_nobody else f"other-{BASES[best.rule]}-before"
