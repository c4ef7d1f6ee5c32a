"""What the rules would say of a sign-up that has not happened, way by way. Pure: every answer is `engine.decide`'s."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from partner_access.credit.rules import engine
from partner_access.credit.rules.decision import SUGGESTED, Decision, Finding
from partner_access.credit.rules.facts import Facts, LeadFact, VisitFact
from partner_access.credit.rules.settings import FIRST, LEAD_FIRST, LINK_FIRST, Rules, amount

IMAGINED, AFTER_ALL = "imagined", 2**63
"""The id of a touch that has not happened, and its number."""
A_MOMENT = timedelta(microseconds=1)
"""What lies between now and the sign-up that is imagined: what is done now comes before it."""


@dataclass(frozen=True)
class Way:
    """One way to sign up: `alone`, `link`, `lead` or `behalf`; whether it counts, and the reason code if not."""

    name: str
    mark: str
    code: str
    finding: Finding | None

    @property
    def counts(self) -> bool:
        return self.mark == "hit"


@dataclass(frozen=True)
class ForecastAnswer:
    """`yes`, `no` or `depends`, and the reason code and the finding that say why."""

    word: str
    code: str
    finding: Finding | None


def ways(known: Facts, org: str, present: Rules, *, may_register: bool, is_taken: bool) -> tuple[Way, ...]:
    """What becomes of a sign-up at the time of these facts by the present rules: as it stands, from the organization's
    link, after it registers a lead (when it may), and when it creates the account for the client.

    is_taken: whether somebody else holds the site, so that a lead would have to wait in the queue.
    """
    at = known.signed_up_at - A_MOMENT
    visit = VisitFact(org, IMAGINED, "", at, "cookie", AFTER_ALL)
    held_from, held_until = (None, None) if is_taken else (at, at + timedelta(days=present.lead_days))
    lead = LeadFact(org, IMAGINED, at, held_from, held_until, number=AFTER_ALL)
    imagined = {
        "alone": known,
        "link": replace(known, visits=(*known.visits, visit)),
        "lead": replace(known, leads=(*known.leads, lead)),
        "behalf": replace(known, created_for=org),
    }
    if not may_register:
        del imagined["lead"]
    return tuple(_way(name, engine.decide(facts, present), org) for name, facts in imagined.items())


def _way(name: str, decision: Decision, org: str) -> Way:
    code = decision.reason_for(org)
    finding = next((row for row in decision.view(org) if row.code == code), None)
    asked = any(row.org == org and row.result == SUGGESTED for row in decision.findings)
    return Way(name, "hit" if decision.winner == org else "ask" if asked else "stop", code, finding)


def answer(found: tuple[Way, ...], *, is_taken: bool) -> ForecastAnswer:
    """Yes when it counts as it stands; no when no way leads to the credit; else it depends."""
    way = {row.name: row for row in found}
    alone, link = way["alone"], way["link"]
    if alone.counts:
        return ForecastAnswer("yes", alone.code, alone.finding)
    why = alone if link.counts else link  # an opened link says more of what stands in the way than nothing does
    word = "depends" if any(row.mark != "stop" for row in found) else "no"
    code = "lead-queued" if link.counts and is_taken else why.code  # who holds the site could not be credited now
    return ForecastAnswer(word, code, why.finding)


TAKEN = "Somebody else has registered this website."
"""The same for a website that another partner holds, and for one that the vendor works on itself."""

ANSWERS: dict[str, str] = {
    "credited-lead": "Your team’s lead holds this website until {until}. Whoever signs up with it before counts for "
    "you, with any e-mail address, with or without your link.",
    "no-touch": "Nobody has registered this website, and it is not a client yet. It counts when they sign up from your "
    "link, or after you have registered it.",
    "lead-expired": "Your team’s lead of {date} ended on {until}, so it counts for nothing now. It counts when they "
    "sign up from your link, or after your team has registered it again.",
    "lead-withdrawn": "Your team withdrew its lead of {date} on {until}, so it counts for nothing now. It counts when "
    "they sign up from your link, or after your team has registered it again.",
    "other-lead-first": TAKEN + " It is free on {free}, unless the client signs up before.",
    "lead-passed-on": TAKEN + " It is free on {free}, unless the client signs up before.",
    "lead-queued": TAKEN + " As things stand, it counts only when they sign up from your link.",
    "existing-client": "This website has been a client since {date}. Only a client’s first account earns credit.",
    "moved-client": "This was a client’s website until it moved, and it stays theirs until {until}.",
    "own-site": "This is your organization’s own website. Your own use earns no credit.",
    "own-use": "That e-mail address is at your organization’s own domain, so an account of it looks like your own use. "
    "It counts when you create the account for the client, or when its owner has another address.",
}
"""Why the answer is what it is, by reason code; reasons.REASONS has the sentence for what is rare."""
ANSWERS_LINK_FIRST: dict[str, str] = {
    "credited-lead": "Your team’s lead holds this website until {until}. Whoever signs up with it before counts for "
    "you, with any e-mail address, unless they open another partner’s link.",
}
"""The same where a link comes before a lead and that is another answer."""

WAYS: dict[str, str] = {
    "alone": "They sign up by themselves",
    "link": "They sign up from your link",
    "lead": "You register them as a lead first",
    "behalf": "You create the account for them",
}
COUNTS: dict[str, str] = {
    "credited-lead": "Counts: your lead holds the website.",
    "credited-behalf": "Counts, unless somebody registers the website before. Any e-mail address is fine.",
}
FAILS: dict[str, str] = {
    "no-touch": "Does not count: nothing would tie them to you.",
    "lead-expired": "Does not count: your lead has ended.",
    "lead-withdrawn": "Does not count: your lead was withdrawn.",
    "own-use": "Does not count by itself: the owner’s address is at your own domain.",
    "team-email": "Does not count by itself: the owner’s address is at your own domain, so staff would look at it.",
    "other-lead-first": f"Does not count: {TAKEN[0].lower()}{TAKEN[1:]}",
    "other-lead-earlier": f"Does not count: {TAKEN[0].lower()}{TAKEN[1:]}",
    "other-lead-before": f"Does not count: {TAKEN[0].lower()}{TAKEN[1:]}",
    "lead-queued": f"Does not count: {TAKEN[0].lower()}{TAKEN[1:]}",
}


def answer_sentence(code: str, present: Rules) -> str | None:
    """The sentence of an answer with its slots, or None for what is rare."""
    special = ANSWERS_LINK_FIRST.get(code) if present.order == LINK_FIRST else None
    return special or ANSWERS.get(code)


def way_sentence(way: Way, present: Rules) -> str:
    """What a way leads to by the present rules, in a sentence."""
    if way.counts:
        fresh = way.name == "lead" and way.finding is not None and way.finding.subject == IMAGINED
        return _registered(present) if fresh else _counts(way.code, present)
    return FAILS.get(way.code, "Does not count.")


def _registered(present: Rules) -> str:
    term = amount(present.lead_days, "day")
    if present.order == LEAD_FIRST:
        return f"Counts for {term}, whatever link or e-mail address they use."
    return f"Counts for {term}, whatever e-mail address they use, unless they open another partner’s link."


def _counts(code: str, present: Rules) -> str:
    is_first = present.click == FIRST
    other = "have opened another partner’s link before" if is_first else "open another partner’s link later"
    if code == "credited-link" and present.order == LEAD_FIRST:
        return f"Counts, unless somebody registers the website before, or they {other}."
    if code == "credited-link":
        return f"Counts, unless they {other}."
    if code == "credited-lead" and present.order == LINK_FIRST:
        return "Counts, unless they open another partner’s link: your lead holds the website."
    return COUNTS[code]
