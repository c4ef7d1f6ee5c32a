"""Where is my credit? What came nearest, in one sentence, and never a word of anybody else's."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import update

from partner_access.credit.insights import forecast, nearest_miss
from partner_access.credit.models import ClientSite, ProvisionalSignUp
from partner_access.credit.provisional import confirmations
from partner_access.db import session
from partner_access.errors import Invalid, TooMany
from partner_access.organizations.models import Organization
from tests.credit.agencies import Agency, day, moment
from tests.credit.provisional.forms import send
from tests.factories import make_sign_up, make_visit
from tests.portal import Portal

SITE = "client.example"
NO_TOUCH = (
    "client.example has been a client since 6 September 2025. Before that, your team had no lead for it, and no "
    "opening of your link led to the sign-up."
)


def search(agency: Agency, website: str = SITE, around: date | None = None) -> nearest_miss.NearestMiss:
    with agency.portal.acting(agency.person.actor, agency.org.id):
        return nearest_miss.search(session().get_one(Organization, agency.org.id), website, around)


# -- clients on the list: the reason of the row, and by how much it missed


def test_a_lead_that_ended_three_days_before(acme):
    with day(0):
        acme.registers()
    with day(93):
        make_sign_up(acme.portal)
        miss = search(acme, "www.client.example")
    assert (miss.kind, miss.headline) == ("client", "Your lead ended 3 days before the client signed up.")
    assert miss.sentence.startswith("Not credited because your lead of 1 September 2025 had ended on 30 November 2025")
    assert miss.next_step == "Renew a lead before it ends; each can be renewed once." and miss.client


def test_a_lead_that_was_withdrawn(acme):
    with day(0):
        lead = acme.registers()
    with day(10):
        acme.withdraws(lead)
    with day(11.5):
        make_sign_up(acme.portal)
        assert search(acme).headline == "Your team withdrew the lead 1 day before the client signed up."


def test_a_lead_that_came_after_the_sign_up(acme):
    with day(4):
        acme.registers()
    with day(5):
        make_sign_up(acme.portal, at=moment(1))
        assert search(acme).headline == "You registered the lead 3 days after the client signed up."


def test_a_link_opened_after_the_sign_up_and_one_opened_too_long_before(acme):
    with day(0):
        early = make_visit(acme.portal, acme.link())
    with day(97):
        late = make_visit(acme.portal, acme.link())
        make_sign_up(acme.portal, "early.example", referral=early)
        make_sign_up(acme.portal, "late.example", referral=late, at=moment(95))
        told = [search(acme, site).headline for site in ("early.example", "late.example")]
    assert told == [
        "The 90 days after the last opening of your link ended 7 days before the client signed up.",
        "Your link was opened 2 days after the client signed up.",
    ]


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("ana@acme.example", "the owner’s e-mail address is at your organization’s own domain"),
        ("", "Credited because the sign-up came with the code of your link"),
    ],
)
def test_own_use_and_what_is_credited_are_told_as_on_the_list(acme, email, sentence):
    with day(0):
        make_sign_up(acme.portal, email=email, referral=acme.link())
        miss = search(acme)
    assert miss.kind == "client" and sentence in miss.sentence and miss.headline == ""


def test_another_partner_was_first_and_is_not_named(acme, bolt):
    with day(0):
        bolt.registers()
        acme.registers()
    with day(1):
        make_sign_up(acme.portal)
        miss = search(acme)
    assert miss.sentence.startswith("Not credited because your lead of 1 September 2025 was still queued")
    assert "Bolt" not in repr(miss) and str(bolt.org.id) not in repr(miss)


# -- client accounts that are not on the list


def test_a_lead_for_the_same_name_with_another_ending(acme):
    with day(0):
        lead = acme.registers("client.de")
    with day(5):
        make_sign_up(acme.portal, "client.com")
        miss = search(acme, "client.com")
    assert (miss.kind, miss.lead.id, miss.may_ask) == ("other-site", lead.id, True)
    assert miss.sentence == "Your lead is for client.de; the client signed up as client.com on 6 September 2025."


@pytest.mark.parametrize(
    ("site", "sent", "without", "answer", "is_told"),
    [
        ("client.example", 3, False, None, True),
        ("other.example", 3, False, None, False),
        ("client.example", 3, True, None, False),
        ("client.example", 3, False, "not-me", False),
        ("client.example", 6, False, None, False),
    ],
    ids=["this very site", "another site", "without the partner", "not me", "after the sign-up"],
)
def test_a_link_is_spoken_of_with_evidence_for_that_very_site(acme, site, sent, without, answer, is_told):
    with day(2):
        make_visit(acme.portal, acme.link())
    for number in sorted({sent, 5}):
        with day(number):
            if number == 5:
                make_sign_up(acme.portal)
            else:
                row = send(acme, site=site, without=without)
                if answer:
                    with acme.portal.acting():
                        confirmations.refuse(session().get_one(ProvisionalSignUp, row.id))
    with day(7):
        miss = search(acme)
    begun = " From your link, somebody began to sign up as client.example on 4 September 2025, and did not confirm it."
    assert (miss.kind, miss.may_ask) == ("no-touch", True)
    assert miss.sentence == NO_TOUCH + (begun if is_told else "")
    assert miss.next_step.startswith("If that was this client, ask" if is_told else "If you work for the client now")


def test_an_account_without_any_part_of_the_organization_tells_its_date_and_nothing_more(acme, bolt):
    with day(5):
        make_sign_up(acme.portal, referral=bolt.link(), email="jo@secret.example", external_id="secret-id")
        miss = search(acme)
    assert (miss.kind, miss.client, miss.lead, miss.may_ask) == ("no-touch", None, None, True)
    assert miss.sentence == NO_TOUCH
    assert not re.search("bolt|secret", repr(miss), re.IGNORECASE)


def test_a_site_that_a_client_moved_away_from(acme):
    with day(5):
        answer = make_sign_up(acme.portal)
        with acme.portal.acting():
            same = ClientSite.client_account_id == answer.account.id
            session().execute(update(ClientSite).where(same).values(until=moment(30)))
        miss = search(acme)
    assert miss.kind == "moved" and "stays theirs until 1 October 2025" in miss.sentence
    assert "6 September" not in miss.sentence
    with day(31):
        assert search(acme).kind == "nobody"


# -- nobody signed up


def test_a_lead_that_is_held_queued_or_over_while_nobody_signed_up(acme, bolt):
    with day(0):
        bolt.registers()
        lead = acme.registers()
        assert "You" not in search(bolt).headline
        queued = search(acme)
    with day(90):
        held = search(acme)
    with day(181):
        over = search(acme)
    assert {miss.lead.id for miss in (queued, held, over)} == {lead.id}
    assert {miss.headline for miss in (queued, held, over)} == {"Nobody has signed up as client.example yet."}
    assert "by another partner; free on 30 November 2025" in queued.sentence
    assert "Held for you until 28 February 2026." in held.sentence
    assert "Expired on 28 February 2026, without a sign-up." in over.sentence
    assert not over.may_ask


def test_a_client_or_a_lead_much_like_it_and_nothing_at_all(acme):
    with day(0):
        acme.registers("ferrocycles.example")
        make_sign_up(acme.portal, "atlas.example", referral=acme.link())
        client, lead, nothing = (search(acme, site) for site in ("atlas.de", "ferro-cycle.example", SITE))
    assert client.sentence == "You have no client atlas.de, but atlas.example, which signed up on 1 September 2025."
    assert client.client and client.kind == "alike-client"
    assert lead.sentence.startswith("Nobody has signed up as ferro-cycle.example. You registered ferrocycles.example")
    assert nothing.sentence == "Nobody has signed up as client.example, and your team has no lead for it."
    assert not (client.may_ask or lead.may_ask or nothing.may_ask)


def test_whether_another_site_has_an_account_is_never_told(acme, bolt):
    with day(0):
        make_sign_up(acme.portal, "client.com", referral=bolt.link())
        acme.registers("client.de")
        miss = search(acme, "client.de")
    assert miss.kind == "lead" and "client.com" not in repr(miss)


# -- the date


@pytest.mark.parametrize(("days", "far"), [(14, False), (-14, False), (15, True), (-15, True)])
def test_a_date_more_than_two_weeks_off_is_said(acme, days, far):
    with day(20):
        make_sign_up(acme.portal, referral=acme.link())
        miss = search(acme, around=moment(20 + days).date())
    assert bool(miss.far) == far
    if far:
        assert "That sign-up was on 21 September 2025, 15 days from the date you gave." in miss.far


def test_of_two_accounts_of_one_site_the_one_near_the_date(acme):
    with day(40):
        make_sign_up(acme.portal, at=moment(0), referral=acme.link())
        make_sign_up(acme.portal, at=moment(30), referral=acme.link())
        first, second = (search(acme, around=moment(number).date()) for number in (2, 28))
    assert (first.client.signed_up_at, second.client.signed_up_at) == (moment(0), moment(30))


# -- the limit, and what is written down


def test_searches_and_checks_share_one_limit_and_are_written_down(acme, monkeypatch):
    monkeypatch.setattr(forecast, "LOOKUPS", 2)
    search(acme)
    search(acme)
    with pytest.raises(TooMany):
        search(acme)
    with pytest.raises(Invalid):
        search(acme, "ferro cycles")
    assert acme.portal.audited("credit.searched") == [("nobody", {"site": SITE})] * 2


# -- the page


def test_the_page_answers_in_place(portal, acme):
    with day(0):
        acme.registers()
    with day(93):
        make_sign_up(portal)
        browser = portal.sign_in(acme.person.email)
        answer = browser.post("/orgs/acme/clients/missing", {"website": SITE, "around": "2025-12-01"})
    assert answer.status_code == 200 and browser.heading == "Where is my credit?"
    assert "Your lead ended 3 days before the client signed up." in browser.text
    assert f'href="/orgs/acme/clients/{acme.client().id}"' in answer.text and 'value="2025-12-01"' in answer.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"website": "", "around": ""}, "website"), ({"website": SITE, "around": "around may"}, "around"),
     ({"website": SITE, "around": "2025-13-1"}, "around"), ({"website": "etsy.com/shop/x"}, "website")],
)  # fmt: skip
def test_a_mistake_is_told_at_its_field(portal, acme, typed, field):
    answer = portal.sign_in(acme.person.email).post("/orgs/acme/clients/missing", typed)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


def test_far_dates_do_not_break_it(portal, acme):
    with day(0):
        make_sign_up(portal, referral=acme.link())
    for text in ("0001-01-01", "9999-12-31"):
        answer = portal.sign_in(acme.person.email).post("/orgs/acme/clients/missing", {"website": SITE, "around": text})
        assert answer.status_code == 200 and "days from the date you gave" in answer.text


# -- asking for another look


def asked_about(portal: Portal, agency: Agency, **typed: str):
    browser = portal.sign_in(agency.person.email)
    data = {"website": SITE, "words": "We brought them."} | typed
    browser.post(f"/orgs/{agency.org.slug}/clients/missing/another-look", data, on="/orgs/acme/clients/missing")
    return browser


def test_another_look_is_asked_for_at_a_client_that_is_not_on_the_list(portal, acme, bolt):
    with day(5):
        make_sign_up(portal, referral=bolt.link())
        browser = portal.sign_in(acme.person.email)
        page = browser.post("/orgs/acme/clients/missing", {"website": SITE, "around": "2025-09-06"})
        assert "Ask for another look" in browser.text and 'name="words"' in page.text
        browser = asked_about(portal, acme)
        client = acme.client()
        assert browser.page.location.endswith(f"/orgs/acme/clients/{client.id}")
        assert (client.state, client.review_by) == ("none", moment(12))
        browser.get(browser.page.location)
        assert "We brought them." in browser.text and "staff have your words" in browser.text
        assert not re.search("bolt", browser.page.text, re.IGNORECASE)
        miss = search(acme)
    assert (miss.kind, miss.client.id, miss.may_ask) == ("no-touch", client.id, False)


def test_asking_needs_words_and_keeps_the_answer_on_the_page(portal, acme):
    with day(5):
        make_sign_up(portal)
        browser = asked_about(portal, acme, words=" ")
    assert browser.page.status_code == 422 and 'id="words-error"' in browser.page.text
    assert "has been a client since 6 September 2025" in browser.text
    assert browser.page.text.count('id="website"') == 1


def test_asking_about_nobody_or_about_an_own_credit_opens_no_question(portal, acme):
    with day(5):
        browser = asked_about(portal, acme)
        assert browser.page.location.endswith("/clients/missing?website=client.example")
        browser.get(browser.page.location)
        assert "Nobody has signed up as client.example" in browser.text
        make_sign_up(portal, referral=acme.link())
        browser = asked_about(portal, acme)
        browser.get(browser.page.location)
        assert "credited to you already" in browser.text
        assert acme.client().review_by is None


def test_asking_counts_as_a_look_up(portal, acme, monkeypatch):
    monkeypatch.setattr(forecast, "LOOKUPS", 0)
    with day(5):
        make_sign_up(portal)
        assert asked_about(portal, acme).page.status_code == 429
    assert not acme.clients()


# -- every kind on its page


def test_every_kind_of_miss_has_a_page_with_one_next_step_and_no_other_name(portal, acme, bolt):
    with day(0):
        for site in ("ferrocycles.de", "held.example"):
            acme.registers(site)
        make_visit(portal, acme.link())
    with day(50):
        browser = portal.sign_in(acme.person.email)
        make_sign_up(portal, "ferrocycles.com", referral=bolt.link())
        make_sign_up(portal, "opened.example", referral=bolt.link())
        make_sign_up(portal, "own.example", referral=acme.link())
    with day(150):
        make_sign_up(portal, "nobodys.example", referral=bolt.link())
        browser = portal.sign_in(acme.person.email)
        seen = {}
        for site in (
            "ferrocycles.com",
            "opened.example",
            "own.example",
            "own.de",
            "held.example",
            "ferrocycle.de",
            "nobodys.example",
            "unheard.example",
        ):
            answer = browser.post("/orgs/acme/clients/missing", {"website": site})
            assert answer.status_code == 200 and not re.search("bolt", answer.text, re.IGNORECASE)
            assert answer.text.count('btn primary"') <= 1 and browser.heading
            seen[site] = browser.text
    assert "Your lead is for ferrocycles.de" in seen["ferrocycles.com"] and "Open your lead" in seen["ferrocycles.com"]
    assert "no opening of your link" in seen["opened.example"] and "Claim it as managed" in seen["opened.example"]
    assert "See the client" in seen["own.example"] and "See the client" in seen["own.de"]
    assert "Open your lead" in seen["held.example"] and "Will ferrocycle.de count?" in seen["ferrocycle.de"]
    assert "no opening of your link" in seen["nobodys.example"] and "no lead for it" in seen["unheard.example"]
