"""Proxies and load balancers in front: addresses, hosts and slashes as they write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from partner_access import create_app, guard
from partner_access.db import database
from partner_access.web.proxies import client_address, origin
from tests.conftest import ENVIRONMENT
from tests.factories import make_member, make_org
from tests.portal import Browser, Portal


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:41234", "198.51.100.7"),
        (" 198.51.100.7 ", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ('"[2001:db8::7]:41234"', "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("::ffff:198.51.100.7", "::ffff:c633:6407"),
        ("unknown", ""),
        ("_hidden", ""),
        ("", ""),
        ("198.51.100.700", ""),
        ("client.example:80", ""),
    ],
)
def test_an_address_is_read_as_any_proxy_writes_it(text, address):
    assert client_address(text) == address


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://partners.example", "https://partners.example"),
        ("HTTPS://Partners.EXAMPLE.", "https://partners.example"),
        ("https://partners.example:443", "https://partners.example"),
        ("http://partners.example:443", "http://partners.example:443"),
        ("http://localhost.:8000", "http://localhost:8000"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://partners.example..", "https://partners.example."),
        ("https://partners.example:x", ""),
    ],
)
def test_one_host_is_one_however_it_is_written(url, same):
    assert origin(url) == same


@pytest.fixture
def behind(database_url: str) -> Iterator[Flask]:
    """The portal behind a proxy that ends TLS and says whose request it is."""
    own = {"BASE_URL": "https://partners.example", "TRUSTED_PROXIES": "1", "DATABASE_URL": database_url}
    app = create_app(ENVIRONMENT | own, PASSWORD_MEMORY_KIB=8)
    yield app
    with app.app_context():
        database.engine.dispose()


def test_no_two_clients_are_one_to_the_limits_however_their_proxy_names_them(behind, monkeypatch):
    monkeypatch.setitem(guard.LIMITS, "reset", (1, timedelta(hours=1)))

    def ask(client: str, browser: str) -> int:
        person, base = behind.test_client(), "https://partners.example"
        headers = {"X-Forwarded-For": client, "X-Forwarded-Proto": "https", "User-Agent": browser}
        page = person.get("/forgot-password", headers=headers, base_url=base)
        form = {"csrf_token": page.text.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]}
        sent = {"headers": headers | {"Origin": base}, "base_url": base}
        return person.post("/forgot-password", data=form | {"email": "a@nowhere.example"}, **sent).status_code

    assert [ask(f"198.51.100.7:{port}", "Firefox") for port in (4000, 5000)] == [303, 429]
    assert ask("198.51.100.8:4000", "Firefox") == 303
    assert [ask("unknown", browser) for browser in ("Firefox", "Chrome", "Firefox")] == [303, 303, 429]


@pytest.mark.parametrize("host", ["partners.example", "Partners.Example", "partners.example.", "PARTNERS.example.:443"])
def test_the_own_host_is_known_in_any_spelling_and_no_other(behind, host):
    assert behind.test_client().get("/sign-in", headers={"Host": host}).status_code == 200
    for other in ("evil.example", f"{host}.evil.example", "", "partners.example@evil.example"):
        assert behind.test_client().get("/sign-in", headers={"Host": other}).status_code == 400


def test_a_form_of_the_own_host_in_another_spelling_is_the_own(portal):
    browser = Browser(portal.app.test_client())
    headers = {"Origin": "http://LOCALHOST."}
    assert browser.post("/forgot-password", {"email": "a@nowhere.example"}, headers=headers).status_code == 303


@pytest.mark.parametrize("host", ["10.0.0.5:8000", "pod-7", "localhost", "evil.example", "[::1]", ""])
def test_health_is_told_to_whoever_asks_by_whatever_name(behind, host):
    answer = behind.test_client().get("/healthz", headers={"Host": host})
    assert (answer.status_code, answer.text) == (200, "ok")


def test_a_missing_slash_leads_on_at_the_address_that_the_browser_has(portal: Portal) -> None:
    browser = portal.sign_in(make_member(portal, make_org(portal)).email)
    answer = browser.get("/orgs/acme?a=1&b=%2F")
    assert (answer.status_code, answer.location) == (308, "/orgs/acme/?a=1&b=%2F")
