"""Every organization of the programme, for its staff to look through."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import ColumnElement, or_, select

from partner_access.db import session
from partner_access.errors import NotFound
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import site_key
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Domain, Organization

PAGE = 50
LONGEST = 300
"""So many characters are looked for; nothing that is found is longer."""
STATES: dict[str, dict[str, str]] = {
    "active": {"label": "Active", "colour": "ok", "icon": "check"},
    "paused": {"label": "Paused", "colour": "wait", "icon": "clock"},
    "closed": {"label": "Closed", "colour": "mute", "icon": "dash"},
}
"""The status words of an organization."""
FILTERS = {"active": "Active", "paused": "Paused", "closed": "Closed", "ownerless": "Without an owner"}


def listing(text: str = "", state: str = "", *, after: str | None = None) -> Sequence[Organization]:
    """A page of PAGE organizations in the order of their slugs; `after`: the slug of the last one seen.

    text: part of a name, slug, website or e-mail domain; state: a key of FILTERS, or '' for all. Raises NotFound for an
    `after` that is no slug.
    """
    if after is not None and not organizations.SLUG.fullmatch(after):
        raise NotFound
    statement = select(Organization).order_by(Organization.slug).limit(PAGE)
    if text := text.replace("\x00", "")[:LONGEST]:  # PostgreSQL breaks on a NUL, SQLite on a long pattern
        statement = statement.where(_named(text))
    if state:
        statement = statement.where(*_in(state))
    if after is not None:
        statement = statement.where(Organization.slug > after)
    return session().scalars(statement).all()


def _named(text: str) -> ColumnElement[bool]:
    """Part of what an organization is called; a whole website is found by its site."""
    parts = {text}
    with suppress(Refused):
        parts.add(site_key(text))
    columns = (Organization.name, Organization.slug, Organization.website)
    found = [column.icontains(part, autoescape=True) for part in parts for column in columns]
    domains = [Domain.name.icontains(part, autoescape=True) for part in parts]
    return or_(*found, Organization.id.in_(select(Domain.org_id).where(or_(*domains))))


def _in(state: str) -> tuple[ColumnElement[bool], ...]:
    if state == "closed":
        return (Organization.closed_at.is_not(None),)
    if state == "paused":
        return (Organization.closed_at.is_(None), Organization.suspended_at.is_not(None))
    if state == "ownerless":
        return (*organizations.active(), Organization.ownerless_since.is_not(None))
    return organizations.active()
