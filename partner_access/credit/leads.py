"""Leads: a site registered before the client signs up, protected from submission on (PRODUCT.md section 3)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_

from partner_access import audit, mail
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit import client_accounts, holds, links, totals
from partner_access.credit.models import Lead
from partner_access.credit.programme import SiteHold
from partner_access.db import SYSTEM, acting, found, new_id, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations import organizations
from partner_access.organizations.models import Organization
from partner_access.sites import Refused, address, display_site, site_key
from partner_access.urls import absolute

PAGE = 50


@dataclass(frozen=True)
class Details:
    """What the form says of a client; only company and website are needed."""

    company: str
    website: str
    contact_name: str | None = None
    contact_email: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Submitted:
    """A lead and how it came out: `registered`, `queued`, or `already-yours` (then it is the team's earlier one)."""

    lead: Lead
    outcome: str


def submit(org: Organization, person: User, details: Details) -> Submitted:
    """Register a lead. Raises Invalid with a sentence for the field that cannot be used, or for an existing client."""
    site = _site(org, details.website)
    if details.contact_email:
        _check_email(details.contact_email)
    holds.lock_site(site)
    settle(site)
    since = client_accounts.first_of_site(site)
    if since is not None:
        raise Invalid(
            f"{display_site(site)} has been a client since {since:%-d %B %Y}. A lead counts only before the sign-up.",
            code="existing-client", field="website",
        )  # fmt: skip
    lead_id = new_id()
    hold = holds.take(site, lead_id)
    if hold is None:
        return Submitted(
            found(session().scalar(select(Lead).where(Lead.site == site, Lead.ended_at.is_(None)))), "already-yours"
        )
    lead = _keep(person, site, details, hold)
    return Submitted(lead, "registered" if hold.held_from else "queued")


def _site(org: Organization, website: str) -> str:
    try:
        return site_key(website, own_domains=organizations.own_sites(org))
    except Refused as refusal:
        raise Invalid(refusal.sentence, code=refusal.code, field="website") from None


def _check_email(text: str) -> None:
    try:
        address(text)
    except Refused as refusal:
        raise Invalid(refusal.sentence, code=refusal.code, field="contact_email") from None


def _keep(person: User, site: str, details: Details, hold: SiteHold) -> Lead:
    holder = None if hold.held_from else holds.holder(site)
    lead = Lead(
        id=hold.lead_id, company=details.company, website=details.website.strip(), site=site,
        contact_name=details.contact_name, contact_email=details.contact_email, note=details.note,
        submitted_by=person.id, submitted_at=hold.submitted_at, held_from=hold.held_from, held_until=hold.held_until,
        free_at=holder.held_until if holder else None, submitter=person,
    )  # fmt: skip
    session().add(lead)
    session().flush()
    links.for_lead(lead.id, details.company)
    totals.add(leads=1, live_leads=1)
    audit.record("lead.submitted", subject=lead.id, site=site, queued=hold.held_from is None)
    return lead


def renew(lead: Lead) -> None:
    """Hold the site for another term, once. Raises Conflict for a lead that cannot be renewed (again)."""
    holds.lock_site(lead.site)
    settle(lead.site)
    session().refresh(lead)
    if not can_renew(lead) or lead.held_until is None:
        raise Conflict("This lead cannot be renewed: it has ended, waits in the queue, or was renewed before.")
    lead.renewed_at, lead.held_until = now(), lead.held_until + holds.LENGTH
    holds.extend(lead.id, lead.held_until)
    audit.record("lead.renewed", subject=lead.id, site=lead.site)
    _tell_queue(lead.site, lead.held_until)


def can_renew(lead: Lead) -> bool:
    """Whether the lead is held and was never renewed."""
    return lead.ended_at is None and lead.held_from is not None and lead.renewed_at is None


def withdraw(lead: Lead) -> None:
    """Give the site up; who waits in line gets it. Twice is no mistake."""
    holds.lock_site(lead.site)
    settle(lead.site)
    session().refresh(lead)
    if lead.ended_at is None:
        end(lead, "withdrawn", now())
        settle(lead.site)


def end(lead: Lead, reason: str, at: datetime) -> None:
    """The lead of the bound organization ends: `won`, `expired`, `withdrawn`, `lost` or `too-late`."""
    holds.end(lead.id, reason, at)
    lead.ended_at, lead.end_reason = at, reason
    totals.add(live_leads=-1)
    event = {"won": "lead.won", "expired": "lead.expired", "withdrawn": "lead.withdrawn"}.get(reason, "lead.ended")
    audit.record(event, subject=lead.id, reason=reason, site=lead.site)


def win(lead: Lead, at: datetime) -> None:
    """The client signed up at `at`, while the lead counted: it is won, even if it ended before we heard of it."""
    if lead.ended_at is None:
        end(lead, "won", at)
    elif lead.end_reason != "won":
        lead.ended_at, lead.end_reason = at, "won"
        audit.record("lead.won", subject=lead.id, site=lead.site)


def settle(site: str) -> None:
    """Bring a site up to date: holds that are over end when they were due, and the next in line follows then.

    What counts is the time, not when the worker came by. Call it under lock_site().
    """
    while (over := holds.holder(site)) is not None and over.held_until is not None and over.held_until <= now():
        with acting(SYSTEM, over.org_id):
            end(fetch(over.lead_id), "expired", over.held_until)
        _promote_next(site, over.held_until)
    if holds.holder(site) is None:
        _promote_next(site, now())


def _promote_next(site: str, at: datetime) -> None:
    hold = holds.next_in_line(site)
    if hold is None:
        return
    holds.promote(hold, at)
    with acting(SYSTEM, hold.org_id):
        lead = fetch(hold.lead_id)
        lead.held_from, lead.held_until, lead.free_at = hold.held_from, hold.held_until, None
        audit.record("lead.promoted", subject=lead.id, site=site)
        slug = organizations.fetch(hold.org_id).slug
        mail.queue(
            "lead-free", lead.submitter.email, company=lead.company, site=display_site(site), until=lead.held_until,
            lead_url=absolute("credit.lead", slug=slug, lead_id=lead.id), dedupe=f"lead-free:{lead.id}",
        )  # fmt: skip
    _tell_queue(site, hold.held_until)


def _tell_queue(site: str, free_at: datetime | None) -> None:
    """Who still waits is shown when the site may be free; never who holds it."""
    for hold in holds.of_site(site):
        if hold.ended_at is None and hold.held_from is None:
            with acting(SYSTEM, hold.org_id):
                fetch(hold.lead_id).free_at = free_at


def expire_due(*, most: int = 50) -> int:
    """Settle the sites whose hold is over; how many there were. Run by the worker."""
    sites = sorted(set(holds.run_out(most)))
    for site in sites:
        holds.lock_site(site)
        settle(site)
    return len(sites)


def fetch(lead_id: uuid.UUID) -> Lead:
    """One lead of the bound organization. Raises NotFound."""
    return found(session().scalar(select(Lead).where(Lead.id == lead_id)))


def listing(*, live: bool | None = None, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[Lead]:
    """A page of PAGE leads of the bound organization, newest first; `before` is the key of the last one seen."""
    statement = select(Lead)
    if live is not None:
        statement = statement.where(Lead.ended_at.is_(None) if live else Lead.ended_at.is_not(None))
    if before is not None:
        statement = statement.where(tuple_(Lead.submitted_at, Lead.id) < tuple_(*before))
    return session().scalars(statement.order_by(Lead.submitted_at.desc(), Lead.id.desc()).limit(PAGE)).all()


def status(lead: Lead) -> str:
    """The lead's status word, a key of reasons.STATUSES."""
    if lead.ended_at is not None:
        return "expired" if lead.end_reason == "expired" else "ended"
    return "registered" if lead.held_from else "queued"
