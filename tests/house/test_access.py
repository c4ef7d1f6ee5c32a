"""Every page says who may open it, and nothing is written for a form, a site or a host that is not ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from partner_access import create_app, guard
from partner_access.clock import now
from partner_access.permissions import Permission
from partner_access.web.access import Access
from tests.conftest import ENVIRONMENT
from tests.house.source import Module, literal, modules
from tests.house.tenancy.crawl import AGENT, cases, label, rules
from tests.house.tenancy.world import FORMS, World
from tests.snapshots import changes

OWN_COUNTER = {
    "accounts.sign_out": "it ends the caller's own session and costs nothing",
}
"""What a stranger may send without a limit of guard.LIMITS, each with its reason."""
KINDS = {"public", "signed_in", "org", "staff"}
MAY_WRITE_ON_GET = {"landing.open_link": "a visit of a referral link is stored"}
HOLD_SECRETS = {"token", "mail_id"}


@pytest.fixture(scope="module")
def demo() -> World:
    """The same portal in demo mode, which has pages of its own; only its URL map is looked at."""
    app = create_app({"DEMO": "1", "SECRET_KEY": ENVIRONMENT["SECRET_KEY"], "DATABASE_URL": "sqlite:////nowhere/x.db"})
    return World(app, None, {}, {}, {}, now())  # type: ignore[arg-type]


def labelled(*worlds: World) -> Iterator[tuple[Rule, Access]]:
    for world in worlds:
        for rule in rules(world):
            yield rule, label(world, rule)


def test_every_view_says_who_may_open_it(world, demo):
    for portal in (world, demo):
        missing = {
            rule.endpoint for rule in rules(portal) if not hasattr(portal.app.view_functions[rule.endpoint], "access")
        }
        assert missing == set()
        assert {access.kind for _, access in labelled(portal)} == KINDS


def test_an_organizations_pages_are_those_with_its_slug_and_no_others(world, demo):
    for rule, access in labelled(world, demo):
        assert (access.kind == "org") == rule.rule.startswith("/orgs/<slug>/"), rule
        assert ("slug" in rule.arguments) or access.kind != "org", rule
        assert isinstance(access.permission, Permission) == (access.kind in ("org", "staff")), rule
        assert (access.kind == "staff") == rule.rule.startswith("/staff/"), rule


def test_whatever_a_stranger_can_send_is_limited(world, demo):
    for rule, access in labelled(world, demo):
        if access.kind == "public" and rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            assert access.limit in guard.LIMITS or rule.endpoint in OWN_COUNTER, rule
    assert {access.limit for _, access in labelled(world, demo) if access.limit} == set(guard.LIMITS)
    assert set(OWN_COUNTER) <= {rule.endpoint for rule in rules(world)}


def test_only_named_views_write_on_get(world, demo):
    assert {rule.endpoint for rule, access in labelled(world, demo) if access.writes} == set(MAY_WRITE_ON_GET)


def test_a_page_with_a_secret_in_its_address_is_labelled_so(world, demo):
    for rule, access in labelled(world, demo):
        assert access.secret == bool(rule.arguments & HOLD_SECRETS), rule


def test_forms_are_sent_by_post_and_nothing_else_writes(world, demo):
    methods = set().union(*(rule.methods for rule in [*rules(world), *rules(demo)]))
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


def test_every_permission_is_asked_for_by_a_page(world):
    assert {access.permission for _, access in labelled(world)} - {None} == set(Permission)


def test_demo_pages_exist_in_demo_mode_alone(world, demo):
    extra = {rule.rule for rule in rules(demo)} - {rule.rule for rule in rules(world)}
    assert extra
    assert all(path.startswith("/demo") for path in extra)


# -- forms, sites, hosts ----------------------------------------------------------------------------------------------


EXEMPT = {"accounts.kept_form", "landing.sign_up"}
"""Without a token: the one shows what its sender sealed, the other acts with nobody's rights."""


def posts(world: World) -> Iterator[tuple[Rule, str]]:
    """Every rule that takes a form, with the owner's own address for it."""
    for rule in rules(world):
        if "POST" in rule.methods and rule.endpoint not in EXEMPT:
            yield rule, next(iter(cases(world, world.principals["owner"], rule))).path


def send(world: World, rule: Rule, path: str, headers: dict[str, str], **form: str) -> tuple[int, list[object]]:
    """Send the owner's form; the status, and what it changed."""
    owner = world.principals["owner"]
    data = FORMS.get(rule.endpoint, lambda _: {})(owner) | form
    client = world.app.test_client(use_cookies=False)
    answer = client.post(path, data=data, headers={"Cookie": f"portal={owner.cookie}", "User-Agent": AGENT} | headers)
    changed = changes(world.kept, world.watch.snapshot())
    world.watch.restore({change.table for change in changed})
    refusal = ("page.refused", "refused:", "programme_event")  # the event, its limit and its seal
    return answer.status_code, [change for change in changed if not any(word in change.row for word in refusal)]


def refusal(rule: Rule) -> int:
    """Of a form without its token; a second sign-in tab of somebody who is signed in goes on."""
    return 303 if rule.endpoint == "accounts.sign_in" else 400


@pytest.mark.parametrize("token", [{}, {"csrf_token": ""}, {"csrf_token": "forged"}])
def test_no_form_is_taken_without_its_token(world, token):
    for rule, path in posts(world):
        assert send(world, rule, path, {}, **token) == (refusal(rule), []), rule


def test_a_token_of_another_browser_is_none(world):
    for rule, path in posts(world):
        assert send(world, rule, path, {}, csrf_token=world.principals["member"].csrf) == (refusal(rule), []), rule


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
def test_no_form_is_taken_from_another_site_even_with_its_token(world, headers):
    for rule, path in posts(world):
        assert send(world, rule, path, headers, csrf_token=world.principals["owner"].csrf) == (403, []), rule


def test_our_own_pages_may_send_forms_also_when_they_keep_their_address_to_themselves(world):
    (rule,) = rules(world, ["accounts.me"])
    for headers in ({}, {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, {"Origin": "null"}):
        assert send(world, rule, "/me", headers, csrf_token=world.principals["owner"].csrf)[0] == 303


@pytest.mark.parametrize("host", ["evil.example:80", "localhost.evil.example", "localhost@evil.example"])
def test_no_page_is_shown_to_a_host_that_is_not_ours(world, host):
    client = world.app.test_client(use_cookies=False)
    owner = world.principals["owner"]
    for rule in rules(world):
        if rule.endpoint == "public.health":  # whoever asks after its health may call it by any name
            continue
        path = next(iter(cases(world, owner, rule))).path
        for method in rule.methods & {"GET", "POST"}:
            answer = client.open(
                path,
                method=method,
                headers={"Host": host, "Cookie": f"portal={owner.cookie}"},
                data={"csrf_token": owner.csrf} if method == "POST" else None,
            )
            assert answer.status_code == 400, rule
            assert "evil.example" not in answer.get_data(as_text=True)
            assert "evil.example" not in str(answer.headers)
    assert changes(world.kept, world.watch.snapshot()) == []


ODD_TEXTS = ("\x00", "a" * 20_000, "\u202e\uffff", "'<script>{{7*7}}", "２０２６", "-1")


@pytest.mark.slow
def test_no_form_breaks_on_odd_text(world):
    """PostgreSQL refuses NUL, numbers are not always ASCII, and some texts are long; none of it is our fault."""
    for rule, path in posts(world):
        fields = FORMS.get(rule.endpoint, lambda _: {})(world.principals["owner"])
        for text in ODD_TEXTS if fields else ():
            form = dict.fromkeys(fields, text) | {"csrf_token": world.principals["owner"].csrf}
            assert send(world, rule, path, {}, **form)[0] < 500, (rule, text)


@pytest.mark.slow
def test_no_page_breaks_on_odd_queries(world):
    client = world.app.test_client(use_cookies=False)
    asked = set()
    for rule, access in labelled(world):
        who = world.principals["anonymous" if access.kind == "public" else "owner"]
        path = next(iter(cases(world, who, rule))).path
        home = world.app.view_functions[rule.endpoint].__module__
        near = {home, f"{home.rpartition('.')[0]}.blueprint"}
        known = {name for module in modules() if module.name in near for name in _queried(module)}
        for name in known if "GET" in rule.methods else ():
            asked.add(name)
            for text in ODD_TEXTS:
                answer = client.get(path, query_string={name: text[:3000]}, headers={"Cookie": f"portal={who.cookie}"})
                assert answer.status_code < 500, (rule, text)
                assert "<script>" not in answer.get_data(as_text=True)
    assert {"before", "state", "next", "visit"} <= asked


def _queried(module: Module) -> Iterator[str]:
    """The names of query arguments that a module reads."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "request.args.get":
            yield literal(node.args[0]) or ""
        if isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "request.args":
            yield literal(node.left) or ""


def test_a_method_that_a_page_does_not_have_is_refused(world):
    client = world.app.test_client(use_cookies=False)
    owner = world.principals["owner"]
    adapter = world.app.url_map.bind("localhost")
    for rule in rules(world):
        path = next(iter(cases(world, owner, rule))).path
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(adapter.allowed_methods(path)):
            answer = client.open(path, method=method, headers={"Cookie": f"portal={owner.cookie}"})
            assert answer.status_code == 405, (method, path)
    assert changes(world.kept, world.watch.snapshot()) == []
