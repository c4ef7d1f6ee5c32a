"""Where a proved mailbox belongs, by examples."""

from __future__ import annotations

import pytest

from partner_access.organizations.entry.rules import (
    ENTRY_REASONS,
    Arrival,
    DomainMatch,
    EntryDecision,
    decide_entry,
    explain,
)

ACME = DomainMatch("acme", "acme.example", "auto", "staff")
ACME_ASKS = DomainMatch("acme", "acme.example", "request", "staff")
ACME_CLOSED = DomainMatch("acme", "acme.example", "closed", "dns")
PARENT = DomainMatch("acme", "acme.example", "auto", "dns", exact=False, include_subdomains=True)
CHILD = DomainMatch("child", "child.acme.example", "auto", "dns")
IN = EntryDecision("joined", "domain-match", "acme", "member", "acme.example")


def asked(reason: str) -> EntryDecision:
    return EntryDecision("requested", reason, "acme", domain="acme.example")


EXAMPLES = {
    "policy auto, proved by staff": (Arrival(matches=(ACME,)), IN),
    "policy auto, proved by DNS": (Arrival(matches=(DomainMatch("acme", "acme.example", "auto", "dns"),)), IN),
    "policy auto, proved by a mailbox alone": (
        Arrival(matches=(DomainMatch("acme", "acme.example", "auto", "mailbox"),)), asked("policy-request"),
    ),
    "policy auto, but the proof has lapsed": (
        Arrival(matches=(DomainMatch("acme", "acme.example", "auto", "dns", paused="domain-lapsed"),)),
        asked("domain-lapsed"),
    ),
    "policy auto, but the domain is in dispute": (
        Arrival(matches=(DomainMatch("acme", "acme.example", "auto", "staff", paused="domain-disputed"),)),
        asked("domain-disputed"),
    ),
    "policy closed and in dispute": (
        Arrival(matches=(DomainMatch("acme", "acme.example", "closed", "dns", paused="domain-disputed"),)),
        EntryDecision("closed", "policy-closed", "acme", domain="acme.example"),
    ),
    "policy request": (Arrival(matches=(ACME_ASKS,)), asked("policy-request")),
    "policy closed": (
        Arrival(matches=(ACME_CLOSED,)), EntryDecision("closed", "policy-closed", "acme", domain="acme.example"),
    ),
    "closed comes before a tombstone": (
        Arrival(matches=(ACME_CLOSED,), removed_from=frozenset({"acme"})),
        EntryDecision("closed", "policy-closed", "acme", domain="acme.example"),
    ),
    "an unknown domain": (Arrival(), EntryDecision("apply", "unknown-domain")),
    "a public mailbox": (Arrival(public_mailbox=True), EntryDecision("apply", "public-mailbox")),
    "a public mailbox never matches": (
        Arrival(public_mailbox=True, matches=(ACME,)), EntryDecision("apply", "public-mailbox"),
    ),
    "a disposable mailbox": (Arrival(disposable=True), EntryDecision("wait", "disposable-mailbox")),
    "a disposable mailbox never matches": (
        Arrival(disposable=True, matches=(ACME,)), EntryDecision("wait", "disposable-mailbox"),
    ),
    "an invitation keeps its role": (
        Arrival(invited={"acme": "owner"}), EntryDecision("invited", "invitation", "acme", "owner"),
    ),
    "an invitation wins over a domain": (
        Arrival(invited={"bolt": "admin"}, matches=(ACME,)), EntryDecision("invited", "invitation", "bolt", "admin"),
    ),
    "an invitation wins over a closed door": (
        Arrival(invited={"acme": "member"}, matches=(ACME_CLOSED,)),
        EntryDecision("invited", "invitation", "acme", "member"),
    ),
    "an invitation wins over a public mailbox": (
        Arrival(invited={"acme": "member"}, public_mailbox=True),
        EntryDecision("invited", "invitation", "acme", "member"),
    ),
    "an invitation wins over a tombstone": (
        Arrival(invited={"acme": "member"}, matches=(ACME,), removed_from=frozenset({"acme"})),
        EntryDecision("invited", "invitation", "acme", "member"),
    ),
    "an organization that is paused": (
        Arrival(matches=(DomainMatch("acme", "acme.example", "auto", "dns", paused="org-paused"),)),
        EntryDecision("paused", "org-paused", "acme", domain="acme.example"),
    ),
    "suspended": (
        Arrival(matches=(ACME,), suspended_in=frozenset({"acme"})),
        EntryDecision("closed", "suspended", "acme", domain="acme.example"),
    ),
    "suspended elsewhere": (Arrival(matches=(ACME,), suspended_in=frozenset({"bolt"})), IN),
    "several invitations": (
        Arrival(invited={"acme": "member", "bolt": "admin"}),
        EntryDecision("choose", "several-invitations", choices=("acme", "bolt")),
    ),
    "removed before": (Arrival(matches=(ACME,), removed_from=frozenset({"acme"})), asked("removed-before")),
    "removed from another organization": (Arrival(matches=(ACME,), removed_from=frozenset({"bolt"})), IN),
    "a role mailbox": (Arrival(matches=(ACME,), role_mailbox=True), asked("role-mailbox")),
    "a plus-address of a member": (
        Arrival(matches=(ACME,), alias_of_member=frozenset({"acme"})), asked("plus-address"),
    ),
    "a plus-address of a member elsewhere": (Arrival(matches=(ACME,), alias_of_member=frozenset({"bolt"})), IN),
    "a tombstone is the reason given before a role mailbox": (
        Arrival(matches=(ACME,), role_mailbox=True, removed_from=frozenset({"acme"})), asked("removed-before"),
    ),
    "a subdomain of a domain that includes them": (Arrival(matches=(PARENT,)), IN),
    "a subdomain of a domain that does not": (
        Arrival(matches=(DomainMatch("acme", "acme.example", "auto", "dns", exact=False),)),
        EntryDecision("apply", "unknown-domain"),
    ),
    "a subdomain of a domain proved by staff alone": (
        Arrival(matches=(DomainMatch("acme", "acme.example", "auto", "staff", exact=False, include_subdomains=True),)),
        EntryDecision("apply", "unknown-domain"),
    ),
    "the most specific domain wins": (
        Arrival(matches=(PARENT, CHILD)),
        EntryDecision("joined", "domain-match", "child", "member", "child.acme.example"),
    ),
    "a tie": (
        Arrival(matches=(ACME, DomainMatch("bolt", "bolt.example", "auto", "dns"))),
        EntryDecision("choose", "several-organizations", choices=("acme", "bolt")),
    ),
    "one of the vendor's people": (Arrival(staff=True, matches=(ACME,)), EntryDecision("wait", "programme-staff")),
    "one of the vendor's people, invited": (
        Arrival(staff=True, invited={"acme": "member"}), EntryDecision("invited", "invitation", "acme", "member"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arrival", "entry"), EXAMPLES.values(), ids=EXAMPLES)
def test_where_a_proved_person_belongs(arrival: Arrival, entry: EntryDecision) -> None:
    assert decide_entry(arrival) == entry


def test_every_reason_has_a_sentence_that_names_what_it_is_about() -> None:
    given = {entry.reason for _, entry in EXAMPLES.values()}
    assert given == set(ENTRY_REASONS)
    for reason in given:
        sentence = explain(reason, org="Acme", domain="acme.example")
        assert sentence.endswith(".")
        assert "{" not in sentence
