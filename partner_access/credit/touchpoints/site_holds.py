"""Site holds: which organization holds a site until when, and who waits in line. Decided by the database's own keys."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from partner_access.clock import now
from partner_access.credit.models import SiteHold
from partner_access.credit.rules import versions
from partner_access.db import fresh, session
from partner_access.organizations.directory import org_lock
from partner_access.transactions import lock


def length(submitted_at: datetime) -> timedelta:
    """For how long a lead that was registered then holds its site, and for how long again when it is renewed."""
    return timedelta(days=versions.at(submitted_at).lead_days)


def lock_sites(sites: Iterable[str]) -> None:
    """Let one transaction at a time decide about these sites: registering them, freeing them, crediting a sign-up."""
    org_lock.lock_shared()
    for site in sorted(set(sites)):
        lock(f"site:{site}")


def holder(site: str) -> SiteHold | None:
    """Who holds the site now, or None."""
    statement = select(SiteHold).where(
        SiteHold.site == site, SiteHold.ended_at.is_(None), SiteHold.held_from.is_not(None)
    )
    return session().scalar(statement)


def of_site(site: str) -> Sequence[SiteHold]:
    """Every hold and place in the queue that this site ever had, in order of submission."""
    statement = select(SiteHold).where(SiteHold.site == site).order_by(SiteHold.number)
    return fresh(statement).all()


def of_sites(sites: Sequence[str]) -> Sequence[SiteHold]:
    """The same of several sites."""
    return fresh(select(SiteHold).where(SiteHold.site.in_(sites)).order_by(SiteHold.number)).all()


def of_leads(lead_ids: Sequence[uuid.UUID]) -> Sequence[SiteHold]:
    """The holds of these leads."""
    if not lead_ids:
        return []
    statement = select(SiteHold).where(SiteHold.lead_id.in_(lead_ids)).order_by(SiteHold.number)
    return fresh(statement).all()


def end(lead_id: uuid.UUID, reason: str, at: datetime) -> None:
    """End a hold or a place in the queue; idempotent."""
    open_row = SiteHold.lead_id == lead_id, SiteHold.ended_at.is_(None)
    given_up = {"withdrawn_at": at} if reason == "withdrawn" else {}
    session().execute(update(SiteHold).where(*open_row).values(ended_at=at, end_reason=reason, **given_up))


def end_again(lead_id: uuid.UUID, reason: str, at: datetime) -> None:
    """The hold has ended at `at` for this reason, whatever was written before."""
    session().execute(update(SiteHold).where(SiteHold.lead_id == lead_id).values(ended_at=at, end_reason=reason))


def extend(lead_id: uuid.UUID, until: datetime) -> None:
    """Hold the site longer."""
    session().execute(update(SiteHold).where(SiteHold.lead_id == lead_id).values(held_until=until))


def promote(row: SiteHold, at: datetime) -> None:
    """The site is free since `at`: it is now held for who waited longest, for a full term from then."""
    row.held_from, row.held_until = at, at + length(row.submitted_at)
    session().flush()


def pass_on(row: SiteHold, at: datetime) -> None:
    """Who held the site stands in line again from a moment on; what it held until then stays written."""
    assert row.held_from is not None, "who passes a site on holds it"
    row.passed_on = [*row.passed_on, [row.held_from.isoformat(), at.isoformat()]]
    row.held_from, row.held_until = None, None
    session().flush()  # before the next one holds it: a site has one holder


def next_due() -> str | None:
    """The site whose hold has been over for longest, or None."""
    over = select(SiteHold.site).where(SiteHold.ended_at.is_(None), SiteHold.held_until <= now())
    return session().scalar(over.order_by(SiteHold.held_until).limit(1))


def take_expiring(until: datetime, *, most: int) -> Sequence[SiteHold]:
    """The holds that end before `until` of which nobody was warned yet, `most` at once; from now on they are."""
    ends = SiteHold.ended_at.is_(None), SiteHold.held_until > now(), SiteHold.held_until <= until
    unwarned = *ends, SiteHold.warned_of.is_distinct_from(SiteHold.held_until)
    oldest = select(SiteHold.lead_id).where(*unwarned).order_by(SiteHold.held_until).limit(most)
    taken = update(SiteHold).where(SiteHold.lead_id.in_(oldest), *unwarned).values(warned_of=SiteHold.held_until)
    ids = session().scalars(taken.returning(SiteHold.lead_id).execution_options(synchronize_session=False)).all()
    return of_leads(ids)
