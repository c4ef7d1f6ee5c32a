"""Sign-ups by the API: decided and answered as by any other way in, once, and tried without a trace."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from partner_access import clock
from partner_access.clock import now
from partner_access.credit.models import ClientAccount
from partner_access.db import session
from tests.api.calls import of_org, programme
from tests.factories import make_lead, make_link, make_member, make_org, make_visit
from tests.threads import at_once

SITE = "harbour-bakery.example"


def body(**facts: object) -> dict[str, object]:
    """A sign-up of a minute ago."""
    at = (now() - timedelta(minutes=1)).isoformat()
    return {"external_id": "account-1", "company": "Bakery", "website": SITE, "signed_up_at": at} | facts


def accounts(portal) -> int:
    with portal.acting():
        return session().query(ClientAccount).count()


def test_a_sign_up_is_new_once_and_answered_alike_ever_after(portal):
    org, program = make_org(portal), programme(portal)
    with clock.at(now() - timedelta(hours=1)):
        make_lead(portal, org, make_member(portal, org), SITE)
    first, again = (program.post("/sign-ups", body()) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    decision = first.json["decision"]
    assert (decision["winner"], decision["basis"], decision["reason"]) == ("acme", "lead", "credited-lead")
    assert decision["sentence"].startswith("Credited because the website matches the lead")
    assert [(row["rule"], row["organization"]) for row in decision["findings"]] == [("R2", "acme")]
    assert again.json == first.json | {"is_new": False}
    read = program.get("/sign-ups/account-1").json
    assert (read["site"], read["credit"], read["decision"]["winner"]) == (SITE, "pending", "acme")


def test_a_dry_run_decides_and_leaves_nothing(portal):
    org, program = make_org(portal), programme(portal)
    make_link(portal, org)
    answer = program.post("/sign-ups", body(referral="acme", dry_run=True))
    assert (answer.status_code, answer.json["decision"]["winner"], answer.json["is_new"]) == (200, "acme", True)
    assert accounts(portal) == 0
    assert not portal.audited("credit.decided")
    assert program.post("/sign-ups", body(referral="acme")).status_code == 201


def test_what_the_referral_was_taken_for_is_said(portal):
    org, program = make_org(portal), programme(portal)
    make_link(portal, org)
    with clock.at(now() - timedelta(hours=1)):
        token = make_visit(portal, "acme")
    with clock.at(now() - timedelta(days=100)):
        old = make_visit(portal, "acme")
    later = make_visit(portal, "acme")
    states = {"": "none", token: "visit", old: "expired", later: "later", "ACME": "link", "A" * 43: "unknown"}
    for referral, state in states.items():
        answer = program.post("/sign-ups", body(referral=referral, dry_run=True)).json
        assert answer["referral"]["state"] == state, referral
        assert answer["decision"]["winner"] == ("acme" if state in ("visit", "link") else None), referral


@pytest.mark.parametrize(
    ("facts", "pointer", "code"),
    [
        ({"website": "facebook.com/bakery"}, "/website", None),
        ({"email": "nobody"}, "/email", None),
        ({"signed_up_at": "yesterday"}, "/signed_up_at", "time-unreadable"),
        ({"signed_up_at": "2999-01-01T00:00:00Z"}, "/signed_up_at", "time-in-future"),
    ],
)
def test_what_a_rule_refuses_is_409_and_says_where(portal, facts, pointer, code):
    answer = programme(portal).post("/sign-ups", body(**facts))
    assert answer.status_code == 409, answer.text
    [error] = answer.json["errors"]
    assert error["pointer"] == pointer
    assert error["code"] == (code or error["code"]) == answer.json["code"]
    assert error["detail"] == answer.json["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"website": None}, "/website"),
        ({"external_id": 7}, "/external_id"),
        ({"external_id": " "}, "/external_id"),
        ({"referal": "acme"}, "/referal"),
        ({"company": "x" * 201}, "/company"),
        ({"company": "\x00"}, "/company"),
        ({"dry_run": "yes"}, "/dry_run"),
    ],
)
def test_what_the_document_does_not_allow_is_422_and_says_where(portal, change, pointer):
    answer = programme(portal).post("/sign-ups", body(**change))
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        ("{", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('{"x": NaN}', "application/json", 400),
        ("[]", "application/json", 422),
        ("external_id=1", "application/x-www-form-urlencoded", 415),
        ('{"company": "' + "x" * 300_000 + '"}', "application/json", 413),
    ],
)
def test_what_is_no_json_of_a_fair_size_is_refused(portal, data, media_type, status):
    program = programme(portal)
    answer = program.client.post("/api/v1/sign-ups", headers=program.headers, data=data, content_type=media_type)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text


def test_sign_ups_are_for_a_programme_token_that_writes(portal):
    org = make_org(portal)
    reads, orgs = programme(portal, scope="read"), of_org(portal, org.id)
    assert reads.post("/sign-ups", body()).json["code"] == "scope-too-low"
    assert orgs.post("/sign-ups", body()).json["code"] == "other-kind-of-token"
    assert reads.get("/sign-ups/account-1").status_code == 404
    assert accounts(portal) == 0


def test_what_was_read_before_costs_no_body(portal):
    program = programme(portal)
    program.post("/sign-ups", body())
    first = program.get("/sign-ups/account-1")
    again = program.get("/sign-ups/account-1", {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_raced_repeats_of_one_sign_up_are_one(portal):
    org, program = make_org(portal), programme(portal)
    make_link(portal, org)
    told = body(referral="acme")
    answers = at_once(*[lambda: program.post("/sign-ups", told)] * 8)
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert {answer.json["decision"]["winner"] for answer in answers} == {"acme"}
    assert len(portal.audited("credit.decided")) == accounts(portal) == 1


@pytest.mark.parametrize("external_id", ["Two words", "ends.", "a&b", "x<1>", "(1)", "a#b", "50%", "a,b", "ID-7 "])
def test_an_id_is_the_vendors_whatever_signs_it_holds(portal, external_id):
    shop = programme(portal)
    assert shop.post("/sign-ups", body(external_id=external_id)).status_code == 201
    answer = shop.get(f"/sign-ups/{quote(external_id)}")
    assert (answer.status_code, answer.json["external_id"]) == (200, external_id.strip())
