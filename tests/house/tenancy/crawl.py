"""Walks the whole URL map as everybody, with ids of their own, of others, of nobody and of no form at all.

What must happen follows from the view's access label alone, so a new page is covered by being there. A finding is a
sentence: the crawl collects them all instead of stopping, so that the test of the test can see what it finds.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from partner_access.db import database
from partner_access.permissions import READABLE, allows
from partner_access.web.access import Access
from tests.house.tenancy.world import FORMS, Principal, World
from tests.snapshots import Change, changes

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
READER = "staff person who reads"
STAFF = {"staff person", READER}
TAKEN, TO_SIGN_IN, REFUSED, MISSING = {200, 201, 303, 308}, {303}, {403}, {404}
BEARER = {"token", "code"}
"""Arguments that open what they name to whoever holds them."""
API = "/api/v1/"
"""Calls with a token are crawled by tests/house/tenancy/programs.py."""
OWN = {"session_id", "org_id"}
"""Arguments outside an organization's pages: one of the person's own, or of somebody else's."""
ONLY_FOR = {"organizations.take_invitation": {"invited person"}}
"""Views that are open to all signed-in people by their label, and do something for these alone."""
ORG_ARGUMENTS = {
    "hand_over_id", "lead_id", "client_id", "link_id", "request_id", "membership_id", "invitation_id", "domain_id",
    "endpoint_id", "delivery_id",
    "token_id",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One URL, with its form. org: whose; ids: `own` or what is wrong with them; opens: what its secret opens."""

    name: str
    path: str
    ids: str = "own"
    slug: str = "own"
    org: str | None = None
    opens: frozenset[str] = frozenset()
    form: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request and what came of it."""

    who: Principal
    method: str
    endpoint: str
    case: Case
    expected: set[int]
    response: TestResponse
    changed: list[Change]
    kind: str = ""

    @property
    def is_taken(self) -> bool:
        return self.response.status_code in TAKEN and self.expected == TAKEN

    def __str__(self) -> str:
        return f"{self.method} {self.case.path[:150]} ({self.endpoint}, {self.case.name}) by {self.who.name}"


def crawl(world: World, *, people: Iterable[str] = (), endpoints: Iterable[str] = ()) -> tuple[list[str], int]:
    """The findings, and how many requests were made. people, endpoints: only these."""
    findings: list[str] = []
    number = 0
    for who in world.principals.values():
        if people and who.name not in people:
            continue
        for rule in rules(world, endpoints):
            for method in sorted(rule.methods & {"GET", "POST"}):
                calls = [call(world, who, rule, method, case) for case in cases(world, who, rule)]
                number += len(calls)
                for made in calls:
                    findings += judge(world, made)
                findings += _compare(calls)
                findings += _succeeded(world, who, rule, method, calls)
    return findings, number


def rules(world: World, endpoints: Iterable[str] = ()) -> list[Rule]:
    """The rules of the URL map, static files and calls of the API excepted."""
    wanted = set(endpoints)
    return [
        rule
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint != "static" and not rule.rule.startswith(API) and (not wanted or rule.endpoint in wanted)
    ]


def label(world: World, rule: Rule) -> Access:
    """What the view of a rule says about who may open it."""
    access: Access = world.app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
    return access


# -- which URLs -------------------------------------------------------------------------------------------------------


def cases(world: World, who: Principal, rule: Rule) -> Iterator[Case]:
    """Every way to fill in a rule for a person. An argument that nothing here knows is a mistake of the test."""
    others = [key for key in ("acme", "bolt") if key != who.home]
    if rule.rule.startswith("/staff/"):
        yield from _staff_cases(world, who, rule)
    elif "slug" in rule.arguments:
        yield from _org_cases(world, who, rule, others)
    elif rule.arguments & BEARER:
        yield from _bearer_cases(world, rule)
    elif rule.arguments:
        yield from _personal_cases(world, who, rule)
    else:
        yield Case("no ids", rule.rule)


def _org_cases(world: World, who: Principal, rule: Rule, others: list[str]) -> Iterator[Case]:
    has_ids = rule.arguments != {"slug"}
    if who.home:
        own = world.parties[who.home].ids
        yield Case("own", _path(rule, own), org=who.home)
        if has_ids:
            foreign = world.parties[others[0]].ids
            yield Case("foreign id", _path(rule, foreign | {"slug": own["slug"]}), "foreign", org=who.home)
            yield Case("missing id", _path(rule, _nobodys() | {"slug": own["slug"]}), "missing", org=who.home)
            yield Case("malformed id", _path(rule, _malformed() | {"slug": own["slug"]}), "malformed", org=who.home)
            yield Case("own id, foreign slug", _path(rule, own | {"slug": foreign["slug"]}), slug="foreign")
    any_ids = world.parties[others[0]].ids
    for key in others:
        yield Case(f"slug of {key}", _path(rule, world.parties[key].ids), slug="foreign")
    for name, slug in (("missing slug", "no-such-org"), ("malformed slug", "%00 Ä")):
        yield Case(name, _path(rule, any_ids | {"slug": slug}), slug="missing")


def _staff_cases(world: World, who: Principal, rule: Rule) -> Iterator[Case]:
    """Every id of both organizations is one that staff may open."""
    if not rule.arguments:
        yield Case("no ids", rule.rule)
        return
    for number, target in enumerate(world.for_staff[rule.endpoint]):
        yield Case(f"own {number}", _path(rule, target.ids), form=target.form)
        for name, value in target.ids.items():
            is_id = len(value) == 36
            nobodys = target.ids | {name: str(uuid.uuid4()) if is_id else "no-such"}
            yield Case(f"missing {name} {number}", _path(rule, nobodys), "missing", form=target.form)
            if is_id:
                broken = target.ids | {name: "0197-not-an-id"}
                yield Case(f"malformed {name} {number}", _path(rule, broken), "malformed")


def _bearer_cases(world: World, rule: Rule) -> Iterator[Case]:
    (argument,) = rule.arguments
    for key in ("acme", "bolt"):
        party = world.parties[key]
        value = party.ids[argument] if argument in party.ids else party.tokens[rule.endpoint]
        yield Case(f"{argument} of {key}", _path(rule, {argument: value}), opens=frozenset({key}))
    for name, value in (("missing", "A" * 43), ("malformed", "%00 Ä"), ("endless", "a" * 3000)):
        yield Case(f"{name} {argument}", _path(rule, {argument: value}), ids=name)


def _personal_cases(world: World, who: Principal, rule: Rule) -> Iterator[Case]:
    (argument,) = rule.arguments
    assert argument in OWN, f"{rule.rule}: tests/house/tenancy/world.py does not know what to put for {argument}"
    somebody = next(other for other in world.principals.values() if other.session_id and other is not who)
    acme, bolt = world.parties["acme"].ids, world.parties["bolt"].ids
    ids = {"session_id": (who.session_id, somebody.session_id), "org_id": (acme["org_id"], bolt["org_id"])}
    own, foreign = ids[argument]
    is_own = who.name in ONLY_FOR.get(rule.endpoint, {who.name}) and bool(own)
    yield Case("own", _path(rule, {argument: own or str(uuid.uuid4())}), "own" if is_own else "foreign")
    yield Case("foreign id", _path(rule, {argument: foreign}), "foreign")
    yield Case("missing id", _path(rule, {argument: str(uuid.uuid4())}), "missing")
    yield Case("malformed id", _path(rule, {argument: "not-an-id"}), "malformed")


def _nobodys() -> dict[str, str]:
    return {name: str(uuid.uuid4()) for name in ORG_ARGUMENTS}


def _malformed() -> dict[str, str]:
    return dict.fromkeys(ORG_ARGUMENTS, "0197-not-an-id")


def _path(rule: Rule, ids: dict[str, str]) -> str:
    unknown = rule.arguments - set(ids)
    assert not unknown, f"{rule.rule}: tests/house/tenancy/world.py does not know what to put for {unknown}"
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found: quote(ids[found[1]], safe="%"), rule.rule)


# -- what must happen -------------------------------------------------------------------------------------------------


def expected(access: Access, who: Principal, case: Case, method: str) -> set[int]:
    """The statuses that the label allows. Routing refuses a malformed id before anybody asks who is there."""
    if case.ids == "malformed" and case.slug == "own" and not case.opens:
        return MISSING
    if access.kind != "public" and not who.is_signed_in:
        return TO_SIGN_IN
    if access.kind == "staff":
        if who.name not in STAFF:
            return MISSING
        return TAKEN if case.ids == "own" else MISSING
    if access.kind == "org":
        if case.slug != "own" or who.home is None or who.name == "removed member":
            return MISSING
        if who.name == READER:
            looks = method != "POST" and access.permission in READABLE
            return REFUSED if not looks else TAKEN if case.ids == "own" else MISSING
        if who.role is None or access.permission is None or not allows(who.role, access.permission):
            return REFUSED
    return TAKEN if case.ids == "own" else MISSING


def call(world: World, who: Principal, rule: Rule, method: str, case: Case) -> Call:
    """Make the request; afterwards the world is again as it was."""
    client = world.app.test_client(use_cookies=False)
    headers = {"Cookie": f"portal={who.cookie}", "User-Agent": AGENT}
    form = FORMS.get(rule.endpoint, lambda _: {})(who) | case.form
    data = {"csrf_token": who.csrf} | form if method == "POST" else None
    before = world.watch.version()
    response = client.open(case.path, method=method, headers=headers, data=data)
    if response.status_code == 500:
        _drop_connections(world)
    changed = [] if world.watch.version() == before else changes(world.kept, world.watch.snapshot())
    if changed:
        world.watch.restore({change.table for change in changed})
    access = label(world, rule)
    return Call(who, method, rule.endpoint, case, expected(access, who, case, method), response, changed, access.kind)


def _drop_connections(world: World) -> None:
    """A view that broke may have left a result open; on SQLite its connection then blocks whoever writes next."""
    with world.app.app_context():
        database.engine.dispose()


def judge(world: World, made: Call) -> list[str]:
    """What is wrong with one request."""
    findings = []
    status = made.response.status_code
    if status not in made.expected:
        findings.append(f"{made}: {status} instead of {sorted(made.expected)}")
    if made.expected == TO_SIGN_IN and "/sign-in" not in made.response.headers.get("Location", ""):
        findings.append(f"{made}: a stranger was not sent to sign in")
    page = made.response.get_data(as_text=True) if made.response.mimetype == "text/html" else ""
    if "<!doctype html>" in page and page.count("<h1") != 1:
        findings.append(f"{made}: the page has {page.count('<h1')} headings of the first rank")
    told = told_by(made)
    forbidden = _forbidden(world, made)
    findings += [f"{made}: the answer holds {marker}" for marker in forbidden if marker in told]
    for change in written(made):
        if made.expected != TAKEN:
            findings.append(f"{made}: was refused, yet changed {change.table}: {change.row}")
        hit = next((marker for marker in _foreign(world, made) if marker in change.row.lower()), None)
        if hit:
            findings.append(f"{made}: touched {change.table} of another organization ({hit}): {change.row}")
    return findings


def told_by(made: Call) -> str:
    """Everything that the answer tells, in lower case, without the path that was asked for."""
    text = f"{made.response.headers}\n{made.response.get_data().decode('utf-8', 'replace')}"
    for path in (made.case.path, quote(made.case.path), quote(made.case.path, safe="")):
        text = text.replace(path, "")
    return re.sub(r'name="csrf_token"[^>]*|next=[^\s"]*|Content-Length: \d+', "", text).lower()


def written(made: Call) -> list[Change]:
    """What a request changed, without the traces of refusing and counting it."""
    return [
        change
        for change in made.changed
        if change.table not in {"throttle", "seal"}
        and not (change.table.endswith("_event") and "page.refused" in change.row)
    ]


def _forbidden(world: World, made: Call) -> set[str]:
    """What the answer may not hold: of strangers' organizations everything, of known ones what is not public."""
    found: set[str] = set()
    if _is_for_staff(made):
        return found
    for key in world.parties:
        if key in made.who.inside or _is_open(made, key, "token"):
            continue
        public = key in made.who.knows or _is_open(made, key, "code")
        found |= {f"canary-{key}"} if public else {f"canary-{key}", f"public-{key}"}
    return found


def _is_for_staff(made: Call) -> bool:
    """The console shows its people every organization."""
    return made.kind == "staff" and made.expected == TAKEN


def _is_open(made: Call, key: str, argument: str) -> bool:
    return key in made.case.opens and made.case.name.startswith(argument)


def _foreign(world: World, made: Call) -> set[str]:
    """The texts and ids that no row changed by this person may hold."""
    if _is_for_staff(made):
        return set()
    own = made.who.inside | made.who.knows | made.case.opens
    return set().union(*(world.markers(key) for key in world.parties if key not in own))


def _compare(calls: list[Call]) -> list[str]:
    """What is another's and what does not exist must look alike, or the answer tells that it exists."""
    alike: dict[str, list[Call]] = {}
    for made in calls:
        if made.kind == "staff":
            if made.expected == MISSING and made.case.ids in ("own", "missing") and made.who.name not in STAFF:
                alike.setdefault("staff", []).append(made)
        elif made.case.slug in ("foreign", "missing"):
            alike.setdefault("slug", []).append(made)
        elif made.case.ids in ("foreign", "missing") and not made.case.opens:
            alike.setdefault("id", []).append(made)
    return [
        f"{made}: answers otherwise than {group[0]}"
        for group in alike.values()
        for made in group[1:]
        if told_by(made) != told_by(group[0])
    ]


def _succeeded(world: World, who: Principal, rule: Rule, method: str, calls: list[Call]) -> list[str]:
    """Whoever may open a page opens it: a portal that refuses everything does not pass."""
    should = [made for made in calls if made.expected == TAKEN]
    if not should or any(made.is_taken for made in should):
        return []
    return [f"{method} {rule.rule} never succeeded for {who.name}: does tests/house/tenancy/world.py know the form?"]
