"""The settings of an organization: what it is called, what a new domain begins with, and two who save at once."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from partner_access.db import session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import organizations, own_names, settings
from partner_access.organizations.directory.settings import OrgSettings, differences
from partner_access.organizations.domains import domains
from partner_access.organizations.domains.dns_rules import DnsReading, challenge_name
from partner_access.organizations.models import Domain, Organization
from tests.factories import make_member, make_org, make_sign_up, make_user, submit_lead
from tests.portal import Browser, Portal
from tests.threads import at_once

OLGA, ADAM, MIA, SAM = "olga@acme.example", "adam@acme.example", "mia@acme.example", "sam@brand.example"
PAGE = "/orgs/acme/settings"


def shown(browser: Browser) -> dict[str, str]:
    """The settings as the page that it looks at has them in its form."""
    assert browser.page is not None
    html = browser.page.get_data(as_text=True)
    fields = {name: re.search(rf'name="{name}"[^>]*? value="([^"]*)"', html) for name in ("name", "website")}
    seen = re.search(r'id="settings-seen"[^>]*value="([^"]*)"', html)
    policy = re.search(r'<input checked[^>]*name="policy"[^>]*value="(\w+)"', html)
    assert seen and policy
    return {name: unescape(found[1]) for name, found in fields.items() if found} | {
        "seen": unescape(seen[1]),
        "policy": policy[1],
    }


def opened(portal: Portal, email: str = OLGA) -> tuple[Browser, dict[str, str]]:
    browser = portal.sign_in(email)
    assert browser.get(PAGE).status_code == 200
    assert browser.heading == "Settings of Acme"
    return browser, shown(browser)


def now(portal: Portal, org: Organization) -> OrgSettings:
    with portal.acting():
        return settings.read(organizations.fetch(org.id))


# -- name, website, default policy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [OLGA, ADAM])
def test_owners_and_admins_change_the_name_the_website_and_the_default_policy(
    portal: Portal, acme: Organization, email: str
) -> None:
    browser, form = opened(portal, email)
    assert form["policy"] == "request"
    form |= {"name": "Acme  Studio", "website": "https://www.Acme-Studio.example/about", "policy": "closed"}
    assert browser.post(PAGE, form).location == PAGE
    assert now(portal, acme) == OrgSettings("Acme Studio", "acme-studio.example", "closed")
    fields = {
        "changed": ["name", "website", "policy"],
        "website": "acme-studio.example",
        "website_before": None,
        "policy": "closed",
        "policy_before": "request",
    }
    assert portal.audited("settings.changed") == [("own-choice", fields)]
    browser.get(PAGE)
    assert browser.heading == "Settings of Acme Studio", "and its address is the same as before"
    assert "stays /orgs/acme/ under any name" in browser.text


def test_a_member_reads_them_and_changes_nothing(portal: Portal, acme: Organization) -> None:
    mia = portal.sign_in(MIA)
    page = mia.get("/orgs/acme/team").text
    assert f'href="{PAGE}"' in page
    mia.get(PAGE)
    assert "A newly proved domain Asks first: Whoever confirms" in mia.text
    assert "Owners and admins change these." in mia.text
    assert 'name="website"' not in mia.get(PAGE).text
    assert mia.post(PAGE, {"name": "Mine", "policy": "auto"}).status_code == 403
    assert now(portal, acme) == OrgSettings("Acme", None, "request")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "Enter the name of your organization."),
        ({"name": "Acme https://evil.example"}, "Enter the name alone, without an address or a link."),
        ({"name": "The ＭＥＲＩＤＩＡＮ team"}, "looks like the programme’s own"),
        ({"website": "facebook.com/acme"}, "Many businesses share that site. Enter your organization’s own website"),
        ({"website": "acme"}, "The ending is missing."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_at_its_field_and_nothing_typed_is_lost(
    portal: Portal, acme: Organization, typed: dict[str, str], sentence: str
) -> None:
    browser, form = opened(portal)
    form |= {"policy": "auto", "name": "Acme Two", "website": "two.example"} | typed
    assert browser.post(PAGE, form).status_code == 422
    assert browser.text.count(sentence) == 2, "in the summary, and at the field"
    ((field, text),) = typed.items()
    assert shown(browser) | {field: text.strip()} == form | {field: text.strip()}
    assert now(portal, acme) == OrgSettings("Acme", None, "request")


def test_the_website_is_the_organizations_own_use(portal: Portal, acme: Organization) -> None:
    browser, form = opened(portal)
    browser.post(PAGE, form | {"website": "münchen.example"})
    assert shown(opened(portal)[0])["website"] == "münchen.example"
    with portal.acting():
        assert "xn--mnchen-3ya.example" in own_names.present_sites(acme.id)
        org = organizations.fetch(acme.id)
    with pytest.raises(Invalid, match="your own website"):
        submit_lead(portal, org, make_user(portal), "www.xn--mnchen-3ya.example")


def test_another_website_changes_no_decision_of_before(portal: Portal, acme: Organization) -> None:
    """R0 is about the time of the sign-up (docs/rules.md)."""
    submit_lead(portal, acme, make_member(portal, acme), "client.example")
    make_sign_up(portal, "client.example")
    browser, form = opened(portal)
    browser.post(PAGE, form | {"website": "client.example"})
    assert now(portal, acme).website == "client.example"
    assert portal.run("credit", "verify").exit_code == 0


def test_the_same_twice_is_one_change(portal: Portal, acme: Organization) -> None:
    browser, form = opened(portal)
    form["website"] = "acme.example"
    assert [browser.post(PAGE, form).status_code for _ in range(2)] == [303, 303]
    assert len(portal.audited("settings.changed")) == 1


# -- two at once ------------------------------------------------------------------------------------------------------


def test_whoever_saves_second_is_told_what_changed_and_loses_nothing(portal: Portal, acme: Organization) -> None:
    (olga, first), (adam, second) = opened(portal), opened(portal, ADAM)
    olga.post(PAGE, first | {"name": "Acme Studio", "policy": "closed"})
    assert adam.post(PAGE, second | {"name": "Acme & Sons", "website": "sons.example"}).status_code == 409
    assert now(portal, acme) == OrgSettings("Acme Studio", None, "closed")
    assert "Name of your organization: “Acme Studio”. Whoever confirms" in adam.text
    assert "Somebody set this to “Acme Studio”. Save again to replace that." in adam.text
    again = shown(adam)
    assert (again["name"], again["website"], again["policy"]) == ("Acme & Sons", "sons.example", "closed")
    assert adam.post(PAGE, again).status_code == 303
    assert now(portal, acme) == OrgSettings("Acme & Sons", "sons.example", "closed")


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", '{"name": 1}', '{"name": "Acme", "website": 3, "policy": []}'])
def test_who_does_not_say_what_they_saw_is_asked_to_look(portal: Portal, acme: Organization, seen: str) -> None:
    browser, form = opened(portal)
    assert browser.post(PAGE, form | {"name": "Acme Studio", "seen": seen}).status_code == 409
    assert browser.post(PAGE, shown(browser)).status_code == 303
    assert now(portal, acme).name == "Acme Studio"


def test_of_two_who_save_at_the_same_moment_one_is_asked_to_look(portal: Portal, acme: Organization) -> None:
    """What was read of the organization before the lock is read anew under it."""
    seen = now(portal, acme)

    def save(name: str) -> bool:
        with portal.acting(org=acme.id):
            try:
                settings.save(organizations.fetch(acme.id), OrgSettings(name, None, "request"), seen=seen)
            except Conflict:
                return False
            return True

    assert sorted(at_once(*(lambda name=name: save(name) for name in ("One", "Two", "Three", "Four")))) == [
        False,
        False,
        False,
        True,
    ]
    assert len(portal.audited("settings.changed")) == 1


def test_settings_differ_by_the_fields_that_do() -> None:
    one = OrgSettings("Acme", None, "auto")
    assert differences(one, OrgSettings("Acme", "acme.example", "closed")) == ["website", "policy"]
    assert differences(None, one) == ["name", "website", "policy"]
    assert OrgSettings.from_text(one.to_text()) == one


@pytest.mark.parametrize("seen", ["[" * 5000, "[" * 30_000, "[]", '{"name": 1, "website": null, "policy": ""}'])
def test_a_form_that_shows_no_settings_of_ours_is_an_outdated_page(
    portal: Portal, acme: Organization, seen: str
) -> None:
    browser, form = opened(portal)
    assert browser.post(PAGE, form | {"name": "Acme Studio", "seen": seen}).status_code == 409
    assert now(portal, acme).name == "Acme"


# -- what a newly proved domain begins with ---------------------------------------------------------------------------


def prove(portal: Portal, org: Organization, policy: str) -> Domain:
    with portal.acting(org=org.id):
        organizations.fetch(org.id).default_policy = policy
        row = domains.claim("brand.example")
        domains.take(row, DnsReading("proved", challenge_name("brand.example")))
        return session().scalars(select(Domain).where(Domain.name == "brand.example")).one()


@pytest.mark.parametrize("policy", ["auto", "request", "closed"])
def test_a_newly_proved_domain_begins_with_the_default_policy_and_older_ones_stay(
    portal: Portal, acme: Organization, policy: str
) -> None:
    assert prove(portal, acme, policy).policy == policy
    with portal.acting():
        assert [row.policy for row in organizations.domains_of(acme.id)] == ["auto", policy]
    assert portal.audited("domain.proved") == [("dns", {"domain": "brand.example", "policy": policy})]


def test_nobody_is_moved_when_a_new_domain_lets_people_join_at_once(portal: Portal, acme: Organization) -> None:
    make_user(portal, SAM)
    applied = portal.arrive("kim@brand.example")
    prove(portal, acme, "auto")
    assert len(portal.mails(SAM, "domain-offer")) == 1
    assert portal.sign_in(SAM).get("/orgs/acme/").status_code == 404
    applied.get("/join")
    assert applied.heading == "Wait for Acme to let you in", "who had applied asks now"


def test_a_new_domain_that_lets_nobody_in_leaves_applicants_to_staff(portal: Portal, acme: Organization) -> None:
    portal.arrive(SAM)
    prove(portal, acme, "closed")
    assert portal.mails(SAM, "join-request-received") == []
    assert portal.mails(OLGA, "join-request") == []


def test_another_partners_name_is_not_taken(portal: Portal, acme: Organization) -> None:
    make_org(portal, "Bolt Studio")
    browser, form = opened(portal)
    assert browser.post(PAGE, form | {"name": "BOLT  studio"}).status_code == 422
    assert "Another partner has this name." in browser.text
    assert now(portal, acme).name == "Acme"
