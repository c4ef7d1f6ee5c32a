"""How a proved mailbox is let in: the pure decision of PRODUCT.md section 2. No Flask, no database."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class DomainMatch:
    """An organization's domain that covers the address: its own one (`exact`) or one above it.

    paused: why auto-join is off whatever the policy says (`domain-lapsed`, `domain-disputed`), or ''; `org-paused`
    where nobody can join at all.
    """

    org: str
    domain: str
    policy: str
    proof: str
    exact: bool = True
    include_subdomains: bool = False
    paused: str = ""


@dataclass(frozen=True)
class Arrival:
    """What is known about a person whose mailbox was just proved. Organizations are ids.

    invited: organization -> role of each open invitation to this very address.
    removed_from: organizations with a tombstone for the person or for another login with the same mailbox.
    suspended_in: organizations that shut the person out for now, whose invitations and domains let nobody past that.
    alias_of_member: organizations where a present member has the same address but for its `+tag`.
    staff: one of the vendor's people, who join no organization by their domain.
    """

    public_mailbox: bool = False
    disposable: bool = False
    role_mailbox: bool = False
    matches: tuple[DomainMatch, ...] = ()
    invited: dict[str, str] = field(default_factory=dict)
    removed_from: frozenset[str] = frozenset()
    suspended_in: frozenset[str] = frozenset()
    alias_of_member: frozenset[str] = frozenset()
    staff: bool = False


@dataclass(frozen=True)
class Entry:
    """What happens now: `invited`, `joined`, `requested`, `closed`, `paused`, `apply`, `wait` or `choose`, and why."""

    outcome: str
    reason: str
    org: str | None = None
    role: str | None = None
    domain: str | None = None
    choices: tuple[str, ...] = ()


def decide_entry(arrival: Arrival) -> Entry:
    """Where a proved person belongs. An invitation wins; then the most specific domain; then an application."""
    if len(arrival.invited) == 1:
        org, role = next(iter(arrival.invited.items()))
        return Entry("invited", "invitation", org, role)
    if arrival.invited:
        return Entry("choose", "several-invitations", choices=tuple(arrival.invited))
    if arrival.staff:
        return Entry("wait", "programme-staff")
    if arrival.disposable:
        return Entry("wait", "disposable-mailbox")
    if arrival.public_mailbox:
        return Entry("apply", "public-mailbox")
    usable = [match for match in arrival.matches if match.exact or (match.include_subdomains and match.proof == "dns")]
    if not usable:
        return Entry("apply", "unknown-domain")
    longest = max(len(match.domain.split(".")) for match in usable)
    best = [match for match in usable if len(match.domain.split(".")) == longest]
    if len(best) > 1:
        return Entry("choose", "several-organizations", choices=tuple(match.org for match in best))
    return _by_policy(arrival, best[0])


def _by_policy(arrival: Arrival, match: DomainMatch) -> Entry:
    if match.paused == "org-paused":
        return Entry("paused", match.paused, match.org, domain=match.domain)
    if match.org in arrival.suspended_in:
        return Entry("closed", "suspended", match.org, domain=match.domain)
    if match.policy == "closed":
        return Entry("closed", "policy-closed", match.org, domain=match.domain)
    reason = ""
    if match.org in arrival.removed_from:
        reason = "removed-before"
    elif arrival.role_mailbox:
        reason = "role-mailbox"
    elif match.org in arrival.alias_of_member:
        reason = "plus-address"
    elif match.policy != "auto" or match.proof not in ("staff", "dns"):
        reason = "policy-request"
    elif match.paused:
        reason = match.paused
    if reason:
        return Entry("requested", reason, match.org, domain=match.domain)
    return Entry("joined", "domain-match", match.org, "member", match.domain)


ENTRY_REASONS: dict[str, str] = {
    "invitation": "You were invited, so you are in.",
    "domain-match": "Your e-mail address is at {domain}, a proved domain of {org}, so you are in.",
    "several-invitations": "More than one organization invited you.",
    "several-organizations": "More than one organization matches your e-mail address.",
    "policy-request": "{org} lets people with an address at {domain} in after an admin has agreed.",
    "domain-lapsed": "The proof that {domain} belongs to {org} has lapsed, so an owner or admin there decides.",
    "domain-disputed": "It is being settled whose domain {domain} is, so an owner or admin of {org} decides.",
    "removed-before": "You were a member of {org} before and were removed, so an admin decides.",
    "role-mailbox": "Your address looks like a mailbox that several people read, so an admin of {org} decides.",
    "plus-address": "Your address is a variant of the address of a member of {org}, so an admin decides.",
    "org-paused": "Your e-mail address is at {domain}, a domain of {org}. The programme has paused {org}, so nobody "
    "can join it now.",
    "suspended": "Your access to {org} is suspended. An owner or admin there can resume it.",
    "policy-closed": "{org} lets people in by invitation only. Ask a colleague there to invite you.",
    "public-mailbox": "Your address is at a public mail provider, so it does not tell us your organization.",
    "programme-staff": "You are one of the programme’s own people, so you belong to no partner organization.",
    "disposable-mailbox": "Your address is at a provider of throw-away mailboxes. Use your work address.",
    "unknown-domain": "No partner organization has the domain {domain} yet.",
}
"""Reason code -> sentence, for the page, the mail and the audit log alike. Slots: {org}, {domain}."""

PROVENANCES: dict[str, str] = {
    "domain": "Joined by e-mail domain",
    "invitation": "Was invited",
    "join-request": "Asked to join and was let in",
    "application": "Founded the organization",
    "staff": "Was added by the programme",
    "merged": "Came with an organization that became part of this one",
    "address-changed": "Was in already, and changed their e-mail address",
}
"""How a membership came to be, in words."""


def how_it_came(provenance: str, *, via: str = "", by: str = "") -> str:
    """How a membership came to be, in one line. via: the domain or the invited address; by: a teammate's name."""
    told = PROVENANCES[provenance]
    if provenance == "domain" and via:
        told += f" {via}"
    if by and provenance != "address-changed":
        told += f" by {by}"
    if provenance == "invitation" and via:
        told += f", at {via}"
    return told


INVITATION_ENDS: dict[str, str] = {
    "accepted": "This invitation was used already. Each works once.",
    "revoked": "{org} took this invitation back. Ask a colleague there for a new one.",
    "replaced": "A newer mail took the place of this one. Open the link in the newest mail from {org}.",
    "expired": "This invitation worked for 7 days. Ask a colleague at {org} to send it again.",
    "paused": "{org} is paused by the programme, so nobody can join it now. Open the link again later.",
    "closed": "{org} was closed by the programme, so nobody can join it any more.",
}
"""Why an invitation leads nowhere any more, each with its own sentence. Slot: {org}."""


def tell_end(end: str, *, org: str) -> str:
    """The sentence for an invitation that is no longer open."""
    return INVITATION_ENDS[end].format(org=org)


ROLES: dict[str, str] = {
    "owner": "Everything an admin may, and decides about owners. There is always one.",
    "admin": "Sees and works on everything, and decides who is in: lets in, invites, suspends, removes.",
    "member": "Sees and works on everything, and manages nobody.",
}
"""What a role may do, in words (PRODUCT.md section 1)."""


def as_role(role: str) -> str:
    """“as an owner”, “as a member”."""
    return f"as {'an' if role[0] in 'aeiou' else 'a'} {role}"


MEMBER_STATES: dict[str, dict[str, str]] = {
    "active": {"label": "Active", "colour": "ok", "icon": "check"},
    "suspended": {"label": "Suspended", "colour": "wait", "icon": "clock"},
    "removed": {"label": "Removed", "colour": "bad", "icon": "cross"},
    "left": {"label": "Left", "colour": "mute", "icon": "dash"},
}
"""The status words of a membership (UX.md section 6)."""

POLICIES: dict[str, str] = {
    "auto": "Whoever confirms an address here joins at once, as a member.",
    "request": "Whoever confirms an address here may ask to join. An owner or admin decides.",
    "closed": "An address here lets nobody in. People join by invitation only.",
}
"""What a domain's join policy does, in words."""

POLICY_LABELS = {"auto": "Joins at once", "request": "Asks first", "closed": "By invitation only"}
"""The same in two or three."""


def explain(reason: str, *, org: str = "", domain: str = "") -> str:
    """The sentence of a reason code, with the organization's name and the e-mail domain in it."""
    return ENTRY_REASONS[reason].format(org=org, domain=domain)
