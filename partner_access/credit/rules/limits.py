"""What a sign-up may not take by itself, because anybody can type it: it is asked of staff instead. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partner_access.credit.rules.decision import FAILED, NOT_PROVED, NOTED, WON, Finding
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.touches import Touches


def not_proved(facts: Facts, touched: Touches, found: Sequence[Finding]) -> list[Finding]:
    """R0: a proved mailbox shows that a person asked, not that the site is theirs.

    Where such a sign-up would end another organization's lead, go on without one, or come to a site that another one
    like it was first to name, nobody is credited until staff or the vendor have spoken.
    """
    if not facts.is_limited:
        return []
    winner = next((_whose(row, touched) for row in found if row.result == WON), None)
    at = facts.signed_up_at
    ends_lead = any(row.org.id != winner and row.fact.is_live(at) for row in touched.leads)
    goes_without = any(row.code == "client-went-without" for row in found) or _refused_address(facts, touched)
    if ends_lead or goes_without or (facts.follows_limited and winner):
        return [Finding("R0", None, FAILED, NOT_PROVED, at=at)]
    return []


def _whose(finding: Finding, touched: Touches) -> str:
    """Whose the touch was at the sign-up: organizations that became one after it were two when it took something."""
    if finding.subject is None:
        return touched.creations[0].org.id
    owners = {row.fact.id: row.org.id for row in touched.leads} | {row.fact.id: row.org.id for row in touched.visits}
    return owners[finding.subject]


def _refused_address(facts: Facts, touched: Touches) -> bool:
    """Whether the client went on without one at whose domain the address is. R5 finds one of those that are one now."""
    asked = (row for row in touched.addresses if not (row.is_creator or row.is_own_site))
    return any(row.org.id in facts.refused for row in asked)


def noted(facts: Facts) -> list[Finding]:
    """R0: why this sign-up takes nothing from anybody, for everybody to read."""
    return [Finding("R0", None, NOTED, "mailbox-elsewhere", at=facts.signed_up_at)] if facts.is_limited else []


def without_own_use(touched: Touches) -> Touches | None:
    """The touches as they would be, had no partner's own website or address been typed; None where none was."""
    leads = [replace(row, is_own_use=False, is_own_site=False) for row in touched.leads]
    visits = [replace(row, is_own_use=False, is_own_site=False) for row in touched.visits]
    as_if = replace(touched, leads=leads, visits=visits)
    return as_if if as_if != touched else None


def own_browser(facts: Facts, touched: Touches, best: Finding) -> str | None:
    """Who would be credited for a sign-up from a browser in which one of its own people was signed in."""
    if best.org is None or best.rule == "R1":
        return None
    partners = {facts.survivor(org, facts.signed_up_at) for org in facts.partner_browsers}
    return best.org if _whose(best, touched) in partners else None
