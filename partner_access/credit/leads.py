"""Leads: a site registered before the client signs up, protected from submission on (PRODUCT.md section 3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_

from partner_access import audit, mail
from partner_access.accounts.models import User
from partner_access.addresses import Address, address
from partner_access.clock import day, now
from partner_access.credit import client_accounts, holds, links, totals
from partner_access.credit.evidence import WON, Decision, Facts
from partner_access.credit.models import Lead
from partner_access.credit.programme import SiteHold
from partner_access.db import SYSTEM, acting, found, new_id, session
from partner_access.errors import Conflict, Invalid
from partner_access.mistakes import Refused
from partner_access.organizations import memberships, organizations, recipients
from partner_access.organizations.models import Organization
from partner_access.organizations.topics import Topic
from partner_access.sites import display_site, site_key
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
    check_text(details)
    site = client_site(org, details.website)
    if details.contact_email:
        check_email(details.contact_email)
    claim([site], [org.id])
    check_free(site)
    lead_id = new_id()
    hold = holds.take(site, lead_id)
    if hold is None:
        return Submitted(
            found(session().scalar(select(Lead).where(Lead.site == site, Lead.ended_at.is_(None)))), "already-yours"
        )
    lead = _keep(person, site, details, hold)
    return Submitted(lead, "registered" if hold.held_from else "queued")


def check_text(details: Details) -> None:
    """Raise Invalid for what no database can keep."""
    for name, value in vars(details).items():
        if value and "\x00" in value:  # PostgreSQL cannot store it
            raise Invalid("This holds a sign that is no text. Type it again.", code="not-text", field=name)


def client_site(org: Organization, website: str) -> str:
    """The site of a client's website. Raises Invalid with a sentence for one that cannot be used, or is their own."""
    try:
        return site_key(website, own_domains=organizations.own_sites(org))
    except Refused as refusal:
        raise Invalid(refusal.sentence, code=refusal.code, field="website") from None


def check_email(text: str) -> Address:
    """The contact's address. Raises Invalid with a sentence for one that cannot be used."""
    try:
        return address(text)
    except Refused as refusal:
        raise Invalid(refusal.sentence, code=refusal.code, field="contact_email") from None


def check_free(site: str) -> None:
    """Raise Invalid for a site that a client account has, or had until lately."""
    occupied = client_accounts.has_now(site)
    if occupied and occupied.until:
        raise Invalid(
            f"{display_site(site)} was a client’s website until it moved, and stays theirs until "
            f"{day(occupied.until)}.", code="moved-client", field="website",
        )  # fmt: skip
    if occupied:
        raise Invalid(
            f"{display_site(site)} has been a client since {day(occupied.since)}. "
            "If you manage their account, claim it as managed.", code="existing-client", field="website",
        )  # fmt: skip


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
    claim([lead.site], [lead.org_id])
    session().refresh(lead)
    if not can_renew(lead) or lead.held_until is None:
        raise Conflict("This lead cannot be renewed: it has ended, waits in the queue, or was renewed before.")
    lead.renewed_at, lead.held_until = now(), lead.held_until + holds.length(lead.submitted_at)
    holds.extend(lead.id, lead.held_until)
    audit.record("lead.renewed", subject=lead.id, site=lead.site)
    _tell_queue((hold for hold in holds.of_site(lead.site) if hold.is_waiting), lead.held_until)


def can_renew(lead: Lead) -> bool:
    """Whether the lead is held and was never renewed."""
    return lead.ended_at is None and lead.held_from is not None and lead.renewed_at is None


def withdraw(lead: Lead) -> None:
    """Give the site up; who waits in line gets it. Twice is no mistake."""
    claim([lead.site], [lead.org_id])
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
    elif lead.end_reason != "won" or lead.ended_at != at:
        _end_again(lead, "won", at)


def conclude(decision: Decision, org: str, facts: Facts) -> None:
    """The bound organization's leads for the site end with its first sign-up: won, lost to another, or too late.

    facts: of the sign-up that decided, which is the earliest one of accounts that were merged. A lead whose link won
    another site goes on holding its own.
    """
    if decision.reason in ("existing-client", "moved-client", "merged-account"):
        return  # the leads of this site ended with an earlier sign-up
    for finding in decision.findings:
        lead = fetch(uuid.UUID(finding.subject)) if finding.org == org and finding.rule == "R2" else None
        if lead is None or lead.site != facts.site:
            continue
        reason = "too-late" if finding.code in ("lead-after-sign-up", "late-lead") else "lost"
        if finding.result == WON:
            win(lead, facts.signed_up_at)
        elif lead.ended_at is None:
            end(lead, reason, now())
        elif lead.end_reason == "won":
            _end_again(lead, reason, lead.ended_at)


def _end_again(lead: Lead, reason: str, at: datetime) -> None:
    """A lead that had ended turns out to have ended otherwise."""
    lead.ended_at, lead.end_reason = at, reason
    holds.end_again(lead.id, reason, at)
    audit.record("lead.won" if reason == "won" else "lead.ended", subject=lead.id, reason=reason, site=lead.site)


def claim(sites: Iterable[str], org_ids: Iterable[uuid.UUID], *, signing_up: str | None = None) -> None:
    """Let one transaction at a time decide about these sites, and settle them before it does.

    org_ids: whose counts may change besides the holders'; signing_up: the site whose leads all end in a moment.
    Whoever decides about one site may end another organization's lead, so locks are taken in one order: all sites,
    then all counts. Else two such transactions wait for each other, and the database ends one of them.
    """
    sites = sorted(set(sites))
    holds.lock_sites(sites)
    found = {site: holds.of_site(site) for site in sites}
    totals.lock_all({*org_ids, *(hold.org_id for rows in found.values() for hold in rows)})
    for site, rows in found.items():
        _settle(rows, tell=site != signing_up)


def settle(site: str) -> None:
    """Bring a site up to date: holds that are over end when they were due, and the next in line follows then.

    What counts is the time, not when the worker came by. claim() does it first; call it again when you ended a hold.
    """
    _settle(holds.of_site(site), tell=True)


def _settle(rows: Sequence[SiteHold], *, tell: bool) -> None:
    holder = next((hold for hold in rows if hold.is_holding), None)
    queue = [hold for hold in rows if hold.is_waiting]
    free_since = now()
    while holder is None or holder.is_over(now()):
        if holder is not None:
            free_since = _expire(holder)
        if not queue:
            return
        holder = queue.pop(0)
        _promote(holder, free_since, tell)
        _tell_queue(queue, holder.held_until)


def _expire(hold: SiteHold) -> datetime:
    """End a hold when it was due; that moment."""
    assert hold.held_until is not None, "who holds a site holds it until a day"
    with acting(SYSTEM, hold.org_id):
        end(fetch(hold.lead_id), "expired", hold.held_until)
    return hold.held_until


def _promote(hold: SiteHold, at: datetime, tell: bool) -> None:
    holds.promote(hold, at)
    with acting(SYSTEM, hold.org_id):
        lead = fetch(hold.lead_id)
        lead.held_from, lead.held_until, lead.free_at = hold.held_from, hold.held_until, None
        audit.record("lead.promoted", subject=lead.id, site=hold.site)
        if tell:
            _tell_promoted(lead)


def _tell_promoted(lead: Lead) -> None:
    """Mail whoever registered the lead; when they have left, whom the team has chosen."""
    slug = organizations.fetch(lead.org_id).slug
    stayed = memberships.find(lead.submitted_by)
    for person in [lead.submitter] if stayed else recipients.of(Topic.CLIENTS):
        mail.queue(
            "lead-free", person.email, company=lead.company, site=display_site(lead.site), until=lead.held_until,
            lead_url=absolute("credit.lead", slug=slug, lead_id=lead.id), dedupe=f"lead-free:{lead.id}:{person.id}",
        )  # fmt: skip


def _tell_queue(waiting: Iterable[SiteHold], free_at: datetime | None) -> None:
    """Who still waits is shown when the site may be free; never who holds it."""
    for hold in waiting:
        with acting(SYSTEM, hold.org_id):
            fetch(hold.lead_id).free_at = free_at


def expire_due() -> int:
    """Settle the site whose hold has been over for longest; how many there were, 0 or 1. Run by the worker.

    One site a transaction: with two, one would be locked after the counts of the other.
    """
    site = holds.run_out()
    if site is None:
        return 0
    claim([site], [])
    return 1


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
