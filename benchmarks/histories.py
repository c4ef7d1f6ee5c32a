"""The histories of made-up sign-ups, each decided once by the portal's own rules and then told with other names.

What `decide()` finds depends on the order of what happened alone. So one sign-up of each kind is decided, and its facts
and findings as JSON become a text with slots for the ids, the site and the moments, which fills in 2 microseconds
instead of 200. `flask credit verify` replays each of them on its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from partner_access.credit.rules import engine
from partner_access.credit.rules.facts import Facts, LeadFact, OrgFact, OwnFact, VisitFact
from partner_access.credit.rules.settings import Rules

SLOTS = {
    "org": "01900000-0000-7000-8000-00000000aaaa", "other": "01900000-0000-7000-8000-00000000bbbb",
    "touch": "01900000-0000-7000-8000-00000000cccc", "touch2": "01900000-0000-7000-8000-00000000dddd",
    "code": "slot-code-one", "code2": "slot-code-two", "own": "slot-own-one.example", "own2": "slot-own-two.example",
    "site": "slot-site.example", "number": "7000001", "number2": "7000000",
}  # fmt: skip
"""Slot -> what stands in it in the sign-up that is decided."""
FOUNDED = datetime(2020, 1, 1, tzinfo=UTC)
SIGNED_UP = datetime(2021, 6, 1, tzinfo=UTC)
TOUCHED, TOUCHED_BEFORE = SIGNED_UP - timedelta(days=20), SIGNED_UP - timedelta(days=30)


@dataclass(frozen=True)
class History:
    """One kind of sign-up: who won and why, and the texts with `%(slot)s` for what differs.

    trace, other_trace: what the winner and the other organization read; other_reason: "" where there is no other.
    """

    basis: str | None
    reason: str
    facts: str
    findings: str
    trace: str
    other_reason: str
    other_trace: str


@cache
def of(kind: str, rules: Rules) -> History:
    """The history of a kind: `lead`, `link`, `two-links` (another organization's was opened before) or `nobody`."""
    term = timedelta(days=rules.lead_days)
    visit = VisitFact(SLOTS["org"], SLOTS["touch"], SLOTS["code"], TOUCHED, "cookie", int(SLOTS["number"]))
    before = VisitFact(SLOTS["other"], SLOTS["touch2"], SLOTS["code2"], TOUCHED_BEFORE, "cookie", int(SLOTS["number2"]))
    lead = LeadFact(SLOTS["org"], SLOTS["touch"], TOUCHED, TOUCHED, TOUCHED + term, number=int(SLOTS["number"]))
    orgs = [
        OrgFact(SLOTS[org], FOUNDED, (OwnFact(SLOTS[own], FOUNDED),) * 2, (OwnFact(SLOTS[own], FOUNDED),))
        for org, own in (("org", "own"), ("other", "own2"))
    ]  # its website and its domain are the same site
    visits = {"link": (visit,), "two-links": (visit, before)}.get(kind, ())
    facts = Facts(
        signed_up_at=SIGNED_UP,
        site=SLOTS["site"],
        email_domains=(SLOTS["site"],),
        orgs=tuple(orgs[: {"nobody": 0, "two-links": 2}.get(kind, 1)]),
        leads=(lead,) if kind == "lead" else (),
        visits=visits,
    )
    return _history(facts, rules)


def _history(facts: Facts, rules: Rules) -> History:
    decision = engine.decide(facts, rules)
    told = decision.told_to([SLOTS["org"], SLOTS["other"]])
    has_other = len(facts.visits) > 1
    moments = {
        "founded": FOUNDED, "signed_up": SIGNED_UP, "touched": TOUCHED, "touched2": TOUCHED_BEFORE,
        "until": TOUCHED + timedelta(days=rules.lead_days if facts.leads else rules.window_days),
        "until2": TOUCHED_BEFORE + timedelta(days=rules.window_days),
    }  # fmt: skip
    values = SLOTS | {name: moment.isoformat() for name, moment in moments.items()}

    def slotted(value: object) -> str:
        text = json.dumps(value).replace("%", "%%")
        for name, filled in values.items():
            text = text.replace(filled, f"%({name})s")
        return text

    return History(
        decision.basis,
        decision.reason,
        slotted(facts.to_json()),
        slotted(decision.findings_json),
        slotted(told[SLOTS["org"]][1]),
        told[SLOTS["other"]][0] if has_other else "",
        slotted(told[SLOTS["other"]][1]),
    )
