"""What is an organization's own, from when until when: websites, e-mail domains, and the sites that these are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from partner_access.clock import now
from partner_access.db import session
from partner_access.keys.addresses import same_site_domain
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import site_key
from partner_access.organizations.models import OwnName
from partner_access.transactions import insert_once

WEBSITE, DOMAIN = "website", "domain"
"""What a name is."""


def begin(org_id: uuid.UUID, kind: str, name: str | None, *, since: datetime | None = None) -> None:
    """The name is the organization's own from now on (or since then); what it has already, it has. None is no name.

    Take org_lock.lock_alone() first where the organization is there already: else a sign-up of this moment is decided
    with what was its own before.
    """
    if name:
        insert_once(OwnName(org_id=org_id, kind=kind, name=name, since=since or now()))


def end(org_id: uuid.UUID, kind: str, name: str | None) -> None:
    """The organization has given the name up. Take the same lock as for begin()."""
    open_row = OwnName.org_id == org_id, OwnName.kind == kind, OwnName.name == name, OwnName.until.is_(None)
    session().execute(update(OwnName).where(*open_row).values(until=now()))


def take_over(gone_id: uuid.UUID, stays_id: uuid.UUID) -> None:
    """One organization becomes part of another: its own names are the other's from now on, what it had given up too."""
    for row in of(gone_id):
        if row.until is None:
            begin(stays_id, row.kind, row.name)
            end(gone_id, row.kind, row.name)
        else:
            # until lies before since: it is the other's for as long as what was given up then still counts
            session().add(OwnName(org_id=stays_id, kind=row.kind, name=row.name, since=now(), until=row.until))
    session().flush()


def of(org_id: uuid.UUID) -> Sequence[OwnName]:
    """Everything that is or was an organization's own, the oldest first."""
    mine = select(OwnName).where(OwnName.org_id == org_id)
    return session().scalars(mine.order_by(OwnName.since, OwnName.id)).all()


def at_domains(names: Iterable[str], at: datetime, own_for: timedelta) -> set[uuid.UUID]:
    """The organizations to which one of these domains belonged at a moment, or until at most so long before."""
    kept = or_(OwnName.until.is_(None), OwnName.until > at - own_for)
    theirs = OwnName.kind == DOMAIN, OwnName.name.in_(list(names)), OwnName.since <= at, kept
    return set(session().scalars(select(OwnName.org_id).where(*theirs)))


def present_sites(org_id: uuid.UUID) -> list[str]:
    """The sites that are the organization's own now, each once."""
    return sorted({site for row in of(org_id) if row.until is None for site in [site_of(row)] if site})


def site_of(row: OwnName) -> str | None:
    """The site that a website or an e-mail domain is; None for a website that none can be made of."""
    return next(iter(sites_of(None, [row.name]) if row.kind == DOMAIN else sites_of(row.name, [])), None)


def sites_of(website: str | None, domains: Iterable[str]) -> list[str]:
    """The sites of a website and of e-mail domains, each once."""
    sites = {same_site_domain(domain) for domain in domains}
    if website:
        with suppress(Refused):
            sites.add(site_key(website))
    return sorted(sites)
