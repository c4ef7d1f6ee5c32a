"""Decides the credit of client accounts: facts in, a stored decision out, and every organization's view of it.

A decision may change when we hear of something later that came before: a sign-up delivered late, a ruling, a merger.
Then the accounts concerned are decided anew, and the ledger says so with a reversal and a new line.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from sqlalchemy import select

from partner_access import events
from partner_access.clock import now
from partner_access.credit.attribution import credit_ends, credit_holds, fact_finding, outcomes, source_credits
from partner_access.credit.attribution.fact_finding import Evidence
from partner_access.credit.clients import client_accounts, client_events, clients
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import disputes
from partner_access.credit.models import ClientAccount, ManagedSeat, StoredDecision
from partner_access.credit.rules import engine, versions
from partner_access.credit.rules.decision import Decision
from partner_access.credit.rules.facts import Facts
from partner_access.credit.touchpoints import lead_queue, site_holds
from partner_access.db import session


def prepare(
    families: Iterable[Family],
    *,
    orgs: Iterable[uuid.UUID] = (),
    signing_up: tuple[ClientAccount, Evidence] | None = None,
    more_sites: Iterable[str] = (),
) -> None:
    """Lock and settle everything that deciding these may touch, in the one order of locks: sites, then counts, then the
    rules.

    orgs: organizations whose counts may change besides those that had a part, read when the sites are locked;
    signing_up: an account that is about to be decided for the first time, with what came with it; more_sites: that
    something is done to besides. Questions to staff about them that are overdue end now, when they were due.
    """
    families = list(families)
    known = [(row, fact_finding.of_decision(_latest(row))) for row, _ in _members(families)]
    if signing_up:
        known.append(signing_up)
    link_leads = [lead_id for _, evidence in known for lead_id in evidence.link_leads]
    sites = {account.site for account, _ in known} | {hold.site for hold in site_holds.of_leads(link_leads)}
    parties = {org_id for account, evidence in known for org_id in fact_finding.parties(account, evidence)}
    new_site = signing_up[0].site if signing_up and not signing_up[0].is_limited else None
    lead_queue.lock_and_settle(chain(sites, more_sites), chain(parties, orgs), signing_up=new_site)
    versions.lock_for_deciding()
    overdue = disputes.end_overdue({account_id for family in families for account_id in family.ids})
    again(family for family in families if overdue.intersection(family.ids))


def first(account: ClientAccount, evidence: Evidence) -> StoredDecision:
    """Decide a new account, and anew those that it turns out to have come before, or whose credit has ended there.

    It has its site from now on.
    """
    site_holds.lock_sites([account.site])
    others = {row.id: row for row in client_accounts.since_then(account)}
    others |= {row.id: row for row in client_events.neighbours(account)}
    later = [client_accounts.family(row) for row in sorted(others.values(), key=client_accounts.age)]
    prepare(later, signing_up=(account, evidence))
    client_accounts.occupy(account)
    stored = _settle(account, fact_finding.gather(account, evidence, Family(account, (account,))), None)
    again(later)
    return stored


def named(account: ClientAccount) -> StoredDecision:
    """Decide an account of the portal's own form anew that the vendor has just named, and those it stands before now.

    It has its site since it was proved or, if that was before, since the vendor says that it signed up.
    """
    concerned = [client_accounts.family(row) for row in [account, *client_accounts.since_then(account)]]
    prepare(concerned)
    again(concerned)
    tell_name(account)
    return _latest(account)


def tell_name(account: ClientAccount) -> None:
    """Every organization with a part in the account reads its name from now on: the vendor or the client has said it.

    Call it under the account's lock: else a decision at the same moment writes the website back.
    """
    seat = session().scalar(select(ManagedSeat.org_id).where(ManagedSeat.client_account_id == account.id))
    clients.tell_name(account, had_a_part(client_accounts.family(account)) | ({seat} if seat else set()))


def again(families: Iterable[Family]) -> None:
    """Decide accounts anew with what is known now, the earliest sign-up first; what stays the same is left alone."""
    for account, family in sorted(_members(families), key=lambda pair: client_accounts.age(pair[0])):
        _settle(account, known_facts(account, family), _latest(account))


def known_facts(account: ClientAccount, family: Family) -> Facts:
    """The facts of an account that was decided before, as they are known now."""
    if account.merged_into:
        return replace(_gathered(account, family), merged_at=account.merged_at)
    facts = _gathered(family.members[0], family)
    merged = [row.merged_at for row in family.members if row.merged_at]
    return replace(facts, survives_since=max(merged)) if merged else facts


def if_merged(going: ClientAccount, goes_on: ClientAccount) -> tuple[Decision, Decision]:
    """What would be decided of both accounts if the first were merged into the second now. Writes nothing."""
    both = client_accounts.family(going).members + client_accounts.family(goes_on).members
    family, moment = Family(goes_on, tuple(sorted(both, key=client_accounts.age))), now()
    gone = replace(_gathered(going, family), merged_at=moment)
    one = replace(_gathered(family.members[0], family), survives_since=moment)
    return by_the_rules(gone), by_the_rules(one)


def _gathered(account: ClientAccount, family: Family) -> Facts:
    return fact_finding.gather(account, fact_finding.of_decision(_latest(account)), family)


def without_rulings(account: ClientAccount, family: Family) -> Decision:
    """What the rules say of an account that was decided before, as if staff had never ruled on it."""
    return by_the_rules(replace(known_facts(account, family), rulings=()))


def latest(account: ClientAccount) -> StoredDecision | None:
    """The decision that holds, or None for an account that was never decided."""
    mine = StoredDecision.client_account_id == account.id
    return session().scalar(select(StoredDecision).where(mine).order_by(StoredDecision.number.desc()).limit(1))


def had_a_part(family: Family) -> set[uuid.UUID]:
    """The organizations that had a part in any decision about these accounts, also in one that no longer holds."""
    stored = session().scalars(select(StoredDecision).where(StoredDecision.client_account_id.in_(family.ids))).all()
    return {uuid.UUID(org) for row in stored for org in _orgs(row)}


def of_first_delivery(account: ClientAccount) -> StoredDecision:
    """What was decided when the sign-up was delivered for the first time; of one from the portal's own form, what held
    when the vendor had named it."""
    mine = StoredDecision.client_account_id == account.id
    if account.proved_at and account.named_at:
        then = StoredDecision.decided_at <= account.named_at
        last = select(StoredDecision).where(mine, then).order_by(StoredDecision.number.desc()).limit(1)
        return session().scalars(last).one()
    return session().scalars(select(StoredDecision).where(mine).order_by(StoredDecision.number).limit(1)).one()


def _latest(account: ClientAccount) -> StoredDecision:
    stored = latest(account)
    assert stored is not None, "every account is decided in the transaction that records it"
    return stored


def _members(families: Iterable[Family]) -> list[tuple[ClientAccount, Family]]:
    """The accounts of these families, each once."""
    return list({row.id: (row, family) for family in families for row in family.members}.values())


def _settle(account: ClientAccount, facts: Facts, before: StoredDecision | None) -> StoredDecision:
    """Decide; when the answer is another than before, store it and let everything follow from it."""
    rules = versions.at(facts.signed_up_at)
    decision = engine.decide(facts, rules)
    if before is not None and restored(before).gist == decision.gist:
        credit_ends.follow(account, rules)
        return before
    stored, came_over = _store(account, facts, decision), _came_over(before, decision, facts)
    if decision.winner is None:
        nobodys = {"client_id": None, "external_id": account.external_id, "site": account.site}
        events.tell("sign_up.not_credited", None, **nobodys, reason=decision.reason)
    hold_until = credit_holds.pending_until(account, decision, rules)
    source_credits.assign(account, decision, stored, hold_until=hold_until, came_over=came_over)
    others = _orgs(before) | {org for ruling in facts.rulings for org in ruling.sides}
    since = None if before else account.signed_up_at
    outcomes.publish(account, decision, facts, others, hold_until=hold_until, came_over=came_over, effective_at=since)
    if came_over:
        credit_holds.count_on(account)
    credit_ends.follow(account, rules, mails=not came_over)
    disputes.follow_decision(account, decision)
    return stored


def by_the_rules(facts: Facts) -> Decision:
    """What the rules say that were valid when the sign-up happened."""
    return engine.decide(facts, versions.at(facts.signed_up_at))


def _came_over(before: StoredDecision | None, decision: Decision, facts: Facts) -> bool:
    """Whether the credit was an organization's that has become part of the one that has it now."""
    held = str(before.winner_id) if before and before.winner_id else None
    return held is not None and held != decision.winner == facts.survivor(held)


def restored(stored: StoredDecision) -> Decision:
    """A decision as it was stored."""
    winner, contender = (str(org) if org else None for org in (stored.winner_id, stored.contender_id))
    return Decision.from_json(
        stored.findings,
        winner=winner,
        basis=stored.basis,
        reason=stored.reason,
        contender=contender,
        version=stored.rule_version,
    )


def _orgs(stored: StoredDecision | None) -> set[str]:
    return {finding["org"] for finding in stored.findings if finding["org"]} if stored else set()


def _store(account: ClientAccount, facts: Facts, decision: Decision) -> StoredDecision:
    stored = StoredDecision(
        client_account_id=account.id,
        winner_id=uuid.UUID(decision.winner) if decision.winner else None,
        contender_id=uuid.UUID(decision.contender) if decision.contender else None,
        basis=decision.basis,
        reason=decision.reason,
        rule_version=decision.version,
        facts=facts.to_json(),
        findings=decision.findings_json,
        decided_at=now(),
    )
    session().add(stored)
    session().flush()
    return stored
