"""An organization's integrations page: a token is made and shown once, replaced, and revoked."""

from __future__ import annotations

import re

from tests.api.calls import Program
from tests.factories import make_member, make_org, make_team

TOKEN = re.compile(r"pao_[0-9A-Za-z]{49}")
PAGE = "/orgs/acme/integrations"


def act(browser, name: str, page: str):
    """Press the first button of this act on a page that shows tokens."""
    [path, *_] = re.findall(rf'action="({PAGE}/tokens/[0-9a-f-]+/{name})"', page)
    return browser.post(path, on=PAGE)


def test_a_token_is_shown_once_and_works(portal):
    make_team(portal)
    browser = portal.sign_in("adam@acme.example")
    made = browser.post(f"{PAGE}/tokens", {"name": "CRM", "scope": "write", "days": "30"}, on=PAGE).text
    [secret] = set(TOKEN.findall(made))
    assert f"curl -H &#34;Authorization: Bearer {secret}&#34; http://localhost/api/v1/me" in made
    assert Program(portal, secret).get("/me").json["scope"] == "write"
    page = browser.get(PAGE).text
    assert secret[:10] in page
    assert not TOKEN.search(page)
    activity = browser.get("/orgs/acme/activity").text
    assert "API token made" in activity and "CRM, reads and writes" in activity
    again = browser.post(f"{PAGE}/tokens", {"name": "crm", "scope": "read", "days": ""}, on=PAGE)
    assert (again.status_code, "You have a token of this name already" in again.text) == (422, True)


def test_a_token_is_replaced_and_revoked_however_often_one_clicks(portal):
    make_team(portal)
    browser = portal.sign_in("olga@acme.example")
    made = browser.post(f"{PAGE}/tokens", {"name": "CRM", "scope": "read", "days": ""}, on=PAGE).text
    old = TOKEN.findall(made)[0]
    first = act(browser, "rotate", made)
    new = TOKEN.findall(first.text)[0]
    again = act(browser, "rotate", made)
    assert (again.status_code, len(set(TOKEN.findall(browser.get(PAGE).text)))) == (303, 0)
    assert {Program(portal, secret).get("/me").status_code for secret in (old, new)} == {200}
    for _ in range(2):
        assert act(browser, "revoke", first.text).status_code == 303
    assert [Program(portal, secret).get("/me").status_code for secret in (old, new)] == [200, 401]


def test_a_token_outlives_whoever_made_it_and_no_longer_than_its_organization(portal):
    org = make_org(portal)
    make_member(portal, org, "olga@acme.example", role="owner")
    make_member(portal, org, "adam@acme.example", role="admin")
    browser = portal.sign_in("adam@acme.example")
    made = browser.post(f"{PAGE}/tokens", {"name": "CRM", "scope": "read", "days": ""}, on=PAGE).text
    browser.post("/orgs/acme/leave", {}, on="/orgs/acme/team")
    assert Program(portal, TOKEN.findall(made)[0]).get("/orgs/me/leads").status_code == 200
    portal.run("org", "close", "acme", "--reason", "It was agreed.")
    assert Program(portal, TOKEN.findall(made)[0]).get("/orgs/me/leads").status_code == 403
