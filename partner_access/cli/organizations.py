"""`flask org` and `flask staff`: organizations and the vendor's people, until the staff console exists."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from partner_access import mail
from partner_access.accounts import account_requests, sign_ins
from partner_access.addresses import Address, address, domain_key
from partner_access.cli.unit import one_transaction
from partner_access.credit import links
from partner_access.db import STAFF, acting
from partner_access.organizations import applications, invitations, memberships, organizations
from partner_access.organizations.models import Organization
from partner_access.permissions import Role, StaffRole
from partner_access.urls import absolute

org = AppGroup("org", help="Partner organizations.")
staff = AppGroup("staff", help="The vendor's people.")


@org.command("create")
@click.argument("name")
@click.option("--domain", required=True, help="E-mail domain of the organization; it is proved by you, the staff.")
@click.option("--policy", type=click.Choice(organizations.POLICIES), default="auto", show_default=True,
              help="Who of the domain gets in: everybody, after an admin agreed, or by invitation only.")  # fmt: skip
@click.option("--owner", help="E-mail address of the first owner; a link to set a password is mailed there.")
@one_transaction
def create(name: str, domain: str, policy: str, owner: str | None) -> None:
    """Create an organization and print its slug."""
    key = domain_key(domain)
    owner_address = address(owner) if owner else None
    created = organizations.found_org(name, domain=key, policy=policy)
    with acting(STAFF, created.id):
        links.primary(created)
    if owner_address:
        _welcome(created, owner_address)
    applications.turn_into_join_requests(created, key)
    click.echo(created.slug)


def _welcome(created: Organization, owner: Address) -> None:
    """Make the address the organization's owner: at once when the person is known, else when the mailbox is proved."""
    with acting(STAFF, created.id):
        known = sign_ins.find(owner.key)
        if known:
            memberships.create(known, Role.OWNER, provenance="staff")
            home = absolute("credit.home", slug=created.slug)
            mail.queue("application-approved", known.email, org_name=created.name, home_url=home)
            return
        invitations.invite(owner, Role.OWNER)
        link = account_requests.vouch(owner.local.title(), owner, life=invitations.LIFE)
        mail.queue("owner-welcome", owner.email, org_name=created.name, url=link, days=invitations.LIFE.days)


@staff.command("create")
@click.argument("email")
@one_transaction
def create_staff(email: str) -> None:
    """Make an address one of the vendor's people and print a one-time link to set the password."""
    person = address(email)
    sign_ins.grant_staff(person.key, StaffRole.STAFF)
    known = sign_ins.find(person.key)
    vouched = None if known else account_requests.vouch(person.local.title(), person, life=invitations.LIFE)
    click.echo(sign_ins.reset_link(known) if known else vouched)
