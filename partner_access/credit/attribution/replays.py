"""Replays what was decided: the stored facts must give the stored answer, and what is known now no other one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, exists, or_, select

from partner_access.credit.attribution import credit_ends, decisions, fact_finding, sources
from partner_access.credit.attribution.fact_finding import Evidence
from partner_access.credit.clients import client_accounts
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.models import Client, ClientAccount, ManagedClaim, ManagedSeat, SourceCredit, StoredDecision
from partner_access.credit.rules import engine, versions
from partner_access.credit.rules.decision import Decision
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.settings import Rules
from partner_access.credit.touchpoints import visits
from partner_access.db import SYSTEM, acting, session
from partner_access.organizations.directory import organizations

AT_ONCE = 500
WON = ("pending", "active", "ended")
"""States of a client in which the organization has the source credit, or had it until the client cancelled."""
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, StopIteration)
"""What facts and findings raise that no program of ours has written."""


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
    for accounts in _batches():
        replayed.accounts += len(accounts)
        yield from _of_accounts(accounts, known, replayed)
    for org_id in organizations.slugs():
        with acting(SYSTEM, org_id):
            yield from _pages(org_id)
            yield from _managers(org_id)
    for fault in credit_ends.verify():
        yield ReplayFault("ended", fault.account.external_id, fault.wrong)
    for counts, counted, found in visits.wrong_counts():
        yield ReplayFault("visits", counts, f"the count is {counted}, and there are {found}")


def _batches() -> Iterator[Sequence[ClientAccount]]:
    """All client accounts by their key, some hundreds at a time; nothing of them is kept."""
    statement = select(ClientAccount).order_by(ClientAccount.id).limit(AT_ONCE)
    rows = session().scalars(statement).all()
    while rows:
        yield rows
        last = rows[-1].id
        session().expunge_all()
        rows = session().scalars(statement.where(ClientAccount.id > last)).all()


# -- every decision from its own facts --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replay:
    """A stored decision, what its facts gave again (None where they cannot be read), and what is wrong with it."""

    stored: StoredDecision
    facts: Facts | None = None
    again: Decision | None = None
    gist: tuple[Any, ...] = ()
    wrong: str | None = None


def _replay(stored: StoredDecision, known: Mapping[int, Rules]) -> Replay:
    if not stored.facts:
        return Replay(stored)
    if stored.rule_version not in known:
        return Replay(stored, wrong=f"the rules have no version {stored.rule_version}")
    try:
        facts, gist = Facts.from_json(stored.facts), decisions.restored(stored).gist
        again = engine.decide(facts, known[stored.rule_version])
    except UNREADABLE as error:
        return Replay(stored, wrong=f"its facts or findings cannot be read: {type(error).__name__}")
    wrong = None if again.gist == gist else f"stored {stored.reason}, replayed {again.reason}"
    return Replay(stored, facts, again, gist, wrong)


def _of_accounts(
    accounts: Sequence[ClientAccount], known: Mapping[int, Rules], replayed: ReplayProgress
) -> Iterator[ReplayFault]:
    """Some hundreds of accounts; what can be read for all of them at once is."""
    ids = [account.id for account in accounts]
    lasting: dict[uuid.UUID, Replay] = {}
    mine = select(StoredDecision).where(StoredDecision.client_account_id.in_(ids))
    for stored in session().scalars(mine.order_by(StoredDecision.number)):
        replay = lasting[stored.client_account_id] = _replay(stored, known)
        replayed.decisions += 1
        replayed.erased += not stored.facts
        if replay.wrong:
            yield ReplayFault("differs", str(stored.id), replay.wrong)
    holders = select(SourceCredit.client_account_id, SourceCredit.org_id)
    held = dict(session().execute(holders.where(SourceCredit.client_account_id.in_(ids))).all())
    for account in accounts:
        if account.id not in lasting:
            yield ReplayFault("stale", account.external_id, "was never decided")
        elif held.get(account.id) != lasting[account.id].stored.winner_id:
            yield ReplayFault("credit", account.external_id, "the decision credits another organization")
    for account, wrong in _stale(accounts, lasting):
        yield ReplayFault("stale", account.external_id, wrong)


# -- what is known now of each account --------------------------------------------------------------------------------


def _stale(
    accounts: Sequence[ClientAccount], lasting: Mapping[uuid.UUID, Replay]
) -> Iterator[tuple[ClientAccount, str]]:
    """The accounts that would be decided otherwise now, and how."""
    families = _families(accounts)
    found = {key: fact_finding.of_facts(row.facts) for key, row in lasting.items() if row.facts}
    leads = [lead_id for evidence in found.values() for lead_id in evidence.link_leads]
    known = sources.read({account.site for account in accounts}, leads, families)
    for account in accounts:
        family, replay = families[account.id], lasting.get(account.id)
        if replay is None or replay.facts is None or replay.again is None:
            continue
        try:
            facts = _known_facts(account, family, found[account.id], known)
            is_same = facts == replay.facts and versions.at(facts.signed_up_at).version == replay.again.version
            now = replay.again if is_same else decisions.by_the_rules(facts)
        except UNREADABLE as error:
            yield account, f"what was decided of it cannot be read: {type(error).__name__}"
            continue
        if now.gist != replay.gist:
            yield account, f"decided {replay.stored.reason}, would be {now.reason} now"


def _families(accounts: Sequence[ClientAccount]) -> dict[uuid.UUID, Family]:
    """Most accounts are a family of their own."""
    ids = [account.id for account in accounts]
    heads = set(session().scalars(select(ClientAccount.merged_into).where(ClientAccount.merged_into.in_(ids))))
    return {
        row.id: client_accounts.family(row) if row.merged_into or row.id in heads else Family(row, (row,))
        for row in accounts
    }


def _known_facts(account: ClientAccount, family: Family, evidence: Evidence, known: sources.Sources) -> Facts:
    if len(family.members) > 1:
        return decisions.known_facts(account, family)
    return fact_finding.gather(account, evidence, family, known)


# -- what each organization reads -------------------------------------------------------------------------------------


def _pages(org_id: uuid.UUID) -> Iterator[ReplayFault]:
    """What the bound organization reads of its source credits is what the programme has."""
    mine = SourceCredit.client_account_id == Client.client_account_id, SourceCredit.org_id == org_id
    has = select(SourceCredit.state).where(*mine).correlate(Client).scalar_subquery()
    reads = case((Client.state.in_(WON), Client.state))
    statement = select(ClientAccount.external_id, reads, has).where(ClientAccount.id == Client.client_account_id)
    for external_id, read, state in session().execute(statement.where(reads.is_distinct_from(has))):
        yield ReplayFault("credit", external_id, f"one organization reads {read}, and has {state}")
    is_read = exists().where(Client.client_account_id == SourceCredit.client_account_id)
    statement = select(ClientAccount.external_id, SourceCredit.state)
    statement = statement.where(ClientAccount.id == SourceCredit.client_account_id, SourceCredit.org_id == org_id)
    for external_id, state in session().execute(statement.where(~is_read)):
        yield ReplayFault("credit", external_id, f"one organization reads nothing of it, and has {state}")


def _managers(org_id: uuid.UUID) -> Iterator[ReplayFault]:
    """Whoever has the seat has an active claim; the seat's key is the account, so that there is one at most."""
    other = ManagedClaim.client_account_id != ManagedSeat.client_account_id
    statement = (
        select(ClientAccount.external_id, ManagedClaim.state)
        .join(ManagedSeat, ManagedSeat.client_account_id == ClientAccount.id)
        .outerjoin(ManagedClaim, ManagedClaim.id == ManagedSeat.claim_id)
        .where(ManagedSeat.org_id == org_id, or_(ManagedClaim.state.is_(None), ManagedClaim.state != "active", other))
    )
    for external_id, state in session().execute(statement):
        wrong = f"the manager’s claim is {state}" if state else "the manager has no claim"
        yield ReplayFault("manager", external_id, wrong)
