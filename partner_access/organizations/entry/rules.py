"""How a proved mailbox is let in: the pure decision that docs/access.md tells. No Flask, no database."""

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
class EntryDecision:
    """What happens now: `invited`, `joined`, `requested`, `closed`, `paused`, `apply`, `wait` or `choose`, and why."""

    outcome: str
    reason: str
    org: str | None = None
    role: str | None = None
    domain: str | None = None
    choices: tuple[str, ...] = ()


def decide_entry(arrival: Arrival) -> EntryDecision:
    """Where a proved person belongs. An invitation wins; then the most specific domain; then an application."""
    if len(arrival.invited) == 1:
        org, role = next(iter(arrival.invited.items()))
        return EntryDecision("invited", "invitation", org, role)
    if arrival.invited:
        return EntryDecision("choose", "several-invitations", choices=tuple(arrival.invited))
    if arrival.staff:
        return EntryDecision("wait", "programme-staff")
    if arrival.disposable:
        return EntryDecision("wait", "disposable-mailbox")
    if arrival.public_mailbox:
        return EntryDecision("apply", "public-mailbox")
    usable = [match for match in arrival.matches if match.exact or (match.include_subdomains and match.proof == "dns")]
    if not usable:
        return EntryDecision("apply", "unknown-domain")
    longest = max(len(match.domain.split(".")) for match in usable)
    best = [match for match in usable if len(match.domain.split(".")) == longest]
    if len(best) > 1:
        return EntryDecision("choose", "several-organizations", choices=tuple(match.org for match in best))
    return _by_policy(arrival, best[0])


def _by_policy(arrival: Arrival, match: DomainMatch) -> EntryDecision:
    if match.paused == "org-paused":
        return EntryDecision("paused", match.paused, match.org, domain=match.domain)
    if match.org in arrival.suspended_in:
        return EntryDecision("closed", "suspended", match.org, domain=match.domain)
    if match.policy == "closed":
        return EntryDecision("closed", "policy-closed", match.org, domain=match.domain)
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
        return EntryDecision("requested", reason, match.org, domain=match.domain)
    return EntryDecision("joined", "domain-match", match.org, "member", match.domain)


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


def explain(reason: str, *, org: str = "", domain: str = "") -> str:
    """The sentence of a reason code, with the organization's name and the e-mail domain in it."""
    return ENTRY_REASONS[reason].format(org=org, domain=domain)
