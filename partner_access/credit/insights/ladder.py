"""The evidence ladder: every rule in its order, with what it found, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partner_access.clock import day
from partner_access.credit.clients import clients
from partner_access.credit.models import Client
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules import versions
from partner_access.credit.rules.decision import FAILED, FOR_EVERYBODY, NOT_NEEDED, NOTED, SUGGESTED, WON, Finding
from partner_access.credit.rules.settings import Rules


@dataclass(frozen=True)
class Rung:
    """One rule on the evidence ladder; mark: hit, miss, stop or ask; subject: the id of the fact that it looked at."""

    mark: str
    title: str
    text: str
    rule: str = ""
    subject: str = ""


MARKS = {WON: "hit", NOT_NEEDED: "miss", FAILED: "stop", SUGGESTED: "ask", NOTED: "miss"}
R0_CODES = {
    "own-use", "own-site", "org-not-active", "org-paused", "client-went-without", "existing-client", "moved-client",
    "merged-account", "other-account-named", "site-not-proved",
}  # fmt: skip


def ladder(client: Client, who: Mapping[str, str]) -> list[Rung]:
    """Every rule in its order, also those that did not matter, with what it found (docs/rules.md)."""
    return rungs(client, who, versions.version(client.rule_version))


def rungs(client: Client, who: Mapping[str, str], decided: Rules) -> list[Rung]:
    """The same, in the order of the rules that decided."""
    findings = clients.findings(client)
    noted = [f for f in findings if f.result == NOTED]
    found = [
        _eligible(client, findings, who),
        *(Rung("miss", NOTES.get(f.code, "Merged"), sentence(f, who)) for f in noted),
    ]
    for rule in ("R1", *decided.sequence, "R6"):
        title, none = RULES[rule]
        own = [f for f in findings if f.rule == rule]
        if rule == "R6" and client.state == "none":
            none = "Nothing was decided for your team, which had no part in bringing this client."
        found += [rung(f, title, who) for f in own] or [Rung("miss", title, none, rule)]
    return found


def _eligible(client: Client, findings: Sequence[Finding], who: Mapping[str, str]) -> Rung:
    """R0, which a ruling stands above: beside one it says what the rules would have said."""
    is_ruled = any(f.rule == "R1" for f in findings)
    barred = next((f for f in findings if f.code in R0_CODES), None) if is_ruled or not client.is_won else None
    if barred:
        return Rung("stop", "Eligible", _by_rules(barred.code, barred, who) if is_ruled else sentence(barred, who))
    told = "this is not its own use"
    if any(f.rule == "R5" for f in findings):
        told = "this is not its own website; that the owner’s address is at its domain is looked at below"
    return Rung("hit", "Eligible", f"Your organization was active, and {told}.")


def rung(finding: Finding, title: str, who: Mapping[str, str]) -> Rung:
    """One finding on the ladder, in the words that its organization reads."""
    mark = "stop" if finding.rule == "R6" else MARKS[finding.result]
    return Rung(mark, title, sentence(finding, who), finding.rule, finding.subject or "")


NOTES = {
    "question-lapsed": "Asked of staff", "day-decides": "The day alone", "first-never-accepted": "Earlier account",
    "first-only-trial": "Earlier account", "first-long-ended": "Earlier account",
    "mailbox-elsewhere": "Mailbox",
}  # fmt: skip
"""What is noted beside the rules, where it is no merger."""
TOUCHES = {
    "R2": "your lead of {date}", "R3": "creating the account for the client",
    "R4": "the opening of your link of {date}", "R5": "the owner’s e-mail address",
}  # fmt: skip
RULES = {
    "R1": ("Ruling", "The programme’s staff have not ruled."),
    "R2": ("Lead", "Your team has no lead for this website."),
    "R3": ("Created for the client", "Your team did not create this account."),
    "R4": ("Link", "No opening of your link led to the sign-up."),
    "R5": ("E-mail address", "Not asked: an owner’s e-mail address at your domain never decides by itself."),
    "R6": ("Nobody", "One of the rules above has decided."),
}
"""Each rule's title, and what it says where it found nothing."""


def sentence(finding: Finding, who: Mapping[str, str]) -> str:
    """What one finding says, whole; `who`: the names of whoever registered the leads, by lead id."""
    reason = REASONS[finding.code]
    told = f"{reason.short} {filled(reason.sentence, finding, who)}"
    if finding.result == NOT_NEEDED and finding.code in FOR_EVERYBODY:  # its date is the touch's own, not the reason's
        told = f"Not needed: {TOUCHES[finding.rule].format(date=day(finding.at))} could not decide here."
    if finding.by_rules is None or finding.by_rules in FOR_EVERYBODY:
        return told
    return f"{told} {_by_rules(finding.by_rules, finding, who)}"


def _by_rules(code: str, finding: Finding, who: Mapping[str, str]) -> str:
    """What the rules alone say of what a ruling has decided."""
    reason = REASONS[code]
    short = f"{reason.short[:1].lower()}{reason.short[1:]}"
    return f"By the rules alone: {short} {filled(reason.sentence, finding, who)}"


def filled(sentence: str, finding: Finding | None, who: Mapping[str, str]) -> str:
    """A reason's sentence with its slots filled from a finding; as it is where there is none."""
    if finding is None:
        return sentence
    return sentence.format(
        date=day(finding.at),
        until=day(finding.until),
        code=finding.link or "",
        who=who.get(finding.subject or "", "a teammate"),
    )
