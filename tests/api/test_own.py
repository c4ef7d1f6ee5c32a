"""What an organization's own programs do and read: the same as its pages, done once however often it is sent."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from partner_access import clock
from partner_access.clock import now
from partner_access.db import session
from partner_access.integrations import kept_answers
from partner_access.integrations.models import ApiAnswer
from tests.api.calls import Program, make_token, of_org, programme
from tests.conftest import POSTGRESQL
from tests.factories import make_lead, make_link, make_member, make_org, make_sign_up
from tests.threads import at_once

LEAD = {"company": "Bakery", "website": "https://harbour-bakery.example/about"}


def test_a_lead_is_submitted_listed_and_withdrawn_and_says_that_the_api_did(portal):
    org = make_org(portal)
    program, person = of_org(portal, org.id), make_member(portal, org)
    made, again = (program.post("/orgs/me/leads", LEAD) for _ in range(2))
    assert (made.status_code, made.json["outcome"], again.status_code, again.json["outcome"]) == (
        201, "registered", 200, "already-yours",
    )  # fmt: skip
    lead = made.json["lead"]
    assert (lead["site"], lead["status"], lead["link"].startswith("http://localhost/r/")) == (
        "harbour-bakery.example", "Registered", True,
    )  # fmt: skip
    assert program.get("/orgs/acme/leads", state="live").json == {"items": [lead], "next": None}
    page = portal.sign_in(person.email).get(f"/orgs/acme/leads/{lead['id']}").text
    assert "Registered by the API" in page
    ended = [program.post(f"/orgs/me/leads/{lead['id']}/withdraw") for _ in range(2)]
    assert [(one.status_code, one.json["end_reason"]) for one in ended] == [(200, "withdrawn")] * 2
    assert portal.audited("lead.submitted") == [(None, {"site": "harbour-bakery.example", "queued": False})]


def test_what_the_pages_refuse_the_api_refuses_in_the_same_words(portal):
    org = make_org(portal)
    make_sign_up(portal, "taken.example")
    answer = of_org(portal, org.id).post("/orgs/me/leads", LEAD | {"website": "taken.example"})
    assert (answer.status_code, answer.json["code"]) == (409, "existing-client")
    assert answer.json["errors"][0]["pointer"] == "/website"
    assert "taken.example has been a client since" in answer.json["detail"]


def test_a_key_makes_a_call_repeatable_for_a_day(portal):
    org = make_org(portal)
    program, other = of_org(portal, org.id), of_org(portal, org.id)
    first = program.post("/orgs/me/leads", LEAD, Idempotency_Key="k")
    again = program.post("/orgs/me/leads", LEAD, Idempotency_Key="k")
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    reused = program.post("/orgs/me/leads", LEAD | {"website": "other.example"}, Idempotency_Key="k")
    assert (reused.status_code, reused.json["code"]) == (422, "key-reused")
    assert other.post("/orgs/me/leads", LEAD, Idempotency_Key="k").json["outcome"] == "already-yours"
    with clock.at(now() + timedelta(hours=25)), portal.acting():
        kept_answers.forget_old()
        assert session().scalars(select(ApiAnswer.key)).all() == []


def test_a_call_that_was_refused_may_be_sent_again_with_its_key(portal):
    program = of_org(portal, make_org(portal).id)
    assert program.post("/orgs/me/leads", LEAD | {"website": "facebook.com/x"}, Idempotency_Key="k").status_code == 409
    assert program.post("/orgs/me/leads", LEAD, Idempotency_Key="k").status_code == 201


def test_the_same_call_at_once_is_done_once(portal):
    org = make_org(portal)
    secret = make_token(portal, org.id)
    calls = [lambda: Program(portal, secret).post("/orgs/me/leads", LEAD, Idempotency_Key="k")] * 8
    statuses = sorted(answer.status_code for answer in at_once(*calls))
    assert set(statuses) <= {201, 409} and 201 in statuses
    assert len(of_org(portal, org.id).get("/orgs/me/leads").json["items"]) == 1


def test_an_organization_reads_its_clients_links_lines_and_team(portal):
    org = make_org(portal)
    person = make_member(portal, org, name="Mia")
    with clock.at(now() - timedelta(hours=2)):
        make_lead(portal, org, person)
        make_link(portal, org)
    make_sign_up(portal, external_id="account", at=now() - timedelta(hours=1))
    told = {"id": "p", "type": "plan_changed", "occurred_at": (now() - timedelta(minutes=5)).isoformat()}
    plan = {"amount_minor": 1200, "currency": "EUR", "interval": "year"}
    assert programme(portal).post("/clients/account/events", told | plan).status_code == 201
    program = of_org(portal, org.id, scope="read")
    [client] = program.get("/orgs/me/clients").json["items"]
    assert (client["credit"], client["reason"], client["plan"]["monthly_minor"]) == ("pending", "credited-lead", 100)
    assert "Mia" in client["sentence"]
    [line] = program.get("/orgs/me/entries").json["items"]
    assert (line["seq"], line["pending"], line["pending_after"], line["reason"]) == (1, 1, 1, "credited-lead")
    assert program.get("/orgs/me/links").json["items"][0]["url"] == "http://localhost/r/acme"
    assert [row["name"] for row in program.get("/orgs/me/members").json["items"]] == ["Mia"]
    checked = program.post("/orgs/me/checks", {"website": "free.example"}).json
    assert (checked["answer"], {way["way"] for way in checked["ways"]} >= {"link", "lead"}) == ("depends", True)
    assert program.post("/orgs/me/leads", LEAD).json["code"] == "scope-too-low"


def test_lists_come_in_pages_that_leave_nothing_out(portal):
    org = make_org(portal)
    person = make_member(portal, org)
    program = of_org(portal, org.id)
    for number in range(3):
        make_lead(portal, org, person, f"client-{number}.example")
    from_first = program.get("/orgs/me/leads").json["items"]
    last = from_first[0]
    before = f"{last['submitted_at'].replace('Z', '+00:00')}_{last['id']}"
    assert program.get("/orgs/me/leads", before=before).json["items"] == from_first[1:]
    assert program.get("/orgs/me/leads", before="nonsense").json["errors"][0]["parameter"] == "before"
    assert program.get("/orgs/me/leads", limit="5").status_code == 422


def test_the_vendors_product_founds_an_organization_once(portal):
    program = programme(portal)
    body = {"name": "North Studio", "domain": "North-Studio.example", "owner": "ana@north-studio.example"}
    made = [program.post("/orgs", body, Idempotency_Key="k") for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json["slug"] == "north-studio"
    assert made[0].json["domains"] == [{"name": "north-studio.example", "proof": "staff", "policy": "request"}]
    again = program.post("/orgs", body)
    assert (again.status_code, again.json["code"]) == (409, "domain-taken")
    assert program.get("/orgs").json["items"][0]["name"] == "North Studio"
    assert program.get("/orgs/north-studio").json == made[0].json
    assert portal.mails("ana@north-studio.example")[0].name == "owner-welcome"
    bad = program.post("/orgs", body | {"domain": "gmail.com"})
    assert (bad.status_code, bad.json["errors"][0]["pointer"]) == (409, "/domain")


@pytest.mark.skipif(not POSTGRESQL, reason="on SQLite writers take turns")
def test_while_the_first_call_is_at_work_the_second_is_told_so(portal):
    org = make_org(portal)
    secret = make_token(portal, org.id)
    program = Program(portal, secret)
    key = f"api-answer:{program.get('/me').json['id']}:k"
    url = make_url(portal.database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as first:
        first.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        answer = program.post("/orgs/me/leads", LEAD, Idempotency_Key="k")
        assert (answer.status_code, answer.json["code"]) == (409, "still-at-work")
        first.rollback()
    assert program.post("/orgs/me/leads", LEAD, Idempotency_Key="k").status_code == 201
