"""The join policy of a proved domain: what a change would do to whom, first shown, then done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import or_, select

from partner_access import audit, mail
from partner_access.accounts.models import User
from partner_access.db import session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import admissions, applications, join_requests, matching
from partner_access.organizations.entry.rules import DomainMatch, EntryDecision, decide_entry, explain
from partner_access.organizations.models import Application, Domain, JoinRequest
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute

MOST_OFFERS = 200
CLOSED = "{org} lets people in by invitation only now. Ask a colleague there to invite you."


@dataclass(frozen=True)
class PolicyChange:
    """What an owner or admin wants of a proved domain."""

    policy: str
    include_subdomains: bool


@dataclass(frozen=True)
class PolicyPreview:
    """Whom a change concerns, and how.

    admitted: requests that it lets in; waiting: requests that stay, each with why; cut_off: requests that it ends.
    asking: applications that become requests. offered: people with a login who may then join with one click.
    members: how many members have an address there; they stay whatever the policy is.
    """

    admitted: Sequence[JoinRequest]
    waiting: Sequence[tuple[JoinRequest, str]]
    cut_off: Sequence[JoinRequest]
    asking: Sequence[Application]
    offered: Sequence[User]
    members: int

    @property
    def counts(self) -> str:
        """The numbers of all these, to see whether anything is different when it is done."""
        parts = (self.admitted, self.waiting, self.cut_off, self.asking, self.offered)
        return "-".join(str(len(part)) for part in parts)


def preview_change(domain: Domain, change: PolicyChange) -> PolicyPreview:
    """What a change would do now; nothing is done. It is the same decision that arriving people get.

    Raises Invalid where subdomains are wanted without proof by DNS, or `auto` without that or staff's word.
    """
    if change.policy == "auto" and not domain.may_be_auto:
        raise Invalid(needs_proof(domain), code="auto-needs-dns", field="policy")
    if change.include_subdomains and domain.proof != "dns":
        sentence = "Subdomains need proof by DNS. Add the record first."
        raise Invalid(sentence, code="subdomains-need-dns", field="include_subdomains")
    admitted, waiting, cut_off = [], [], []
    for row in join_requests.waiting():
        if not _lies_in(row.user, domain):
            continue
        entry = _entry(row.user, domain, change)
        mine = entry.org == str(domain.org_id)
        if mine and entry.outcome == "joined":
            admitted.append(row)
        elif mine and entry.outcome == "closed":
            cut_off.append(row)
        else:
            reason = entry.reason if mine and entry.outcome == "requested" else row.reason
            waiting.append((row, explain(reason, org=row.org.name, domain=domain.name)))
    asking = [row for row in _applications(domain) if _leads_to(row.user, domain, change, "joined", "requested")]
    offered = _offered(domain, change) if change.policy == "auto" else []
    members = sum(_lies_in(row.user, domain) for row in memberships.listing())
    return PolicyPreview(admitted, waiting, cut_off, asking, offered, members)


def needs_proof(domain: Domain) -> str:
    """Why people cannot join by a domain at once, and what to do."""
    return (
        f"The programme cannot see whether only your people have addresses at {domain.name}. Prove the domain by DNS, "
        "then they can join at once."
    )


def save(domain: Domain, change: PolicyChange, *, seen: str) -> PolicyPreview:
    """Do it, as it was shown. Raises Conflict when somebody asked or was let in since; seen: PolicyPreview.counts."""
    organizations.lock_domain(domain.name)
    preview = preview_change(domain, change)
    if preview.counts != seen:
        raise Conflict("Somebody asked or was let in meanwhile. Look at the list again, then save.", code="changed")
    before, domain.policy, domain.include_subdomains = domain.policy, change.policy, change.include_subdomains
    session().flush()
    for row in preview.admitted:
        with suppress(Conflict):  # withdrawn at this very moment
            join_requests.approve(row)
    for row in preview.cut_off:
        with suppress(Conflict):
            join_requests.decline(row, answer=CLOSED.format(org=domain.org.name))
    for application in preview.asking:
        applications.turn_into_request(application, domain.org)
    for user in preview.offered:
        offer(user, domain)
    audit.record(
        "domain.policy_changed",
        reason="own-choice",
        domain=domain.name,
        policy=change.policy,
        before=before,
        include_subdomains=change.include_subdomains,
        admitted=len(preview.admitted),
        cut_off=len(preview.cut_off),
        offered=len(preview.offered),
    )
    return preview


def offer(user: User, domain: Domain) -> None:
    """Tell somebody who has a login that they may join now, once; nothing happens unless they press the button."""
    mail.queue(
        "domain-offer",
        user.email,
        dedupe=f"domain-offer:{domain.org_id}:{user.id}",
        name=user.name,
        org_name=domain.org.name,
        domain=domain.name,
        mine_url=absolute("organizations.mine"),
    )


def _offered(domain: Domain, change: PolicyChange) -> list[User]:
    """People with a login at this domain who are not in, did not ask, and whom the change would let in."""
    name = domain.name
    there = (User.email_key.endswith(f"{sign}{name}", autoescape=True) for sign in "@.")
    inside = {row.user_id for row in memberships.listing()} | {row.user_id for row in join_requests.waiting()}
    inside |= {row.user_id for row in _applications(domain)}
    people = session().scalars(select(User).where(or_(*there)).order_by(User.id).limit(MOST_OFFERS))
    return [user for user in people.all() if user.id not in inside and _leads_to(user, domain, change, "joined")]


def _applications(domain: Domain) -> Sequence[Application]:
    here = (Application.domain == domain.name) | Application.domain.endswith(f".{domain.name}", autoescape=True)
    rows = session().scalars(select(Application).where(here, Application.decided_at.is_(None)).order_by(Application.id))
    return rows.all()


def _leads_to(user: User, domain: Domain, change: PolicyChange, *outcomes: str) -> bool:
    entry = _entry(user, domain, change)
    return entry.org == str(domain.org_id) and entry.outcome in outcomes


def _entry(user: User, domain: Domain, change: PolicyChange) -> EntryDecision:
    """Where this person would belong if the domain were changed."""
    known = admissions.arrival(user)
    others = tuple(match for match in known.matches if match.domain != domain.name)
    return decide_entry(replace(known, matches=(*others, _changed(user, domain, change))))


def _changed(user: User, domain: Domain, change: PolicyChange) -> DomainMatch:
    match = matching.match(domain, user.email_domain)
    return replace(match, policy=change.policy, include_subdomains=change.include_subdomains)


def _lies_in(user: User, domain: Domain) -> bool:
    """Whether an address is at this domain or beneath it."""
    return f".{user.email_domain}".endswith(f".{domain.name}")
