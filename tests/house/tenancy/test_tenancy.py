"""No page shows or changes what is another organization's, whoever asks and whatever the URL says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import make_response
from flask_login import current_user
from sqlalchemy import event, select, update
from werkzeug.routing import Map, Rule

from partner_access import db, guard
from partner_access.accounts import current
from partner_access.credit.client_pages.fast_path import FastPath
from partner_access.credit.models import Client, Lead
from partner_access.db import SYSTEM, PortalSession, acting, session
from partner_access.errors import Forbidden, NotFound
from partner_access.mail.models import OutboxMail
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.team import memberships
from tests.conftest import POSTGRESQL
from tests.house.tenancy.crawl import cases, crawl
from tests.house.tenancy.test_get_changes_nothing import looks, wrong
from tests.house.tenancy.world import EVERYBODY, World, unmarked

WALLED = ["member", "removed member", "other org's admin", "invited person"]
"""Who is crawled on PostgreSQL with row-level security alone, which is the harder test."""
CRAWLED_OTHERWISE = {*WALLED, "anonymous", "member of a suspended org", "admin"}
"""Whom the crawl on PostgreSQL leaves out: those, and who is told apart by the guard alone, as on SQLite."""


@pytest.mark.parametrize("name", [who for who in EVERYBODY if not (POSTGRESQL and who in CRAWLED_OTHERWISE)])
@pytest.mark.slow
def test_nobody_sees_or_touches_more_than_the_labels_allow(world, name):
    findings, calls = crawl(world, people=[name])
    assert not findings, "\n".join(findings)
    assert calls > 100


@pytest.mark.skipif(not POSTGRESQL, reason="row-level security is PostgreSQL's")
@pytest.mark.parametrize("name", WALLED)
def test_row_level_security_alone_keeps_organizations_apart(world, name):
    with without_the_filter():
        findings, _ = crawl(world, people=[name])
    assert not findings, "\n".join(findings)


def test_the_fast_path_of_landing_pages_shows_and_stores_no_more_than_flask(world, monkeypatch):
    """The second time each page is a kept one."""
    monkeypatch.setattr(world.app, "wsgi_app", FastPath(world.app))
    for _ in range(2):
        findings, calls = crawl(world, people=["anonymous", "member"], endpoints=["landing.open_link"])
        assert not findings, "\n".join(findings)
        assert calls > 5
    assert not wrong(world, looks(world, "anonymous", "landing.open_link"))


def test_every_text_of_both_organizations_says_whose_it_is(world):
    missing = unmarked(world)
    assert not missing, f"give it a canary in tests/house/tenancy/world.py, or name it in CODED: {missing}"


def test_an_url_argument_that_the_crawl_does_not_know_fails_the_test(world):
    for path in ("/orgs/<slug>/things/<thing_id>", "/things/<thing_id>"):
        (rule,) = Map([Rule(path, endpoint="things")]).iter_rules()
        with pytest.raises(AssertionError, match="does not know what to put"):
            list(cases(world, world.principals["owner"], rule))


# -- the test of the test: what the crawl must not miss ---------------------------------------------------------------


@contextmanager
def without_the_filter() -> Iterator[None]:
    """The portal without what adds the organization to every statement."""
    event.remove(PortalSession, "do_orm_execute", db._keep_tenants_apart)
    try:
        yield
    finally:
        event.listen(PortalSession, "do_orm_execute", db._keep_tenants_apart)


@pytest.fixture
def plant(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[..., Any]], None]:
    """Put another view in the place of one, under the same label."""

    def put(endpoint: str, view: Callable[..., Any]) -> None:
        view.access = world.app.view_functions[endpoint].access  # type: ignore[attr-defined]
        monkeypatch.setitem(world.app.view_functions, endpoint, view)

    return put


def find_anywhere(world: World, model: type[Any], row_id: object) -> Any:
    """A row of whatever organization, as a careless view would find it."""
    for party in world.parties.values():
        with acting(SYSTEM, party.org.id):
            row = session().scalar(select(model).where(model.id == row_id))
            if row is not None:
                return row
    raise NotFound(code="nowhere")


def assert_found(world: World, text: str, *endpoints: str, people: tuple[str, ...] = EVERYBODY) -> None:
    findings, _ = crawl(world, people=people, endpoints=endpoints)
    assert any(text in finding for finding in findings), "\n".join(findings) or "the crawl found nothing"


@pytest.mark.skipif(POSTGRESQL, reason="there row-level security holds alone, which a test above shows")
def test_the_crawl_finds_a_forgotten_filter(world):
    with without_the_filter():
        assert_found(world, "holds canary-bolt", "credit.clients", people=("member",))
        assert_found(world, "200 instead of [404]", "credit.client", people=("member",))


def test_the_crawl_finds_swapped_roles(world, monkeypatch):
    real = guard.allows
    monkeypatch.setattr(guard, "allows", lambda role, permission: not real(role, permission))
    assert_found(world, "303 instead of [403]", "organizations.approve_request", people=("member",))
    assert_found(world, "403 instead of [200, 201, 303, 308]", "organizations.approve_request", people=("owner",))


def test_the_crawl_finds_a_role_that_nobody_asks_for(world, monkeypatch):
    monkeypatch.setattr(guard, "allows", lambda role, permission: True)
    assert_found(world, "303 instead of [403]", "organizations.approve_request", people=("member",))


def test_the_crawl_finds_that_membership_is_not_asked_for(world, monkeypatch):
    monkeypatch.setattr(memberships, "find", lambda user_id: memberships.listing()[0])
    for name in ("removed member", "other org's admin", "staff person"):
        assert_found(world, "200 instead of [404]", "credit.clients", people=(name,))


def test_the_crawl_finds_that_a_removed_member_is_still_one(world, monkeypatch):
    monkeypatch.setattr(memberships, "find", lambda user_id: next(iter(memberships.of_person(current.person())), None))
    monkeypatch.setattr(Membership, "is_active", True)
    assert_found(world, "200 instead of [404]", "credit.clients", people=("removed member",))


def test_the_crawl_finds_that_a_suspended_organization_is_open(world, monkeypatch):
    real = organizations.find

    def find(slug: str) -> Any:
        org = real(slug)
        return org and SimpleNamespace(id=org.id, slug=org.slug, name=org.name, is_active=True, closed_at=None)

    monkeypatch.setattr(organizations, "find", find)
    assert_found(world, "200 instead of [403]", "credit.clients", people=("member of a suspended org",))


def test_the_crawl_finds_a_page_that_strangers_can_open(world, monkeypatch, plant):
    real = guard._admit

    def admit(access: Any, stack: Any) -> Any:
        return real(access, stack) if current_user.is_authenticated else None

    monkeypatch.setattr(guard, "_admit", admit)
    plant("credit.clients", lambda slug: "open to all")
    assert_found(world, "200 instead of [303]", "credit.clients", people=("anonymous",))


def test_the_crawl_finds_a_view_that_takes_any_id(world, plant):
    plant("credit.client", lambda client_id: find_anywhere(world, Client, client_id).company)
    assert_found(world, "200 instead of [404]", "credit.client", people=("member",))
    assert_found(world, "holds canary-bolt", "credit.client", people=("member",))


def test_the_crawl_finds_a_status_that_tells_what_exists(world, plant):
    def view(client_id: object) -> str:
        row = find_anywhere(world, Client, client_id)
        if row.org_id != db.scope().org_id:
            raise Forbidden("This is not yours.")
        return "ok"

    plant("credit.client", view)
    assert_found(world, "403 instead of [404]", "credit.client", people=("member",))


def test_the_crawl_finds_words_that_tell_what_exists(world, plant):
    def view(client_id: object) -> str:
        row = find_anywhere(world, Client, client_id)
        if row.org_id != db.scope().org_id:
            raise NotFound("This client is known, but not to you.")
        return "ok"

    plant("credit.client", view)
    assert_found(world, "answers otherwise than", "credit.client", people=("member",))


def test_the_crawl_finds_a_name_in_a_header(world, plant):
    def view() -> Any:
        response = make_response("ok")
        response.headers["Content-Disposition"] = 'attachment; filename="Canary-Bolt clients.csv"'
        return response

    plant("credit.clients", view)
    assert_found(world, "holds canary-bolt", "credit.clients", people=("member",))


def test_the_crawl_finds_a_write_to_everybodys_rows(world, plant):
    def view(lead_id: object) -> str:
        for party in world.parties.values():
            with acting(SYSTEM, party.org.id):
                session().execute(update(Lead).values(note="changed"))
        return "ok"

    plant("credit.withdraw_lead", view)
    assert_found(world, "touched lead of another organization", "credit.withdraw_lead", people=("member",))


def test_the_crawl_finds_a_mail_to_another_organization(world, plant):
    def view(lead_id: object) -> str:
        session().add(OutboxMail(name="x", to="canary-bolt-owner@public-bolt.example", subject="x", text="", html=""))
        return "ok"

    plant("credit.withdraw_lead", view)
    assert_found(world, "touched outbox_mail of another organization", "credit.withdraw_lead", people=("member",))


def test_the_crawl_finds_a_change_before_the_refusal(world, monkeypatch):
    real = guard._admit

    def admit(access: Any, stack: Any) -> Any:
        session().execute(update(Organization).values(website="changed.example"))
        session().commit()
        return real(access, stack)

    monkeypatch.setattr(guard, "_admit", admit)
    assert_found(world, "was refused, yet changed organization", "credit.withdraw_lead", people=("other org's admin",))


def test_the_crawl_finds_a_portal_that_refuses_everything(world, plant):
    def view() -> str:
        raise NotFound

    plant("credit.clients", view)
    assert_found(world, "never succeeded for member", "credit.clients", people=("member",))
