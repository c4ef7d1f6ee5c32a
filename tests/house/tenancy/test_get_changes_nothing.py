"""Looking changes nothing: mail scanners and browsers open every link, some of them many times."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_access import clock
from partner_access.clock import now
from partner_access.db import session
from partner_access.organizations.models import Organization
from tests.conftest import POSTGRESQL
from tests.house.tenancy.crawl import Call, call, cases, label, rules
from tests.house.tenancy.world import EVERYBODY, World

VISIT = {"visit", "visit_day", "referral_code", "network_key"}
REFUSAL = {"programme_event", "org_event", "seal", "throttle"}

pytestmark = pytest.mark.slow


def looks(world: World, who: str, *endpoints: str) -> list[Call]:
    """GET and HEAD of every page, as one of everybody; with ids of others the crawl of test_tenancy.py looks."""
    principal = world.principals[who]
    return [
        call(world, principal, rule, method, next(iter(cases(world, principal, rule))))
        for rule in rules(world, endpoints)
        if "GET" in rule.methods
        for method in ("GET", "HEAD")
    ]


def wrong(world: World, calls: list[Call]) -> list[str]:
    """What was changed by looking; a visit is stored once a GET, a refusal is written down."""
    found = []
    for made in calls:
        (rule, *_) = rules(world, [made.endpoint])
        allowed = VISIT if label(world, rule).writes and made.method == "GET" else set()
        if made.response.status_code in (403, 404):
            allowed = allowed | REFUSAL
        touched = {change.table for change in made.changed}
        if touched - allowed:
            found.append(f"{made}: changed {touched - allowed}")
    return found


ON_POSTGRESQL = ("owner", "staff person who reads")
"""Where reading writes at all is the code's doing, not the database's: there two people are enough."""


@pytest.mark.parametrize("who", ON_POSTGRESQL if POSTGRESQL else EVERYBODY)
def test_get_and_head_change_nothing(world, who):
    calls = looks(world, who)
    assert not wrong(world, calls), "\n".join(wrong(world, calls))
    assert len(calls) > 50


def test_head_answers_as_get_does_without_the_page(world):
    answers = {(made.method, made.case.path): made.response for made in looks(world, "owner")}
    for (method, path), answer in answers.items():
        if method == "HEAD":
            assert answer.status_code == answers["GET", path].status_code, path
            assert answer.get_data() == b""


def test_a_session_in_use_is_remembered_every_few_minutes_and_nothing_else_is(world):
    with clock.at(now() + timedelta(minutes=6)):
        for made in looks(world, "owner", "public.help_page", "credit.home"):
            assert [change.table for change in made.changed] == ["user_session", "user_session"]
            before, after = sorted((change.row.split("\t") for change in made.changed), key=str)
            columns = world.watch.columns("user_session")
            assert [name for name, old, new in zip(columns, before, after, strict=True) if old != new] == ["seen_at"]


def test_a_page_that_writes_when_it_is_looked_at_is_seen(world, monkeypatch):
    """The test of the test."""

    def view() -> str:
        session().add(Organization(name="x", slug="x"))
        return "ok"

    view.access = world.app.view_functions["credit.clients"].access  # type: ignore[attr-defined]
    monkeypatch.setitem(world.app.view_functions, "credit.clients", view)
    assert wrong(world, looks(world, "owner", "credit.clients"))
