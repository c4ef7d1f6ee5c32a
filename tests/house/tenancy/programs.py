"""Walks all calls of the API with every kind of token, and without one: what the crawl of pages does for people."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from werkzeug.routing import Rule

from partner_access import clock
from partner_access.clock import now
from partner_access.db import STAFF
from partner_access.integrations import tokens
from partner_access.permissions import TokenRole, allows
from partner_access.web.access import Access
from tests.house.tenancy.crawl import API, MISSING, REFUSED, TAKEN, Call, Case, _path, judge, label, told_by
from tests.house.tenancy.world import Principal, World
from tests.portal import Portal
from tests.snapshots import changes

PROGRAMS = (
    "nobody", "a person", "acme reads", "acme writes", "bolt writes", "cask writes", "programme reads",
    "programme writes",
)  # fmt: skip
NO_TOKEN = {401}
BODIES: dict[str, Any] = {
    "api.record_sign_up": {
        "external_id": "fresh", "website": "fresh-sign-up.example", "signed_up_at": "2026-01-02T03:04:05Z",
    },
    "api.tell_client_event": {"id": "fresh", "type": "cancelled", "occurred_at": "2026-01-02T03:04:05Z"},
    "api.found_organization": {"name": "Fresh Agency", "domain": "fresh-agency.example"},
    "api.submit_lead": {"company": "Fresh Ltd", "website": "fresh-lead.example"},
    "api.check_website": {"website": "fresh-check.example"},
}  # fmt: skip


@dataclass(frozen=True)
class Program:
    """Somebody who calls: with which headers, for which organization, and what its token may."""

    who: Principal
    headers: dict[str, str]
    role: TokenRole | None = None


def program(world: World, portal: Portal, name: str) -> Program:
    """The program of this name; a token of the programme is made for it."""
    whose, _, scope = name.partition(" ")
    if name == "nobody":
        return Program(Principal(name), {})
    if name == "a person":
        return Program(Principal(name), {"Cookie": f"portal={world.principals['owner'].cookie}"})
    scope = {"reads": "read", "writes": "write"}[scope]
    if whose == "programme":
        with portal.acting(STAFF):
            secret = tokens.create(name, scope).secret
        with portal.acting(), clock.at(now() + timedelta(days=1)):
            tokens.find(secret)
        world.watch.keep()
        world.kept = world.watch.snapshot()
        return Program(Principal(name), _bearer(secret), TokenRole(f"programme-{scope}"))
    who = Principal(name, home=whose, inside=frozenset({whose}))
    return Program(who, _bearer(world.parties[whose].api[scope]), TokenRole(f"org-{scope}"))


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def crawl(world: World, caller: Program, *, endpoints: tuple[str, ...] = ()) -> tuple[list[str], int]:
    """The findings, and how many calls were made."""
    findings: list[str] = []
    number = 0
    for rule in world.app.url_map.iter_rules():
        if not rule.rule.startswith(API) or (endpoints and rule.endpoint not in endpoints):
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            made = [call(world, caller, rule, method, case) for case in cases(world, caller, rule)]
            number += len(made)
            findings += [finding for one in made for finding in judge(world, one)] + _compare(made)
            if any(one.expected == TAKEN for one in made) and not any(one.is_taken for one in made):
                findings.append(f"{method} {rule.rule} never succeeded for {caller.who.name}")
    return findings, number


def cases(world: World, caller: Program, rule: Rule) -> Iterator[Case]:
    """Every way to fill in a rule: with what is the caller's own, another's, nobody's, and no form at all."""
    home = caller.who.home or "acme"
    others = [key for key in ("acme", "bolt") if key != home]
    own, foreign = (world.parties[key].ids | {"external_id": _account(key)} for key in (home, others[0]))
    missing = {name: str(uuid.uuid4()) for name in own} | {"slug": "no-such-org", "external_id": "no-such"}
    yield Case("own", _path(rule, own))
    if not rule.arguments:
        return
    yield Case("foreign", _path(rule, foreign), slug="foreign")
    yield Case("missing", _path(rule, missing), slug="missing")
    if rule.arguments == {"slug"}:
        yield Case("me", _path(rule, own | {"slug": "me"}))
    if "lead_id" in rule.arguments:
        yield Case("foreign id", _path(rule, foreign | {"slug": "me"}), "foreign")
        yield Case("missing id", _path(rule, missing | {"slug": own["slug"]}), "missing")
        yield Case("malformed id", _path(rule, own | {"lead_id": "0197-not-an-id"}), "malformed")


def _account(key: str) -> str:
    return f"canary-{key}-canary-{key}-client.example"


def expected(access: Access, caller: Program, case: Case, rule: Rule) -> set[int]:
    """The statuses that the label allows. Routing refuses a malformed id before anybody asks whose token it is."""
    if case.ids == "malformed":
        return MISSING
    if access.kind == "public":
        return TAKEN
    if caller.role is None:
        return NO_TOKEN
    if caller.who.home == "cask":
        return REFUSED
    if access.kind == "signed_in":
        return TAKEN
    is_programmes = caller.role in (TokenRole.PROGRAMME_READ, TokenRole.PROGRAMME_WRITE)
    assert access.permission is not None
    if is_programmes != (access.kind == "staff") or not allows(caller.role, access.permission):
        return REFUSED
    if access.kind == "staff":
        tells_early = rule.endpoint == "api.tell_client_event"  # an event may come before its sign-up
        is_there = case.slug != "missing" and case.name != "me"
        return TAKEN if is_there or tells_early else MISSING
    return TAKEN if case.slug == "own" and case.ids == "own" else MISSING


def call(world: World, caller: Program, rule: Rule, method: str, case: Case) -> Call:
    """Make the call; afterwards the world is again as it was."""
    client = world.app.test_client(use_cookies=False)
    body = {"json": BODIES[rule.endpoint]} if rule.endpoint in BODIES and method == "POST" else {}
    before = world.watch.version()
    response = client.open(case.path, method=method, headers=caller.headers, **body)
    changed = [] if world.watch.version() == before else changes(world.kept, world.watch.snapshot())
    if changed:
        world.watch.restore({change.table for change in changed})
    access = label(world, rule)
    wanted = expected(access, caller, case, rule)
    return Call(caller.who, method, rule.endpoint, case, wanted, response, changed, access.kind)


def _compare(made: list[Call]) -> list[str]:
    """What is another organization's and what does not exist must look alike."""
    groups: dict[str, list[Call]] = {}
    for one in made:
        if one.expected == MISSING and one.case.ids != "malformed" and one.kind == "org":
            groups.setdefault(one.case.ids, []).append(one)
    plain = {id(one): _without_its_own(told_by(one)) for one in made}
    return [
        f"{one}: answers otherwise than {group[0]}"
        for group in groups.values()
        for one in group[1:]
        if plain[id(one)] != plain[id(group[0])]
    ]


def _without_its_own(text: str) -> str:
    """An answer without the id of its request and the count of calls."""
    return re.sub(r"urn:uuid:[0-9a-f-]+|x-request-id: \S+|ratelimit: \S+", "", text)
