"""Gathers what the decision looks at, across organizations, and nothing more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy import select

from partner_access.credit.attribution import sources
from partner_access.credit.attribution.sources import Sources
from partner_access.credit.clients import client_accounts, occupants
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.models import (
    ClientAccount,
    ReferralCode,
    SiteHold,
    StoredDecision,
    Visit,
)
from partner_access.credit.rules import facts, versions
from partner_access.credit.rules.first_accounts import FirstFact
from partner_access.credit.touchpoints import links, visits
from partner_access.db import session
from partner_access.keys.addresses import parent_domains
from partner_access.organizations.directory import mergers, organizations, own_names
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import OrgMerger

NUMBER = attrgetter("number")
A_DAY = timedelta(days=1)
"""A lead for a site cannot be registered once we know of its client account, unless the client left it long ago; such
a lead is about another client. A day, so that no clock that steps makes a lead look that late."""


@dataclass(frozen=True)
class Evidence:
    """What ties one sign-up to partners for good: visits, the leads whose own link was used, whom the client refused.

    known, created_for: the organizations as they were when the sign-up was first decided, and who had created it; known
    is None for one that never was.
    """

    visits: tuple[facts.VisitFact, ...] = ()
    link_leads: tuple[uuid.UUID, ...] = ()
    refused: tuple[str, ...] = ()
    unknown_referral: bool = False
    known: tuple[facts.OrgFact, ...] | None = None
    created_for: str | None = None
    partner_browsers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ties:
    """What the portal's own form ties to a sign-up. visits: openings of links in its browser; beside: one that the form
    of another link named; refused: organizations the client went without; partner_browsers: those of which somebody was
    signed in, or had been lately, in that browser; network: where the form was sent from, see NetworkKey."""

    visits: Sequence[Visit] = ()
    beside: Visit | None = None
    refused: Sequence[uuid.UUID] = ()
    partner_browsers: Sequence[uuid.UUID] = ()
    network: bytes | None = None


def of_signup(account: ClientAccount, ties: Ties) -> Evidence:
    """What came with a sign-up."""
    code, by_token = read_referral(account.referral)
    seen = {visit.number: visit for visit in [*ties.visits, *([by_token] if by_token else [])]}
    touches = [_visit_fact(visit, "form" if visit is by_token else "cookie") for visit in seen.values()]
    if ties.beside and ties.beside.number not in seen:
        touches.append(_visit_fact(ties.beside, "beside"))
    if code and not _is_last_opened(code, seen.values(), account.signed_up_at):
        touches.append(facts.VisitFact(str(code.org_id), code.code, code.code, account.signed_up_at, "code"))
    used = {visit.code for visit in seen.values() if visit.opened_at <= account.signed_up_at}
    return Evidence(
        visits=tuple(touches),
        link_leads=_leads_of_links(used | ({code.code} if code else set())),
        refused=tuple(map(str, ties.refused)),
        unknown_referral=bool(account.referral) and code is None and by_token is None,
        partner_browsers=tuple(sorted(map(str, ties.partner_browsers))),
    )


def _is_last_opened(code: ReferralCode, seen: Iterable[Visit], at: datetime) -> bool:
    """Whether the link that a sign-up came with is the one opened last, within the window: that opening says more than
    its code. In any other case the code is a touch of its own, so that a stale opening never hides it."""
    window = timedelta(days=versions.at(at).window_days)
    valid = [visit for visit in seen if at - window <= visit.opened_at <= at]
    return bool(valid) and max(valid, key=lambda visit: visit.number).code == code.code


def of_decision(stored: StoredDecision) -> Evidence:
    """What came with a sign-up that was decided before."""
    return of_facts(facts.Facts.from_json(stored.facts))


def of_facts(known: facts.Facts) -> Evidence:
    """The same, from what it was decided by."""
    leads = tuple(uuid.UUID(lead.id) for lead in known.leads if lead.by_link)
    return Evidence(
        known.visits,
        leads,
        known.refused,
        known.unknown_referral,
        known.orgs,
        known.created_for,
        known.partner_browsers,
    )


def parties(account: ClientAccount, evidence: Evidence) -> set[uuid.UUID]:
    """The organizations that a sign-up concerns, besides those who hold its site, and who goes on for them."""
    ids = _concerned(account, evidence)
    return ids | {row.into_id for row in mergers.of(ids)}


def _concerned(account: ClientAccount, evidence: Evidence) -> set[uuid.UUID]:
    """Whose domain the owner's address is at counts as of the sign-up: who proves that domain later has no part."""
    ids = {uuid.UUID(visit.org) for visit in evidence.visits} | (
        {account.created_for} if account.created_for else set()
    )
    if evidence.known is None:
        return ids | _at_domains(account)
    return ids | {uuid.UUID(org.id) for org in evidence.known}


def gather(account: ClientAccount, evidence: Evidence, family: Family, known: Sources | None = None) -> facts.Facts:
    """The facts of a client account's sign-up, for engine.decide; call it when all sites concerned are settled.

    Of accounts that were merged, `account` and `evidence` are those of the earliest sign-up, which decides. known: what
    was read for this account and others at once.
    """
    known = known or sources.read([account.site], evidence.link_leads, family.ids)
    of_site = [hold for hold in known.holds.get(account.site, ()) if hold.submitted_at <= account.known_at + A_DAY]
    by_link = sorted((known.leads[key] for key in evidence.link_leads if key in known.leads), key=NUMBER)
    found = {hold.lead_id: hold for hold in [*of_site, *by_link]}
    leads = [
        lead_fact(hold, account.signed_up_at, by_link=hold.lead_id in evidence.link_leads and hold.site != account.site)
        for hold in found.values()
    ]
    rulings, lapses = _ruling_facts(family, known), _lapse_facts(family, known)
    org_ids = {lead.org for lead in leads} | {org for row in rulings for org in (row.org, *row.sides) if org}
    org_ids |= {org for row in lapses for org in row.sides} | set(evidence.partner_browsers)
    org_ids |= {str(org_id) for org_id in _concerned(account, evidence)}
    orgs, merged = org_facts(org_ids, account.signed_up_at, evidence.known or (), known.mergers)
    is_shared = known.had.get(account.site, set()) - set(family.ids)
    firsts, first = _earlier_accounts(account, family) if is_shared else ([], None)
    created_for = evidence.created_for if evidence.known is not None else account.created_for
    return facts.Facts(
        signed_up_at=account.signed_up_at,
        site=account.site,
        email_domains=tuple(parent_domains(account.email_domain)) if account.email_domain else (),
        orgs=orgs,
        leads=tuple(leads),
        visits=evidence.visits,
        refused=evidence.refused,
        earlier_account_at=first.since if first else None,
        earlier_until=first.until if first else None,
        unknown_referral=evidence.unknown_referral,
        created_for=str(created_for) if created_for else None,
        rulings=tuple(rulings),
        mergers=merged,
        lapses=tuple(lapses),
        firsts=tuple(firsts),
        is_day=account.is_day,
        taken_at=account.taken_at if account.taken_at != account.signed_up_at else None,
        is_limited=client_accounts.is_limited(family),
        follows_limited=client_accounts.is_limited(family) and client_accounts.follows_limited(account, family),
        partner_browsers=evidence.partner_browsers,
    )


def _earlier_accounts(account: ClientAccount, family: Family) -> tuple[list[FirstFact], FirstFact | None]:
    """Those before it that may be over, or may have come after it, and the first one that has the site for good."""
    may_be_over: list[FirstFact] = []
    at, is_limited = account.taken_at, client_accounts.is_limited(family)
    for occupied in occupants.earlier_occupants(account, family):
        first = occupied.as_fact(at)
        if not (first.may_be_over or first.is_day or (first.since > at and not is_limited)):
            return may_be_over, first
        may_be_over.append(first)
    return may_be_over, None


def org_facts(
    org_ids: Iterable[str],
    at: datetime,
    known: Sequence[facts.OrgFact] = (),
    all_mergers: Sequence[OrgMerger] | None = None,
) -> tuple[tuple[facts.OrgFact, ...], tuple[facts.MergerFact, ...]]:
    """What the decision has to know of organizations, and of those that they had become part of by a moment.

    known: what was known of some of them already, which stays as it is; all_mergers: if they were read already.
    """
    wanted = set(org_ids)
    rows = mergers.of((uuid.UUID(org_id) for org_id in wanted), all_mergers)
    wanted |= {str(row.into_id) for row in rows if row.at <= at}
    before = {org.id: org for org in known}
    orgs = tuple(before.get(org_id) or _org_fact(uuid.UUID(org_id)) for org_id in sorted(wanted))
    return orgs, tuple(facts.MergerFact(str(row.org_id), str(row.into_id), row.at) for row in rows)


def _org_fact(org_id: uuid.UUID) -> facts.OrgFact:
    org, own = organizations.fetch(org_id), own_names.of(org_id)
    sites = tuple(facts.OwnFact(site, row.since, row.until) for row in own if (site := own_names.site_of(row)))
    domains = tuple(facts.OwnFact(row.name, row.since, row.until) for row in own if row.kind == own_names.DOMAIN)
    paused = tuple(facts.PauseFact(row.since, row.until) for row in pauses.of(org_id))
    return facts.OrgFact(str(org_id), org.created_at, sites, domains, paused, org.closed_at)


def read_referral(referral: str | None) -> tuple[ReferralCode | None, Visit | None]:
    """The link or the visit that a referral text names, if any."""
    if not referral:
        return None, None
    visit = visits.find(referral)
    return (None, visit) if visit else (links.find_code(referral), None)


def _leads_of_links(codes: set[str]) -> tuple[uuid.UUID, ...]:
    """The leads whose own link has one of these codes."""
    if not codes:
        return ()
    statement = select(ReferralCode.lead_id).where(ReferralCode.code.in_(codes), ReferralCode.lead_id.is_not(None))
    return tuple(sorted(lead_id for lead_id in session().scalars(statement) if lead_id))


def _at_domains(account: ClientAccount) -> set[uuid.UUID]:
    """The organizations at whose domain the owner's e-mail address was at the sign-up."""
    if not account.email_domain:
        return set()
    own_for = timedelta(days=versions.at(account.signed_up_at).window_days)
    return own_names.at_domains(parent_domains(account.email_domain), account.signed_up_at, own_for)


def _ruling_facts(family: Family, known: Sources) -> list[facts.RulingFact]:
    """Each with everybody who was asked, or ruled for, before it."""
    rows = sorted((row for key in family.ids for row in known.rulings.get(key, ())), key=NUMBER)
    found, sides = [], set[str]()
    for row in rows:
        sides |= known.sides.get(row.dispute_id, set()) if row.dispute_id else set()
        org = str(row.org_id) if row.org_id else None
        found.append(facts.RulingFact(org, str(row.id), row.at, tuple(sorted(sides)), row.number))
        sides |= {org} if org else set()
    return found


def _lapse_facts(family: Family, known: Sources) -> list[facts.LapseFact]:
    rows = [(row.lapsed_at, row.id) for key in family.ids for row in known.lapses.get(key, ()) if row.lapsed_at]
    return [facts.LapseFact(str(key), at, tuple(sorted(known.sides.get(key, ())))) for at, key in sorted(rows)]


def lead_fact(hold: SiteHold, at: datetime, *, by_link: bool = False) -> facts.LeadFact:
    """What the decision about a sign-up at a moment has to know of a lead.

    How a sign-up has ended it is left out: that is the decision's own doing, and hangs on who came first.
    """
    held_from, held_until = hold.term(at)
    return facts.LeadFact(
        str(hold.registered_for or hold.org_id),
        str(hold.lead_id),
        hold.submitted_at,
        held_from,
        held_until,
        ended_at=hold.withdrawn_at,
        end_reason="withdrawn" if hold.withdrawn_at else None,
        by_link=by_link,
        number=hold.number,
        passed_on_at=hold.passed_on_by(at),
    )


def _visit_fact(visit: Visit, how: str) -> facts.VisitFact:
    return facts.VisitFact(str(visit.org_id), str(visit.number), visit.code, visit.opened_at, how, visit.number)
