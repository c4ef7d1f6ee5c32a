"""Will this count? The answer is what a sign-up gets that is recorded right after it, whatever happened before."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from partner_access import clock
from partner_access.clock import now
from partner_access.credit.attribution import decisions, signups
from partner_access.credit.clients import clients
from partner_access.credit.insights import forecast, forecast_ways
from partner_access.credit.models import ClientAccount, ClientSite, Lead
from partner_access.credit.rules import engine, versions
from partner_access.credit.rules.decision import Decision
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.settings import FIRST, LINK_FIRST
from partner_access.credit.touchpoints import leads, registrations
from partner_access.db import session
from partner_access.errors import Invalid, PortalError, TooMany
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization
from tests.credit.agencies import Agency, accounts_of, change_rules, day, moment
from tests.factories import make_sign_up, make_visit, staff_act, submit_lead
from tests.portal import Portal
from tests.threads import at_once

SITE = "client.example"
TAKEN = "Somebody else has registered this website."


def check(agency: Agency, website: str = SITE, email: str = "") -> forecast.Forecast:
    with agency.portal.acting(agency.person.actor, agency.org.id):
        return forecast.of_website(session().get_one(Organization, agency.org.id), website, email)


def rungs(found: forecast.Forecast) -> dict[str, str]:
    return {rung.title: rung.text for rung in found.rungs}


# -- the answers


def test_a_free_website_depends_on_how_they_sign_up(acme):
    with day(0):
        found = check(acme, "https://www.Client.example/shop")
    assert (found.site, found.word, found.code) == (SITE, "depends", "no-touch")
    assert found.counts_by == {"link", "lead", "behalf"} and found.may_register and not found.may_queue
    assert rungs(found)["They sign up by themselves"] == "Does not count: nothing would tie them to you."
    assert rungs(found)["You register them as a lead first"].startswith("Counts for 90 days")


def test_a_website_held_by_an_own_lead_counts_until_the_lead_ends(acme):
    with day(0):
        lead = acme.registers()
    with day(89):
        found = check(acme)
        assert (found.word, found.lead.id, found.rungs) == ("yes", lead.id, [])
        assert "holds this website until 30 November 2025." in found.sentence
    with day(90):
        found = check(acme)
    assert (found.word, found.code, found.lead) == ("depends", "lead-expired", None)
    assert "of 1 September 2025 ended on 30 November 2025" in found.sentence


def test_a_website_of_another_partners_lead_does_not_count_and_says_when_it_is_free(acme, bolt):
    with day(0):
        bolt.registers()
        found = check(acme)
    assert (found.word, found.may_queue, found.may_register) == ("no", True, False)
    assert found.sentence == f"{TAKEN} It is free on 30 November 2025, unless the client signs up before."
    assert "Bolt" not in repr(found) and str(bolt.org.id) not in repr(found) and "partner" not in found.sentence


def test_who_waits_in_line_is_not_asked_to_register_again(acme, bolt):
    with day(0):
        bolt.registers()
        queued = acme.registers()
        found = check(acme)
    assert (found.word, found.lead.id, found.may_queue) == ("no", queued.id, False)
    assert found.sentence.startswith(TAKEN)


def test_whoever_waits_gets_yes_from_the_moment_the_site_is_free_though_the_worker_did_not_come_by(acme, bolt):
    with day(0):
        bolt.registers()
        acme.registers()
    with day(90):
        assert check(acme).word == "yes"
        assert check(bolt).word == "no"


def test_an_existing_client_does_not_count_and_only_the_date_is_told(acme, bolt):
    with day(5):
        make_sign_up(acme.portal, referral=bolt.link())
    with day(7):
        found = check(acme)
    assert (found.word, found.code, found.rungs) == ("no", "existing-client", [])
    assert found.sentence == (
        "This website has been a client since 6 September 2025. Only a client’s first account earns credit."
    )
    assert not found.may_register and not found.may_queue


def test_a_site_that_a_client_moved_away_from_stays_theirs_for_a_time(acme):
    with day(5):
        answer = make_sign_up(acme.portal)
        with acme.portal.acting():
            same = ClientSite.client_account_id == answer.account.id
            session().execute(update(ClientSite).where(same).values(until=moment(30)))
        found = check(acme)
        assert (found.word, found.code) == ("no", "moved-client")
        assert found.sentence.endswith("it stays theirs until 1 October 2025.")
    with day(31):
        assert check(acme).word == "depends"


def test_a_client_on_the_list_is_answered_with_what_the_list_says(acme, bolt):
    with day(5):
        make_sign_up(acme.portal, referral=acme.link())
        found = check(acme)
        assert (found.word, found.client.id) == ("yes", acme.client().id)
        assert found.sentence.startswith("Credited because the sign-up came with the code")
        assert check(bolt).word == "no"


def test_the_own_website_does_not_count_in_any_way(acme):
    with day(0):
        found = check(acme, "www.acme.example")
    assert (found.word, found.code, found.counts_by, found.may_register) == ("no", "own-site", set(), False)


def test_an_owner_at_the_own_domain_counts_only_where_the_account_is_created_for_them(acme):
    with day(0):
        found = check(acme, email="ana@mail.acme.example")
    assert (found.word, found.code) == ("depends", "own-use")
    assert found.counts_by == {"behalf"}
    assert "staff would look at it" in rungs(found)["They sign up by themselves"]


@pytest.mark.parametrize(
    "website", ["", "ferro cycles", "etsy.com/shop/x", "localhost", "1.2.3.4", "co.uk", "gmail.com"]
)
def test_every_website_that_is_none_has_its_own_sentence_and_is_not_counted(acme, website):
    for _ in range(2):
        with pytest.raises(Invalid) as refused:
            check(acme, website)
        assert refused.value.field == "website" and refused.value.sentence
    assert not acme.portal.audited("check.asked")


def test_a_mistake_in_the_address_is_told_at_its_field(acme):
    with pytest.raises(Invalid) as refused:
        check(acme, email="ana at acme")
    assert refused.value.field == "email"


@pytest.mark.parametrize("website", [SITE, "bolt.example", "free.example"])
def test_an_address_at_the_holders_own_domain_is_answered_like_any_other(acme, bolt, website):
    with day(0):
        bolt.registers()
        asked = [
            check(acme, website, f"jo@{domain}") for domain in ("mail.bolt.example", "bolt.example", "other.example")
        ]
    assert asked[0] == asked[1] == asked[2]


def test_a_website_whose_holder_is_paused_can_be_registered_as_the_answer_says(portal, acme, bolt):
    with day(0):
        bolt.registers()
        pause(portal, bolt)
        found = check(acme)
        assert (found.word, found.code, found.may_register) == ("depends", "no-touch", True)
        assert acme.registers().held_from == moment(0)


def test_a_website_that_cannot_be_registered_yet_says_when_and_offers_the_other_ways(acme):
    with day(0):
        acme.registers()
    with day(100):
        found = check(acme)
    assert (found.word, found.may_register, found.counts_by) == ("depends", False, {"link", "behalf"})
    assert found.barred.endswith("You can register it again on 30 December 2025.")


# -- the limit, and what is written down


def test_sixty_an_hour_for_the_whole_organization_then_it_says_when_it_works_again(acme, bolt, monkeypatch):
    monkeypatch.setattr(forecast, "LOOKUPS", 3)
    with clock.at(moment(0) + timedelta(minutes=20)):
        for _ in range(3):
            check(acme)
        with pytest.raises(TooMany) as refused:
            check(acme)
        assert check(bolt).word == "depends"
    assert refused.value.retry_after == 40 * 60 and "works again at 10:00 UTC." in refused.value.sentence
    with clock.at(moment(0) + timedelta(minutes=60)):
        assert check(acme).word == "depends"


def test_the_limit_holds_for_those_who_ask_at_once(acme, monkeypatch):
    monkeypatch.setattr(forecast, "LOOKUPS", 3)

    def ask() -> bool:
        try:
            return bool(check(acme))
        except TooMany:
            return False

    assert sum(at_once(*[ask] * 8)) == 3


def test_every_question_is_written_down_with_its_site_and_answer(acme):
    check(acme)
    assert acme.portal.audited("check.asked") == [("depends", {"site": SITE})]


def test_asking_changes_no_lead_and_no_count(acme, bolt):
    with day(0):
        lead = bolt.registers()
        before = vars(bolt.lead(lead)).copy(), bolt.live_leads(), acme.live_leads()
        check(acme)
        check(bolt)
        after = vars(bolt.lead(lead)).copy(), bolt.live_leads(), acme.live_leads()
    del before[0]["_sa_instance_state"], after[0]["_sa_instance_state"]
    assert {name: value for name, value in before[0].items() if name != "submitter"} == {
        name: value for name, value in after[0].items() if name != "submitter"
    }
    assert before[1:] == after[1:]


# -- the answer is the engine's


def happen(choice: random.Random, acme: Agency, bolt: Agency) -> None:
    """Something that may have happened before somebody asks."""
    who = choice.choice((acme, bolt))
    acts: list[Callable[[], object]] = [
        *[who.registers] * 6,
        *[lambda: [who.withdraws(lead) for lead in live_leads(who)]] * 3,
        *[lambda: [who.renews(lead) for lead in live_leads(who) if registrations.can_renew(lead)]] * 3,
        lambda: make_sign_up(acme.portal, referral=choice.choice(["", who.link()])),
        *[lambda: move_away(acme.portal)] * 3,
        lambda: pause(acme.portal, bolt),
    ]
    with suppress(PortalError):  # what the portal does not let them do did not happen
        choice.choice(acts)()


def live_leads(who: Agency) -> list[Lead]:
    with who.portal.acting(who.person.actor, who.org.id):
        return [lead for lead in leads.listing(live=True) if lead.site == SITE]


def move_away(portal: Portal) -> None:
    """Whoever has the site moves to another one; it stays an alias for a while."""
    with portal.acting():
        mine = ClientSite.site == SITE, ClientSite.until.is_(None)
        session().execute(update(ClientSite).where(*mine).values(until=now() + timedelta(days=40)))


def pause(portal: Portal, who: Agency) -> None:
    staff_act(portal, pauses.suspend, who.org)


def recorded(agency: Agency, way: str, email: str) -> tuple[bool, str]:
    """Whether the credit of a sign-up in this way, right now, is the agency's, and the reason that it is told."""
    referral, created_for = "", None
    if way == "link":
        referral = make_visit(agency.portal, agency.link())
    if way == "lead":
        submit_lead(agency.portal, agency.org, agency.person, SITE)
    if way == "behalf":
        created_for = agency.org.id
    with clock.at(now() + timedelta(seconds=1)), agency.portal.acting():
        signup = signups.check(
            external_id="the-one",
            company="Client",
            website=SITE,
            email=email,
            signed_up_at=now(),
            referral=referral,
            came_by="csv",
        )
        answer = signups.record(signups.SignUp(**vars(signup) | {"created_for": created_for}))
        decision = stored(answer.account)
    return decision.winner == str(agency.org.id), decision.reason_for(str(agency.org.id))


def stored(account: ClientAccount) -> Decision:
    row = decisions.latest(account)
    assert row is not None
    return engine.decide(Facts.from_json(row.facts), versions.version(row.rule_version))


EMAILS = ("", "jo@somewhere.example", "ana@acme.example")


@pytest.mark.parametrize("way", forecast_ways.WAYS)
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.slow
def test_the_answer_is_what_a_sign_up_recorded_right_after_gets(portal, acme, bolt, seed, way):
    choice = random.Random(f"{seed} {way}")
    with day(0):
        for who in (acme, bolt):
            who.link()
        if seed % 3 == 2:
            change_rules(portal, order=LINK_FIRST, click=FIRST, lead_days=20)
    at = 0.0
    for _ in range(choice.randrange(0, 9)):
        at += choice.choice((0.1, 3, 30, 60))
        with day(at):
            happen(choice, acme, bolt)
    email = choice.choice(EMAILS)
    with day(at + choice.choice((0.1, 20, 91))):
        found = check(acme, email=email)
        if found.client:
            with portal.acting(acme.person.actor, acme.org.id):
                account = accounts_of(SITE)[0]
                mine = clients.of_account(account.id)
            assert mine and mine.id == found.client.id and mine.is_credited == (found.word == "yes")
            return
        predicted = {row.name: row for row in found.ways}
        if way not in predicted:
            assert way == "lead" and not found.may_register and not found.may_queue
            return
        assert (predicted[way].counts, predicted[way].code) == recorded(acme, way, email)
    counting = [row for row in found.ways if row.mark != "stop"]
    assert found.word == ("yes" if predicted["alone"].counts else "depends" if counting else "no")


# -- the page


def test_the_page_answers_in_place_and_keeps_what_was_typed(portal, acme, bolt):
    with day(0):
        bolt.registers()
        browser = portal.sign_in(acme.person.email)
        answer = browser.post("/orgs/acme/clients/check", {"website": "https://www.client.example/x"})
    assert answer.status_code == 200 and browser.heading == "Will this count?"
    assert f"No. {TAKEN} It is free on 30 November 2025" in browser.text
    assert "We match on client.example" in browser.text and 'value="https://www.client.example/x"' in answer.text
    assert "/orgs/acme/clients/new?as=lead&website=client.example" in unescape(answer.text)
    assert not re.search("bolt", answer.text, re.IGNORECASE)


def test_a_website_that_is_none_is_told_at_the_field(portal, acme):
    browser = portal.sign_in(acme.person.email)
    answer = browser.post("/orgs/acme/clients/check", {"website": "ferro cycles"})
    assert answer.status_code == 422 and "<title>Error: Will this count?" in unescape(answer.text)
    assert "A website name has no spaces." in unescape(answer.text).partition('id="website-error"')[2]


def test_over_the_limit_the_page_says_when_it_works_again(portal, acme, monkeypatch):
    monkeypatch.setattr(forecast, "LOOKUPS", 0)
    browser = portal.sign_in(acme.person.email)
    answer = browser.post("/orgs/acme/clients/check", {"website": SITE})
    assert answer.status_code == 429 and "It works again at" in browser.text
    assert int(answer.headers["Retry-After"]) <= 3600
