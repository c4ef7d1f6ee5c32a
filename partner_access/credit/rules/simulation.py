"""The rule simulator: which past decisions would change under other rules, counted and listed; it writes nothing."""

from __future__ import annotations

import heapq
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import aliased

from partner_access.credit.models import ClientAccount, StoredDecision
from partner_access.credit.rules import engine, versions, what_if
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.settings import Rules
from partner_access.db import session
from partner_access.organizations.models import Organization

AT_ONCE, LISTED = 500, 200
KINDS: dict[str, str] = {
    "to-another": "To another partner",
    "to-somebody": "From nobody to a partner",
    "to-nobody": "From a partner to nobody",
    "basis": "The same partner, by another rule",
}
"""How a decision can flip."""


@dataclass(frozen=True)
class CreditHolder:
    """Who has the credit and on what basis; `name` and `basis` are None for nobody."""

    org_id: uuid.UUID | None
    basis: str | None
    name: str | None = None


@dataclass(frozen=True)
class Flip:
    """One client account whose decision would be another one."""

    account_id: uuid.UUID
    external_id: str
    company: str
    site: str
    signed_up_at: datetime
    kind: str
    before: CreditHolder
    after: CreditHolder


@dataclass
class Simulation:
    """What would flip: how many accounts were looked at, how many flips of each kind, and the LISTED newest of them."""

    settings: Rules
    seen: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    flips: list[Flip] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.counts.total()


def simulate(settings: Rules) -> Simulation:
    """Decide every client account once more from the facts of its last decision, as if these rules had been valid.

    Memory stays flat. Ruled accounts never flip, and those merged into others are left out. For other lead days, see
    what_if.py; of clicks it knows those that were tied to the sign-up, so none that a browser had forgotten by then.
    """
    found = Simulation(settings)
    newest: list[tuple[datetime, str, Flip]] = []
    changed = {row.number: _changed(row.rules, settings) for row in versions.listing()}
    for row in _last_decisions():
        found.seen += 1
        flip = _flip(row, settings) if _hangs_on(row.facts, changed[row.rule_version]) else None
        if flip is None:
            continue
        found.counts[flip.kind] += 1
        heapq.heappush(newest, (flip.signed_up_at, flip.external_id, flip))
        if len(newest) > LISTED:
            heapq.heappop(newest)
    found.flips = _named([flip for _, _, flip in sorted(newest, reverse=True)])
    return found


def _last_decisions() -> Iterator[Row[Any]]:
    """The last decision of every account that goes on, some hundreds at a time; nothing of them is kept."""
    newer = aliased(StoredDecision)
    is_last = ~exists().where(
        newer.client_account_id == StoredDecision.client_account_id, newer.number > StoredDecision.number
    )
    statement = (
        select(
            StoredDecision.id,
            StoredDecision.winner_id,
            StoredDecision.basis,
            StoredDecision.rule_version,
            StoredDecision.facts,
            StoredDecision.client_account_id,
            ClientAccount.external_id,
            ClientAccount.company,
            ClientAccount.site,
            ClientAccount.signed_up_at,
        )
        .join(ClientAccount, ClientAccount.id == StoredDecision.client_account_id)
        .where(is_last, ClientAccount.merged_into.is_(None))
        .order_by(StoredDecision.id)
        .limit(AT_ONCE)
    )
    last: uuid.UUID | None = None
    while True:
        rows = session().execute(statement.where(StoredDecision.id > last) if last else statement).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id


def _flip(row: Row[Any], settings: Rules) -> Flip | None:
    facts = what_if.with_lead_days(Facts.from_json(row.facts), settings.lead_days, _days_then)
    decision = engine.decide(facts, settings)
    before = CreditHolder(row.winner_id, row.basis)
    after = CreditHolder(uuid.UUID(decision.winner) if decision.winner else None, decision.basis)
    if before == after:
        return None
    return Flip(
        row.client_account_id,
        row.external_id,
        row.company,
        row.site,
        row.signed_up_at,
        _kind(before, after),
        before,
        after,
    )


def _changed(before: Rules, settings: Rules) -> set[str]:
    """The settings that differ from those of a version; the lead days from those of any, for leads go by their own."""
    decide = ("window_days", "order", "click", "trial_days", "return_months")
    names = {name for name in decide if getattr(before, name) != getattr(settings, name)}
    if any(row.rules.lead_days != settings.lead_days for row in versions.listing()):
        names.add("lead_days")
    return names


def _hangs_on(facts: dict[str, Any], changed: set[str]) -> bool:
    """Whether what changed could decide otherwise; most facts need no second look, which would take its time.

    It could not where staff ruled, or the site was taken.
    """
    if facts["rulings"] or facts["merged_at"]:
        return False
    if facts["firsts"] and changed & {"trial_days", "return_months"}:
        return True
    if facts["earlier_account_at"]:
        return False
    if facts["is_day"]:
        return bool(changed)
    leads, visits = len(facts["leads"]), len(facts["visits"])
    has_rival = leads > 0 or facts["created_for"] is not None
    return (
        ("lead_days" in changed and leads > 0)
        or ("window_days" in changed and (visits > 0 or _gave_up(facts)))
        or ("order" in changed and visits > 0 and has_rival)
        or ("click" in changed and visits > 1)
    )


def _gave_up(facts: dict[str, Any]) -> bool:
    """Whether an organization gave up a site or domain: it stays its own for as long as an opened link counts."""
    return any(own["until"] for org in facts["orgs"] for own in (*org["own_sites"], *org["own_domains"]))


def _days_then(moment: datetime) -> int:
    return versions.at(moment).lead_days


def _kind(before: CreditHolder, after: CreditHolder) -> str:
    if before.org_id == after.org_id:
        return "basis"
    if before.org_id is None:
        return "to-somebody"
    return "to-another" if after.org_id else "to-nobody"


def _named(flips: list[Flip]) -> list[Flip]:
    """The same with the organizations' names."""
    ids = {side.org_id for flip in flips for side in (flip.before, flip.after) if side.org_id}
    statement = select(Organization.id, Organization.name).where(Organization.id.in_(ids))
    names = {row.id: row.name for row in session().execute(statement)} if ids else {}

    def named(side: CreditHolder) -> CreditHolder:
        return CreditHolder(side.org_id, side.basis, names[side.org_id] if side.org_id else None)

    return [Flip(**{**vars(flip), "before": named(flip.before), "after": named(flip.after)}) for flip in flips]
