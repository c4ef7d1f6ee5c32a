"""Why? For staff: all that decides, or would decide, who brings the clients of a site, with every side by its name."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.credit.attribution import decisions, source_credits
from partner_access.credit.clients import client_accounts, clients, occupants
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.insights import forecast, ladder, list_rows
from partner_access.credit.insights.ladder import Rung
from partner_access.credit.managed import claim_rows
from partner_access.credit.models import ClientAccount, SiteHold
from partner_access.credit.rules import versions
from partner_access.credit.rules.decision import Decision
from partner_access.credit.rules.settings import Rules
from partner_access.credit.rulings import rulings
from partner_access.credit.touchpoints import leads, site_holds
from partner_access.db import acting, scope
from partner_access.keys.sites import display_site, site_key
from partner_access.organizations.directory import organizations

NOTHING = {
    "R1": "Staff have not ruled.",
    "R2": "Nobody had a lead for this website.",
    "R3": "Nobody created the account for the client.",
    "R4": "No opening of a partner’s link led to the sign-up.",
    "R5": "The owner’s e-mail address is at no partner’s domain, or was not asked for.",
    "R6": "One of the rules above has decided.",
}
"""What the ladder says of a rule that found nothing."""
LEAD_ENDS = {
    "won": "Won", "expired": "Expired", "withdrawn": "Withdrawn", "lost": "Ended: another rule or lead decided",
    "too-late": "Ended: the website was a client’s",
}  # fmt: skip


@dataclass(frozen=True)
class OrgReading:
    """What one organization reads of an account: its status word and its sentence."""

    org: str
    status: str
    sentence: str


@dataclass(frozen=True)
class DecisionReport:
    """The last decision about an account: who won on what basis (None: nobody), by which rules, and the whole ladder.

    rungs name the organizations; their words are those that each of them reads.
    """

    winner: str | None
    basis: str | None
    at: datetime
    rules: Rules
    rungs: Sequence[Rung]
    contender: str | None


@dataclass(frozen=True)
class RulingReport:
    """A ruling of staff: for whom (None: nobody), by whom (None: a command), and why."""

    at: datetime
    org: str | None
    by: str | None
    reason: str


@dataclass(frozen=True)
class AccountReport:
    """One account that has or had the site: since when and until when, what was decided, what is open, who manages it.

    until: None while it has the site; when it moved away, how long the site stays its alias. credit: the state of the
    source credit, with the moment until which it is pending. dispute: kind, sides and the day of the answer.
    """

    account: ClientAccount
    since: datetime
    until: datetime | None
    merged_into: ClientAccount | None
    decided: DecisionReport | None
    readings: Sequence[OrgReading]
    credit: tuple[str, datetime] | None
    dispute: tuple[str, Sequence[str], datetime] | None
    rulings: Sequence[RulingReport]
    manager: tuple[str, datetime] | None
    asks: Sequence[str]


@dataclass(frozen=True)
class LeadReport:
    """A lead for the site: whose, and whether it holds the site, waits in line, or how it ended.

    progress: what had moved when it was renewed.
    """

    org: str
    submitted_at: datetime
    held_from: datetime | None
    held_until: datetime | None
    state: str
    progress: str | None


@dataclass(frozen=True)
class ProspectReport:
    """What would become of a sign-up now for an organization that has registered the site."""

    org: str
    word: str
    sentence: str
    rungs: Sequence[Rung]


@dataclass(frozen=True)
class SiteReport:
    """Everything about one site. prospects: only where a sign-up now would be decided by the rules."""

    site: str
    accounts: Sequence[AccountReport]
    holds: Sequence[LeadReport]
    prospects: Sequence[ProspectReport]


def of_site(website: str) -> SiteReport:
    """All about a site, for staff: call it acting as one of them. Raises Invalid beside `website`; writes nothing."""
    site = site_key(website)
    rows = site_holds.of_site(site)
    accounts = [_account(account, time.since, time.until) for account, time in client_accounts.times_of(site)]
    accounts += [_account(account, account.taken_at, None) for account in client_accounts.limited_of(site)]
    free = occupants.occupant(site) is None
    live = [row for row in rows if row.ended_at is None]
    return SiteReport(
        display_site(site),
        accounts,
        [_lead(row) for row in rows],
        [_prospect(site, org_id) for org_id in dict.fromkeys(row.org_id for row in live)] if free else [],
    )


def _account(account: ClientAccount, since: datetime, until: datetime | None) -> AccountReport:
    family = client_accounts.family(account)
    org_ids = sorted(decisions.had_a_part(family))
    names = _names(org_ids)
    readings, who = _read_by(account, org_ids, names)
    seat = claim_rows.seat_of(account)
    return AccountReport(
        account,
        since,
        until,
        client_accounts.survivor(account) if account.merged_into else None,
        _decided(account, names, who),
        readings,
        _credit(account),
        _dispute(account),
        _ruled(family),
        (_name(seat.org_id), seat.since) if seat else None,
        _asks(account),
    )


def _decided(account: ClientAccount, names: Mapping[str, str], who: Mapping[str, str]) -> DecisionReport | None:
    stored = decisions.latest(account)
    if stored is None:
        return None
    decision, rules = decisions.restored(stored), versions.version(stored.rule_version)
    return DecisionReport(
        names[decision.winner] if decision.winner else None,
        decision.basis,
        stored.decided_at,
        rules,
        _ladder(decision, rules, names, who),
        names[decision.contender] if decision.contender else None,
    )


def _ladder(decision: Decision, rules: Rules, names: Mapping[str, str], who: Mapping[str, str]) -> list[Rung]:
    """Every rule in its order, with what it found of every organization."""
    rungs = []
    for rule in ("R0", "R1", *rules.sequence, "R6"):
        title = ladder.RULES[rule][0] if rule in ladder.RULES else "Eligible"
        found = [finding for finding in decision.findings if finding.rule == rule]
        for finding in found:
            rung = ladder.rung(finding, f"{title}: {names[finding.org]}" if finding.org else title, who)
            rungs.append(rung)
        if not found and rule in NOTHING:
            rungs.append(Rung("miss", title, NOTHING[rule], rule))
    return rungs


def _read_by(
    account: ClientAccount, org_ids: Iterable[uuid.UUID], names: Mapping[str, str]
) -> tuple[list[OrgReading], dict[str, str]]:
    """What each organization reads, and who registered the leads, by lead id."""
    readings: list[OrgReading] = []
    who: dict[str, str] = {}
    for org_id in org_ids:
        with acting(scope().actor, org_id):
            client = clients.of_account(account.id)
            if client:
                own = list_rows.submitters([client])
                row = list_rows.client_row(client, own)
                who |= own
                readings.append(OrgReading(names[str(org_id)], row.status.label, f"{row.short} {row.sentence}"))
    return readings, who


def _credit(account: ClientAccount) -> tuple[str, datetime] | None:
    row = source_credits.of_account(account.id)
    return (row.state, row.hold_until) if row else None


def _dispute(account: ClientAccount) -> tuple[str, Sequence[str], datetime] | None:
    dispute = disputes.find_open(account.id)
    if dispute is None:
        return None
    return dispute.kind, sorted(_name(org_id) for org_id in dispute_sides.parties(dispute)), dispute.answer_by


def _ruled(family: Family) -> list[RulingReport]:
    return [
        RulingReport(row.at, _name(row.org_id) if row.org_id else None, sign_ins.name_of(row.decided_by), row.reason)
        for row in reversed(rulings.of_family(family))
    ]


def _asks(account: ClientAccount) -> list[str]:
    return sorted(_name(row.org_id) for row in claim_rows.asks_about(account))


def _lead(row: SiteHold) -> LeadReport:
    if row.end_reason:
        state = LEAD_ENDS[row.end_reason]
    else:
        state = "Waits in line" if row.is_waiting else "Over" if row.is_over(now()) else "Holds the website"
    with acting(scope().actor, row.org_id):
        progress = leads.fetch(row.lead_id).progress
    return LeadReport(_name(row.org_id), row.submitted_at, row.held_from, row.held_until, state, progress)


def _prospect(site: str, org_id: uuid.UUID) -> ProspectReport:
    org = organizations.fetch(org_id)
    with acting(scope().actor, org_id):
        found = forecast.of_free_site(org, site)
    return ProspectReport(org.name, found.word, found.sentence, found.rungs)


def _names(org_ids: Iterable[uuid.UUID]) -> dict[str, str]:
    return {str(org_id): _name(org_id) for org_id in org_ids}


def _name(org_id: uuid.UUID) -> str:
    return organizations.fetch(org_id).name
