"""Plain functions that make what a test needs, through the portal's own functions; a test names only what it asserts on."""

from __future__ import annotations

from itertools import count

from partner_access.accounts.models import User
from partner_access.accounts.passwords import hash_password
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, session
from partner_access.organizations import memberships, organizations
from partner_access.organizations.models import Organization
from partner_access.sites import address
from tests.portal import PASSWORD, Portal

_numbers = count(1)


def make_org(portal: Portal, name: str = "Acme", *, domain: str | None = None, policy: str = "auto") -> Organization:
    """An organization, founded a while ago, with a domain of its own."""
    with portal.acting():
        return organizations.found_org(name, domain=domain or f"{name.lower()}.example", policy=policy)


def make_user(portal: Portal, email: str | None = None, *, name: str = "Ana Example", password: str = PASSWORD) -> User:
    """A person with a proved mailbox and a login."""
    typed = address(email or f"ana{next(_numbers)}@nowhere.example")
    with portal.acting():
        user = User(
            name=name, email=typed.email, email_key=typed.key, password_hash=hash_password(password), proved_at=now(),
            password_changed_at=now(),
        )  # fmt: skip
        session().add(user)
    return user


def make_member(
    portal: Portal, org: Organization, email: str | None = None, *, role: str = "member", name: str = "Ana Example"
) -> User:
    """A person who is a member of the organization."""
    user = make_user(portal, email or f"ana{next(_numbers)}@{org.slug}.example", name=name)
    with portal.acting(), acting(SYSTEM, org.id):
        memberships.create(user, role, provenance="staff")
    return user
