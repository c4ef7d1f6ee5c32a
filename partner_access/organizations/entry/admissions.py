"""What happens after a mailbox is proved: gathers what is known, decides, and carries the decision out."""

from __future__ import annotations

import uuid

from partner_access import audit, mail
from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.db import acting
from partner_access.errors import NotFound
from partner_access.keys.addresses import is_disposable
from partner_access.keys.role_mailboxes import is_role_mailbox
from partner_access.organizations.directory import mail_providers, org_lock, organizations
from partner_access.organizations.entry import applications, invitations, join_requests, matching, same_mailbox
from partner_access.organizations.entry.rules import Arrival, EntryDecision, decide_entry, explain
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.team import memberships, undo_links
from partner_access.transactions import lock
from partner_access.web.urls import absolute


def enter(user: User) -> EntryDecision:
    """Decide where a person with a proved mailbox belongs, carry it out, and write down why."""
    org_lock.lock_shared()
    lock(f"entry:{user.id}")  # a person asks once, however often they click
    domain = user.email_domain
    if not mail_providers.is_public(domain):
        organizations.lock_domain(domain)
    entry = foresee(user)
    with acting(user.actor):
        audit.record("entry.decided", subject=user.id, reason=entry.reason, outcome=entry.outcome, domain=entry.domain)
        _carry_out(user, entry)
    return entry


def foresee(user: User) -> EntryDecision:
    """What would happen to this person now; nothing is carried out."""
    return decide_entry(arrival(user))


def org_name(entry: EntryDecision) -> str:
    """The name of the organization that an entry is about, or ''."""
    return organizations.fetch(uuid.UUID(entry.org)).name if entry.org else ""


def why(user: User, entry: EntryDecision) -> str:
    """The reason of an entry, as a sentence to the person."""
    return explain(entry.reason, org=org_name(entry), domain=entry.domain or user.email_domain)


def elsewhere(user: User) -> EntryDecision | None:
    """What the domain of an address opens beyond where the person is: `joined` or `requested`, or None.

    An offer, never a silent move: also for somebody whom another organization had invited first.
    """
    entry = foresee(user)
    if entry.outcome not in ("joined", "requested") or entry.org is None:
        return None
    return None if entry.org in {str(row.org_id) for row in memberships.of_person(user)} else entry


def offer(user: User) -> EntryDecision | None:
    """The organization that this person could join at once and is not in, or None."""
    entry = elsewhere(user)
    return entry if entry and entry.outcome == "joined" else None


def choose(user: User, org_id: uuid.UUID) -> Organization:
    """A person takes an invitation, or what is offered to them, of one organization. Raises NotFound for any other."""
    org_lock.lock_shared()
    lock(f"entry:{user.id}")
    for invitation in invitations.open_for(user):
        if invitation.org_id == org_id:
            invitations.accept(invitation, user)
            return invitation.org
    domain = user.email_domain
    if not mail_providers.is_public(domain):
        organizations.lock_domain(domain)  # it may go to another organization, or to none, at this moment
    entry = offer(user)
    if entry is None or entry.org != str(org_id):
        raise NotFound(code="no-invitation")
    with acting(user.actor):
        fields = {"outcome": entry.outcome, "domain": entry.domain}
        audit.record("entry.decided", subject=user.id, reason=entry.reason, **fields)
        _carry_out(user, entry)
    return organizations.fetch(org_id)


def arrival(user: User) -> Arrival:
    """What is known about a person with a proved mailbox, for the decision where they belong."""
    local, _, domain = user.email_key.rpartition("@")
    matches = () if mail_providers.is_public(domain) else matching.matches(domain)
    same = [row for match in matches for row in same_mailbox.others(user, uuid.UUID(match.org))]
    return Arrival(
        public_mailbox=mail_providers.is_public(domain),
        disposable=is_disposable(domain),
        role_mailbox=is_role_mailbox(local),
        matches=matches,
        invited={str(row.org_id): row.role for row in invitations.open_for(user)},
        removed_from=memberships.removed_from(user) | {str(row.org_id) for row in same if row.removed_at},
        suspended_in=frozenset(str(row.org_id) for row in memberships.suspended(user)),
        alias_of_member=frozenset(str(row.org_id) for row in same if row.is_present),
        staff=sign_ins.staff_role(user) is not None,
    )


def _carry_out(user: User, entry: EntryDecision) -> None:
    domain = entry.domain or user.email_domain
    if entry.outcome == "apply":
        applications.receive(user, domain=domain, is_public=entry.reason == "public-mailbox")
    if entry.org is None:
        return
    org = organizations.fetch(uuid.UUID(entry.org))
    if entry.outcome == "invited":
        choose(user, org.id)
    elif entry.outcome == "requested":
        join_requests.ask(user, org, reason=entry.reason, domain=domain)
    elif entry.outcome == "joined":
        with acting(user.actor, org.id):
            row = memberships.create(user, "member", provenance="domain", domain=domain)
            _mail_owners(user, org, row, domain)


def _mail_owners(user: User, org: Organization, row: Membership, domain: str) -> None:
    for owner in memberships.owners():
        mail.queue(
            "joined",
            owner.user.email,
            who_name=user.name,
            who_email=user.email,
            domain=domain,
            org_name=org.name,
            team_url=absolute("organizations.team", slug=org.slug),
            days=memberships.UNDO_LIFE.days,
            undo_url=absolute("organizations.undo_join", token=undo_links.sign(row, owner.user)),
        )
