"""Replays what was decided: the stored facts must give the stored answer, and what is known now no other one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from partner_access.credit.attribution import credit_ends, decisions
from partner_access.credit.clients import client_accounts
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.models import Client, ClientAccount, ManagedClaim, ManagedSeat, SourceCredit, StoredDecision
from partner_access.credit.rules import engine, versions
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.settings import Rules
from partner_access.credit.touchpoints import visits
from partner_access.db import SYSTEM, acting, session

AT_ONCE = 500
WON = ("pending", "active", "ended")
"""States of a client in which the organization has the source credit, or had it until the client cancelled."""
R = TypeVar("R", StoredDecision, ClientAccount)
H = TypeVar("H", SourceCredit, ManagedSeat)


@dataclass
class ReplayProgress:
    """How much was looked at; erased: decisions whose facts were erased, which nothing can replay."""

    decisions: int = 0
    accounts: int = 0
    erased: int = 0


@dataclass(frozen=True)
class ReplayFault:
    """What is wrong: `differs` (a decision's id), else of a client account (its external id): `stale`, when it would be
    decided otherwise now; `credit`, when the source credit is not the decision's; `manager`, when it is not a claim's;
    `ended`, when it does not end or go on as the vendor told; `visits` (a link's code), when its count is not how many
    there are.
    """

    kind: str
    subject: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.wrong}"


def verify(replayed: ReplayProgress) -> Iterator[ReplayFault]:
    """Replay every decision and look at every account, in flat memory; what is wrong, as it is found."""
    known = {row.number: row.rules for row in versions.listing()}
    for rows in _batches(StoredDecision):
        for stored in rows:
            replayed.decisions += 1
            replayed.erased += not stored.facts
            if stored.facts and (wrong := _replay(stored, known)):
                yield ReplayFault("differs", str(stored.id), wrong)
    for accounts in _batches(ClientAccount):
        replayed.accounts += len(accounts)
        yield from _of_accounts({account.id: account for account in accounts})
    for fault in credit_ends.verify():
        yield ReplayFault("ended", fault.account.external_id, fault.wrong)
    for counts, counted, found in visits.wrong_counts():
        yield ReplayFault("visits", counts, f"the count is {counted}, and there are {found}")


def _batches(model: type[R]) -> Iterator[Sequence[R]]:
    """All rows of a table by their key, some hundreds at a time; nothing of them is kept."""
    last: uuid.UUID | None = None
    while True:
        statement = select(model).order_by(model.id).limit(AT_ONCE)
        rows = session().scalars(statement.where(model.id > last) if last else statement).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id
        session().expunge_all()


def _replay(stored: StoredDecision, known: Mapping[int, Rules]) -> str | None:
    """What is wrong with a decision; None where it is what its facts give."""
    if stored.rule_version not in known:
        return f"the rules have no version {stored.rule_version}"
    try:
        again = engine.decide(Facts.from_json(stored.facts), known[stored.rule_version])
        if again.gist == decisions.restored(stored).gist:
            return None
    except (TypeError, ValueError, LookupError, AttributeError, StopIteration) as error:
        return f"its facts or findings cannot be read: {type(error).__name__}"
    return f"stored {stored.reason}, replayed {again.reason}"


# -- what is known now of each account --------------------------------------------------------------------------------


def _of_accounts(accounts: Mapping[uuid.UUID, ClientAccount]) -> Iterator[ReplayFault]:
    """Some hundreds of accounts; what can be read for all of them at once is."""
    stored = _decisions(accounts)
    families = _families(accounts)
    credits = _by_account(SourceCredit, accounts)
    shown = _shown(accounts, {key: _had_a_part(stored[key], family) for key, family in families.items()})
    for key, account in accounts.items():
        if not stored[key]:
            yield ReplayFault("stale", account.external_id, "was never decided")
            continue
        last = stored[key][-1]
        if last.facts and (wrong := _stale(account, families[key], last)):
            yield ReplayFault("stale", account.external_id, wrong)
        for wrong in _credit(last, credits.get(key), shown[key]):
            yield ReplayFault("credit", account.external_id, wrong)
    yield from _managers(accounts)


def _decisions(accounts: Mapping[uuid.UUID, ClientAccount]) -> dict[uuid.UUID, list[StoredDecision]]:
    """Every decision of each account, the one that holds last."""
    found: dict[uuid.UUID, list[StoredDecision]] = {key: [] for key in accounts}
    mine = select(StoredDecision).where(StoredDecision.client_account_id.in_(accounts))
    for row in session().scalars(mine.order_by(StoredDecision.number)):
        found[row.client_account_id].append(row)
    return found


def _families(accounts: Mapping[uuid.UUID, ClientAccount]) -> dict[uuid.UUID, Family]:
    """Most accounts are a family of their own."""
    heads = set(session().scalars(select(ClientAccount.merged_into).where(ClientAccount.merged_into.in_(accounts))))
    return {
        key: client_accounts.family(row) if row.merged_into or key in heads else Family(row, (row,))
        for key, row in accounts.items()
    }


def _had_a_part(stored: Sequence[StoredDecision], family: Family) -> set[uuid.UUID]:
    if len(family.members) > 1:
        return decisions.had_a_part(family)
    return decisions.parties_of(stored)


def _by_account(model: type[H], accounts: Mapping[uuid.UUID, ClientAccount]) -> dict[uuid.UUID, H]:
    rows = session().scalars(select(model).where(model.client_account_id.in_(accounts)))
    return {row.client_account_id: row for row in rows}


def _shown(
    accounts: Mapping[uuid.UUID, ClientAccount], parties: Mapping[uuid.UUID, set[uuid.UUID]]
) -> dict[uuid.UUID, dict[uuid.UUID, str | None]]:
    """What each organization that had a part in an account reads of its source credit: a state of WON, or None."""
    shown: dict[uuid.UUID, dict[uuid.UUID, str | None]] = {key: dict.fromkeys(sorted(parties[key])) for key in accounts}
    for org_id in sorted({org for orgs in parties.values() for org in orgs}):
        theirs = [key for key, orgs in parties.items() if org_id in orgs]
        with acting(SYSTEM, org_id):
            statement = select(Client.client_account_id, Client.state).where(Client.client_account_id.in_(theirs))
            for key, state in session().execute(statement):
                shown[key][org_id] = state if state in WON else None
    return shown


def _stale(account: ClientAccount, family: Family, stored: StoredDecision) -> str | None:
    try:
        now = decisions.by_the_rules(decisions.known_facts(account, family))
        is_same = now.gist == decisions.restored(stored).gist
    except (TypeError, ValueError, LookupError, AttributeError, StopIteration) as error:
        return f"what was decided of it cannot be read: {type(error).__name__}"
    return None if is_same else f"decided {stored.reason}, would be {now.reason} now"


def _credit(stored: StoredDecision, row: SourceCredit | None, shown: Mapping[uuid.UUID, str | None]) -> Iterator[str]:
    """The one source credit is the newest decision's, and everybody's pages say the same."""
    if (row and row.org_id) != stored.winner_id:
        yield "the decision credits another organization"
    for org_id, state in shown.items():
        expected = row.state if row and row.org_id == org_id else None
        if state != expected:
            yield f"one organization reads {state}, and has {expected}"


def _managers(accounts: Mapping[uuid.UUID, ClientAccount]) -> Iterator[ReplayFault]:
    """Whoever has the seat has an active claim; the seat's key is the account, so that there is one at most."""
    for key, seat in _by_account(ManagedSeat, accounts).items():
        with acting(SYSTEM, seat.org_id):
            claim = session().scalar(select(ManagedClaim).where(ManagedClaim.id == seat.claim_id))
        if claim is None:
            yield ReplayFault("manager", accounts[key].external_id, "the manager has no claim")
        elif claim.state != "active" or claim.client_account_id != key:
            yield ReplayFault("manager", accounts[key].external_id, f"the manager’s claim is {claim.state}")
