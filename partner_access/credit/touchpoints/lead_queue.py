"""The queue for a site: whoever decides about it locks it, ends what is over, and promotes the next in line."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from partner_access import audit, events, mail
from partner_access.clock import now
from partner_access.credit.clients import occupants
from partner_access.credit.ledger import totals
from partner_access.credit.models import Lead, SiteHold
from partner_access.credit.touchpoints import leads, site_holds
from partner_access.db import SYSTEM, acting, scope
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.team import recipients
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute

EXPIRING = timedelta(days=7)
"""How long before a lead stops holding its site programs are told so."""


def enter(site: str, lead_id: uuid.UUID) -> SiteHold:
    """Hold the site for the bound organization, or queue for it. Call it under the site’s lock, without a live lead."""
    moment = now()
    fields = {"lead_id": lead_id, "org_id": scope().org_id, "site": site, "submitted_at": moment}
    row = SiteHold(**fields, held_from=moment, held_until=moment + site_holds.length(moment))
    if insert_once(row):
        return row
    row = SiteHold(**fields, held_from=None, held_until=None)
    is_in = insert_once(row)
    assert is_in, "an organization has one live lead for a site"
    return row


def lock_and_settle(sites: Iterable[str], org_ids: Iterable[uuid.UUID], *, signing_up: str | None = None) -> None:
    """Let one transaction at a time decide about these sites, and settle them before it does.

    org_ids: whose counts may change besides the holders'; signing_up: the site whose leads all end in a moment.
    Whoever decides about one site may end another organization's lead, so locks are taken in one order: all sites,
    then all counts. Else two such transactions wait for each other, and the database ends one of them.
    """
    sites = sorted(set(sites))
    site_holds.lock_sites(sites)
    found = {site: site_holds.of_site(site) for site in sites}
    totals.lock_all({*org_ids, *(hold.org_id for rows in found.values() for hold in rows)})
    for site, rows in found.items():
        _reopen(site, rows)
        _settle(rows, tell=site != signing_up)


def _reopen(site: str, rows: Sequence[SiteHold]) -> None:
    """Leads that ended with a sign-up go on for the rest of their term where that account turns out to be over.

    Who waited waits again, unless the term of whom they waited for is over too: that was long ago.
    """
    ended = [hold for hold in rows if hold.end_reason in ("won", "lost") and not hold.is_over(now())]
    if not any(hold.held_from for hold in ended) or occupants.occupant(site):
        return
    live = {hold.org_id for hold in rows if hold.ended_at is None}
    for hold in ended:
        if hold.org_id in live:
            continue
        live.add(hold.org_id)
        hold.ended_at = hold.end_reason = None
        with acting(SYSTEM, hold.org_id):
            lead = leads.fetch(hold.lead_id)
            lead.ended_at = lead.end_reason = None
            totals.add(live_leads=1)
            audit.record("lead.promoted", subject=lead.id, site=site)


def settle(site: str, *, tell: bool = True) -> None:
    """Bring a site up to date: holds that are over end when they were due, and the next in line follows then.

    What counts is the time, not when the worker came by. lock_and_settle() does it first; do it again after ending a
    hold, after somebody joined the line, and when an organization is paused or resumed. A paused one is passed over,
    and shuts nobody out: where it holds the site, the next one follows from the pause on. tell: whether to mail that.
    """
    _settle(site_holds.of_site(site), tell=tell)


def _settle(rows: Sequence[SiteHold], *, tell: bool) -> None:
    holder = next((hold for hold in rows if hold.is_holding), None)
    waiting = [hold for hold in rows if hold.is_waiting]
    paused = pauses.present({hold.org_id for hold in rows if hold.ended_at is None}) if waiting else {}
    queue = [hold for hold in waiting if hold.org_id not in paused]
    free_since = now()
    while holder is None or holder.is_over(now()) or (queue and holder.org_id in paused):
        if holder is not None and holder.is_over(now()):
            free_since = _expire(holder)
        elif holder is not None:
            free_since = _pass_on(holder, max(paused[holder.org_id], queue[0].submitted_at))
            waiting.append(holder)
        holder = queue.pop(0) if queue else None
        if holder is None:
            update_free_dates(waiting, None)
            return
        waiting.remove(holder)
        _promote(holder, free_since, tell)
        update_free_dates(waiting, holder.held_until)


def _pass_on(hold: SiteHold, at: datetime) -> datetime:
    """Its organization is paused and another one waits, so it stands in line again; that moment."""
    site_holds.pass_on(hold, at)
    with acting(SYSTEM, hold.org_id):
        lead = leads.fetch(hold.lead_id)
        lead.held_from, lead.held_until, lead.passed_on_at = None, None, at
        audit.record("lead.passed_on", subject=lead.id, reason="org-paused", site=hold.site)
    return at


def _expire(hold: SiteHold) -> datetime:
    """End a hold when it was due; that moment."""
    assert hold.held_until is not None, "who holds a site holds it until a day"
    with acting(SYSTEM, hold.org_id):
        leads.end(leads.fetch(hold.lead_id), "expired", hold.held_until)
    return hold.held_until


def _promote(hold: SiteHold, at: datetime, tell: bool) -> None:
    site_holds.promote(hold, at)
    with acting(SYSTEM, hold.org_id):
        lead = leads.fetch(hold.lead_id)
        lead.held_from, lead.held_until, lead.free_at = hold.held_from, hold.held_until, None
        audit.record("lead.promoted", subject=lead.id, site=hold.site)
        if tell and lead.answer_at is None:  # else the answer says it
            _mail_promoted(lead)


def _mail_promoted(lead: Lead) -> None:
    """Mail whoever registered the lead; when they have left, whom the team has chosen."""
    slug = organizations.fetch(lead.org_id).slug
    for person in recipients.for_client(lead.submitter):
        mail.queue(
            "lead-free",
            person.email,
            company=lead.company,
            site=display_site(lead.site),
            until=lead.held_until,
            lead_url=absolute("credit.lead", slug=slug, lead_id=lead.id),
            dedupe=f"lead-free:{lead.id}:{person.id}",
        )


def update_free_dates(waiting: Iterable[SiteHold], free_at: datetime | None) -> None:
    """Who still waits is shown when the site may be free; never who holds it."""
    for hold in waiting:
        with acting(SYSTEM, hold.org_id):
            leads.fetch(hold.lead_id).free_at = free_at


def expire_due() -> int:
    """Settle the site whose hold has been over for longest; how many there were, 0 or 1. Run by the worker.

    One site a transaction: with two, one would be locked after the counts of the other.
    """
    site = site_holds.next_due()
    if site is None:
        return 0
    lock_and_settle([site], [])
    return 1


def warn_due(*, most: int = 100) -> int:
    """Tell programs of leads that stop holding their site within EXPIRING, once a term; how many. Run by the worker."""
    rows = site_holds.take_expiring(now() + EXPIRING, most=most)
    for row in rows:
        with acting(SYSTEM, row.org_id):
            is_told = leads.fetch(row.lead_id).answer_at is None
        if is_told:  # else that it is held at all is the answer, which comes later
            events.tell("lead.expiring", row.org_id, lead_id=row.lead_id, site=row.site, held_until=row.held_until)
    return len(rows)
