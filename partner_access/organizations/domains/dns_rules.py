"""What the DNS says of a domain, and what follows from it: proof and lapse. Pure: no Flask, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_access.keys.addresses import same_site_domain

LABEL, VALUE = "_partner-access-challenge", "partner-access-verify="
LAPSE = timedelta(days=7)


@dataclass(frozen=True)
class DnsAnswer:
    """What one question for TXT records gave.

    kind: `found` (then `texts` has a text a record), `nxdomain` (no such name), `no-txt` (the name is there, without
    such a record), `failed` (the name servers gave no usable answer) or `timeout`.
    """

    kind: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class DnsReading:
    """What all answers together mean: `code` is a key of READINGS, `name` where it was seen."""

    code: str
    name: str


def challenge_name(domain: str) -> str:
    """Where the record of a domain stands (docs/access.md)."""
    return f"{LABEL}.{domain}"


def challenge_value(token: str) -> str:
    """What the record says."""
    return f"{VALUE}{token}"


def misplaced_names(domain: str) -> dict[str, str]:
    """Names at which the record ends up by mistake, in the order to ask for them, each with its reading."""
    names = {
        f"{challenge_name(domain)}.{domain}": "doubled",  # the provider adds the domain, and so did the person
        domain: "wrong-name",
        challenge_name(domain)[1:]: "wrong-name",  # a form that takes no underscore
    }
    if same_site_domain(domain) != domain:
        names[challenge_name(same_site_domain(domain))] = "wrong-name"
    return names


def read(domain: str, token: str, answers: Mapping[str, DnsAnswer]) -> DnsReading:
    """What the answers mean. answers: by name; of the misplaced names only those that were asked for."""
    here = challenge_name(domain)
    answer = answers[here]
    if _holds(answer, token):
        return DnsReading("proved", here)
    if answer.kind not in MISSES:
        return DnsReading(answer.kind, here)
    for name, code in misplaced_names(domain).items():
        if name in answers and _holds(answers[name], token):
            return DnsReading(code, name)
    if answer.kind == "found":
        ours = any(_plain(text).startswith(VALUE) for text in answer.texts)
        return DnsReading("other-token" if ours else "other-text", here)
    if domain in answers and answers[domain].kind == "nxdomain":
        return DnsReading("no-domain", domain)
    return DnsReading(answer.kind, here)


MISSES = frozenset({"found", "nxdomain", "no-txt"})
"""Answers after which it is worth asking elsewhere: the name servers did answer."""


def _holds(answer: DnsAnswer, token: str) -> bool:
    return any(_plain(text) == challenge_value(token) for text in answer.texts)


def _plain(text: str) -> str:
    """Without the blanks and quotation marks that are pasted along."""
    return text.strip().strip("\"'“”").strip()


@dataclass(frozen=True)
class ProofWatch:
    """The state of a domain proved by DNS: since when its record is missing, and since when auto-join is off for it."""

    missed_since: datetime | None = None
    lapsed_at: datetime | None = None


def follow(watch: ProofWatch, code: str, at: datetime) -> ProofWatch:
    """The state after one more reading. Only definite misses, and only over LAPSE, lapse a domain; a hit mends all.

    No answer is neither: a name server that is away proves nothing.
    """
    if code == "proved":
        return ProofWatch()
    if code not in DEFINITE:
        return watch
    since = watch.missed_since or at
    return ProofWatch(since, watch.lapsed_at or (at if at - since >= LAPSE else None))


DEFINITE = frozenset({"wrong-name", "doubled", "other-token", "other-text", "nxdomain", "no-domain", "no-txt"})
"""Readings that say for certain that the record is not where it belongs."""

READINGS: dict[str, tuple[str, str]] = {
    "proved": ("The record is at {seen}.", "Leave it there: we look every day."),
    "wrong-name": (
        "The right value is at {seen}, which is another name.",
        "Move the record to {at}. In many providers’ forms the name to type is only the part before your own domain.",
    ),
    "doubled": (
        "The right value is at {seen}: your provider adds {domain} to the name by itself.",
        "Change the record’s name to {label} alone.",
    ),
    "other-token": (
        "There is a record of ours at {seen}, with another value than the one above. It may be an old one.",
        "Replace its value, or add a second TXT record with the value above.",
    ),
    "other-text": (
        "There is a TXT record at {seen}, but it does not hold the value above.",
        "Copy the value whole, from “partner-access-verify=” on, and add it as a record of its own.",
    ),
    "nxdomain": (
        "There is no record at {seen} yet.",
        "Add it. If you just did, wait: a new record can take an hour until everybody sees it.",
    ),
    "no-domain": (
        "The DNS does not know {seen} at all.",
        "Check how it is spelt, and that the domain is registered and has name servers.",
    ),
    "no-txt": (
        "The name {seen} is there, but it has no TXT record.",
        "Check the record’s type: it must be TXT, not CNAME or A.",
    ),
    "failed": (
        "The name servers of {domain} gave no usable answer.",
        "This says nothing about your record. Try again in a few minutes; if it stays so, tell your DNS provider.",
    ),
    "timeout": (
        "The name servers of {domain} did not answer in time.",
        "This says nothing about your record. Try again in a few minutes.",
    ),
}
"""Reading -> what was seen, and what to do next. Slots: {at} the right name, {seen}, {domain}, {label}."""


def explain(code: str, *, domain: str, seen: str) -> tuple[str, str]:
    """What a check saw and what to do next, as two sentences for people."""
    slots = {"at": challenge_name(domain), "seen": seen, "domain": domain, "label": _label(domain)}
    sentence, step = READINGS[code]
    return sentence.format(**slots), step.format(**slots)


def _label(domain: str) -> str:
    """The name as it is typed where the provider adds the registered domain."""
    return challenge_name(domain).removesuffix(f".{same_site_domain(domain)}")


@dataclass(frozen=True)
class DomainState:
    """How a domain stands, as a status word with its colour and icon, and what that means."""

    label: str
    colour: str
    icon: str
    sentence: str


STATES: dict[str, DomainState] = {
    "unproved": DomainState("Not proved", "wait", "clock", "It lets nobody in until it is proved."),
    "staff": DomainState("Proved", "ok", "check", "Proved by the programme."),
    "dns": DomainState("Proved", "ok", "check", "Proved by DNS. We look for the record every day."),
    "missing": DomainState(
        "Record missing", "wait", "warn",
        "The record was not found. After 7 days without it nobody joins by this domain at once any more; "
        "nobody who is in is removed.",
    ),
    "lapsed": DomainState(
        "Lapsed", "bad", "cross",
        "The record was missing for 7 days, so people of this domain wait for an owner or admin. "
        "When the record is back, a check puts that right.",
    ),
    "disputed": DomainState(
        "In dispute", "info", "eye",
        "Another organization has proved this domain too. The programme’s staff decide whose it is; until then "
        "people of this domain wait for an owner or admin.",
    ),
    "claimed": DomainState(
        "In dispute", "info", "eye",
        "You have proved this domain, and so has another organization. The programme’s staff decide whose it is; "
        "until then it lets nobody in here.",
    ),
    "ruled": DomainState(
        "Another’s", "mute", "dash",
        "The programme’s staff have decided that this domain belongs to another organization.",
    ),
}  # fmt: skip
