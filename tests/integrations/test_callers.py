"""Who may call the API: with which token, for how long, how often, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_access import clock
from partner_access.clock import now
from partner_access.db import STAFF
from partner_access.integrations import callers, tokens
from partner_access.organizations.lifecycle import pauses
from tests.api.calls import Program, make_token, of_org, programme
from tests.factories import make_org, staff_act


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer pap_nonsense", "Basic abc", "Bearer \u00e9\u0000", "Token x"],
)
def test_without_a_good_token_a_call_is_401_and_says_how(portal, header):
    answer = portal.app.test_client().get(
        "/api/v1/me",
        headers={"Authorization": header.encode("latin-1", "replace").decode("latin-1").replace("\x00", "")},
    )
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"


def test_a_token_says_whose_it_is(portal):
    org = make_org(portal)
    assert programme(portal).get("/me").json["organization"] is None
    told = of_org(portal, org.id, scope="read").get("/me").json
    assert (told["kind"], told["scope"], told["organization"]) == (
        "organization",
        "read",
        {"slug": "acme", "name": "Acme"},
    )


def test_a_token_ends_when_it_expires_is_revoked_or_its_overlap_is_over(portal):
    secrets = {days: make_token(portal, days=days) for days in (None, 1)}
    with portal.acting(STAFF):
        rows = {row.fingerprint: row for row in tokens.listing()}
        old = tokens.find(secrets[None])
        new = tokens.rotate(old.id)
    assert len(rows) == 2
    with clock.at(now() + timedelta(hours=23)):
        assert {Program(portal, secret).get("/me").status_code for secret in [*secrets.values(), new.secret]} == {200}
    with clock.at(now() + timedelta(hours=25)):
        assert {Program(portal, secret).get("/me").status_code for secret in secrets.values()} == {401}
        assert Program(portal, new.secret).get("/me").status_code == 200
    with portal.acting(STAFF):
        tokens.revoke(new.row.id)
    assert Program(portal, new.secret).get("/me").status_code == 401


def test_a_token_of_a_paused_organization_opens_nothing(portal):
    org = make_org(portal)
    program = of_org(portal, org.id)
    staff_act(portal, pauses.suspend, org)
    answer = program.get("/me")
    assert (answer.status_code, answer.json["code"]) == (403, "org-paused")
    staff_act(portal, pauses.resume, org)
    assert program.get("/me").status_code == 200


def test_a_minute_has_so_many_calls_and_says_how_many_are_left(portal, monkeypatch):
    monkeypatch.setitem(callers.LIMITS, "programme", 2)
    program = programme(portal)
    with clock.at(now().replace(second=20)):
        answers = [program.get("/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"calls";r=1;t=40',
        '"calls";r=0;t=40',
        '"calls";r=0;t=40',
    ]
    assert answers[0].headers["RateLimit-Policy"] == '"calls";q=2;w=60'
    assert answers[2].headers["Retry-After"] == "40"
