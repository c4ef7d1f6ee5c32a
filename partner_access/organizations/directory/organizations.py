"""Organizations: how they come to be, and how they are found by slug or domain."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from partner_access import audit, signing
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, found, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys.addresses import address, parent_domains
from partner_access.keys.mistakes import Refused
from partner_access.organizations.directory import mail_providers, own_names
from partner_access.organizations.models import Domain, DomainClaim, Organization
from partner_access.organizations.words import POLICIES as POLICY_WORDS
from partner_access.transactions import insert_once, lock

POLICIES = tuple(POLICY_WORDS)
SLUG = re.compile(r"[a-z0-9-]{1,44}")


def found_org(
    name: str,
    *,
    domain: str | None = None,
    policy: str = "request",
    website: str | None = None,
    since: datetime | None = None,
) -> Organization:
    """Create an organization; its domain (a domain key) is proved `staff`. Raises Conflict when another one has it.

    policy: `auto` is staff's word that only people of the organization have addresses at the domain.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid("Give the organization a name.", code="name-missing", field="name")
    if domain:
        lock_domain(domain)
    org = Organization(name=name, website=website, created_at=since or now())
    _insert_with_free_slug(org)
    for kind, own in ((own_names.WEBSITE, website), (own_names.DOMAIN, domain)):
        own_names.begin(org.id, kind, own, since=org.created_at)
    if domain and not insert_once(_proved_by_staff(domain, org, policy)):
        raise Conflict(f"{domain} is already the domain of another organization.", code="domain-taken")
    bound = session().scope
    with acting(bound.actor if bound else SYSTEM, org.id):
        if domain:
            session().add(DomainClaim(name=domain, token=signing.new_secret(), created_at=org.created_at))
        audit.record(
            "organization.founded", subject=org.id, reason="approved", slug=org.slug, domain=domain, policy=policy
        )
    return session().scalars(select(Organization).where(Organization.id == org.id)).one()


def _proved_by_staff(domain: str, org: Organization, policy: str) -> Domain:
    if mail_providers.is_public(domain):
        raise Refused("domain-public-mailbox", "domain")
    vouched_at = now() if policy == "auto" else None
    return Domain(name=domain, org_id=org.id, proof="staff", policy=policy, vouched_at=vouched_at)


def _insert_with_free_slug(org: Organization) -> None:
    stem = _slug(org.name)
    for number in range(1, 1000):
        org.slug = stem if number == 1 else f"{stem}-{number}"
        if insert_once(org):
            return
    raise Conflict("There are too many organizations of this name.", code="slug-taken")


def _slug(name: str) -> str:
    """Lower-case ASCII words joined by hyphens, 40 characters at most."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].strip("-") or "partner"


def find(slug: str) -> Organization | None:
    """The organization of this slug, or None."""
    if not SLUG.fullmatch(slug):  # PostgreSQL breaks on a NUL, and a name that cannot be needs no look
        return None
    return session().scalar(select(Organization).where(Organization.slug == slug))


def active() -> tuple[ColumnElement[bool], ...]:
    """The conditions by which a statement finds active organizations alone."""
    return Organization.suspended_at.is_(None), Organization.closed_at.is_(None)


def slugs() -> dict[uuid.UUID, str]:
    """The slug of every organization, in the order of the slugs."""
    return {row.id: row.slug for row in session().execute(select(Organization.id, Organization.slug).order_by("slug"))}


def slugs_of(org_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The slugs of these organizations."""
    rows = session().execute(select(Organization.id, Organization.slug).where(Organization.id.in_(org_ids)))
    return {row.id: row.slug for row in rows}


def fetch(org_id: uuid.UUID) -> Organization:
    """One organization. Raises NotFound."""
    return found(session().scalar(select(Organization).where(Organization.id == org_id)))


def lock_domain(domain: str) -> None:
    """Let people arrive from a domain, and the domain become an organization's, one after the other.

    Else somebody who arrives while an application of their domain is approved would apply for what exists already.
    """
    lock(f"domain:{domain}")


def domains_of(org_id: uuid.UUID) -> Sequence[Domain]:
    """The proved domains of an organization, in alphabetical order."""
    return session().scalars(select(Domain).where(Domain.org_id == org_id).order_by(Domain.name)).all()


def has_address(org_id: uuid.UUID, email: str) -> bool:
    """Whether an e-mail address is at a proved domain of the organization, or beneath one."""
    own = {domain.name for domain in domains_of(org_id)}
    return not own.isdisjoint(parent_domains(address(email).domain))


def name_at(domain: str) -> str:
    """The name of the organization whose proved domain this is, or ''. For staff."""
    row = session().scalar(select(Domain).where(Domain.name == domain))
    return row.org.name if row else ""


def like(name: str, sites: Sequence[str]) -> Sequence[Organization]:
    """The organizations of this name, or with one of these sites as their website or proved domain. For staff."""
    by_domain = select(Domain.org_id).where(Domain.name.in_(sites))
    same = or_(
        func.lower(Organization.name) == name.lower(), Organization.website.in_(sites), Organization.id.in_(by_domain)
    )
    return session().scalars(select(Organization).where(same).order_by(Organization.name)).all()
