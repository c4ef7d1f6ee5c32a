"""Founding an organization: a person of an unknown domain applies, staff decide by command."""

from __future__ import annotations

import re

import pytest

from partner_access.db import SYSTEM, acting
from partner_access.organizations.directory import organizations
from partner_access.organizations.team import memberships
from tests.portal import Browser, Portal

FORM = {"org_name": "Hazel & Oak", "website": "https://www.hazel.example/shop", "note": "We know Kim.\nSince 2020."}
ID = re.compile(r"^[0-9a-f-]{36}", re.MULTILINE)


def applied(portal: Portal, email: str = "sam@hazel.example") -> Browser:
    browser = portal.arrive(email)
    assert browser.post("/apply", FORM).location == "/join"
    return browser


def only_id(portal: Portal) -> str:
    [found] = ID.findall(portal.run("applications", "list").output)
    return found


def team(portal: Portal, slug: str) -> dict[str, str]:
    with portal.acting():
        org = organizations.find(slug)
        assert org is not None
        with acting(SYSTEM, org.id):
            return {row.user.email: row.role for row in memberships.listing()}


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("sam@hazel.example", "No partner organization has the domain hazel.example yet."),
        ("sam@gmail.com", "Your address is at a public mail provider"),
    ],
)
def test_a_person_of_an_unknown_domain_is_asked_to_apply_and_told_why(portal: Portal, email: str, why: str) -> None:
    browser = portal.arrive(email)
    assert browser.get("/join").location == "/apply"
    browser.get("/apply")
    assert browser.heading == "Apply to become a partner"
    assert why in browser.text
    assert portal.mails(email, "application-received")


def test_an_application_says_who_and_waits_for_staff(portal: Portal) -> None:
    browser = applied(portal)
    browser.get("/join")
    assert browser.heading == "Wait for our answer to your application"
    assert "hazel.example" in browser.text
    assert "We know Kim." in browser.text
    listed = portal.run("applications", "list").output
    assert "sam@hazel.example\tHazel & Oak\thazel.example\tWe know Kim. Since 2020." in listed
    assert portal.audited("application.received") == [("unknown-domain", {"domain": "hazel.example"})]
    assert portal.audited("application.completed") == [("told-more", {})]
    browser.get("/apply")
    assert 'value="Hazel &amp; Oak"' in (browser.page.text if browser.page else "")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("org_name", " ", "Enter the name of your organization."),
        ("org_name", "x" * 101, "Use 100 characters or fewer."),
        ("website", "https://instagram.com/hazel", "Many businesses share that site."),
        ("website", "@hazel", "That looks like a social media name."),
        ("website", "http://10.0.0.1", "That is an IP address"),
        ("website", "two words", "A website name has no spaces."),
        ("note", "x" * 2001, "Use 2,000 characters or fewer."),
    ],
)
def test_a_mistake_in_an_application_is_told_at_the_field(
    portal: Portal, field: str, typed: str, sentence: str
) -> None:
    browser = portal.arrive("sam@hazel.example")
    page = browser.post("/apply", FORM | {field: typed})
    assert page.status_code == 422
    assert sentence in browser.text
    assert f'id="{field}-error"' in page.text
    assert not portal.audited("application.completed")


def test_website_and_note_may_stay_empty(portal: Portal) -> None:
    browser = portal.arrive("sam@hazel.example")
    assert browser.post("/apply", {"org_name": "Hazel"}).location == "/join"
    assert "\tHazel\t-\t-" in portal.run("applications", "list").output


def test_approving_founds_the_organization_whose_teammates_ask_first(portal: Portal) -> None:
    browser = applied(portal)
    done = portal.run("applications", "approve", only_id(portal))
    assert (done.exit_code, done.output) == (0, "hazel-oak\n")
    assert browser.get("/join").location == "/orgs/hazel-oak/"
    assert team(portal, "hazel-oak") == {"sam@hazel.example": "owner"}
    told = portal.mails("sam@hazel.example", "application-approved")[0].text
    assert "http://localhost/orgs/hazel-oak/" in told
    assert "cannot see whether only your people have addresses there" in told
    assert proved(portal, "hazel-oak") == [("hazel.example", "staff", "request")]
    portal.arrive("lea@hazel.example")
    assert team(portal, "hazel-oak") == {"sam@hazel.example": "owner"}
    assert portal.mails("sam@hazel.example", "join-request")
    assert portal.audited("application.approved") == [("staff-decided", {"slug": "hazel-oak"})]
    assert portal.audited("organization.founded")[0][1]["domain"] == "hazel.example"


def proved(portal: Portal, slug: str) -> list[tuple[str, str, str]]:
    with portal.acting():
        domains = organizations.domains_of(organizations.found(organizations.find(slug)).id)
        return [(row.name, row.proof, row.policy) for row in domains]


def test_staff_say_so_and_colleagues_at_the_website_join_at_once(portal: Portal) -> None:
    applied(portal)
    portal.run("applications", "approve", only_id(portal), "--policy", "auto")
    portal.arrive("lea@hazel.example")
    assert team(portal, "hazel-oak")["lea@hazel.example"] == "member"
    told = portal.mails("sam@hazel.example", "application-approved")[0].text
    assert "ask first" not in told


@pytest.mark.parametrize("website", ["", "https://hazel-and-oak.example", "https://hazel.example.net"])
def test_without_a_website_at_the_very_domain_nobody_joins_at_once(portal: Portal, website: str) -> None:
    browser = portal.arrive("fay@access.example")
    browser.post("/apply", FORM | {"website": website})
    refused = portal.run("applications", "approve", only_id(portal), "--policy", "auto")
    assert refused.exit_code == 1
    assert "only where the organization’s own website is at access.example" in refused.output
    portal.run("applications", "approve", only_id(portal))
    portal.arrive("stranger@access.example")
    assert team(portal, "hazel-oak") == {"fay@access.example": "owner"}


def test_an_owner_needs_proof_by_dns_to_let_people_join_at_once(portal: Portal) -> None:
    browser = applied(portal)
    portal.run("applications", "approve", only_id(portal))
    [page] = re.findall(r'href="(/orgs/[\w-]+/domains/[\w-]{36})"', browser.get("/orgs/hazel-oak/domains").text)
    assert 'value="auto"' not in browser.get(page).text
    assert "Prove the domain by DNS, then they can join at once." in browser.text
    answer = browser.post(f"{page}/policy", {"policy": "auto", "seen": "0-0-0-0-0"}, on=page)
    assert answer.status_code == 422
    assert proved(portal, "hazel-oak") == [("hazel.example", "staff", "request")]


def test_a_provider_that_staff_name_meanwhile_brings_no_domain(portal: Portal) -> None:
    applied(portal)
    assert portal.run("mail-providers", "add", "@Hazel.example").output == "hazel.example\n"
    portal.run("applications", "approve", only_id(portal))
    assert proved(portal, "hazel-oak") == []


def test_approving_twice_founds_one_organization(portal: Portal) -> None:
    applied(portal)
    application = only_id(portal)
    assert [portal.run("applications", "approve", application).output for _ in range(2)] == ["hazel-oak\n"] * 2
    assert len(portal.mails("sam@hazel.example", "application-approved")) == 1


def test_a_founder_with_a_public_mailbox_brings_no_domain(portal: Portal) -> None:
    applied(portal, "sam@gmail.com")
    portal.run("applications", "approve", only_id(portal), "--name", "Hazel")
    with portal.acting():
        assert organizations.domains_of(organizations.found(organizations.find("hazel")).id) == []
    portal.arrive("mallory@gmail.com")
    assert team(portal, "hazel") == {"sam@gmail.com": "owner"}


def test_others_of_the_domain_who_applied_meanwhile_ask_to_be_let_in_instead(portal: Portal) -> None:
    applied(portal)
    application = only_id(portal)
    lea = portal.arrive("lea@hazel.example")
    portal.arrive("max@elsewhere.example")
    portal.run("applications", "approve", application)
    lea.get("/join")
    assert lea.heading == "Wait for Hazel & Oak to let you in"
    assert team(portal, "hazel-oak") == {"sam@hazel.example": "owner"}
    assert portal.mails("sam@hazel.example", "join-request")
    assert portal.audited("application.joined") == [("domain-founded", {"slug": "hazel-oak"})]
    assert "max@elsewhere.example" in portal.run("applications", "list").output


def test_a_declined_application_says_why_and_may_be_made_again(portal: Portal) -> None:
    browser = applied(portal)
    done = portal.run("applications", "decline", only_id(portal), "--reason", "We need a website first.")
    assert (done.exit_code, done.output) == (0, "declined\n")
    browser.get("/join")
    assert browser.heading == "Your application is declined"
    assert "We need a website first." in browser.text
    assert "We need a website first." in portal.mails("sam@hazel.example", "application-declined")[0].text
    assert portal.audited("application.declined") == [("staff-decided", {})]
    browser.post("/join/again", on="/join")
    assert browser.get("/join").location == "/apply"
    assert only_id(portal)


def test_what_was_decided_once_is_not_decided_otherwise(portal: Portal) -> None:
    applied(portal)
    application = only_id(portal)
    portal.run("applications", "decline", application, "--reason", "No.")
    done = portal.run("applications", "approve", application)
    assert done.exit_code == 1
    assert "This application was declined already." in done.output
    with portal.acting():
        assert organizations.find("hazel-oak") is None


def test_an_applicant_may_withdraw(portal: Portal) -> None:
    browser = applied(portal)
    assert browser.post("/apply/withdraw", on="/apply").location == "/join"
    browser.get("/join")
    assert browser.heading == "Apply to become a partner"
    assert portal.run("applications", "list").output == ""
    assert portal.audited("application.withdrawn") == [("own-choice", {})]
    assert browser.get("/apply").location == "/join"
    assert browser.post("/apply/withdraw", on="/join").status_code == 303


def test_a_domain_that_was_taken_meanwhile_is_not_given_away_twice(portal: Portal) -> None:
    applied(portal, "sam@gmail.com")
    application = only_id(portal)
    browser = applied(portal)
    portal.run("org", "create", "Oak", "--domain", "hazel.example")
    browser.get("/join")
    assert browser.heading == "Wait for Oak to let you in"
    assert ID.findall(portal.run("applications", "list").output) == [application]


@pytest.mark.parametrize("command", [("approve",), ("decline", "--reason", "No.")])
def test_an_application_that_is_not_there_is_told_in_one_sentence(portal: Portal, command: tuple[str, ...]) -> None:
    act, *more = command
    done = portal.run("applications", act, "01234567-89ab-7def-8123-456789abcdef", *more)
    assert done.exit_code == 1
    assert "Traceback" not in done.output
