"""Who brought the client: the pure decision that docs/rules.md tells. No Flask, no database, no clock.

`decide(facts, rules)` first finds out whose every touch was (touches.touches_of): a lead, an account created for the
client, a visit. Then it judges these by each rule, R0 to R6 in the order of this file, as of the moment of the sign-up,
and says of each why it won, was not needed, or did not count. The answer is stored with its facts and rule version;
`decide(Facts.from_json(stored), rules)` gives the same again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from partner_access.credit.rules import limits
from partner_access.credit.rules.days import decide_by_day
from partner_access.credit.rules.decision import FAILED, NOT_NEEDED, NOTED, SUGGESTED, WON, Decision, Finding
from partner_access.credit.rules.facts import Facts, LeadFact, RulingFact, VisitFact
from partner_access.credit.rules.first_accounts import FirstFact
from partner_access.credit.rules.settings import FIRST, LINK_FIRST, Rules
from partner_access.credit.rules.touches import Fact, Touch, Touches, touches_of

BASES = {"R1": "ruling", "R2": "lead", "R3": "behalf", "R4": "link"}
OUTDONE = {
    ("R1", False): ("own-ruling", "other-ruling", "other-ruling"),
    ("R2", True): ("own-lead-earlier", "other-lead-earlier", "other-lead-earlier"),
    ("R2", False): ("own-lead-first", "other-lead-first", "other-lead-before"),
    ("R3", False): ("own-behalf-first", "other-behalf-first", "other-behalf-before"),
    ("R4", True): ("own-link-later", "other-link-later", "other-link-last"),
    ("R4", False): ("own-link-first", "other-link-first", "other-link-before"),
}
"""Why a touch was not needed, by the rule that decided and whether it is the touch's own one: beside one's own, beside
another's, and beside another's where a link comes first. What was stored has its codes for good, so that it replays."""


def decide(facts: Facts, rules: Rules) -> Decision:
    """The decision that docs/rules.md tells, as of the sign-up.

    R0 eligible, R1 a staff ruling, R2 a lead, R3 created on the client's behalf, R4 the last visit within the window,
    R5 a partner's e-mail address (a suggestion to staff), R6 nobody. The settings may put R4 before R2 and R3, and may
    say that the first visit counts. Who became part of another organization is judged as what it was; what it brought
    is the other one's. Of a day without a time every order within it is looked at. A ruling keeps what the rules found.
    """
    decision = _decide(facts, rules)
    if not facts.rulings or facts.merged_at:
        return decision
    return decision.beside_rules(_decide(replace(facts, rulings=()), rules))


def _decide(facts: Facts, rules: Rules) -> Decision:
    touched = touches_of(facts, timedelta(days=rules.window_days))
    if facts.is_day or any(row.is_day for row in facts.firsts):
        return decide_by_day(facts, rules, touched, _decide)
    touched = _kept(touched, facts, rules)
    noted = [*_mergers(facts, touched), *_lapses(touched), *_over(facts, rules), *limits.noted(facts)]
    found = [*noted, *_judge(touched, facts, rules)]
    above = _merged_account(facts) or _ruling(touched.ruling, found) or _earlier_account(facts, rules)
    above = above or limits.not_proved(facts, touched, found)
    won = [finding for finding in found if finding.result == WON]
    nobody = [] if above or won else [_nobody(facts)]
    best = [*above, *won, *nobody][0]
    findings = (*above, *_beside(best, found, rules), *nobody)
    return Decision(
        winner=best.org,
        basis=BASES[best.rule] if best.org else None,
        reason=best.code,
        findings=findings,
        contender=_dispossessed(touched, facts, best, rules) or _contender(found, best, touched, rules),
        suggested=next((row.org for row in findings if row.result == SUGGESTED), _own_browser(best, touched, facts)),
        version=rules.version,
    )


def _judge(touched: Touches, facts: Facts, rules: Rules) -> list[Finding]:
    """R2 to R5: what is found of every touch, alone, in the order of the settings."""
    by_rule = {
        "R2": [_judge_lead(lead, touched.visits, facts, rules) for lead in touched.leads],
        "R3": [_judge_creation(creation, facts) for creation in touched.creations],
        "R4": _judge_visits(touched.visits, facts, rules),
        "R5": _judge_addresses(touched.addresses, facts),
    }
    return [_unasked(finding, touched) for rule in rules.sequence for finding in by_rule[rule]]


def _mergers(facts: Facts, touched: Touches) -> list[Finding]:
    """R0: what became one by now. The account with another one, and organizations that brought something."""
    survivor = [Finding("R0", None, NOTED, "merged-survivor", at=facts.survives_since)] if facts.survives_since else []
    return survivor + [Finding("R0", org, NOTED, "org-joined", at=at) for org, at in sorted(touched.joined.items())]


def _lapses(touched: Touches) -> list[Finding]:
    """R0: whom staff were asked about in vain. Nothing is asked about them again by itself."""
    return [Finding("R0", org, NOTED, "question-lapsed", until=at) for org, at in sorted(touched.lapsed.items())]


def _unasked(finding: Finding, touched: Touches) -> Finding:
    """What would be a question to staff counts for nothing once it has lapsed: no rule credits it by itself."""
    until = touched.lapsed.get(finding.org or "") if finding.result == SUGGESTED else None
    return replace(finding, result=FAILED, code="not-answered", until=until) if until else finding


def _merged_account(facts: Facts) -> list[Finding]:
    """R0: nobody's, whatever the touches and rulings were, since the account is none any more."""
    return [Finding("R0", None, FAILED, "merged-account", at=facts.merged_at)] if facts.merged_at else []


def _over(facts: Facts, rules: Rules) -> list[Finding]:
    """R0: accounts that had the site before and have it no more; what comes after them is not theirs."""
    by = facts.taken_at or facts.signed_up_at
    over = [(row, row.over_since(by, rules)) for row in facts.firsts]
    return [Finding("R0", None, NOTED, why[0], at=row.since, until=why[1]) for row, why in over if why]


def _earlier_account(facts: Facts, rules: Rules) -> list[Finding]:
    """R0: nobody's, whatever the touches were, unless staff ruled: the account is not the site's first."""
    by = facts.taken_at or facts.signed_up_at
    last = [FirstFact(facts.earlier_account_at, facts.earlier_until)] if facts.earlier_account_at else []
    before = [row for row in (*facts.firsts, *last) if facts.is_limited or row.since <= by]
    standing = (row for row in before if row.over_since(by, rules) is None)
    first = next(standing, None)
    if first is None:
        return []
    code = "moved-client" if first.until else "existing-client"
    if facts.is_limited and first.since > facts.signed_up_at:
        code = "other-account-named"
    return [Finding("R0", None, FAILED, code, at=first.since, until=first.until)]


def _ineligible(touch: Touch[Fact], facts: Facts) -> str:
    """R0: the reason code why a touch cannot be credited to its organization, or an empty text."""
    if touch.org.id in facts.refused:
        return "client-went-without"
    if touch.inactive:
        return touch.inactive
    if touch.is_own_site:
        return "own-site"
    return "own-use" if touch.is_own_use else ""


def _ruling(ruling: RulingFact | None, found: list[Finding]) -> list[Finding]:
    """R1: the last ruling stands above every other rule. Everybody reads that there was one."""
    if ruling is None:
        return []
    if ruling.org is None:
        return [Finding("R1", None, WON, "ruled-nobody", ruling.id, ruling.at)]
    others = {finding.org for finding in found if finding.org}.union(ruling.sides) - {ruling.org}
    lost = [Finding("R1", org, FAILED, "ruled-other", ruling.id, ruling.at) for org in sorted(others)]
    return [Finding("R1", ruling.org, WON, "credited-ruling", ruling.id, ruling.at), *lost]


def _judge_lead(touch: Touch[LeadFact], visits: Iterable[Touch[VisitFact]], facts: Facts, rules: Rules) -> Finding:
    """R2: a lead that held the site at the sign-up; one within the grace after it is a question to staff."""
    lead, at = touch.fact, facts.signed_up_at
    result, code, until = FAILED, _ineligible(touch, facts), lead.held_until
    if lead.submitted_at >= at:
        in_grace = lead.submitted_at - at <= timedelta(hours=rules.grace_hours) and _has_tie(touch, visits, at)
        result, code = (SUGGESTED, "late-lead") if in_grace and not code else (FAILED, "lead-after-sign-up")
    elif lead.is_over(at):
        code, until = "lead-withdrawn" if lead.end_reason == "withdrawn" else "lead-expired", lead.ends
    elif lead.held_from is None or lead.held_from > at:
        code, until = ("lead-passed-on", lead.passed_on_at) if lead.passed_on_at else ("lead-queued", until)
    elif not code:
        result, code = WON, "credited-lead-link" if lead.by_link else "credited-lead"
    return Finding("R2", touch.heir, result, code, lead.id, lead.submitted_at, until)


def _has_tie(touch: Touch[LeadFact], visits: Iterable[Touch[VisitFact]], at: datetime) -> bool:
    """Whether more than a late lead ties the organization to the sign-up: a link opened before, or creating it."""
    return touch.is_creator or any(visit.org.id == touch.org.id and visit.fact.opened_at <= at for visit in visits)


def _judge_creation(touch: Touch[None], facts: Facts) -> Finding:
    """R3: who created the account on the client's behalf."""
    code = _ineligible(touch, facts)
    return Finding("R3", touch.heir, FAILED if code else WON, code or "credited-behalf", at=facts.signed_up_at)


def _judge_visits(visits: Iterable[Touch[VisitFact]], facts: Facts, rules: Rules) -> list[Finding]:
    """R4: the one that counts stands first; of those that count for nothing, the latest came nearest."""
    found = [_judge_visit(visit, facts, rules) for visit in visits]
    return (
        found
        if rules.click != FIRST
        else [
            *(finding for finding in reversed(found) if finding.result == WON),
            *(finding for finding in found if finding.result != WON),
        ]
    )


def _judge_visit(touch: Touch[VisitFact], facts: Facts, rules: Rules) -> Finding:
    visit, at, window = touch.fact, facts.signed_up_at, timedelta(days=rules.window_days)
    result, code, until = FAILED, _ineligible(touch, facts), visit.opened_at + window
    if visit.opened_at > at:
        code = "visit-after-sign-up"
    elif at - visit.opened_at > window:
        code = "visit-too-old"
    elif visit.how == "beside":
        code = "visit-beside"
    elif not code:
        result, code = WON, "credited-code" if visit.how == "code" else "credited-link"
    return Finding("R4", touch.heir, result, code, visit.id, visit.opened_at, until, visit.how, visit.code)


def _judge_addresses(addresses: Iterable[Touch[None]], facts: Facts) -> list[Finding]:
    """R5: whose domain the owner's e-mail address is at; of organizations that are one now, the one that was active."""
    found: dict[str, Finding] = {}
    for touch in addresses:
        finding = _judge_address(touch, facts)
        if not touch.is_creator and (touch.heir not in found or finding.result == SUGGESTED):
            found[touch.heir] = finding
    return [finding for _, finding in sorted(found.items())]


def _judge_address(touch: Touch[None], facts: Facts) -> Finding:
    """Evidence for staff to look at, never a credit."""
    if touch.is_own_site:
        code = "own-site"
    else:
        code = "client-went-without" if touch.org.id in facts.refused else touch.inactive
    return Finding("R5", touch.heir, FAILED if code else SUGGESTED, code or "team-email")


def _nobody(facts: Facts) -> Finding:
    """R6: nobody's, though there may be evidence that never credits by itself."""
    return Finding("R6", None, WON, "unknown-referral" if facts.unknown_referral else "nobody")


def _beside(best: Finding, found: list[Finding], rules: Rules) -> list[Finding]:
    """What was found as it stands beside the best: of all that would have won only that did; the others say why not."""
    return [
        finding
        if finding is best or not _yields(finding, best)
        else replace(finding, result=NOT_NEEDED, code=_outdone(finding, best, rules))
        for finding in found
    ]


def _yields(finding: Finding, best: Finding) -> bool:
    """Whether a finding counts for nothing beside the best: it would have won, or asks staff what needs no answer.

    A late lead of another organization is still a dispute where no earlier lead has decided.
    """
    if finding.result == SUGGESTED:
        return best.rule <= "R2" or (finding.rule == "R5" and best.rule != "R6") or finding.org == best.org
    return finding.result == WON


def _outdone(finding: Finding, best: Finding, rules: Rules) -> str:
    """The reason code of a touch that was not needed."""
    if best.org is None:
        is_later = best.code in ("existing-client", "moved-client") and finding.at and best.at and finding.at > best.at
        too_late = "trial-before-lead" if finding.rule == "R2" else "account-before-touch"
        return too_late if is_later else best.code
    is_own, is_same_rule = finding.org == best.org, finding.rule == best.rule
    if is_same_rule and best.rule == "R4" and rules.click == FIRST:
        return "own-link-earlier" if is_own else "other-link-earlier"
    own, other, behind_link = OUTDONE[best.rule, is_same_rule]
    asks_nobody = finding.rule == "R5" and best.rule == "R4"
    beside_other = behind_link if rules.order == LINK_FIRST and not asks_nobody else other
    return own if is_own else beside_other


def _contender(found: list[Finding], best: Finding, touched: Touches, rules: Rules) -> str | None:
    """Another organization that would have won without the rule that decided, where that is a dispute: when a
    lead decided, or a link that comes first. None about whom staff were asked in vain."""
    rest = next((finding.org for finding in found if finding.result == WON and finding.rule != best.rule), None)
    is_asked = best.rule in ("R2", rules.sequence[0]) and rest != best.org and rest not in touched.lapsed
    return rest if is_asked else None


def _dispossessed(touched: Touches, facts: Facts, best: Finding, rules: Rules) -> str | None:
    """Another organization that would have decided, or been asked about, had its own website or domain not been typed
    by whoever signed up: that takes a live lead or link from its holder only by staff's word."""
    as_if = limits.without_own_use(touched) if best.org and best.rule != "R1" else None
    if as_if is None:
        return None
    found = _judge(as_if, facts, rules)
    first = next(finding for finding in found if finding.result == WON)
    rival = first.org if first.org != best.org else _contender(found, first, touched, rules)
    return rival if rival not in touched.lapsed else None


def _kept(touched: Touches, facts: Facts, rules: Rules) -> Touches:
    """Where staff were asked in vain whether own use takes a lead or a link from its holder, the holder keeps it."""
    as_if = limits.without_own_use(touched) if touched.lapsed else None
    if as_if is None:
        return touched
    mine, kept = (_first(_judge(row, facts, rules)) for row in (touched, as_if))
    return as_if if kept in touched.lapsed and mine is not None and mine != kept else touched


def _first(found: list[Finding]) -> str | None:
    return next((finding.org for finding in found if finding.result == WON), None)


def _own_browser(best: Finding, touched: Touches, facts: Facts) -> str | None:
    """Who is asked about because somebody of theirs was signed in where the client signed up, unless that lapsed."""
    org = limits.own_browser(facts, touched, best)
    return org if org not in touched.lapsed else None
