"""Where is my credit? What of an organization's own came nearest to a client that its list does not show as its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.clock import day
from partner_access.credit.clients import client_accounts, clients, occupants
from partner_access.credit.clients.occupants import SiteOccupant
from partner_access.credit.insights import forecast, list_rows
from partner_access.credit.insights.similarity import MissCandidate, is_alike, missed_by, nearest
from partner_access.credit.models import Client, DisputeSide, Lead
from partner_access.credit.provisional import requests
from partner_access.credit.rules import versions
from partner_access.credit.rulings import another_look
from partner_access.credit.touchpoints import lead_queue, leads
from partner_access.db import session
from partner_access.errors import NotFound
from partner_access.keys.sites import display_site, site_key
from partner_access.organizations.models import Organization

NEWEST = 1000
"""How many of an organization's newest leads and clients are compared with a site that has none of its own."""
SENTENCES = {
    "other-site": "Your lead is for {own}; the client signed up as {site} on {date}.",
    "moved": "{site} was a client’s website until it moved, and stays theirs until {until}. You have no part in that "
    "client.",
    "no-touch": "{site} has been a client since {date}. Before that, your team had no lead for it, and no opening of "
    "your link led to the sign-up.",
    "alike-client": "You have no client {site}, but {own}, which signed up on {date}.",
    "alike-lead": "Nobody has signed up as {site}. You registered {own}, and a lead counts for its own website only.",
    "nobody": "Nobody has signed up as {site}, and your team has no lead for it.",
}  # fmt: skip
NEXT_STEPS = {
    "other-site": "If both are the same business, ask for another look.",
    "moved": "Ask for another look if these are two different businesses.",
    "no-touch": "If you work for the client now, claim the account as managed.",
    "alike-client": "Look at that client, or search for the website the client typed when signing up.",
    "alike-lead": "If the client uses both, register the other one as well.",
    "begun": "If that was this client, ask for another look.",
    "nobody": "If you know of a sign-up, search for the website the client typed; else see whether it will count.",
}


@dataclass(frozen=True)
class NearestMiss:
    """The nearest of what was found: one sentence, what to do next, and what it is about.

    headline: by how much it missed, where that is a matter of time; far: a sentence when the date is far off.
    may_ask: whether another look can be asked for at an account that is not on the organization's list.
    """

    site: str
    kind: str
    headline: str
    sentence: str
    next_step: str
    far: str = ""
    client: Client | None = None
    lead: Lead | None = None
    may_ask: bool = False


def search(org: Organization, website: str, around: date | None = None) -> NearestMiss:
    """The nearest miss of the bound organization for a website. Raises Invalid beside the field, or TooMany."""
    site = site_key(website)
    forecast.count_lookup(org)
    lead_queue.lock_and_settle([site], [org.id])  # what counts is the time, not when the worker came by
    found = nearest(_candidates(org, site), around)
    audit.record("credit.searched", reason=found.kind, site=site)
    return _as_miss(site, found, around)


def ask(org: Organization, person: User, website: str, words: str) -> DisputeSide:
    """Ask staff for another look at the client account that has a site now, for the bound organization.

    Raises NotFound when nobody has signed up with it, and what another_look.raise_dispute raises.
    """
    site = site_key(website)
    forecast.count_lookup(org)
    occupied = occupants.occupant(site)
    if occupied is None:
        raise NotFound(
            f"Nobody has signed up as {display_site(site)}, so there is nothing to look at.", code="no-account"
        )
    return another_look.raise_dispute(client_accounts.fetch(occupied.account_id), org, person, words)


def _candidates(org: Organization, site: str) -> Iterator[MissCandidate]:
    occupied = occupants.occupant(site)
    own = [row for row in _clients(site, occupied) if row.state != "none"]
    yield from (MissCandidate("client", row.site, row.signed_up_at, str(row.id)) for row in own)
    if occupied and not any(row.client_account_id == occupied.account_id for row in own):
        yield from _of_account(org, site, occupied)
    yield from _alike_clients(site)
    if occupied is None and not own:
        yield from (MissCandidate("lead", site, subject=str(row_id)) for row_id in _leads(site))
        yield from (MissCandidate("alike-lead", key, subject=str(row_id)) for key, row_id in _alike_leads(site))
        yield MissCandidate("nobody", site)


def _clients(site: str, occupied: SiteOccupant | None) -> Sequence[Client]:
    """The organization's own rows for a site, also for the account that has it as an alias."""
    if occupied is None:
        return clients.of_site(site)
    survivor = client_accounts.survivor(client_accounts.fetch(occupied.account_id))
    return clients.of_site(site, [occupied.account_id, survivor.id])


def _of_account(org: Organization, site: str, occupied: SiteOccupant) -> Iterator[MissCandidate]:
    """What of the organization's own is near an account that is not on its list. The date is the only thing told."""
    if occupied.until:
        yield MissCandidate("moved", site, occupied.since, until=occupied.until)
        return
    yield MissCandidate("no-touch", site, occupied.since, begun_at=_begun_at(org, site, occupied.since))
    for key, lead_id in _alike_leads(site):
        yield MissCandidate("other-site", key, occupied.since, str(lead_id))


def _begun_at(org: Organization, site: str, signed_up_at: datetime) -> datetime | None:
    """When this very site was last typed into the form of the organization's link before the sign-up, unconfirmed."""
    window = timedelta(days=versions.at(signed_up_at).window_days)
    return requests.begun_at(org.id, site, signed_up_at - window, signed_up_at)


def _alike_clients(site: str) -> list[MissCandidate]:
    statement = select(Client.site, Client.signed_up_at, Client.id)
    rows = session().execute(statement.order_by(Client.signed_up_at.desc(), Client.id.desc()).limit(NEWEST))
    return [
        MissCandidate("alike-client", row.site, row.signed_up_at, str(row.id))
        for row in rows
        if is_alike(site, row.site)
    ]


def _alike_leads(site: str) -> list[tuple[str, uuid.UUID]]:
    """The newest leads for each site that is much like this one."""
    statement = select(Lead.site, Lead.id).order_by(Lead.submitted_at.desc(), Lead.id.desc()).limit(NEWEST)
    return [(row.site, row.id) for row in session().execute(statement) if is_alike(site, row.site)]


def _leads(site: str) -> Sequence[uuid.UUID]:
    """The organization's newest lead for a site, if any."""
    statement = select(Lead.id).where(Lead.site == site).order_by(Lead.submitted_at.desc(), Lead.id.desc())
    return session().scalars(statement.limit(1)).all()


def _as_miss(site: str, found: MissCandidate, around: date | None) -> NearestMiss:
    typed = display_site(site)
    if found.kind == "client":
        miss = _client_miss(typed, clients.fetch(uuid.UUID(found.subject)))
    elif found.kind == "lead":
        miss = _lead_miss(typed, leads.fetch(uuid.UUID(found.subject)))
    else:
        client = _client(found, site)
        miss = NearestMiss(
            typed,
            found.kind,
            "",
            _sentence(typed, found),
            NEXT_STEPS["begun" if found.begun_at else found.kind],
            client=client,
            lead=leads.fetch(uuid.UUID(found.subject)) if found.kind in ("other-site", "alike-lead") else None,
            may_ask=client is None and found.signed_up_at is not None,
        )
    return replace(miss, far=_far(found, around))


def _client_miss(typed: str, client: Client) -> NearestMiss:
    """The sentence of the row, and before it by how much it missed."""
    row = list_rows.client_row(client, list_rows.submitters([client]))
    why = next((finding for finding in clients.findings(client) if finding.code == client.reason), None)
    headline = missed_by(client.reason, why.at, why.until, client.signed_up_at) if why and not client.is_day else ""
    return NearestMiss(typed, "client", headline, f"{row.short} {row.sentence}", row.next_step, client=client)


def _lead_miss(typed: str, lead: Lead) -> NearestMiss:
    row = list_rows.lead_row(lead, list_rows.people([lead])[0])
    next_step = row.next_step or "If you know of a sign-up, search for the website the client typed."
    return NearestMiss(
        typed,
        "lead",
        f"Nobody has signed up as {typed} yet.",
        f"Your lead: {row.short} {row.sentence}",
        next_step,
        lead=lead,
    )


def _client(found: MissCandidate, site: str) -> Client | None:
    """The client that is much like it; or the row of an account that the organization only manages or asked about."""
    if found.kind == "alike-client":
        return clients.fetch(uuid.UUID(found.subject))
    return next(iter(_clients(site, occupants.occupant(site))), None) if found.signed_up_at else None


def _sentence(typed: str, found: MissCandidate) -> str:
    told = SENTENCES[found.kind].format(
        site=typed,
        own=display_site(found.site),
        date=day(found.signed_up_at),
        until=day(found.until),
    )
    begun = f" From your link, somebody began to sign up as {typed} on {day(found.begun_at)}, and did not confirm it."
    return told + begun if found.begun_at else told


def _far(found: MissCandidate, around: date | None) -> str:
    if not found.is_far(around) or found.signed_up_at is None:
        return ""
    return (
        f"That sign-up was on {day(found.signed_up_at)}, "
        f"{found.days_off(around):,} days from the date you gave. "
        "If you mean another one, search for the website that client typed."
    )
