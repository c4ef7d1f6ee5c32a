"""Client events by the API: any order, twice, and before the sign-up."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from partner_access import clock
from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.credit.clients import client_accounts
from partner_access.credit.managed import claims
from partner_access.db import STAFF
from partner_access.permissions import StaffRole
from tests.api.calls import Program, programme
from tests.factories import make_lead, make_member, make_org, make_sign_up, make_user


def event(kind: str, number: int = 1, **facts: Any) -> dict[str, Any]:
    """An event of this type, `number` minutes after the sign-up."""
    at = (now() - timedelta(hours=1) + timedelta(minutes=number)).isoformat()
    return {"id": f"{kind}-{number}", "type": kind, "occurred_at": at} | facts


def tell(program: Program, *events: dict[str, Any], account: str = "account") -> list[tuple[int, bool]]:
    answers = [program.post(f"/clients/{account}/events", row) for row in events]
    assert all(answer.status_code in (200, 201) for answer in answers), [answer.text for answer in answers]
    return [(answer.status_code, answer.json["waiting"]) for answer in answers]


def sign_up(portal, account: str = "account", site: str = "client.example") -> None:
    make_sign_up(portal, site, external_id=account, at=now() - timedelta(hours=1))


def standing(portal, account: str = "account") -> tuple[str, str, Any]:
    """The site that an account has, the account that goes on for it, and who manages that."""
    with portal.acting():
        row = client_accounts.find(account)
        head = client_accounts.survivor(row)
        return client_accounts.present_site(row), head.external_id, claims.manager(head)


TOLD = [
    event("site_changed", 1, website="old.example"),
    event("site_changed", 9, website="new.example"),
    event("managed_by", 2, organization="bolt"),
    event("managed_by", 8, organization="acme"),
]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 3, 2), (3, 1, 2, 0), (1, 3, 0, 2)])
@pytest.mark.parametrize("known", [True, False])
def test_what_happened_last_holds_in_whatever_order_it_is_told(portal, order, known):
    acme, _, program = make_org(portal, "Acme"), make_org(portal, "Bolt"), programme(portal)
    for org in (acme,):
        make_member(portal, org, role="owner")
    if known:
        sign_up(portal)
    waits = not known
    assert tell(program, *(TOLD[number] for number in order)) == [(201, waits)] * 4
    assert tell(program, *TOLD) == [(200, waits)] * 4
    if waits:
        sign_up(portal)
        portal.work()
    assert standing(portal) == ("new.example", "account", acme.id)
    assert tell(program, *TOLD) == [(200, False)] * 4


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_merger_waits_for_both_accounts(portal, order):
    program = programme(portal)
    acts = [
        lambda: sign_up(portal, "gone", "gone.example"),
        lambda: sign_up(portal, "stays", "stays.example"),
        lambda: tell(program, event("merged_into", into="stays"), account="gone"),
    ]
    for number in order:
        acts[number]()
    portal.work()
    assert standing(portal, "gone")[1] == "stays"


def test_cancelling_ends_the_credit_and_the_managing_on_that_day(portal):
    org, program = make_org(portal), programme(portal)
    with clock.at(now() - timedelta(hours=2)):
        make_lead(portal, org, make_member(portal, org))
    sign_up(portal)
    tell(program, event("managed_by", 1, organization="acme"), event("cancelled", 5))
    assert program.get("/sign-ups/account").json["credit"] == "ended"
    assert standing(portal)[2] is None


def test_whoever_managed_it_is_told_and_so_is_who_does_now(portal):
    acme, bolt, program = make_org(portal, "Acme"), make_org(portal, "Bolt"), programme(portal)
    addresses = [make_member(portal, org, f"o@{org.slug}.example", role="owner").email for org in (acme, bolt)]
    sign_up(portal)
    tell(program, event("managed_by", 1, organization="acme"), event("managed_by", 2, organization="bolt"))
    assert standing(portal)[2] == bolt.id
    told = {address: [mail.name for mail in portal.mails(address)] for address in addresses}
    assert told == {addresses[0]: ["managed-confirmed", "managed-ended"], addresses[1]: ["managed-confirmed"]}
    tell(program, event("managed_by", 3, organization=None))
    assert standing(portal)[2] is None


@pytest.mark.parametrize(
    ("told", "pointer", "status"),
    [
        (event("site_changed", website="facebook.com/x"), "/website", 409),
        (event("managed_by", organization="nobody"), "/organization", 409),
        (event("merged_into", into="account"), "/into", 409),
        (event("cancelled") | {"occurred_at": "2999-01-01"}, "/occurred_at", 409),
        (event("plan_changed", amount_minor=1, currency="eur", interval="month"), "/currency", 422),
        (event("plan_changed", currency="EUR", interval="month"), "/amount_minor", 422),
        (event("cancelled", website="x.example"), "/website", 422),
        (event("renamed"), "", 422),
    ],
)
def test_an_event_that_cannot_be_says_which_part_of_it(portal, told, pointer, status):
    sign_up(portal)
    answer = programme(portal).post("/clients/account/events", told)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (status, pointer), answer.text
    assert programme(portal).get("/clients/account/events").json == {"items": []}


def test_another_event_under_the_same_id_is_refused(portal):
    program = programme(portal)
    tell(program, event("cancelled") | {"id": "e"})
    answer = program.post("/clients/account/events", event("reactivated") | {"id": "e"})
    assert (answer.status_code, answer.json["code"]) == (409, "event-id-taken")
    [kept] = program.get("/clients/account/events").json["items"]
    assert (kept["type"], kept["waiting"], kept["reason"]) == (
        "cancelled",
        True,
        "Told by the programme’s own product.",
    )


def test_a_plan_is_read_by_whoever_has_the_credit_and_nobody_else(portal):
    acme, bolt, program = make_org(portal, "Acme"), make_org(portal, "Bolt"), programme(portal)
    people = {}
    for org in (acme, bolt):
        with clock.at(now() - timedelta(hours=2)):
            people[org.slug] = make_member(portal, org)
            make_lead(portal, org, people[org.slug])
    sign_up(portal)
    tell(program, event("plan_changed", 2, amount_minor=58800, currency="EUR", interval="year"))
    tell(program, event("plan_changed", 1, amount_minor=100, currency="USD", interval="month"))
    for slug, is_shown in (("acme", True), ("bolt", False)):
        browser = portal.sign_in(people[slug].email)
        [path] = set(
            re.findall(rf'href="(/orgs/{slug}/clients/[0-9a-f-]{{36}})"', browser.get(f"/orgs/{slug}/clients").text)
        )
        assert ("EUR 49.00 a month (EUR 588.00 a year)" in browser.get(path).text) == is_shown, slug
        assert "USD" not in browser.page.text


def test_what_never_found_its_sign_up_is_shown_to_staff_after_30_days(portal):
    program, staff = programme(portal), make_user(portal)
    with portal.acting(STAFF):
        sign_ins.grant_staff(staff.email_key, StaffRole.STAFF)
    with clock.at(now() - timedelta(days=31)):
        tell(program, event("cancelled"), account="lost-for-long")
    tell(program, event("cancelled") | {"id": "new"}, account="just-told")
    page = portal.sign_in(staff.email).get("/staff/sign-ups").text
    assert "lost-for-long" in page
    assert "just-told" not in page
