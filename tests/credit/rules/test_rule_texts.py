"""Every text that says a number or an order of the rules says that of the present ones."""

from __future__ import annotations

from partner_access.credit.rules.settings import FIRST, LINK_FIRST
from tests.credit.agencies import change_rules
from tests.factories import make_sign_up


def test_help_says_what_the_present_rules_say(portal):
    browser = portal.browser()
    browser.get("/help/matching")
    assert "Then the last click within 90 days." in browser.text and "held for 90 days from" in browser.text
    assert browser.text.index("A lead comes first.") < browser.text.index("last click within")
    assert "It stays ended even when they come back." in browser.text
    change_rules(portal, order=LINK_FIRST, click=FIRST, window_days=30, lead_days=60, hold_hours=1, comeback_days=45)
    browser.get("/help/matching")
    assert browser.text.index("The first click within 30 days comes first.") < browser.text.index("Then a lead.")
    assert "held for 60 days from" in browser.text and "pending for 1 hour," in browser.text
    assert "If they come back within 45 days, it goes on by itself" in browser.text
    assert "version 2" in browser.text and "wins over anybody’s referral link" not in browser.text
    browser.get("/help")
    assert "The first referral link the client opened within 30 days" in browser.text
    browser.get("/privacy")
    assert "remembers it for 30 days" in browser.text
    browser.get("/")
    assert "By the first referral link opened within 30 days first" in browser.text


def test_a_partners_pages_promise_what_the_present_rules_say_and_keep_what_they_promised(portal, acme):
    lead = acme.registers()
    change_rules(portal, order=LINK_FIRST, window_days=30, lead_days=60, hold_hours=0)
    browser = portal.sign_in(acme.person.email)
    browser.get("/orgs/acme/clients/new")
    assert "for Acme for 60 days." in browser.text and "wins over every link" not in browser.text
    browser.get("/orgs/acme/referral-links")
    assert "Whoever starts there within 30 days is credited" in browser.text
    browser.get(f"/orgs/acme/leads/{lead.id}")
    assert "for 90 days more" in browser.text


def test_will_this_count_answers_by_the_present_rules(portal, acme, bolt):
    change_rules(portal, order=LINK_FIRST, click=FIRST, lead_days=60)
    acme.registers()
    browsers = [portal.sign_in(agency.person.email) for agency in (acme, bolt)]
    for browser, slug in zip(browsers, ("acme", "bolt"), strict=True):
        browser.post(f"/orgs/{slug}/clients/check", {"website": "client.example"})
    assert "unless they open another partner’s link." in browsers[0].text
    assert "Somebody else has registered this website. As things stand, it counts only" in browsers[1].text
    assert "Counts, unless they have opened another partner’s link before." in browsers[1].text
    browsers[0].post("/orgs/acme/clients/check", {"website": "free.example"})
    assert "Counts for 60 days, whatever e-mail address they use, unless they open" in browsers[0].text


def test_a_clients_page_says_by_which_rules_it_was_decided(portal, acme):
    make_sign_up(portal, referral=acme.link())
    change_rules(portal, window_days=30)
    browser = portal.sign_in(acme.person.email)
    browser.get(f"/orgs/acme/clients/{acme.client().id}")
    assert "Rules Version 1 Days for which an opened link counts: 90 days" in browser.text
