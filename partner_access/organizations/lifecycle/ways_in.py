"""The ways into an organization, all of them: what is open there, and shutting it for good."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from partner_access import mail
from partner_access.db import acting, scope, session
from partner_access.organizations.directory import organizations
from partner_access.organizations.domains import domains
from partner_access.organizations.entry import invitations, join_requests
from partner_access.organizations.models import DomainClaim, Organization
from partner_access.organizations.ownership import recoveries
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute


@dataclass(frozen=True)
class WaysIn:
    """How many people are in the team and how many of them manage it, how many may still come in, and by what."""

    people: int
    managers: int
    domains: tuple[str, ...]
    invitations: int
    requests: int


def of(org: Organization) -> WaysIn:
    """What is open at an organization now; nothing is changed."""
    with acting(scope().actor, org.id):
        return WaysIn(
            people=len(memberships.listing()),
            managers=len(memberships.managers()),
            domains=tuple(row.name for row in organizations.domains_of(org.id)),
            invitations=len(invitations.listing()),
            requests=len(join_requests.waiting()),
        )


def shut(org: Organization) -> None:
    """Shut every way into the bound organization, which is closed; its domains are free for others.

    Whoever asked to be let in is told. Memberships stay as they are.
    """
    for claim in session().scalars(select(DomainClaim).order_by(DomainClaim.name)).all():
        domains.remove(claim, reason="org-closed")
    invitations.revoke_all("org-closed")
    recoveries.withdraw_all("org-closed")
    for row in join_requests.end_all("org-closed"):
        mail.queue("join-request-over", row.user.email, org_name=org.name, join_url=absolute("organizations.join"))
