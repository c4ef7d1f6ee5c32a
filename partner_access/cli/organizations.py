"""`flask org`, `staff`, `applications` and `domains`: organizations and the vendor's people, without a page."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup

from partner_access.accounts import account_requests, sessions, sign_ins
from partner_access.cli.unit import one_transaction
from partner_access.credit.lifecycle import org_foundings, org_mergers
from partner_access.credit.lifecycle.org_states import STATE_CHANGES
from partner_access.credit.touchpoints import lead_allowances, links
from partner_access.db import STAFF, acting, found
from partner_access.keys.addresses import address, domain_key, mail_domain
from partner_access.organizations.directory import mail_providers, organizations
from partner_access.organizations.domains import domain_disputes
from partner_access.organizations.entry import applications, invitations
from partner_access.organizations.models import Organization
from partner_access.permissions import StaffRole

org = AppGroup("org", help="Partner organizations.")
staff = AppGroup("staff", help="The vendor's people.")


@org.command("create")
@click.argument("name")
@click.option("--domain", required=True, help="E-mail domain of the organization; it is proved by you, the staff.")
@click.option(
    "--policy",
    type=click.Choice(organizations.POLICIES),
    default="auto",
    show_default=True,
    help="Who of the domain gets in: everybody, after an admin agreed, or by invitation only.",
)
@click.option("--owner", help="E-mail address of the first owner; a link to set a password is mailed there.")
@click.option("--reason", default="Founded by a command.", help="Why; kept for staff.")
@one_transaction
def create(name: str, domain: str, policy: str, owner: str | None, reason: str) -> None:
    """Create an organization and print its slug."""
    details = org_foundings.OrgDetails(name, domain_key(domain), policy, owner=address(owner) if owner else None)
    click.echo(org_foundings.found(details, reason).slug)


STATE_COMMANDS = {
    "paused": (
        "suspend",
        "Pause an organization until it is resumed: nobody opens its pages, and what its people bring earns nothing.",
        "Why; its people read it, and owners and admins are mailed it.",
    ),
    "resumed": (
        "resume",
        "Let the people of a paused organization in again.",
        "Why; owners and admins are mailed it.",
    ),
    "closed": (
        "close",
        "Close an organization for good: what is open ends, what it has earned stays in its ledger.",
        "Why; its people read it, and owners and admins are mailed it.",
    ),
}
"""Key of STATE_CHANGES -> the name of its command, what it does, and who gets the reason."""


def _offer(outcome: str, name: str, does: str, why: str) -> None:
    @org.command(name, help=does)
    @click.argument("slug")
    @click.option("--reason", required=True, help=why)
    @one_transaction
    def change_state(slug: str, reason: str) -> None:
        subject = _named(slug)
        STATE_CHANGES[outcome](subject, reason)
        click.echo(subject.state)


for _outcome in STATE_CHANGES:
    _offer(_outcome, *STATE_COMMANDS[_outcome])


@org.command("lead-limit")
@click.argument("slug")
@click.argument("number", type=int, required=False)
@click.option("--reason", required=True, help="Why; kept for staff.")
@one_transaction
def limit_leads(slug: str, number: int | None, reason: str) -> None:
    """Let an organization have NUMBER open leads at once; without it, as many as the rules say."""
    subject = _named(slug)
    lead_allowances.set_limit(subject, number, reason)
    with acting(STAFF, subject.id):
        click.echo(f"open leads\t{lead_allowances.bound(subject).words or 'no bound'}")


@org.command("merge")
@click.argument("gone")
@click.argument("stays")
@click.option("--reason", required=True, help="Why; the people of both read it, and owners and admins are mailed it.")
@click.option("--preview", is_flag=True, help="Only print what would come over; nothing is changed.")
@one_transaction
def merge(gone: str, stays: str, reason: str, preview: bool) -> None:
    """Make the organization GONE part of STAYS (slugs), for good: all that it has is the other's."""
    going, goes_on = _named(gone), _named(stays)
    coming = org_mergers.preview(going, goes_on)
    for name, number in _counts(coming):
        click.echo(f"{name} {number}")
    if not preview:
        org_mergers.merge_into(going, goes_on, reason)
        click.echo(f"{gone} is part of {stays}")


def _counts(coming: org_mergers.OrgMergerPreview) -> list[tuple[str, int]]:
    counts, people, doors = coming.counts, coming.people, coming.doors
    return [
        ("people who come", people.come),
        ("people there already", people.there),
        ("people who stay out", people.removed),
        ("domains", len(doors.domains)),
        ("requests to join", doors.requests),
        ("invitations ended", doors.invitations),
        ("leads", counts.leads),
        ("open leads", counts.live_leads),
        ("leads for the same site", coming.doubled),
        ("clients", coming.clients),
        ("clients of both", coming.shared),
        ("credit active", counts.active),
        ("credit pending", counts.pending),
        ("credit managed", counts.managed),
        ("open questions", coming.disputes),
    ]


def _named(slug: str) -> Organization:
    return found(organizations.find(slug))


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


@staff.command("remove")
@click.argument("email")
@one_transaction
def remove_staff(email: str) -> None:
    """Let an address be one of the vendor's people no more, from the next page on; their login stays."""
    person = address(email)
    click.echo("removed" if sign_ins.revoke_staff(person.key) else f"{person.email} is not one of staff")


@staff.command("sign-out")
@click.argument("email")
@click.option("--reason", required=True, help="Why; kept in the audit log.")
@one_transaction
def sign_out(email: str, reason: str) -> None:
    """End all sessions of a person, whoever it is, and print how many there were."""
    click.echo(sessions.end_by_staff(found(sign_ins.find(address(email).key)), reason))


application_commands = AppGroup("applications", help="Applications to found a partner organization.")


@application_commands.command("list")
@one_transaction
def listing() -> None:
    """Print the undecided applications, oldest first: id, time, address, organization, website, note."""
    for row in applications.listing():
        told = [str(row.id), row.created_at.isoformat(timespec="seconds"), row.user.email, row.org_name]
        click.echo("\t".join([*told, row.website or "-", " ".join((row.note or "-").split())]))


@application_commands.command("approve")
@click.argument("application_id", metavar="ID", type=click.UUID)
@click.option("--name", help="Name of the organization, instead of the one applied for.")
@click.option(
    "--policy",
    type=click.Choice(["request", "auto"]),
    default="request",
    show_default=True,
    help="Whether colleagues at the applicant's domain ask first or join at once; the latter only where the "
    "organization's own website is at that very domain.",
)
@click.option("--reason", default="Approved by a command.", help="Why; kept for staff.")
@one_transaction
def approve(application_id: uuid.UUID, name: str | None, policy: str, reason: str) -> None:
    """Found the organization, make the applicant its owner, and print its slug."""
    org = applications.approve(applications.fetch(application_id), name=name, reason=reason, policy=policy)
    with acting(STAFF, org.id):
        links.primary(org)
    click.echo(org.slug)


@application_commands.command("decline")
@click.argument("application_id", metavar="ID", type=click.UUID)
@click.option("--reason", required=True, help="Why; the applicant reads it.")
@one_transaction
def decline(application_id: uuid.UUID, reason: str) -> None:
    """Refuse the application; the applicant is mailed the reason."""
    applications.decline(applications.fetch(application_id), reason=reason)
    click.echo("declined")


domains = AppGroup("domains", help="Disputes about a domain that two organizations have proved.")


@domains.command("disputes")
@one_transaction
def disputes() -> None:
    """Print the open disputes, oldest first: id, time, domain, its holder and the holder's proof, the rival."""
    for case in domain_disputes.listing():
        row = case.dispute
        told = [str(row.id), row.opened_at.isoformat(timespec="seconds"), row.domain]
        click.echo("\t".join([*told, case.holder.slug, case.proof, row.org.slug]))


@domains.command("rule")
@click.argument("dispute_id", metavar="ID", type=click.UUID)
@click.option(
    "--for",
    "outcome",
    type=click.Choice(["holder", "rival"]),
    required=True,
    help="The holder keeps the domain, or the rival gets it, with policy request.",
)
@click.option("--reason", required=True, help="Why; both organizations read it.")
@one_transaction
def rule(dispute_id: uuid.UUID, outcome: str, reason: str) -> None:
    """Decide whose the domain is. Both organizations are mailed; nobody loses a membership."""
    domain_disputes.rule(domain_disputes.fetch(dispute_id), outcome=outcome, reason=reason)
    click.echo(outcome)


providers = AppGroup("mail-providers", help="Domains at which anybody can have an address, besides those we know.")


@providers.command("list")
@one_transaction
def list_providers() -> None:
    """Print the domains that staff have named."""
    for row in mail_providers.listing():
        click.echo(row.name)


@providers.command("add")
@click.argument("domain_names", metavar="DOMAIN...", nargs=-1, required=True)
@one_transaction
def add_providers(domain_names: tuple[str, ...]) -> None:
    """Name mail or access providers: nobody joins, claims or founds by an address there from now on."""
    for name in domain_names:
        click.echo(mail_providers.add(name))


@providers.command("remove")
@click.argument("name", metavar="DOMAIN")
@one_transaction
def remove_provider(name: str) -> None:
    """Take a name back."""
    mail_providers.remove(mail_domain(name, "name"))
