"""Who brought the client: every rule as a sentence with an example, then what must hold whatever the facts are."""

from __future__ import annotations

import json
import random
import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner_access.credit.insights import ladder, list_rows
from partner_access.credit.models import Client
from partner_access.credit.reasons import REASONS, accounts, claims, ends, touches
from partner_access.credit.rules import absences
from partner_access.credit.rules.decision import Decision, Finding
from partner_access.credit.rules.engine import decide
from partner_access.credit.rules.facts import (
    Facts,
    LapseFact,
    LeadFact,
    MergerFact,
    OrgFact,
    OwnFact,
    PauseFact,
    RulingFact,
    VisitFact,
)
from partner_access.credit.rules.first_accounts import FirstFact, months_after
from partner_access.credit.rules.settings import Rules

SIGNED_UP = datetime(2026, 10, 3, 9, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
A, B, C = "org-a", "org-b", "org-c"
PAUSED: dict[str, Any] = {"pauses": (PauseFact(SIGNED_UP),)}
_ids = count(1)
TEN_DAYS, EIGHTY_DAYS = timedelta(days=10), timedelta(days=80)


def own(name: str, **dates: Any) -> tuple[OwnFact, ...]:
    """A site or domain that is an organization's own, from its beginning on unless other dates are given."""
    return (OwnFact(name, **{"since": SIGNED_UP - days(400)} | dates),)


def days(number: float) -> timedelta:
    return timedelta(days=number)


OWN_SITE: dict[str, Any] = {"own_sites": own("client.example")}
LAPSE = LapseFact("a-dispute", SIGNED_UP + timedelta(days=30), (A, B))
B_DOMAIN: dict[str, Any] = {"own_domains": own("b.example")}


def lead(org: str, *, before: timedelta = TEN_DAYS, ends: timedelta = EIGHTY_DAYS, **fields: Any) -> LeadFact:
    """A lead submitted so long before the sign-up, held until so long after it."""
    submitted_at = SIGNED_UP - before
    held = {"held_from": submitted_at, "held_until": SIGNED_UP + ends, "number": int(submitted_at.timestamp())}
    return LeadFact(org, f"{org}-lead-{next(_ids)}", submitted_at, **held | fields)


def queued(org: str, **fields: Any) -> LeadFact:
    return lead(org, held_from=None, held_until=None, **fields)


def visit(org: str, *, before: timedelta = TEN_DAYS, how: str = "cookie") -> VisitFact:
    opened_at = SIGNED_UP - before
    number = None if how == "code" else int(opened_at.timestamp())
    return VisitFact(org, f"{org}-visit-{next(_ids)}", f"{org}-code", opened_at, how, number)


def ruled(org: str | None, *, after: timedelta = TEN_DAYS) -> RulingFact:
    number = next(_ids)
    return RulingFact(org, f"ruling-{number}", SIGNED_UP + after, number=number)


def facts(
    *touches: LeadFact | VisitFact | RulingFact, orgs: dict[str, dict[str, Any]] | None = None, **fields: Any
) -> Facts:
    """Facts of a sign-up of client.example with these touches; `orgs`: what is special about an organization."""
    special = orgs or {}
    concerned = {touch.org for touch in touches if touch.org} | {*special} | {fields.get("created_for") or A}
    concerned |= {*fields.get("partner_browsers", ())} | {
        merger.into for merger in fields.get("mergers", ()) if merger.at <= SIGNED_UP
    }
    return Facts(
        SIGNED_UP,
        "client.example",
        orgs=tuple(
            OrgFact(org, **{"active_from": SIGNED_UP - days(400)} | special.get(org, {})) for org in sorted(concerned)
        ),
        rulings=tuple(touch for touch in touches if isinstance(touch, RulingFact)),
        leads=tuple(touch for touch in touches if isinstance(touch, LeadFact)),
        visits=tuple(touch for touch in touches if isinstance(touch, VisitFact)),
        **fields,
    )


@dataclass(frozen=True)
class Case:
    """One sentence of the rules with an example: who wins and why, and the reason that each organization is given."""

    sentence: str
    facts: Facts
    winner: str | None
    reason: str
    reasons: dict[str, str] = field(default_factory=dict)
    contender: str | None = None
    suggested: str | None = None

    @property
    def basis(self) -> str | None:
        words = {"lead": "lead", "behalf": "behalf", "link": "link", "code": "link", "ruling": "ruling"}
        return self.winner and words[self.reason.split("-")[1]]


CASES = [
    # R2: a lead
    Case("a live lead is credited", facts(lead(A)), A, "credited-lead", {A: "credited-lead"}),
    Case(
        "a lead comes before another partner's link, who is told so and may contend",
        facts(lead(A), visit(B, before=days(1))),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-first"}, contender=B,
    ),
    Case(
        "a lead and a link of the same partner are no contest",
        facts(lead(A), visit(A)), A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "only the last click would have won without the lead, so an earlier one of another partner does not contend",
        facts(lead(A), visit(B, before=days(5)), visit(A, before=days(2))),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-first"},
    ),
    Case(
        "the earliest lead is credited",
        facts(lead(B, before=days(9)), lead(A, before=days(10))),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-earlier"},
    ),
    Case(
        "who lost is told how near it came, not what else it had that did not count",
        facts(lead(A), queued(B), visit(B, before=days(5)), visit(B, before=days(100))),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-first"}, contender=B,
    ),
    Case(
        "who had nothing that counted is told of its lead first",
        facts(queued(B), visit(B, before=days(100))), None, "nobody", {B: "lead-queued"},
    ),
    Case(
        "a lead that stands in line again since a pause is told so, also during the pause",
        facts(
            queued(A, passed_on_at=SIGNED_UP - days(5)), queued(B, passed_on_at=SIGNED_UP),
            orgs={B: {"pauses": (PauseFact(SIGNED_UP),)}},
        ),
        None, "nobody", {A: "lead-passed-on", B: "lead-passed-on"},
    ),
    Case(
        "a partner's earlier lead decides before its later one",
        facts(lead(A, before=days(9)), lead(A, before=days(10))), A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "a lead submitted one second before the sign-up counts",
        facts(lead(A, before=SECOND)), A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "a lead submitted at the sign-up is too late",
        facts(lead(A, before=days(0))), None, "nobody", {A: "lead-after-sign-up"},
    ),
    Case(
        "a lead submitted after the sign-up is too late",
        facts(lead(A, before=-SECOND)), None, "nobody", {A: "lead-after-sign-up"},
    ),
    Case(
        "a lead that ends one second after the sign-up counts",
        facts(lead(A, ends=SECOND)), A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "a lead that ends at the sign-up has expired",
        facts(lead(A, ends=days(0))), None, "nobody", {A: "lead-expired"},
    ),
    Case(
        "a lead that ended one second before the sign-up has expired",
        facts(lead(A, ends=-SECOND)), None, "nobody", {A: "lead-expired"},
    ),
    Case(
        "a lead that expired after the sign-up counts, though we heard of it later",
        facts(lead(A, ends=days(2), ended_at=SIGNED_UP + days(2), end_reason="expired")),
        A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "a lead withdrawn before the sign-up does not count",
        facts(lead(A, ended_at=SIGNED_UP - SECOND, end_reason="withdrawn")), None, "nobody", {A: "lead-withdrawn"},
    ),
    Case(
        "a lead withdrawn after the sign-up counts",
        facts(lead(A, ended_at=SIGNED_UP + SECOND, end_reason="withdrawn")), A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "a queued lead does not count before the site is its own",
        facts(lead(A, ended_at=SIGNED_UP - days(1), end_reason="withdrawn"), queued(B)),
        None, "nobody", {A: "lead-withdrawn", B: "lead-queued"},
    ),
    Case(
        "a queued lead that became its own after the sign-up was still queued then",
        facts(lead(B, held_from=SIGNED_UP + SECOND)), None, "nobody", {B: "lead-queued"},
    ),
    Case(
        "a queued lead that became its own in time is credited",
        facts(lead(A, before=days(99), ends=-days(9)), lead(B, before=days(50), held_from=SIGNED_UP - days(9))),
        B, "credited-lead", {A: "lead-expired", B: "credited-lead"},
    ),
    Case(
        "a lead whose own link was used is credited for another site",
        facts(lead(A, by_link=True)), A, "credited-lead-link", {A: "credited-lead-link"},
    ),
    Case(
        "an expired lead's link still counts as a link",
        facts(lead(A, ends=-SECOND, by_link=True), visit(A)), A, "credited-link", {A: "credited-link"},
    ),
    # R4: the last valid visit
    Case("a click is credited", facts(visit(A)), A, "credited-link", {A: "credited-link"}),
    Case("a click the form names is credited", facts(visit(A, how="form")), A, "credited-link", {A: "credited-link"}),
    Case(
        "a click exactly 90 days before the sign-up counts",
        facts(visit(A, before=days(90))), A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "a click 90 days and a second before the sign-up is too old",
        facts(visit(A, before=days(90) + SECOND)), None, "nobody", {A: "visit-too-old"},
    ),
    Case("a click at the sign-up counts", facts(visit(A, before=days(0))), A, "credited-link", {A: "credited-link"}),
    Case(
        "a click after the sign-up does not count",
        facts(visit(A, before=-SECOND)), None, "nobody", {A: "visit-after-sign-up"},
    ),
    Case(
        "the last of two partners' clicks counts",
        facts(visit(A, before=days(2)), visit(B, before=days(3))),
        A, "credited-link", {A: "credited-link", B: "other-link-later"},
    ),
    Case(
        "the same partner's repeated click restarts the window",
        facts(visit(A, before=days(91)), visit(A, before=days(1)), visit(B, before=days(2))),
        A, "credited-link", {A: "credited-link", B: "other-link-later"},
    ),
    Case(
        "a partner's earlier click is not needed beside its later one",
        facts(visit(A, before=days(3)), visit(A, before=days(1))), A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "when the last click is not eligible, the valid one before it counts",
        facts(visit(A, before=days(1)), visit(B, before=days(2)), orgs={A: {"pauses": (PauseFact(SIGNED_UP),)}}),
        B, "credited-link", {A: "org-paused", B: "credited-link"},
    ),
    Case(
        "a code without a click counts",
        facts(visit(A, before=days(0), how="code")), A, "credited-code", {A: "credited-code"},
    ),
    Case(
        "a code without a click comes after every click that was seen",
        facts(visit(A, before=days(0), how="code"), visit(B, before=SECOND)),
        A, "credited-code", {A: "credited-code", B: "other-link-later"},
    ),
    # R0: eligible
    Case(
        "a partner suspended between click and sign-up is not credited",
        facts(visit(A), orgs={A: {"pauses": (PauseFact(SIGNED_UP - SECOND),)}}), None, "nobody", {A: "org-paused"},
    ),
    Case(
        "a partner suspended after the sign-up is credited",
        facts(visit(A), orgs={A: {"pauses": (PauseFact(SIGNED_UP + SECOND),)}}),
        A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "a partner that was not active yet at its lead is not credited",
        facts(lead(A), orgs={A: {"active_from": SIGNED_UP - days(9)}}), None, "nobody", {A: "org-not-active"},
    ),
    Case(
        "a suspended partner's lead leaves the credit to another partner's link",
        facts(lead(A), visit(B), orgs={A: {"pauses": (PauseFact(SIGNED_UP),)}}),
        B, "credited-link", {A: "org-paused", B: "credited-link"},
    ),
    Case(
        "a partner's own website earns no credit",
        facts(lead(A), visit(A), orgs={A: OWN_SITE}), None, "nobody", {A: "own-site"},
    ),
    Case(
        "an owner's e-mail address on the partner's own domain earns no credit",
        facts(visit(A), orgs={A: {"own_domains": own("a.example")}}, email_domains=("a.example",)),
        None, "nobody", {A: "own-use"}, suggested=A,
    ),
    Case(
        "nor does one on a subdomain of it",
        facts(visit(A), orgs={A: {"own_domains": own("a.example")}}, email_domains=("mail.a.example", "a.example")),
        None, "nobody", {A: "own-use"}, suggested=A,
    ),
    Case(
        "but an e-mail address on the domain above the partner's own one is not its own",
        facts(visit(A), orgs={A: {"own_domains": own("sub.a.example")}}, email_domains=("a.example",)),
        A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "a partner's own use leaves the credit to another partner",
        facts(visit(A, before=days(1)), visit(B), orgs={A: OWN_SITE}),
        B, "credited-link", {A: "own-site", B: "credited-link"}, contender=A,
    ),
    # own use takes nothing by itself: whoever signs up can type any address
    Case(
        "an address at a partner's domain, typed in another's form, takes its lead only by staff's word",
        facts(lead(B), visit(A), email_domains=("b.example",), orgs={B: B_DOMAIN}),
        A, "credited-link", {A: "credited-link", B: "own-use"}, contender=B,
    ),
    Case(
        "nor its last click",
        facts(visit(B, before=days(1)), visit(A), email_domains=("b.example",),
              orgs={B: B_DOMAIN}),
        A, "credited-link", {A: "credited-link", B: "own-use"}, contender=B,
    ),
    Case(
        "nor what makes a link a contest beside a lead",
        facts(lead(A), visit(B), email_domains=("b.example",), orgs={B: B_DOMAIN}),
        A, "credited-lead", {A: "credited-lead", B: "own-use"}, contender=B,
    ),
    Case(
        "a click that another's later one had outdone anyway is none",
        facts(visit(B), visit(A, before=days(1)), email_domains=("b.example",),
              orgs={B: B_DOMAIN}),
        A, "credited-link", {A: "credited-link", B: "own-use"},
    ),
    Case(
        "nor is a lead that had expired",
        facts(lead(B, ends=-SECOND), visit(A), email_domains=("b.example",), orgs={B: B_DOMAIN}),
        A, "credited-link", {A: "credited-link", B: "lead-expired"},
    ),
    Case(
        "nor one of a partner that is paused",
        facts(lead(B), visit(A), email_domains=("b.example",), orgs={B: B_DOMAIN | PAUSED}),
        A, "credited-link", {A: "credited-link", B: "org-paused"},
    ),
    Case(
        "when staff were asked in vain, its holder keeps it",
        facts(lead(B), visit(A), email_domains=("b.example",), orgs={B: B_DOMAIN}, lapses=(LAPSE,)),
        B, "credited-lead", {A: "other-lead-first", B: "credited-lead"},
    ),
    # a partner's own browser
    Case(
        "asked in vain, it counts as the rules say",
        facts(visit(A), partner_browsers=(A,), lapses=(LAPSE,), orgs={B: {}}),
        A, "credited-link", {A: "credited-link", B: "no-touch"},
    ),
    Case(
        "a sign-up in the browser of the partner that it would credit is a question to staff",
        facts(visit(A), partner_browsers=(A,)), A, "credited-link", {A: "credited-link"}, suggested=A,
    ),
    Case(
        "also when that has become part of another one since",
        facts(visit(A), partner_browsers=(A,), mergers=(MergerFact(A, B, SIGNED_UP + days(9)),)),
        B, "credited-link", {B: "credited-link"}, suggested=B,
    ),
    Case(
        "nor does it become one when the two partners become one after it",
        facts(visit(A), partner_browsers=(B,), mergers=(MergerFact(A, B, SIGNED_UP + days(9)),), orgs={B: {}}),
        B, "credited-link", {B: "credited-link"},
    ),
    Case(
        "in another partner's browser it is evidence, and no question",
        facts(visit(A), partner_browsers=(B,), orgs={B: {}}), A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "nor is it one when staff have ruled",
        facts(visit(A), ruled(A), partner_browsers=(A,)), A, "credited-ruling", {A: "credited-ruling"},
    ),
    # a mailbox that is not at the site's own domain
    Case(
        "from another mailbox a link counts where it takes nothing from anybody",
        facts(visit(A), is_limited=True), A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "and a partner's own lead",
        facts(lead(A), visit(A), is_limited=True), A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "the last of two clicks still decides",
        facts(visit(A, before=days(1)), visit(B), is_limited=True),
        A, "credited-link", {A: "credited-link", B: "other-link-later"},
    ),
    Case(
        "where another's address makes its lead own use, nobody is credited until staff have spoken",
        facts(lead(B), visit(A), email_domains=("b.example",), is_limited=True,
              orgs={B: B_DOMAIN}),
        None, "site-not-proved", {A: "site-not-proved", B: "site-not-proved"},
    ),
    Case(
        "where a lead of another is queued behind it, likewise",
        facts(lead(A), queued(B), visit(A), is_limited=True),
        None, "site-not-proved", {A: "site-not-proved", B: "site-not-proved"},
    ),
    Case(
        "though the two have become one since, for it took something when they were two",
        facts(lead(A), queued(B), is_limited=True, mergers=(MergerFact(A, B, SIGNED_UP + days(9)),)),
        None, "site-not-proved", {B: "site-not-proved"},
    ),
    Case(
        "where it would go on without a partner, likewise",
        facts(lead(A), visit(A), refused=(A,), is_limited=True), None, "site-not-proved", {A: "site-not-proved"},
    ),
    Case(
        "nor does it matter that the one that was refused has become one with a colleague of the owner since",
        facts(email_domains=("b.example",), refused=(B,), is_limited=True, orgs={A: B_DOMAIN, B: B_DOMAIN},
              mergers=(MergerFact(A, B, SIGNED_UP + days(9)),)),
        None, "site-not-proved", {B: "site-not-proved"},
    ),
    Case(
        "where another such account of the site came first, likewise",
        facts(visit(A), is_limited=True, follows_limited=True), None, "site-not-proved", {A: "site-not-proved"},
    ),
    Case(
        "a client whom nobody brought is a question to nobody",
        facts(is_limited=True, follows_limited=True, refused=(A,)), None, "nobody",
    ),
    Case(
        "a lead that had ended before is no lead to be ended",
        facts(lead(B, ends=-SECOND), visit(A), is_limited=True),
        A, "credited-link", {A: "credited-link", B: "lead-expired"},
    ),
    Case(
        "an account of the site that the programme named stands before it, also a later one",
        facts(lead(A), visit(A), is_limited=True, earlier_account_at=SIGNED_UP + days(1)),
        None, "other-account-named", {A: "other-account-named"},
    ),
    Case(
        "and an earlier one as before any other",
        facts(lead(B), visit(A), is_limited=True, earlier_account_at=SIGNED_UP - days(20)),
        None, "existing-client", {A: "existing-client", B: "existing-client"},
    ),
    Case(
        "a ruling stands above that too",
        facts(visit(A), ruled(A), refused=(A,), is_limited=True), A, "credited-ruling", {A: "credited-ruling"},
    ),
    # an opening that a foreign form named
    Case(
        "an opening that the form of another link names counts for nothing",
        facts(visit(A, how="code", before=days(0)), visit(B, how="beside", before=days(1))),
        A, "credited-code", {A: "credited-code", B: "visit-beside"},
    ),
    Case(
        "a partner without whom the client chose to go on is not credited",
        facts(lead(A), visit(A), refused=(A,)), None, "nobody", {A: "client-went-without"},
    ),
    Case(
        "and the others stay who they were",
        facts(visit(A, before=days(1)), visit(B), refused=(A,)),
        B, "credited-link", {A: "client-went-without", B: "credited-link"},
    ),
    Case(
        "a site that has an account already earns nobody credit",
        facts(lead(A), visit(B), earlier_account_at=SIGNED_UP - days(100)),
        None, "existing-client", {A: "existing-client", B: "existing-client"},
    ),
    Case(
        "a partner that was paused and went on before the click is credited",
        facts(visit(A), orgs={A: {"pauses": (PauseFact(SIGNED_UP - days(30), SIGNED_UP - days(20)),)}}),
        A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "a partner that was paused at the click is not credited, though it goes on since",
        facts(visit(A), orgs={A: {"pauses": (PauseFact(SIGNED_UP - days(30), SIGNED_UP - days(2)),)}}),
        None, "nobody", {A: "org-not-active"},
    ),
    Case(
        "every pause counts, not only the last one",
        facts(visit(A), orgs={A: {"pauses": (PauseFact(SIGNED_UP - SECOND, SIGNED_UP + SECOND),
                                             PauseFact(SIGNED_UP + days(1), SIGNED_UP + days(2)))}}),
        None, "nobody", {A: "org-paused"},
    ),
    Case(
        "a pause that ends with the sign-up is over",
        facts(visit(A), orgs={A: {"pauses": (PauseFact(SIGNED_UP - SECOND, SIGNED_UP),)}}),
        A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "a partner that was closed before the sign-up is not credited",
        facts(lead(A), visit(B), orgs={A: {"closed_at": SIGNED_UP}}),
        B, "credited-link", {A: "org-not-active", B: "credited-link"},
    ),
    Case(
        "a partner that was closed after the sign-up is credited",
        facts(visit(A), orgs={A: {"closed_at": SIGNED_UP + SECOND}}), A, "credited-link", {A: "credited-link"},
    ),
    # what is an organization's own, from when until when
    Case(
        "a website that is the partner's own only since the sign-up's moment is its own",
        facts(lead(A), orgs={A: {"own_sites": own("client.example", since=SIGNED_UP)}}),
        None, "nobody", {A: "own-site"},
    ),
    Case(
        "one that became its own after the sign-up was not its own then",
        facts(lead(A), orgs={A: {"own_sites": own("client.example", since=SIGNED_UP + SECOND)}}),
        A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "one that was given up an hour before the sign-up still is its own",
        facts(lead(A), orgs={A: {"own_sites": own("client.example", until=SIGNED_UP - days(1 / 24))}}),
        None, "nobody", {A: "own-site"},
    ),
    Case(
        "also a second before a link of the time would no longer count",
        facts(lead(A), orgs={A: {"own_sites": own("client.example", until=SIGNED_UP - days(90) + SECOND)}}),
        None, "nobody", {A: "own-site"},
    ),
    Case(
        "and no longer than that",
        facts(lead(A), orgs={A: {"own_sites": own("client.example", until=SIGNED_UP - days(90))}}),
        A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "an e-mail domain that was given up lately makes an account its own use",
        facts(visit(A), email_domains=("a.example",),
              orgs={A: {"own_domains": own("a.example", until=SIGNED_UP - days(9))}}),
        None, "nobody", {A: "own-use"}, suggested=A,
    ),
    Case(
        "and one that was proved after the sign-up does not",
        facts(visit(A), email_domains=("a.example",),
              orgs={A: {"own_domains": own("a.example", since=SIGNED_UP + SECOND)}}),
        A, "credited-link", {A: "credited-link"},
    ),
    # the order is a number, whatever the clocks said
    Case(
        "the last click is the one that was written down last, also by a server whose clock is late",
        facts(replace(visit(A, before=days(3)), number=2), replace(visit(B, before=days(2)), number=1)),
        A, "credited-link", {A: "credited-link", B: "other-link-later"},
    ),
    Case(
        "the earliest lead is the one that was written down first",
        facts(lead(A, before=days(3), number=1), lead(B, before=days(4), number=2)),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-earlier"},
    ),
    Case(
        "the last ruling is the one that was written down last",
        facts(lead(A), ruled(B, after=days(11)), ruled(A, after=days(10))),
        A, "credited-ruling", {A: "credited-ruling"},
    ),
    Case(
        "a ruling after a ruling is read by whom the first was for",
        facts(lead(A), ruled(C), replace(ruled(A, after=days(11)), sides=(C,)), orgs={C: {}}),
        A, "credited-ruling", {A: "credited-ruling", C: "ruled-other"},
    ),
    # organizations that are one by now
    Case(
        "what an organization brought is the other's that it has become part of",
        facts(lead(A), mergers=(MergerFact(A, B, SIGNED_UP + days(9)),)), B, "credited-lead", {B: "credited-lead"},
    ),
    Case(
        "and, when that became part of a third one, the third one's",
        facts(visit(A), mergers=(MergerFact(A, B, SIGNED_UP + days(9)), MergerFact(B, C, SIGNED_UP + days(10)))),
        C, "credited-link", {C: "credited-link"},
    ),
    Case(
        "two that are one are no contest",
        facts(lead(A), visit(B), mergers=(MergerFact(A, B, SIGNED_UP + days(9)),)),
        B, "credited-lead", {B: "credited-lead"},
    ),
    Case(
        "it is judged by its own pauses while it was itself",
        facts(visit(A, before=days(3)), visit(B, before=days(5)), mergers=(MergerFact(A, B, SIGNED_UP + days(9)),),
              orgs={A: {"pauses": (PauseFact(SIGNED_UP - days(1), SIGNED_UP + days(1)),)}}),
        B, "credited-link", {B: "credited-link"},
    ),
    Case(
        "and so are the other's touches by the other's",
        facts(visit(A), mergers=(MergerFact(A, B, SIGNED_UP + days(9)),), orgs={B: PAUSED}),
        B, "credited-link", {B: "credited-link"},
    ),
    Case(
        "after the merger the other's pauses count for what it had brought",
        facts(visit(A), mergers=(MergerFact(A, B, SIGNED_UP - days(1)),), orgs={B: PAUSED}),
        None, "nobody", {B: "org-paused"},
    ),
    Case(
        "after the merger the other's own website and addresses are its own use too",
        facts(visit(A), mergers=(MergerFact(A, B, SIGNED_UP - days(1)),), orgs={B: OWN_SITE}),
        None, "nobody", {B: "own-site"},
    ),
    Case(
        "before it they were no own use of it",
        facts(visit(A), mergers=(MergerFact(A, B, SIGNED_UP + days(1)),), orgs={B: OWN_SITE}),
        B, "credited-link", {B: "credited-link"},
    ),
    Case(
        "a client who went on without one went on without what had become part of it",
        facts(visit(A), mergers=(MergerFact(A, B, SIGNED_UP - days(1)),), refused=(B,), orgs={B: {}}),
        None, "nobody", {B: "client-went-without"},
    ),
    Case(
        "but not without who became part of it later",
        facts(visit(A), mergers=(MergerFact(A, B, SIGNED_UP + days(1)),), refused=(B,)),
        B, "credited-link", {B: "credited-link"},
    ),
    Case(
        "an account that it created is the other's",
        facts(created_for=A, email_domains=("a.example",), mergers=(MergerFact(A, B, SIGNED_UP + days(1)),),
              orgs={A: {"own_domains": own("a.example")}}),
        B, "credited-behalf", {B: "credited-behalf"},
    ),
    Case(
        "a ruling for it is one for the other",
        facts(visit(C), ruled(A), mergers=(MergerFact(A, B, SIGNED_UP + days(20)),)),
        B, "credited-ruling", {B: "credited-ruling", C: "ruled-other"},
    ),
    Case(
        "what was asked of staff about it is asked about the other",
        facts(email_domains=("a.example",), mergers=(MergerFact(A, B, SIGNED_UP + days(1)),),
              orgs={A: {"own_domains": own("a.example")}}),
        None, "nobody", {B: "team-email"}, suggested=B,
    ),
    Case(
        "a late lead of one is tied to nothing by what the other had brought before they were one",
        facts(lead(A, before=-SECOND), visit(B, before=days(100)), mergers=(MergerFact(A, B, SIGNED_UP + days(1)),)),
        None, "nobody", {B: "lead-after-sign-up"},
    ),
    Case(
        "a click that came after the sign-up and after the merger is too late, whoever it had become part of",
        facts(visit(A, before=-days(2)), mergers=(MergerFact(A, B, SIGNED_UP + days(1)),)),
        None, "nobody", {B: "visit-after-sign-up"},
    ),
    Case(
        "a lead after a trial account of the same site, and before another account, is too late",
        facts(lead(A), earlier_account_at=SIGNED_UP - days(20)),
        None, "existing-client", {A: "existing-client"},
    ),
    Case(
        "so is a click",
        facts(visit(A), earlier_account_at=SIGNED_UP - days(20)), None, "existing-client", {A: "existing-client"},
    ),
    Case(
        "a website that a client has moved away from stays theirs for a while",
        facts(lead(A), earlier_account_at=SIGNED_UP - days(200), earlier_until=SIGNED_UP + days(30)),
        None, "moved-client", {A: "moved-client"},
    ),
    Case(
        "an account that was merged into another one leaves the credit to that",
        facts(lead(A), ruled(A), merged_at=SIGNED_UP + days(9)), None, "merged-account", {A: "merged-account"},
    ),
    Case(
        "the account that goes on is decided by the earliest sign-up's facts, and says so",
        facts(visit(A), survives_since=SIGNED_UP + days(9)), A, "credited-link", {A: "credited-link"},
    ),
    # R1: a ruling of staff
    Case(
        "a ruling stands above a lead and a link",
        facts(lead(A), visit(B), ruled(B)), B, "credited-ruling", {A: "ruled-other", B: "credited-ruling"},
    ),
    Case(
        "the last ruling counts",
        facts(lead(A), ruled(B), ruled(A, after=days(11))), A, "credited-ruling", {A: "credited-ruling"},
    ),
    Case(
        "a ruling can credit nobody",
        facts(lead(A), visit(B), ruled(None)), None, "ruled-nobody", {A: "ruled-nobody", B: "ruled-nobody"},
    ),
    Case(
        "a ruling can credit a partner whose own use it would be",
        facts(lead(A), ruled(A), orgs={A: OWN_SITE}),
        A, "credited-ruling", {A: "credited-ruling"},
    ),
    Case(
        "a ruling can credit a partner for a site that had an account",
        facts(lead(A), ruled(A), earlier_account_at=SIGNED_UP - days(100)),
        A, "credited-ruling", {A: "credited-ruling"},
    ),
    Case(
        "a ruling for one who had no part leaves the others theirs",
        facts(visit(B), ruled(C)), C, "credited-ruling", {B: "ruled-other", C: "credited-ruling"},
    ),
    # a question that staff have not answered in time
    Case(
        "a dispute that nobody answered in time ends by the rules, and asks no more",
        facts(lead(A), visit(B), lapses=(LapseFact("d", SIGNED_UP + days(30), (A, B)),)),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-first"},
    ),
    Case(
        "but somebody who was no side of it is still asked about",
        facts(lead(A), visit(B), lapses=(LapseFact("d", SIGNED_UP + days(30), (A, C)),)),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-first", C: "no-touch"}, contender=B,
    ),
    Case(
        "what was a question to staff credits nobody when its time is over",
        facts(email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")}},
              lapses=(LapseFact("d", SIGNED_UP + days(30), (A,)),)),
        None, "nobody", {A: "not-answered"},
    ),
    Case(
        "and staff may still rule",
        facts(lead(A), visit(B), ruled(B, after=days(40)), lapses=(LapseFact("d", SIGNED_UP + days(30), (A, B)),)),
        B, "credited-ruling", {A: "ruled-other", B: "credited-ruling"},
    ),
    Case(
        "of organizations that are one by now the one that goes on was asked",
        facts(lead(A), visit(B), mergers=(MergerFact(B, C, SIGNED_UP + days(40)),),
              lapses=(LapseFact("d", SIGNED_UP + days(30), (A, B)),)),
        A, "credited-lead", {A: "credited-lead", C: "other-lead-first"},
    ),
    # R2: the grace for a lead that comes minutes after the sign-up
    Case(
        "a lead minutes after the sign-up is a question to staff when an old click ties the partner to it",
        facts(lead(A, before=-SECOND), visit(A, before=days(100))), None, "nobody", {A: "late-lead"}, suggested=A,
    ),
    Case(
        "also beside another partner's later click, which is credited meanwhile",
        facts(lead(A, before=-SECOND), visit(A, before=days(2)), visit(B, before=days(1))),
        B, "credited-link", {A: "late-lead", B: "credited-link"}, suggested=A,
    ),
    Case(
        "but not beside another partner's lead in time",
        facts(lead(A, before=-SECOND), visit(A, before=days(100)), lead(B)),
        B, "credited-lead", {A: "other-lead-earlier", B: "credited-lead"},
    ),
    Case(
        "nor when the partner's own link is credited anyway",
        facts(lead(A, before=-SECOND), visit(A)), A, "credited-link", {A: "credited-link"},
    ),
    Case(
        "a lead a day after the sign-up is the last that is a question",
        facts(lead(A, before=-days(1)), visit(A, before=days(100))), None, "nobody", {A: "late-lead"}, suggested=A,
    ),
    Case(
        "a lead a day and a second after the sign-up is too late, whatever the tie",
        facts(lead(A, before=-days(1) - SECOND), visit(A, before=days(100))),
        None, "nobody", {A: "lead-after-sign-up"},
    ),
    Case(
        "a click after the sign-up is no tie",
        facts(lead(A, before=-SECOND), visit(A, before=-SECOND)), None, "nobody", {A: "lead-after-sign-up"},
    ),
    Case(
        "a partner's own use is no question for its late lead",
        facts(lead(A, before=-SECOND), visit(A), orgs={A: OWN_SITE}),
        None, "nobody", {A: "lead-after-sign-up"},
    ),
    # R2 and a lead's own link
    Case(
        "a lead for the site comes before an earlier lead's link that was used with another site",
        facts(lead(B, before=days(20), by_link=True), lead(A)),
        A, "credited-lead", {A: "credited-lead", B: "other-lead-earlier"},
    ),
    # R3: created on the client's behalf
    Case("who creates the account for the client is credited", facts(created_for=A), A, "credited-behalf",
         {A: "credited-behalf"}),
    Case(
        "whatever e-mail address they give it, also their own",
        facts(created_for=A, email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")}}),
        A, "credited-behalf", {A: "credited-behalf"},
    ),
    Case(
        "but not for their own website",
        facts(created_for=A, orgs={A: OWN_SITE}), None, "nobody", {A: "own-site"},
    ),
    Case(
        "creating the account comes before another partner's click",
        facts(visit(B), created_for=A), A, "credited-behalf", {A: "credited-behalf", B: "other-behalf-first"},
    ),
    Case(
        "and before their own",
        facts(visit(A), created_for=A), A, "credited-behalf", {A: "credited-behalf"},
    ),
    Case(
        "another partner's lead comes before creating the account, which may contend",
        facts(lead(B), created_for=A), B, "credited-lead", {A: "other-lead-first", B: "credited-lead"}, contender=A,
    ),
    Case(
        "their own lead comes first too",
        facts(lead(A), created_for=A), A, "credited-lead", {A: "credited-lead"},
    ),
    Case(
        "a lead minutes after creating the account for another partner's link is a question",
        facts(lead(A, before=-SECOND), created_for=A, orgs={A: {"pauses": (PauseFact(SIGNED_UP),)}}),
        None, "nobody", {A: "lead-after-sign-up"},
    ),
    # R5: a partner's e-mail address
    Case(
        "an owner's e-mail address at a partner's domain alone is a question to staff, never a credit",
        facts(email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")}}),
        None, "nobody", {A: "team-email"}, suggested=A,
    ),
    Case(
        "it is none beside another partner's lead",
        facts(lead(B), email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")}}),
        B, "credited-lead", {A: "other-lead-first", B: "credited-lead"},
    ),
    Case(
        "nor beside another partner's click",
        facts(visit(B), email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")}}),
        B, "credited-link", {A: "other-link-first", B: "credited-link"},
    ),
    Case(
        "nor on the partner's own website",
        facts(email_domains=("a.example",),
              orgs={A: {"own_domains": own("a.example"), "own_sites": own("client.example")}}),
        None, "nobody", {A: "own-site"},
    ),
    Case(
        "nor for a partner that is paused",
        facts(email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")} | PAUSED}),
        None, "nobody", {A: "org-paused"},
    ),
    Case(
        "nor for one without whom the client chose to go on",
        facts(email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")}}, refused=(A,)),
        None, "nobody", {A: "client-went-without"},
    ),
    Case(
        "nor for a site that had an account",
        facts(email_domains=("a.example",), orgs={A: {"own_domains": own("a.example")}},
              earlier_account_at=SIGNED_UP - days(9)),
        None, "existing-client", {A: "existing-client"},
    ),
    # R6: nobody
    Case("without lead and link nobody is credited", facts(), None, "nobody"),
    Case("an unknown code is said to be unknown", facts(unknown_referral=True), None, "unknown-referral"),
    Case(
        "an unknown code does not stand in the way of a lead",
        facts(lead(A), unknown_referral=True), A, "credited-lead", {A: "credited-lead"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case.sentence) for case in CASES])
def test_rule(case):
    decision = decide(case.facts, Rules())
    assert (decision.winner, decision.basis, decision.reason) == (case.winner, case.basis, case.reason)
    assert (decision.contender, decision.suggested) == (case.contender, case.suggested)
    concerned = {finding.org for finding in decision.findings if finding.org}
    assert {org: decision.reason_for(org) for org in sorted(concerned)} == case.reasons


@pytest.mark.parametrize("case", [pytest.param(case, id=case.sentence) for case in CASES])
def test_every_sentence_shown_is_complete(case):
    decision = decide(case.facts, Rules())
    for org in case.facts.orgs:
        client = _client(decision, org.id)
        shown = [list_rows.client_row(client, {}).sentence, *(rung.text for rung in ladder.rungs(client, {}, Rules()))]
        assert not [text for text in shown if re.search("[{}–]|“”|None", text)]


def test_a_window_of_other_length_is_another_decision():
    touched = facts(visit(A, before=days(31)))
    assert decide(touched, Rules(window_days=30)).reason_for(A) == "visit-too-old"


def test_facts_are_stored_with_their_format_and_read_in_no_other():
    stored = facts(lead(A), visit(B), ruled(A)).to_json()
    again = Facts.from_json(json.loads(json.dumps(stored))).to_json()
    assert json.dumps(again, sort_keys=True) == json.dumps(stored, sort_keys=True)
    for other in ({**stored, "format": 0}, {key: value for key, value in stored.items() if key != "format"}):
        with pytest.raises(ValueError, match="cannot be read"):
            Facts.from_json(other)


def test_no_code_has_two_reasons():
    parts = (accounts.ACCOUNTS, claims.CLAIMS, ends.ENDS, touches.TOUCHES)
    assert sum(map(len, parts)) == len(REASONS)


NOT_DECIDED = {
    "no-touch", "merged-other", "unconfirmed", "merged", "other-chosen", "client-chose-another", "staff-chose-another",
    "org-closed", "org-merged", "first-never-accepted", "first-only-trial", "first-long-ended",
    "same-day", "on-the-day", "day-decides", "heard-later", absences.AWAY, absences.BACK, absences.LATE,
    absences.TAKEN, absences.NEVER, "vendor-named-another", "vendor-named-nobody",
}  # fmt: skip
"""Reasons of accounts that an organization only claimed or asked about, of claims and credit that ended, and of first
accounts that are over, which have a table of their own."""
OF_OTHER_SETTINGS = {
    "other-link-before", "other-link-last", "other-link-earlier", "other-lead-before", "other-behalf-before",
    "own-link-earlier",
}  # fmt: skip
"""Reasons of rules by which a link comes first or the first click counts; test_settings.py has an example each."""


def test_every_reason_is_given_somewhere_and_every_one_given_has_its_words():
    given_codes: set[str] = set()
    for case in CASES:
        decision = decide(case.facts, Rules())
        given_codes |= {decision.reason, *(finding.code for finding in decision.findings)}
    managed = {code for code in REASONS if code.startswith("managed-")}
    assert given_codes == set(REASONS) - managed - NOT_DECIDED - OF_OTHER_SETTINGS


@pytest.mark.parametrize("code", REASONS)
def test_the_words_of_a_reason_have_only_slots_that_are_filled(code):
    finding = Finding("R2", A, "failed", code, "subject", SIGNED_UP, SIGNED_UP, None, "a-code")
    client = _client(Decision(None, None, code, (finding,)), A)
    assert not re.search("[{}]", list_rows.client_row(client, {}).sentence)


TRIAL, RETURN = Rules(trial_days=30), Rules(return_months=12)
LONG_AGO = SIGNED_UP - days(500)


@pytest.mark.parametrize(
    ("sentence", "rules", "first", "reason", "note"),
    [
        ("one that the client never accepted frees its site from that moment on", TRIAL,
         {"lapsed_at": SIGNED_UP}, "credited-lead", "first-never-accepted"),
        ("and has it until then", TRIAL, {"lapsed_at": SIGNED_UP + SECOND}, "existing-client", ""),
        ("one that ended within the trial does", TRIAL,
         {"ended_at": LONG_AGO + days(30)}, "credited-lead", "first-only-trial"),
        ("and a second later it was no trial", TRIAL,
         {"ended_at": LONG_AGO + days(30) + SECOND}, "existing-client", ""),
        ("one that ends after the sign-up had the site then", TRIAL,
         {"since": SIGNED_UP - days(5), "ended_at": SIGNED_UP + SECOND}, "existing-client", ""),
        ("one that ended a year before frees its site", RETURN,
         {"ended_at": datetime(2025, 10, 3, 9, 15, tzinfo=UTC)}, "credited-lead", "first-long-ended"),
        ("and a second later it does not", RETURN,
         {"ended_at": datetime(2025, 10, 3, 9, 15, 1, tzinfo=UTC)}, "existing-client", ""),
        ("by rules of before a first account is for ever", Rules(),
         {"lapsed_at": LONG_AGO + days(14), "ended_at": LONG_AGO + days(9)}, "existing-client", ""),
        ("an account that a client has moved away from may be over too", TRIAL,
         {"until": SIGNED_UP + days(9), "lapsed_at": SIGNED_UP}, "credited-lead", "first-never-accepted"),
        ("and one that is not over is theirs until then", TRIAL,
         {"until": SIGNED_UP + days(9), "lapsed_at": SIGNED_UP + days(1)}, "moved-client", ""),
    ],
)  # fmt: skip
def test_a_first_account_is_not_for_ever(sentence, rules, first, reason, note):
    decision = decide(facts(lead(A), firsts=(FirstFact(**{"since": LONG_AGO} | first),)), rules)
    assert decision.reason == reason, sentence
    assert [row.code for row in decision.findings if row.org is None] == [note or reason], sentence


def test_behind_a_first_account_that_is_over_the_next_one_stands():
    over = FirstFact(LONG_AGO, lapsed_at=LONG_AGO + days(14))
    later = FirstFact(LONG_AGO + days(50), lapsed_at=SIGNED_UP + days(1))
    found = decide(facts(lead(A), firsts=(over, later)), TRIAL)
    assert (found.reason, found.findings[0].at) == ("existing-client", later.since)
    behind = decide(facts(lead(A), firsts=(over,), earlier_account_at=LONG_AGO + days(60)), TRIAL)
    assert (behind.reason, behind.findings[0].at) == ("existing-client", LONG_AGO + days(60))


def test_a_month_later_is_the_same_day_or_the_last_one():
    start = datetime(2024, 1, 31, tzinfo=UTC)
    found = [months_after(start, number).date().isoformat() for number in (1, 2, 11, 13)]
    assert found == ["2024-02-29", "2024-03-31", "2024-12-31", "2025-02-28"]


def _client(decision: Decision, org: str) -> Client:
    """The row that clients.open_view would keep for this organization, in no database."""
    won = decision.winner == org
    return Client(
        id=uuid.UUID(int=1),
        company="Client",
        site="client.example",
        signed_up_at=SIGNED_UP,
        decided_at=SIGNED_UP,
        state="pending" if won else "declined",
        basis=decision.basis if won else None,
        reason=decision.reason_for(org),
        hold_until=SIGNED_UP,
        trace=json.loads(json.dumps([finding.to_json() for finding in decision.view(org)])),
    )


# -- whatever the facts -----------------------------------------------------------------------------------------------

ORGS = ("org-a", "org-b", "org-c", "org-d")
MOMENTS = st.builds(
    lambda offset, zone: (SIGNED_UP + offset).astimezone(timezone(timedelta(hours=zone))),
    st.sampled_from([days(d) + SECOND * s for d in (-91, -90, -10, -1, 0, 1) for s in (-1, 0, 1)]),
    st.sampled_from([0, 0, 2, -7]),
)
MAYBE = st.none() | MOMENTS
SITES = st.sampled_from(["client.example", "a.example", "b.example"])
ALWAYS = st.just(SIGNED_UP - days(400))


@st.composite
def any_leads(draw: st.DrawFn) -> LeadFact:
    submitted_at = draw(MOMENTS)
    held_from, ended_at = draw(st.just(submitted_at) | MAYBE), draw(st.none() | MAYBE)
    return LeadFact(
        draw(st.sampled_from(ORGS)),
        "",
        submitted_at,
        held_from,
        held_from and held_from + days(90),
        ended_at,
        ended_at and draw(st.sampled_from(["won", "expired", "withdrawn", "lost", "too-late"])),
        draw(st.booleans()),
    )


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    some_orgs, hows = st.sampled_from(ORGS), st.sampled_from(["cookie", "form", "code", "beside"])
    leads = st.lists(any_leads(), max_size=5)
    a_visit = st.builds(lambda org, at, how: VisitFact(org, "", f"{org}-code", at, how), some_orgs, MOMENTS, hows)
    visits = st.lists(a_visit, max_size=5)
    site_lists = st.lists(SITES, max_size=2, unique=True).map(tuple)
    own = st.just(()) | st.lists(st.builds(OwnFact, SITES, ALWAYS | MOMENTS, MAYBE), max_size=2).map(tuple)
    pauses = st.lists(st.builds(PauseFact, MOMENTS, MAYBE), max_size=2).map(tuple)
    return Facts(
        SIGNED_UP,
        draw(SITES),
        draw(site_lists),
        orgs=tuple(
            OrgFact(org, draw(ALWAYS | MOMENTS), draw(own), draw(own), draw(pauses), draw(st.none() | MAYBE))
            for org in ORGS
        ),
        leads=tuple(replace(row, id=f"{row.org}-l{n}", number=n) for n, row in enumerate(draw(leads))),
        visits=tuple(
            replace(row, id=f"{row.org}-v{n}", number=None if row.how == "code" else n)
            for n, row in enumerate(draw(visits))
        ),
        refused=draw(st.lists(some_orgs, max_size=1).map(tuple)),
        earlier_account_at=draw(st.none() | st.none() | MOMENTS),
        unknown_referral=draw(st.booleans()),
        is_limited=draw(st.booleans()),
        follows_limited=draw(st.booleans()),
        partner_browsers=draw(st.lists(some_orgs, max_size=1).map(tuple)),
        mergers=draw(
            st.just(()) | st.builds(MergerFact, st.just("org-a"), st.sampled_from(ORGS[1:]), MOMENTS).map(_alone)
        ),
    )


def _numbered(row: VisitFact, number: int) -> VisitFact:
    return replace(row, id=f"{row.org}-v{number}", number=None if row.how == "code" else number)


def _alone(row: MergerFact) -> tuple[MergerFact]:
    return (row,)


@settings(deadline=None)
@given(any_facts(), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_order_in_which_the_facts_came_changes_nothing(given_facts, chance):
    names = ("orgs", "leads", "visits", "refused", "email_domains")
    stirred = {name: tuple(_stirred(getattr(given_facts, name), chance)) for name in names}
    assert decide(replace(given_facts, **stirred), Rules()) == decide(given_facts, Rules())


def _stirred(rows: tuple[Any, ...], chance: random.Random) -> list[Any]:
    return chance.sample(rows, len(rows))


@settings(deadline=None)
@given(any_facts())
@pytest.mark.slow
def test_facts_and_findings_come_back_from_json_and_are_decided_alike(given_facts):
    stored = Facts.from_json(json.loads(json.dumps(given_facts.to_json())))
    assert stored == given_facts
    decision = decide(stored, Rules())
    assert decision == decide(given_facts, Rules())
    for finding in decision.findings:
        assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


@settings(deadline=None)
@given(any_facts())
@pytest.mark.slow
def test_every_organization_is_told_its_own_reason_and_nothing_of_another(given_facts):
    decision = decide(given_facts, Rules())
    assert {finding.code for finding in decision.findings} | {decision.reason} <= set(REASONS)
    for org in ORGS:
        involved = org in {finding.org for finding in decision.findings}
        assert not (involved and org != decision.winner and decision.reason_for(org).startswith("credited"))
        view = json.dumps([finding.to_json() for finding in decision.view(org)])
        assert not [other for other in ORGS if given_facts.survivor(other) != org and other in view]


@settings(deadline=None)
@given(any_facts())
@pytest.mark.slow
def test_only_the_winner_has_a_finding_that_won_and_it_was_eligible(given_facts):
    decision = decide(given_facts, Rules())
    won = [finding.org for finding in decision.findings if finding.result == "won" and finding.org]
    assert won == ([decision.winner] if decision.winner else [])
    assert (decision.winner is None) == (decision.basis is None)
    if decision.winner:
        at, names = given_facts.signed_up_at, (org for org in ORGS if given_facts.survivor(org) == decision.winner)
        were = [given_facts.org(given_facts.survivor(org, at)) for org in names]
        assert any(org.is_active(at) and not org.has_site(given_facts.site, at, days(90)) for org in were)
        assert any(org.id not in given_facts.refused for org in were) and given_facts.earlier_account_at is None
    assert decision.contender is None or decision.winner not in (None, decision.contender)


@settings(deadline=None)
@given(any_facts())
def test_a_partner_who_lost_changes_nothing_by_having_been_there(given_facts):
    given_facts = replace(given_facts, is_limited=False)  # of one that is limited, a rival's lead is the question
    decision = decide(given_facts, Rules())
    heads = {org: given_facts.survivor(org) for org in ORGS}
    for loser in set(heads.values()) - {decision.winner}:
        without = replace(
            given_facts,
            leads=tuple(lead for lead in given_facts.leads if heads[lead.org] != loser),
            visits=tuple(visit for visit in given_facts.visits if heads[visit.org] != loser),
        )
        assert decide(without, Rules()).winner == decision.winner


@pytest.mark.slow
@settings(deadline=None)
@given(any_facts())
def test_a_merger_after_the_sign_up_changes_whose_the_credit_is_and_nothing_else(given_facts):
    before = replace(given_facts, mergers=())
    after = replace(given_facts, mergers=(MergerFact("org-a", "org-b", SIGNED_UP + days(1)),))
    old, new = decide(before, Rules()), decide(after, Rules())
    assert new.winner == (old.winner and after.survivor(old.winner))
    assert (new.basis, new.reason) == (old.basis, old.reason)
    assert new.suggested in (None, old.suggested and after.survivor(old.suggested))
    assert new.contender in (None, old.contender and after.survivor(old.contender))
