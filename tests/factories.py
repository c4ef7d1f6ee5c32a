"""Plain functions that make what a test needs, through the portal's own; a test names only what it asserts on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import update

from partner_access.accounts.models import User
from partner_access.accounts.passwords import hash_password
from partner_access.clock import now
from partner_access.credit.attribution import signups
from partner_access.credit.models import Lead, ReferralLink
from partner_access.credit.touchpoints import links, registrations, visits
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.db import STAFF, SYSTEM, acting, session
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Domain, Organization
from partner_access.organizations.team import memberships
from tests.portal import PASSWORD, Portal
from tests.recordings import made

_numbers = count(1)


def make_org(portal: Portal, name: str = "Acme", *, domain: str | None = None, policy: str = "auto") -> Organization:
    """An organization, founded a year ago, with a domain at which, by staff's word, only its own people are."""
    name_of_domain = domain or f"{name.lower()}.example"
    with portal.acting():
        org = organizations.found_org(name, domain=name_of_domain, policy=policy, since=now() - timedelta(days=365))
        session().execute(update(Domain).where(Domain.name == name_of_domain).values(vouched_at=org.created_at))
    return org


def make_user(portal: Portal, email: str | None = None, *, name: str = "Ana Example", password: str = PASSWORD) -> User:
    """A person with a proved mailbox and a login."""
    typed = address(email or f"ana{next(_numbers)}@nowhere.example")
    with portal.acting():
        user = User(
            name=name,
            email=typed.email,
            email_key=typed.key,
            password_hash=hash_password(password),
            proved_at=now(),
            password_changed_at=now(),
        )
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


def staff_act(portal: Portal, act: Callable[..., None], org: Organization, reason: str = "It was agreed.") -> None:
    """Staff pause, resume or close an organization now: `pauses.suspend` and the like."""
    with portal.acting(STAFF):
        act(organizations.fetch(org.id), reason)


def make_team(portal: Portal, *, policy: str = "auto") -> Organization:
    """Acme with its owner Olga, its admin Adam and its member Mia."""

    def make() -> tuple[Organization]:
        org = make_org(portal, policy=policy)
        for name, role in (("Olga Owner", "owner"), ("Adam Admin", "admin"), ("Mia Member", "member")):
            make_member(portal, org, f"{name.split()[0].lower()}@acme.example", role=role, name=name)
        return (org,)

    org: Organization
    (org,) = made(portal, ("team", policy), make)
    return org


def make_lead(portal: Portal, org: Organization, person: User, site: str = "client.example", **details: Any) -> Lead:
    """A lead that this person registered now, held or in the queue."""
    return submit_lead(portal, org, person, site, **details).lead


def submit_lead(
    portal: Portal, org: Organization, person: User, site: str = "client.example", **details: Any
) -> registrations.SubmittedLead:
    """Register a lead now; the lead, and whether it is registered, queued, or the team's already."""
    with portal.acting(person.actor, org.id):
        submitter = session().get_one(User, person.id)  # a person may be at work in several threads
        return registrations.submit(org, submitter, LeadDetails(**{"company": "Client", "website": site} | details))


def make_link(portal: Portal, org: Organization) -> ReferralLink:
    """The organization's primary referral link, at its slug."""
    with portal.acting(SYSTEM, org.id):
        return links.primary(org, code=org.slug)


def make_visit(portal: Portal, code: str, *, browser: str = "a browser's secret") -> str:
    """An opening of a referral link, now; the token that names it."""
    with portal.acting():
        link = links.find_code(code)
        assert link is not None, f"there is no link {code}"
        return visits.record(link, browser)


def make_sign_up(
    portal: Portal,
    site: str = "client.example",
    *,
    external_id: str | None = None,
    at: datetime | None = None,
    email: str = "",
    referral: str = "",
    company: str = "Client",
) -> signups.SignUpResult:
    """A client account that signed up at `at`, else now; what became of it."""
    with portal.acting():
        signup = signups.check(
            external_id=external_id or f"account-{next(_numbers)}",
            company=company,
            website=site,
            email=email,
            signed_up_at=at or now(),
            referral=referral,
            came_by="csv",
        )
        return signups.record(signup)
