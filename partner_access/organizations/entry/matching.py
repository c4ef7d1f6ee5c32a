"""Which organizations' domains cover an e-mail domain."""

from __future__ import annotations

from sqlalchemy import select

from partner_access.db import session
from partner_access.keys.addresses import parent_domains
from partner_access.organizations.entry.rules import DomainMatch
from partner_access.organizations.models import Domain, DomainDispute


def matches(email_domain: str) -> tuple[DomainMatch, ...]:
    """The organizations' domains that are this e-mail domain or a parent of it."""
    names = parent_domains(email_domain)
    rows = session().scalars(select(Domain).where(Domain.name.in_(names))).all()
    return tuple(match(row, email_domain) for row in rows)


def match(row: Domain, email_domain: str) -> DomainMatch:
    """How a proved domain stands to an e-mail domain that is it or lies beneath it."""
    return DomainMatch(
        str(row.org_id),
        row.name,
        row.policy,
        row.proof,
        exact=row.name == email_domain,
        include_subdomains=row.include_subdomains,
        paused=_paused(row),
    )


def _paused(row: Domain) -> str:
    """Why nobody joins by this domain at once just now, as a reason code, or ''."""
    if not row.org.is_active:
        return "org-paused"
    if row.lapsed_at:
        return "domain-lapsed"
    disputed = select(DomainDispute.id).where(DomainDispute.domain == row.name, DomainDispute.decided_at.is_(None))
    return "domain-disputed" if session().scalar(disputed.limit(1)) else ""
