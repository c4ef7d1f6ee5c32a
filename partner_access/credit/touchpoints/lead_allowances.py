"""What an organization may still register: how many open leads it has and may have, which sites it has to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from partner_access import audit
from partner_access.clock import day, now
from partner_access.credit.clients import clients
from partner_access.credit.ledger import totals
from partner_access.credit.models import Lead, SiteHold
from partner_access.credit.rules import versions
from partner_access.credit.touchpoints import lead_bounds
from partner_access.credit.touchpoints.lead_bounds import LeadBound, PastLead
from partner_access.db import acting, scope, session
from partner_access.errors import Invalid
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import mergers
from partner_access.organizations.models import Organization

KIND = "lead-limit"
MOST_BY_STAFF = 10_000
ENDS_THAT_COOL = ("expired", "withdrawn")


def bound(org: Organization) -> LeadBound:
    """How many open leads the bound organization has and may have. Exact while its counts are locked."""
    rules, live = versions.present(), totals.live_leads()
    least = lead_bounds.limit(rules, 0, org.lead_limit)
    if least is None:
        return LeadBound(live, None)
    credited = clients.credited_since(now() - lead_bounds.CREDITED_WITHIN, most=lead_bounds.MOST_MORE)
    return LeadBound(live, lead_bounds.limit(rules, credited, org.lead_limit))


def over_by_now() -> Sequence[str]:
    """The sites of the bound organization's leads whose time may be over though nobody has ended them yet: they must
    not take the place of another."""
    due = or_(Lead.held_until <= now(), Lead.free_at <= now())
    return session().scalars(select(Lead.site).where(Lead.ended_at.is_(None), due)).all()


def cools_until(org: Organization, of_site: Iterable[SiteHold]) -> datetime | None:
    """Until when the organization cannot register a site again, or None. of_site: every hold that the site ever had.

    What it has taken over counts as its own: else a partner would keep a site by becoming part of a new one.
    """
    ended = [hold for hold in of_site if hold.ended_at and hold.end_reason in ENDS_THAT_COOL]
    if not ended:
        return None
    family = set(mergers.family(org.id))
    past = [
        PastLead(
            hold.submitted_at,
            hold.ended_at,
            hold.end_reason,
            versions.at(hold.submitted_at).lead_cooldown_days,
        )
        for hold in ended
        if hold.org_id in family and hold.ended_at and hold.end_reason
    ]
    return lead_bounds.cools_until(past, now())


def set_limit(org: Organization, limit: int | None, reason: str) -> None:
    """Staff let one organization have so many open leads, or (None) as many as the rules say; those it has stay.

    Raises Invalid beside `limit` for a number that cannot be, and without a reason.
    """
    if limit is not None and not 0 <= limit <= MOST_BY_STAFF:
        sentence = f"Enter a whole number from 0 to {MOST_BY_STAFF:,}, or leave it empty."
        raise Invalid(sentence, code="limit-out-of-bounds", field="limit")
    audit.staff_decided(KIND, org.id, "by-the-rules" if limit is None else str(limit), reason)
    org.lead_limit = limit
    with acting(scope().actor, org.id):
        audit.record("organization.lead_limit_set", subject=org.id, reason="staff-decided", limit=limit)


def refusal(org: Organization, site: str, of_site: Iterable[SiteHold]) -> Invalid | None:
    """Why the bound organization cannot register a site of which it has no open lead, or None."""
    until = cools_until(org, of_site)
    if until:
        return Invalid(
            f"Your team had a lead for {display_site(site)} and let it go. You can register it again on {day(until)}.",
            code="lead-cooling-down",
            field="website",
        )
    found = bound(org)
    if not found.is_reached:
        return None
    return Invalid(
        f"Your team has {found.words} open leads. Withdraw one that has come to nothing, or wait until one ends.",
        code="too-many-leads",
        field="website",
    )
