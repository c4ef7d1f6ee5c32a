"""The rules of the programme in the console: try others, see what would change, save the next version with a reason."""

from __future__ import annotations

import re
from typing import Any

from partner_access.clock import now
from partner_access.credit.rules import versions
from tests.credit.agencies import Agency, change_rules, day
from tests.factories import make_sign_up
from tests.portal import Browser, Portal

SETTINGS = {"window_days": 90, "lead_days": 90, "hold_hours": 24, "order": "lead-first", "click": "last"}


def simulate(browser: Browser, **settings: Any) -> Any:
    return browser.get("/staff/rules/simulate", query_string=SETTINGS | settings)


def save(browser: Browser, *, seen: int = 1, reason: str = "As agreed.", **settings: Any) -> Any:
    fields = {name: str(value) for name, value in (SETTINGS | settings).items()}
    return browser.post("/staff/rules", fields | {"seen": str(seen), "reason": reason}, on="/staff/rules/simulate")


def conflict(acme: Agency, bolt: Agency) -> None:
    """Acme's lead against Bolt's link."""
    with day(1):
        acme.registers()
    with day(3):
        token = bolt.link_opened()
    with day(5):
        make_sign_up(acme.portal, external_id="both", referral=token)


def test_the_page_shows_the_rules_and_every_version_with_its_reason(portal, kim):
    change_rules(portal, window_days=60, reason="Shorter, said the partners.")
    kim.get("/staff/rules")
    assert kim.heading == "Rules of the programme"
    assert "Version 2 decides whoever signs up now" in kim.text
    assert "Days for which an opened link counts: 90 days → 60 days" in kim.text
    assert "Shorter, said the partners. A command" in kim.text
    assert re.search(r'name="window_days"[^>]*value="60"', kim.page.text)


def test_trying_rules_counts_and_lists_what_would_change_and_saves_nothing(portal, kim, acme, bolt):
    conflict(acme, bolt)
    simulate(kim, order="link-first")
    assert "1 of 1 decisions would change To another partner 1" in kim.text
    assert "Acme by a lead" in kim.text and "Bolt by a link" in kim.text
    assert 'href="/staff/why?site=client.example"' in kim.page.text
    with portal.acting():
        assert len(versions.listing()) == 1


def test_what_was_tried_is_saved_with_a_reason_and_decides_from_then_on(portal, kim, acme, bolt):
    conflict(acme, bolt)
    simulate(kim, order="link-first")
    hidden = dict(re.findall(r'<input [^>]*name="(\w+)"[^>]*value="([^"]*)"', kim.page.text))
    answer = kim.post("/staff/rules", hidden | {"reason": "Links first."}, on="/staff/rules/simulate")
    assert answer.status_code == 303
    kim.get(answer.location)
    assert "Saved as version 2. It decides whoever signs up from now on." in kim.text
    assert "Links first. Kim Orr" in kim.text
    assert acme.client().reason == "credited-lead"
    with portal.acting():
        assert versions.at(now()).order == "link-first"


def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(kim):
    answer = simulate(kim, window_days="abc", lead_days=181, order="none")
    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 365." in kim.text and "Enter a whole number from 1 to 180." in kim.text
    assert "Choose one of the two." in kim.text and "integer" not in kim.text
    assert 'value="abc"' in kim.page.text and 'value="181"' in kim.page.text


def test_without_a_reason_nothing_is_saved(portal, kim):
    answer = save(kim, window_days=30, reason=" ")
    assert (answer.status_code, "Give the reason." in kim.text) == (422, True)
    assert re.search(r'name="window_days" value="30"', kim.page.text)
    assert save(kim, window_days=0).status_code == 422
    with portal.acting():
        assert len(versions.listing()) == 1


def test_who_comes_second_reads_the_firsts_version_and_keeps_what_was_typed(portal, kim, lou):
    assert save(kim, window_days=30, reason="Kim was first.").status_code == 303
    answer = save(lou, window_days=60, reason="Lou thinks so.")
    assert answer.status_code == 409
    assert "Kim Orr saved version 2" in lou.text and "“Kim was first.”" in lou.text
    assert "Lou thinks so." in lou.text and 'name="seen"' in lou.page.text
    assert re.search(r'name="seen"[^>]*value="2"', lou.page.text)
    assert save(lou, window_days=60, seen=2).status_code == 303
    with portal.acting():
        assert [row.by for row in versions.listing()] == ["Lou Pine", "Kim Orr", None]


def test_the_same_rules_are_nothing_to_save(kim):
    simulate(kim)
    assert "these are the rules already" in kim.text and "Save these rules" not in kim.text
    answer = save(kim)
    assert (answer.status_code, "there is nothing to save" in kim.text) == (422, True)
    assert save(kim, window_days=30, seen=10**9).status_code == 409


# -- why?


def test_why_shows_both_sides_by_name(kim, acme, bolt):
    conflict(acme, bolt)
    kim.get("/staff/why?site=https://www.client.example/contact")
    assert kim.heading == "Why? client.example"
    assert "Credited to Acme" in kim.text and "by version 1 of the rules" in kim.text
    assert "Lead: Acme" in kim.text and "Link: Bolt" in kim.text and "Open question Acme, Bolt: answer by" in kim.text


def test_why_of_a_site_without_a_client_says_who_holds_it_and_what_would_come(kim, acme):
    with day(0):
        acme.registers()
    kim.get("/staff/why?site=client.example")
    assert "Nobody has signed up with client.example." in kim.text and "Over" in kim.text
    kim.get("/staff/why?site=free.example")
    assert "No partner has registered this website." in kim.text


def test_why_of_what_is_no_website_says_so_at_the_field(kim):
    assert kim.get("/staff/why?site=10.0.0.1").status_code == 422
    assert "That is an IP address" in kim.text and 'value="10.0.0.1"' in kim.page.text
    assert kim.get("/staff/why").status_code == 200 and "Type a client’s website" in kim.text


# -- the commands


def test_the_command_shows_tries_and_saves_rules(portal, acme, bolt):
    conflict(acme, bolt)
    assert "order\tlead-first" in portal.run("rules", "show").output
    tried = portal.run("rules", "simulate", "--order", "link-first").output.splitlines()
    assert tried[:3] == ["accounts\t1", "flips\t1", "to-another\t1"]
    assert tried[-1] == "both\tclient.example\t6 September 2025\tAcme (lead)\tBolt (link)"
    saved = portal.run("rules", "change", "--order", "link-first", "--lead-days", "60", "--reason", "Agreed.")
    assert saved.output.startswith("version 2 is valid from ")
    assert (
        portal.run("rules", "history")
        .output.splitlines()[0]
        .endswith("90\t60\t24\t13\tlink-first\tlast\toff\toff\toff\toff\t25\t30\t-\tAgreed.")
    )
    assert "order\tlink-first" in portal.run("rules", "show").output


def test_the_command_refuses_in_a_sentence(portal):
    for arguments in (("simulate", "--window-days", "0"), ("change", "--window-days", "0", "--reason", "x")):
        refused = portal.run("rules", *arguments)
        assert (refused.exit_code, "Enter a whole number from 1 to 365." in refused.output) == (1, True)
    assert portal.run("rules", "change", "--reason", "x").exit_code == 1


def test_a_partner_does_not_find_the_page(portal: Portal, acme: Agency) -> None:
    browser = portal.sign_in(acme.person.email)
    assert {browser.get(url).status_code for url in ("/staff/rules", "/staff/why", "/staff/rules/simulate")} == {404}


def test_a_number_that_may_be_off_is_left_empty_for_never(portal, kim):
    assert save(kim, dispute_days="30", trial_days="", return_months="6").status_code == 303
    with portal.acting():
        saved = versions.newest().rules
    assert (saved.dispute_days, saved.trial_days, saved.return_months) == (30, None, 6)
    assert save(kim, seen=2, dispute_days="", return_months="6").status_code == 303
    answer = simulate(kim, dispute_days="soon", return_months="5")
    assert answer.status_code == 422 and "or nothing for never" in kim.text


def test_a_setting_that_may_be_off_takes_a_number_or_nothing(portal, kim):
    kim.get("/staff/rules/simulate?comeback_days=many")
    assert "or nothing for never" in kim.text
    kim.post("/staff/rules", SETTINGS | {"comeback_days": "30", "seen": "1", "reason": "Agreed."})
    assert "comeback_days\t30" in portal.run("rules", "show").output.splitlines()
    kim.get("/staff/rules/simulate?comeback_days=")
    assert "30 days → Off" in kim.text
    assert portal.run("rules", "change", "--comeback-days", "off", "--reason", "Agreed.").exit_code == 0
    assert "comeback_days\toff" in portal.run("rules", "show").output.splitlines()
    assert portal.run("rules", "change", "--comeback-days", "0", "--reason", "Agreed.").exit_code == 1
