"""The feed of events by the API: everything in its order, once, for the programme alone."""

from __future__ import annotations

import pytest

from partner_access.events import TYPES, publish
from tests.api.calls import Program, make_token, programme
from tests.factories import make_link, make_org, make_sign_up


def published(portal, sites):
    org = make_org(portal)
    for site in sites:
        make_sign_up(portal, site, referral=make_link(portal, org).code)
    with portal.acting():
        publish()
    return org


def test_who_reads_on_from_next_misses_nothing_and_reads_nothing_twice(portal):
    org = published(portal, ["one.example", "two.example", "three.example"])
    shop, after, seen = programme(portal), 0, []
    for _ in range(5):
        page = shop.get("/events", after=after, limit=1).json
        seen += page["items"]
        after = page["next"]
    assert [row["type"] for row in seen] == ["sign_up.credited"] * 3
    assert [row["data"]["site"] for row in seen] == ["one.example", "two.example", "three.example"]
    assert {row["data"]["organization"] for row in seen} == {org.slug}
    assert shop.get("/events").json["items"] == seen


@pytest.mark.parametrize("asked", [{"after": "-1"}, {"limit": "0"}, {"limit": "501"}, {"since": "1"}, {"after": "x"}])
def test_what_cannot_be_asked_is_told_where(portal, asked):
    answer = programme(portal).get("/events", **asked)
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (422, next(iter(asked)))


def test_an_organizations_token_does_not_read_the_programmes_feed(portal):
    org = published(portal, ["one.example"])
    assert Program(portal, make_token(portal, org.id)).get("/events").status_code in (403, 404)


def test_the_document_describes_every_webhook_with_an_example(portal):
    described = portal.browser().get("/api/v1/openapi.json").json["webhooks"]
    assert described.keys() == TYPES.keys()
    body = described["lead.expiring"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"]["data"].keys() == {"organization", *TYPES["lead.expiring"].example}
