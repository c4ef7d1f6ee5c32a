"""Organizations that the programme's staff found themselves, with their first link and owner."""

from __future__ import annotations

from dataclasses import dataclass

from partner_access import audit, mail
from partner_access.accounts import account_requests, sign_ins
from partner_access.credit.touchpoints import links
from partner_access.db import acting, scope
from partner_access.errors import Invalid
from partner_access.keys.addresses import Address
from partner_access.organizations.directory import organizations, staff_acts
from partner_access.organizations.entry import applications, invitations
from partner_access.organizations.models import Organization
from partner_access.organizations.ownership import ownerless
from partner_access.organizations.team import memberships
from partner_access.permissions import Role
from partner_access.web.urls import absolute


@dataclass(frozen=True)
class OrgDetails:
    """What staff say of a new organization; `domain` is a domain key."""

    name: str
    domain: str
    policy: str = "auto"
    website: str | None = None
    owner: Address | None = None


def found(details: OrgDetails, reason: str) -> Organization:
    """Found an organization whose domain staff have proved; people of it who applied meanwhile ask to be let in.

    Its owner is in at once when they are known, and else when they have set a password. Raises Invalid without a name
    or a reason, Conflict when another organization has the domain.
    """
    org = organizations.found_org(details.name, domain=details.domain, policy=details.policy, website=details.website)
    audit.staff_decided(staff_acts.KIND, org.id, "founded", reason)
    with acting(scope().actor, org.id):
        links.primary(org)
    if details.owner:
        _welcome(org, details.owner)
    applications.turn_into_join_requests(org, details.domain)
    return org


def _welcome(org: Organization, owner: Address) -> None:
    with acting(scope().actor, org.id):
        known = sign_ins.find(owner.key)
        if known:
            memberships.create(known, Role.OWNER, provenance="staff")
            home = absolute("credit.home", slug=org.slug)
            mail.queue("application-approved", known.email, org_name=org.name, home_url=home, asks_first=None)
            return
        invitations.invite(owner, Role.OWNER)
        link = account_requests.vouch(owner.local.title(), owner, life=invitations.LIFE)
        mail.queue("owner-welcome", owner.email, org_name=org.name, url=link, days=invitations.LIFE.days)


def invite_owner(org: Organization, owner: Address, reason: str, *, seen: str | None = None) -> None:
    """Ask an address to become an owner; who is in the team already becomes one at once. Twice is the same.

    Raises Invalid beside `email` for somebody who is an owner or is suspended, and what staff_acts.decide() raises.
    """
    again = not staff_acts.decide(org, "owner-invited", reason, seen=seen)
    with acting(scope().actor, org.id):
        known = sign_ins.find(owner.key)
        member = memberships.find(known.id) if known else None
        open_one = next((row for row in invitations.listing() if row.email_key == owner.key), None)
        if again and (open_one is not None or (member is not None and member.role == Role.OWNER)):
            return
        if member is not None and member.role == Role.OWNER:
            raise Invalid(f"{member.user.name} is an owner already.", code="owner-already", field="email")
        if known and org.id in {row.org_id for row in memberships.suspended(known)}:
            raise Invalid(f"{known.name} is suspended there. Ask the team.", code="suspended", field="email")
        if again:
            audit.staff_decided(staff_acts.KIND, org.id, "owner-invited", reason)
        if member is not None:
            memberships.change_role(member, Role.OWNER)
            ownerless.mend(org)
        else:
            invitations.send(invitations.invite(owner, Role.OWNER))
