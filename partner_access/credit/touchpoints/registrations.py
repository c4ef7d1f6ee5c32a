"""Registering a lead: what is checked, how it is kept, renewed and withdrawn (docs/rules.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from partner_access import audit, events
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit.clients import answer_pace, occupants
from partner_access.credit.ledger import totals
from partner_access.credit.models import Lead, SiteHold
from partner_access.credit.touchpoints import lead_allowances, lead_queue, leads, links, site_holds
from partner_access.db import fresh, new_id, scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys import text
from partner_access.keys.addresses import address
from partner_access.keys.sites import display_site, site_key
from partner_access.organizations.directory import own_names
from partner_access.organizations.models import Organization

LONGEST_PROGRESS = 200
AT_ONCE = 50
"""So many are answered in one transaction."""


@dataclass(frozen=True)
class LeadDetails:
    """What the form says of a client; only company and website are needed."""

    company: str
    website: str
    contact_name: str | None = None
    contact_email: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class SubmittedLead:
    """A lead and how it came out: `registered`, `queued`, `taken` (how it came out is told later), or `already-yours`
    (then it is the team's earlier one)."""

    lead: Lead
    outcome: str


def submit(org: Organization, person: User | None, details: LeadDetails) -> SubmittedLead:
    """Register a lead; person: who does, None for a program of the organization.

    Raises Invalid with a sentence for the field that cannot be used, for an existing client, and where the organization
    has as many open leads as it may have, or let the site go lately.

    After as many answers as it gets within the hour the lead is taken, and counts, all the same.
    """
    check_text(details)
    site = site_key(details.website, own_domains=own_names.present_sites(org.id))
    if details.contact_email:
        address(details.contact_email, field="contact_email")
    # counted before the locks, as everywhere: two that wait for each other's count and site would never end
    answer_at = None if _open_lead(site) else answer_pace.answer_at(org)
    lead_queue.lock_and_settle({site, *lead_allowances.over_by_now()}, [org.id])
    if earlier := _open_lead(site):
        return SubmittedLead(earlier, "already-yours")
    if answer_at is None:
        check_free(site)
    refusal = lead_allowances.refusal(org, site, site_holds.of_site(site))
    if refusal:
        raise refusal
    hold = lead_queue.enter(site, new_id()) if occupants.occupant(site) is None else None
    lead = _keep(person, site, details, hold, answer_at)
    if hold and hold.held_from is None:
        lead_queue.settle(site, tell=False)  # who holds it may be paused
    return SubmittedLead(lead, "taken" if answer_at else "registered" if lead.held_from else "queued")


def _open_lead(site: str) -> Lead | None:
    return session().scalar(select(Lead).where(Lead.site == site, Lead.ended_at.is_(None)))


def check_text(details: LeadDetails) -> None:
    """Raise Invalid for what no database can keep."""
    for name, value in vars(details).items():
        text.storable(value or "", name)


def check_free(site: str) -> None:
    """Raise Invalid for a site that a client account has, or had until lately."""
    occupied = occupants.occupant(site)
    if occupied and occupied.until:
        raise Invalid(
            f"{display_site(site)} was a client’s website until it moved, and stays theirs until "
            f"{day(occupied.until)}.",
            code="moved-client",
            field="website",
        )
    if occupied:
        raise Invalid(
            f"{display_site(site)} has been a client since {day(occupied.since)}. "
            "If you manage their account, claim it as managed.",
            code="existing-client",
            field="website",
        )


def _keep(
    person: User | None, site: str, details: LeadDetails, hold: SiteHold | None, answer_at: datetime | None
) -> Lead:
    holder = site_holds.holder(site) if hold and hold.held_from is None else None
    lead = Lead(
        id=hold.lead_id if hold else new_id(),
        company=details.company,
        website=details.website.strip(),
        site=site,
        contact_name=details.contact_name,
        contact_email=details.contact_email,
        note=details.note,
        submitted_by=person.id if person else None,
        submitted_at=hold.submitted_at if hold else now(),
        held_from=hold.held_from if hold else None,
        held_until=hold.held_until if hold else None,
        free_at=holder.held_until if holder else None,
        answer_at=answer_at,
        submitter=person,
    )
    session().add(lead)
    session().flush()
    links.for_lead(lead.id, details.company)
    totals.add(leads=1, live_leads=1)
    audit.record("lead.submitted", subject=lead.id, site=site, queued=None if answer_at else lead.held_from is None)
    if answer_at is None:
        _tell(lead)
    return lead


def _tell(lead: Lead) -> None:
    events.tell("lead.registered", lead.org_id, lead_id=lead.id, site=lead.site, held_until=lead.held_until)


def answer_due() -> Sequence[Lead]:
    """The leads of the bound organization that are answered by this, AT_ONCE at most. One for a website that a client
    had when it was taken ends now: its own time counts."""
    due = select(Lead).where(Lead.answer_at <= now()).order_by(Lead.answer_at, Lead.id).limit(AT_ONCE)
    lead_queue.lock_and_settle([], [org_id] if (org_id := scope().org_id) else [])
    rows = fresh(due).all()
    held = {hold.lead_id for hold in site_holds.of_leads([row.id for row in rows])}
    for row in rows:
        row.answer_at = None
        _tell(row)
        if row.ended_at:
            leads.tell_ended(row)
        if row.ended_at is None and row.id not in held:
            leads.end(row, "too-late", now())
        audit.record("lead.answered", subject=row.id, site=row.site)
    return rows


def renew(lead: Lead, progress: str) -> None:
    """Hold the site for another term, once. progress: what has moved, in a line that staff and the team read.

    Raises Invalid beside `progress`, and Conflict for a lead that cannot be renewed (again).
    """
    text.checked(progress, "progress", LONGEST_PROGRESS, missing="Write in one line what has moved with this client.")
    lead_queue.lock_and_settle([lead.site], [lead.org_id])
    session().refresh(lead)
    if not can_renew(lead) or lead.held_until is None:
        raise Conflict("This lead cannot be renewed: it has ended, waits in the queue, or was renewed before.")
    lead.progress = progress
    lead.renewed_at, lead.held_until = now(), lead.held_until + site_holds.length(lead.submitted_at)
    site_holds.extend(lead.id, lead.held_until)
    audit.record("lead.renewed", subject=lead.id, site=lead.site)
    lead_queue.update_free_dates((hold for hold in site_holds.of_site(lead.site) if hold.is_waiting), lead.held_until)


def can_renew(lead: Lead) -> bool:
    """Whether the lead is held and was never renewed."""
    return lead.ended_at is None and not lead.is_taken and lead.held_from is not None and lead.renewed_at is None


def withdraw(lead: Lead) -> None:
    """Give the site up; who waits in line gets it. Idempotent."""
    lead_queue.lock_and_settle([lead.site], [lead.org_id])
    session().refresh(lead)
    if lead.ended_at is None:
        leads.end(lead, "withdrawn", now())
        lead_queue.settle(lead.site)
