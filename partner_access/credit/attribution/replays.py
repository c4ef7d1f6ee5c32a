"""Replays what was decided: the stored facts must give the stored answer, and what is known now no other one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from partner_access.credit.attribution import credit_ends, decisions, source_credits
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.models import ClientAccount, ManagedClaim, ManagedSeat, StoredDecision
from partner_access.credit.rules import engine, versions
from partner_access.credit.rules.facts import Facts
from partner_access.db import SYSTEM, acting, session

AT_ONCE = 500
R = TypeVar("R", StoredDecision, ClientAccount)


@dataclass
class ReplayProgress:
    """How much was looked at."""

    decisions: int = 0
    accounts: int = 0


@dataclass(frozen=True)
class ReplayFault:
    """What is wrong: `differs` (a decision's id), else of a client account (its external id): `stale`, when it would be
    decided otherwise now; `credit`, when the source credit is not the decision's; `manager`, when it is not a claim's;
    `ended`, when it does not end or go on as the vendor told.
    """

    kind: str
    subject: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.wrong}"


def verify(replayed: ReplayProgress) -> Iterator[ReplayFault]:
    """Replay every decision and look at every account, in flat memory; what is wrong, as it is found."""
    known = {row.number: row.rules for row in versions.listing()}
    for stored in _each(StoredDecision):
        replayed.decisions += 1
        if stored.rule_version not in known:
            yield ReplayFault("differs", str(stored.id), f"the rules have no version {stored.rule_version}")
            continue
        again = engine.decide(Facts.from_json(stored.facts), known[stored.rule_version])
        if again.gist != decisions.restored(stored).gist:
            yield ReplayFault("differs", str(stored.id), f"stored {stored.reason}, replayed {again.reason}")
    for account in _each(ClientAccount):
        replayed.accounts += 1
        yield from _of_account(account)
    for fault in credit_ends.verify():
        yield ReplayFault("ended", fault.account.external_id, fault.wrong)


def _each(model: type[R]) -> Iterator[R]:
    """All rows of a table by their key, some hundreds at a time; nothing of them is kept."""
    last: uuid.UUID | None = None
    while True:
        statement = select(model).order_by(model.id).limit(AT_ONCE)
        rows = session().scalars(statement.where(model.id > last) if last else statement).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id
        session().expunge_all()


def _of_account(account: ClientAccount) -> Iterator[ReplayFault]:
    stored = decisions.latest(account)
    if stored is None:
        yield ReplayFault("stale", account.external_id, "was never decided")
        return
    family = client_accounts.family(account)
    now = decisions.by_the_rules(decisions.known_facts(account, family))
    if now.gist != decisions.restored(stored).gist:
        yield ReplayFault("stale", account.external_id, f"decided {stored.reason}, would be {now.reason} now")
    yield from _credit(account, family, stored)
    yield from _manager(account)


def _credit(account: ClientAccount, family: Family, stored: StoredDecision) -> Iterator[ReplayFault]:
    """The one source credit is the newest decision's, and everybody's pages say the same."""
    row = source_credits.of_account(account.id)
    if (row and row.org_id) != stored.winner_id:
        yield ReplayFault("credit", account.external_id, "the decision credits another organization")
    for org_id in sorted(decisions.had_a_part(family)):
        with acting(SYSTEM, org_id):
            client = clients.of_account(account.id)
        shown = client.state if client and client.is_won else None
        expected = row.state if row and row.org_id == org_id else None
        if shown != expected:
            yield ReplayFault("credit", account.external_id, f"one organization reads {shown}, and has {expected}")


def _manager(account: ClientAccount) -> Iterator[ReplayFault]:
    """Whoever has the seat has an active claim; the seat's key is the account, so that there is one at most."""
    seat = session().scalar(select(ManagedSeat).where(ManagedSeat.client_account_id == account.id))
    if seat is None:
        return
    with acting(SYSTEM, seat.org_id):
        claim = session().scalar(select(ManagedClaim).where(ManagedClaim.id == seat.claim_id))
    if claim is None:
        yield ReplayFault("manager", account.external_id, "the manager has no claim")
        return
    if claim.state != "active" or claim.client_account_id != account.id:
        yield ReplayFault("manager", account.external_id, f"the manager’s claim is {claim.state}")
