"""Pausing and resuming an organization, with what that does to the sites that it holds and waits for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import select

from partner_access.credit.managed import claims
from partner_access.credit.models import Lead
from partner_access.credit.touchpoints import lead_queue
from partner_access.db import acting, scope, session
from partner_access.organizations.directory import org_lock
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization


def suspend(org: Organization, reason: str, *, seen: str | None = None) -> None:
    """Pause an organization, as pauses.suspend(). A site that it holds and another one waits for is that one's from now
    on, and stays it; who paused waits in line by its first submission."""
    _change(org, partial(pauses.suspend, org, reason, seen=seen))


def resume(org: Organization, reason: str, *, seen: str | None = None) -> None:
    """Resume it, as claims.resume(); a site that nobody holds and it has waited for is its own from now on."""
    _change(org, partial(claims.resume, org, reason, seen=seen))


def _change(org: Organization, change: Callable[[], None]) -> None:
    """Bring the sites of its open leads up to date as they were until now, and then as they are."""
    org_lock.lock_alone()  # before the sites: whoever has that of a site waits for nobody who pauses
    with acting(scope().actor, org.id):
        sites = session().scalars(select(Lead.site).where(Lead.ended_at.is_(None)).order_by(Lead.site)).all()
    lead_queue.lock_and_settle(sites, [org.id])
    change()
    for site in sites:
        lead_queue.settle(site)
