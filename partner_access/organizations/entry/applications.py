"""Applications: a proved person of an unknown domain asks to found a partner organization; staff decide."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select, update

from partner_access import audit, mail
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import acting, changed, found, scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import mail_providers, organizations, own_names
from partner_access.organizations.entry import join_requests
from partner_access.organizations.models import Application, Organization
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute

KIND = "application"


def receive(user: User, *, domain: str, is_public: bool) -> Application:
    """Store an application; an open one of this person is found instead. Its name is a first guess, see complete()."""
    row = find_open(user)
    if row is None:
        row = Application(
            user_id=user.id,
            domain=domain,
            domain_is_public=is_public,
            created_at=now(),
            org_name=user.name if is_public else domain,
        )
        session().add(row)
        session().flush()
        reason = "public-mailbox" if is_public else "unknown-domain"
        audit.record("application.received", subject=row.id, reason=reason, domain=domain)
        mail.queue("application-received", user.email, join_url=absolute("organizations.join"))
    return row


def find_open(user: User) -> Application | None:
    """The person's undecided application, or None."""
    return session().scalar(select(Application).where(Application.user_id == user.id, Application.decided_at.is_(None)))


def latest(user: User) -> Application | None:
    """The person's newest application, decided or not."""
    statement = select(Application).where(Application.user_id == user.id).order_by(Application.id.desc())
    return session().scalar(statement.limit(1))


def complete(row: Application, *, org_name: str, website: str | None, note: str | None) -> None:
    """The applicant says who they are, so that staff can decide."""
    row.org_name, row.website, row.note, row.completed_at = org_name, website, note, now()
    audit.record("application.completed", subject=row.id, reason="told-more")


def withdraw(row: Application) -> None:
    """The applicant will wait for an invitation instead."""
    if _decide(row, "withdrawn"):
        audit.record("application.withdrawn", subject=row.id, reason="own-choice")


def listing() -> Sequence[Application]:
    """The undecided applications, oldest first."""
    return session().scalars(select(Application).where(Application.decided_at.is_(None)).order_by(Application.id)).all()


def of_domain(domain: str) -> Sequence[Application]:
    """Every application of an e-mail domain, whatever became of it, oldest first."""
    return session().scalars(select(Application).where(Application.domain == domain).order_by(Application.id)).all()


def fetch(application_id: uuid.UUID) -> Application:
    """One application. Raises NotFound."""
    return found(session().scalar(select(Application).where(Application.id == application_id)))


def is_public(row: Application) -> bool:
    """Whether anybody can have an address at the applicant's domain; staff may have named it since they applied."""
    return row.domain_is_public or mail_providers.is_public(row.domain)


def may_be_auto(row: Application) -> bool:
    """Whether staff may let the applicant's colleagues in at once: the website that was given is at that very domain.

    No list knows every access provider, so that an address alone shows nothing about who else has one there.
    """
    return not is_public(row) and own_names.sites_of(row.website, []) == [row.domain]


def approve(row: Application, *, reason: str, name: str | None = None, policy: str = "request") -> Organization:
    """Found the organization: the applicant is its owner, the domain proved `staff` unless anybody has addresses there.

    policy: `auto` only where may_be_auto(), else Invalid. Others of the domain who applied meanwhile become join
    requests. Approving twice returns the same organization; raises Conflict when it was decided otherwise, or when the
    domain is another organization's by now. The reason is kept for staff.
    """
    if policy == "auto" and not may_be_auto(row):
        sentence = f"Colleagues join at once only where the organization’s own website is at {row.domain}."
        raise Invalid(sentence, code="auto-needs-website", field="choice")
    if not is_public(row):
        # before the row: whoever approves a colleague's turns this one into a request
        organizations.lock_domain(row.domain)
    if not _decide(row, "approved"):
        return organizations.fetch(found(row).org_id)  # type: ignore[arg-type]
    audit.staff_decided(KIND, row.id, "approved", reason)
    domain = None if is_public(row) else row.domain
    org = organizations.found_org(name or row.org_name, domain=domain, policy=policy, website=row.website)
    row.org_id = org.id
    with acting(scope().actor, org.id):
        memberships.create(row.user, "owner", provenance="application", domain=domain)
    audit.record("application.approved", subject=row.id, reason="staff-decided", slug=org.slug)
    home = absolute("credit.home", slug=org.slug)
    asks_first = domain if policy == "request" else None
    mail.queue("application-approved", row.user.email, org_name=org.name, home_url=home, asks_first=asks_first)
    if domain:
        turn_into_join_requests(org, domain)
    return org


def turn_into_join_requests(org: Organization, domain: str) -> None:
    """Whoever of this domain applied before the organization was known asks it to be let in instead."""
    waiting = select(Application).where(Application.domain == domain, Application.decided_at.is_(None))
    for row in session().scalars(waiting.order_by(Application.id)).all():
        turn_into_request(row, org)


def turn_into_request(row: Application, org: Organization) -> None:
    """The applicant's domain is an organization's by now: they ask to be let in there instead."""
    if _decide(row, "joined"):
        row.org_id = org.id
        audit.record("application.joined", subject=row.id, reason="domain-founded", slug=org.slug)
        join_requests.ask(row.user, org, reason="policy-request", domain=row.domain)


def decline(row: Application, *, reason: str) -> None:
    """Refuse, with a reason that the applicant reads. Raises Conflict when it was decided otherwise."""
    if _decide(row, "declined"):
        row.reason = audit.staff_decided(KIND, row.id, "declined", reason).reason
        audit.record("application.declined", subject=row.id, reason="staff-decided")
        join = absolute("organizations.join")
        mail.queue("application-declined", row.user.email, reason=row.reason, join_url=join)


def _decide(row: Application, outcome: str) -> bool:
    """Decide once: True for whoever is first, False for the same decision again, Conflict for another one."""
    first = changed(
        update(Application)
        .where(Application.id == row.id, Application.decided_at.is_(None))
        .values(outcome=outcome, decided_at=now())
    )
    session().refresh(row)
    if not first and row.outcome != outcome:
        raise Conflict(f"This application was {row.outcome} already.", code="decided-already")
    return bool(first)
