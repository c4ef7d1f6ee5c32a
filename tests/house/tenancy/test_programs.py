"""No call of the API shows or changes what is another organization's, whatever token it brings."""

from __future__ import annotations

import pytest

from partner_access.integrations import callers
from partner_access.permissions import Permission
from tests.conftest import POSTGRESQL
from tests.house.tenancy.crawl import API, label, rules
from tests.house.tenancy.programs import PROGRAMS, crawl, program
from tests.house.tenancy.test_tenancy import without_the_filter
from tests.house.tenancy.world import World
from tests.portal import Portal

WALLED = "acme writes"
"""Whose calls are crawled on PostgreSQL too, with row-level security alone."""


@pytest.fixture
def portal(world: World) -> Portal:
    """The portal of the world."""
    return Portal(world.app, world.app.config["SQLALCHEMY_DATABASE_URI"])


@pytest.mark.slow
@pytest.mark.skipif(POSTGRESQL, reason="there row-level security alone is the harder test")
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_token_opens_more_than_the_labels_allow(world, portal, name):
    findings, calls = crawl(world, program(world, portal, name))
    assert not findings, "\n".join(findings)
    assert calls > 30


@pytest.mark.skipif(not POSTGRESQL, reason="row-level security is PostgreSQL's")
def test_row_level_security_alone_keeps_tokens_apart(world, portal):
    with without_the_filter():
        findings, _ = crawl(world, program(world, portal, WALLED))
    assert not findings, "\n".join(findings)


def test_every_call_says_which_token_it_needs(world):
    found = {rule.endpoint: label(world, rule) for rule in world.app.url_map.iter_rules() if rule.rule.startswith(API)}
    assert {name for name, access in found.items() if not access.by_token} == {"api.openapi"}
    assert not [rule for rule in rules(world) if label(world, rule).by_token]
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint in found:
            access = found[rule.endpoint]
            assert (access.kind == "org") == rule.rule.startswith(f"{API}orgs/<slug>/"), rule
            assert isinstance(access.permission, Permission) == (access.kind in ("org", "staff")), rule


@pytest.mark.skipif(POSTGRESQL, reason="the guard is the same there")
def test_the_crawl_finds_a_token_that_opens_every_organization(world, portal, monkeypatch):
    real = callers.organizations.find
    monkeypatch.setattr(callers, "_own_org", lambda row: real(callers.request.view_args.pop("slug")) or row.org)
    findings, _ = crawl(world, program(world, portal, "acme writes"), endpoints=("api.own_leads",))
    assert any("holds canary-bolt" in finding for finding in findings), findings


@pytest.mark.skipif(POSTGRESQL, reason="the guard is the same there")
def test_the_crawl_finds_a_scope_that_nobody_asks_for(world, portal, monkeypatch):
    monkeypatch.setattr(callers, "allows", lambda role, permission: True)
    findings, _ = crawl(world, program(world, portal, "acme reads"), endpoints=("api.submit_lead",))
    assert any("201 instead of [403]" in finding for finding in findings), findings
