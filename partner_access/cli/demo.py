"""`flask demo`: a database with agencies, people, leads and links, so that a newcomer sees a portal in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from partner_access import clock, revisions
from partner_access.accounts import passwords, sessions, sign_ins
from partner_access.accounts.models import User
from partner_access.cli import progress
from partner_access.cli.unit import one_transaction
from partner_access.credit.attribution import signups
from partner_access.credit.handovers import creation
from partner_access.credit.provisional import requests
from partner_access.credit.provisional.requests import BrowserGiven, FormGiven
from partner_access.credit.touchpoints import links, registrations
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.db import SYSTEM, acting, database, found, session
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import applications
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from partner_access.permissions import StaffRole

FOUNDED, REGISTERED = datetime(2026, 7, 1, 9, tzinfo=UTC), datetime(2026, 9, 1, 9, tzinfo=UTC)
PASSWORD = "demo: lanterns over water"  # noqa: S105  (public on purpose: demo mode shows it to everybody)


@dataclass(frozen=True)
class Agency:
    """A demo organization: people as (name, mailbox, role), leads as (company, website) of its first person."""

    name: str
    domain: str
    code: str
    people: tuple[tuple[str, str, str], ...]
    leads: tuple[tuple[str, str], ...]
    more_links: tuple[str, ...] = ()


AGENCIES = (
    Agency(
        "NextLevel Studio", "nextlevel.studio", "nextlevel",
        (("Jonas Weber", "jonas", "owner"), ("Mia Falk", "mia", "admin"), ("Deniz Acar", "deniz", "member")),
        (("Patagonia", "patagonia.com"), ("Moleskine", "moleskine.com"),
         ("Aesop", "aesop.com"), ("Ferrari", "ferrari.com")),
        ("nextlevel-newsletter",),
    ),
    Agency(
        "Harbour Digital", "harbour.digital", "harbour",
        (("Sam Hart", "sam", "owner"), ("Noor Bakker", "noor", "member")),
        (("LEGO", "lego.com"), ("Rimowa", "rimowa.com"), ("Swatch", "swatch.com"), ("Fender", "fender.com")),
    ),
    Agency("Kiln & Co", "kiln.example", "kiln", (("Tess Moran", "tess", "owner"),), ()),
)  # fmt: skip
FIRST_SLUG = "nextlevel-studio"
STAFF_PERSON = ("Alex Roth", "alex@meridian.example")
APPLICANT = ("Ines Duarte", "ines@lanternworks.example")


@click.command("demo")
@click.option("--sign-ins", "only_print", is_flag=True, help="Only print where to go and the demo sign-ins.")
@with_appcontext
def demo(only_print: bool) -> None:
    """Migrate the database and load demo data, once; running it again changes nothing. For demo mode (DEMO=1) alone.

    A demo database that cannot be migrated is set aside under another name.
    """
    if not current_app.config["DEMO"]:
        raise click.ClickException("Demo data is for demo mode: set DEMO=1.")
    if only_print:
        _print_sign_ins()
        return
    _set_aside()
    with progress.shown("flask demo"):
        flask_migrate.upgrade()
    _load()


def _print_sign_ins() -> None:
    click.echo(f"Open {current_app.config['BASE_URL']} and sign in as one of:")
    for agency in AGENCIES:
        for name, mailbox, role in agency.people:
            click.echo(f"  {mailbox}@{agency.domain:<20} {name}, {role} of {agency.name}")
    name, email = STAFF_PERSON
    click.echo(f"  {email:<26} {name}, of the programme’s staff")
    click.echo(f"The password of each is: {PASSWORD}")
    if not current_app.config["MAIL_SERVER"]:
        click.echo(f"Mails are kept at {current_app.config['BASE_URL']}/demo/mail")


def _set_aside() -> None:
    """Rename the file of a demo from before the first release; whatever else is wrong, the migration says."""
    wrong = revisions.fault(database.engine)
    if wrong is None or wrong.code != "unreleased" or wrong.file is None or not _holds_demo():
        return
    path = wrong.file
    kept = path.with_name(f"{path.stem}-before-{clock.now():%Y%m%d-%H%M%S}{path.suffix}")
    database.engine.dispose()
    try:
        # Leaving WAL brings all of it into the one file, and is refused while anybody else has the database open.
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise click.ClickException(f"The demo database {path} is in use: stop what uses it, then try again.") from None
    path.rename(kept)
    click.echo(f"The demo database was made by another version: it is set aside as {kept}, and a new one begins.")


def _holds_demo() -> bool:
    """Whether the demo's first agency is in the database: nobody's real data are set aside."""
    try:
        return session().scalars(select(Organization.slug).where(Organization.slug == FIRST_SLUG)).first() is not None
    except DBAPIError:
        return False
    finally:
        session().close()


@one_transaction
def _load() -> None:
    if organizations.find(FIRST_SLUG) is not None:
        return
    password_hash = passwords.hash_password(PASSWORD)
    with clock.at(FOUNDED):
        founded = [(agency, *_found(agency, password_hash)) for agency in AGENCIES]
    for days, (agency, org, first) in enumerate(founded):
        with clock.at(REGISTERED + timedelta(days=4 * days)), acting(first.actor, org.id):
            for company, website in agency.leads:
                registrations.submit(org, first, LeadDetails(company, website))
    (_, nextlevel, jonas), (_, harbour, sam), (_, _, tess) = founded
    with clock.at(clock.now() - timedelta(days=1)):
        for owner in (jonas, sam, tess):
            sessions.begin(owner, browser="Firefox", address="127.0.0.1", reason="demo")
    _recent(nextlevel, jonas, harbour, sam)
    sign_ins.grant_staff(_person(*STAFF_PERSON, password_hash).email_key, StaffRole.STAFF)
    with clock.at(clock.now() - timedelta(days=2)):
        ines = _person(*APPLICANT, password_hash)
        row = applications.receive(ines, domain="lanternworks.example", is_public=False)
        note = "We build shops for lighting brands. Mia Falk told us about you."
        applications.complete(row, org_name="Lantern Works", website="lanternworks.example", note=note)


def _found(agency: Agency, password_hash: str) -> tuple[Organization, User]:
    org = organizations.found_org(agency.name, domain=agency.domain, policy="auto", website=agency.domain)
    people = [_person(name, f"{mailbox}@{agency.domain}", password_hash) for name, mailbox, _ in agency.people]
    with acting(SYSTEM, org.id):
        for user, (_, _, role) in zip(people, agency.people, strict=True):
            memberships.create(user, role, provenance="staff" if role == "owner" else "domain", domain=agency.domain)
    with acting(people[0].actor, org.id):
        links.primary(org, code=agency.code)
        for code in agency.more_links:
            links.create("Newsletter", code=code)
    return org, people[0]


def _person(name: str, email: str, password_hash: str) -> User:
    known = sign_ins.find(address(email).key)
    if known:
        return known
    typed = address(email)
    user = User(
        name=name,
        email=typed.email,
        email_key=typed.key,
        password_hash=password_hash,
        proved_at=clock.now(),
        password_changed_at=clock.now(),
    )
    session().add(user)
    session().flush()
    return user


def _recent(nextlevel: Organization, jonas: User, harbour: Organization, sam: User) -> None:
    """What happened lately: a held lead, a queued one, a sign-up from a link; an account and a sign-up that wait for
    their clients."""
    with acting(sam.actor, harbour.id):
        registrations.submit(harbour, sam, LeadDetails("Brightwater Coffee", "brightwater.example"))
    with acting(jonas.actor, nextlevel.id):
        registrations.submit(nextlevel, jonas, LeadDetails("Atlas Outdoor", "atlas-outdoor.example", "Ana Atlas"))
        registrations.submit(nextlevel, jonas, LeadDetails("Brightwater Coffee", "www.brightwater.example/menu"))
        created = LeadDetails("Ferro Cycles", "ferro-cycles.example", "Franka Ferro", "franka@ferro-cycles.example")
        creation.create(nextlevel, jonas, created, once="demo")
    signup = signups.check(
        external_id="demo-1",
        company="Hazel & Oak",
        website="https://hazelandoak.example",
        email="",
        signed_up_at=clock.now() - timedelta(hours=1),
        referral="nextlevel",
        came_by="csv",
    )
    signups.record(signup)
    link = found(links.find_code("nextlevel"))
    given = FormGiven("demo", "Juniper Tea", "juniper-tea.example", "juno@juniper-tea.example", "Juno Park", False)
    requests.ask(link, given, BrowserGiven("Firefox on Windows", (), None, ()))
