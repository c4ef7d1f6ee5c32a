"""The organization of the present page and the person's membership there; guard.py fills this in."""

from __future__ import annotations

from flask import g

from partner_access.organizations.models import Membership, Organization, StaffReading
from partner_access.permissions import Permission, allows


def membership() -> Membership | None:
    """The person's membership in the organization of this page; None outside of organizations."""
    row: Membership | None = g.get("membership")
    return row


def reading() -> StaffReading | None:
    """The reading of one of staff who looks at this page of an organization, or None."""
    row: StaffReading | None = g.get("reading")
    return row


def find_org() -> Organization | None:
    """The organization of this page, or None."""
    row = membership() or reading()
    return row.org if row else None


def org() -> Organization:
    """The organization of this page, on a page that has one."""
    row = find_org()
    assert row is not None, "this page belongs to no organization"
    return row


def may(permission: str) -> bool:
    """Whether the person may do this in the organization of this page."""
    row = membership()
    return row is not None and allows(row.role_name, Permission(permission))
