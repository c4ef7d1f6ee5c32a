"""Registering a lead: what is checked, how it is kept, renewed and withdrawn (docs/rules.md)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit.clients import occupants
from partner_access.credit.ledger import totals
from partner_access.credit.models import Lead, SiteHold
from partner_access.credit.touchpoints import lead_allowances, lead_queue, leads, links, site_holds
from partner_access.db import found, new_id, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys import text
from partner_access.keys.addresses import address
from partner_access.keys.sites import display_site, site_key
from partner_access.organizations.directory import own_names
from partner_access.organizations.models import Organization

LONGEST_PROGRESS = 200


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
    """A lead and how it came out: `registered`, `queued`, or `already-yours` (then it is the team's earlier one)."""

    lead: Lead
    outcome: str


def submit(org: Organization, person: User, details: LeadDetails) -> SubmittedLead:
    """Register a lead. Raises Invalid with a sentence for the field that cannot be used, for an existing client, and
    where the organization has as many open leads as it may have, or let the site go lately."""
    check_text(details)
    site = site_key(details.website, own_domains=own_names.present_sites(org.id))
    if details.contact_email:
        address(details.contact_email, field="contact_email")
    lead_queue.lock_and_settle({site, *lead_allowances.over_by_now()}, [org.id])
    check_free(site)
    of_site = site_holds.of_site(site)
    if any(hold.org_id == org.id and hold.ended_at is None for hold in of_site):
        return SubmittedLead(
            found(session().scalar(select(Lead).where(Lead.site == site, Lead.ended_at.is_(None)))), "already-yours"
        )
    refusal = lead_allowances.refusal(org, site, of_site)
    if refusal:
        raise refusal
    lead = _keep(person, site, details, lead_queue.enter(site, new_id()))
    if lead.held_from is None:
        lead_queue.settle(site, tell=False)  # who holds it may be paused
    return SubmittedLead(lead, "registered" if lead.held_from else "queued")


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


def _keep(person: User, site: str, details: LeadDetails, hold: SiteHold) -> Lead:
    holder = None if hold.held_from else site_holds.holder(site)
    lead = Lead(
        id=hold.lead_id,
        company=details.company,
        website=details.website.strip(),
        site=site,
        contact_name=details.contact_name,
        contact_email=details.contact_email,
        note=details.note,
        submitted_by=person.id,
        submitted_at=hold.submitted_at,
        held_from=hold.held_from,
        held_until=hold.held_until,
        free_at=holder.held_until if holder else None,
        submitter=person,
    )
    session().add(lead)
    session().flush()
    links.for_lead(lead.id, details.company)
    totals.add(leads=1, live_leads=1)
    audit.record("lead.submitted", subject=lead.id, site=site, queued=hold.held_from is None)
    return lead


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
    return lead.ended_at is None and lead.held_from is not None and lead.renewed_at is None


def withdraw(lead: Lead) -> None:
    """Give the site up; who waits in line gets it. Idempotent."""
    lead_queue.lock_and_settle([lead.site], [lead.org_id])
    session().refresh(lead)
    if lead.ended_at is None:
        leads.end(lead, "withdrawn", now())
        lead_queue.settle(lead.site)
