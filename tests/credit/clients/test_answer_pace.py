"""No oracle: beyond a hundred answers an hour leads and claims count at once, and are answered within a day."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.accounts import throttles
from partner_access.accounts.models import User
from partner_access.credit.clients import answer_pace
from partner_access.credit.handovers import creation
from partner_access.credit.insights import list_rows
from partner_access.credit.lifecycle import org_closures, org_mergers
from partner_access.credit.managed import bulk_claims
from partner_access.credit.models import Lead, ManagedClaim
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.db import STAFF, SYSTEM, session
from partner_access.errors import Invalid, TooMany
from partner_access.organizations.directory import organizations
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization
from tests.credit.agencies import Agency, change_rules, day, moment, verified
from tests.factories import make_sign_up, staff_act, submit_lead
from tests.portal import Portal

TAKEN = (
    "Taken on 6 September 2025, 09:00 UTC, which is the time that counts. The answer comes within a day, by "
    "7 September 2025, 09:00 UTC, because your team has sent more than 100 websites within the hour."
)


def spend(agency: Agency, answers: int = answer_pace.AT_ONCE) -> None:
    """The agency gets so many answers of this hour."""
    with agency.portal.acting():
        for _ in range(answers):
            assert throttles.take(f"answers:{agency.org.id}", answer_pace.AT_ONCE, answer_pace.WINDOW)


def sends(agency: Agency, site: str) -> str:
    """Registers a lead; how it came out."""
    return submit_lead(agency.portal, agency.org, agency.person, site).outcome


def claims(agency: Agency, *lines: str) -> list[tuple[str, str]]:
    with agency.portal.acting(agency.person.actor, agency.org.id):
        org, person = session().get_one(Organization, agency.org.id), session().get_one(User, agency.person.id)
        return [(row.code, row.sentence) for row in bulk_claims.claim(org, person, lines)]


def rows(agency: Agency) -> dict[str, tuple[str, str, str]]:
    """Its leads as its pages show them: by website the status word, the short word and the sentence."""
    with agency.portal.acting(SYSTEM, agency.org.id):
        shown = list_rows.lead_rows(session().scalars(select(Lead).order_by(Lead.site)).all())
        return {row.site: (row.status.label, row.short, row.sentence) for row in shown}


@pytest.fixture
def sites(portal: Portal, acme: Agency, bolt: Agency) -> Iterator[None]:
    """One website is free, one is held by Bolt, one is a client's; Acme has had all answers of the hour of day 5."""
    with day(1):
        bolt.registers("held.example")
        make_sign_up(portal, "client.example", email="jo@client.example")
    with day(5):
        spend(acme)
    yield
    verified(portal)


def test_a_hundred_answers_an_hour_come_at_once_and_the_next_is_taken(acme):
    with day(5):
        spend(acme, 98)
        assert [sends(acme, f"{name}.example") for name in ("a", "b", "c")] == ["registered", "registered", "taken"]
        assert sends(acme, "a.example") == "already-yours"
    with clock.at(moment(5) + answer_pace.WINDOW):
        assert sends(acme, "d.example") == "registered"


def test_what_is_taken_looks_the_same_whatever_is_known_of_the_website(portal, acme, sites):
    with day(5):
        before = acme.live_leads()
        assert [sends(acme, site) for site in ("free.example", "held.example", "client.example")] == ["taken"] * 3
        assert set(rows(acme).values()) == {("Taken", "Taken", TAKEN.removeprefix("Taken "))}
        assert acme.live_leads() == (before[0] + 3, before[1] + 3)
        assert {sends(acme, site) for site in ("free.example", "client.example")} == {"already-yours"}
        browser, pages = portal.sign_in(acme.person.email), set()
        with portal.acting(SYSTEM, acme.org.id):
            leads = {row.site: row.id for row in session().scalars(select(Lead))}
        for site, lead_id in leads.items():
            browser.get(f"/orgs/acme/leads/{lead_id}")
            pages.add(browser.text.replace(site, "SITE"))
        assert len(pages) == 1 and TAKEN in pages.pop()


def test_a_lead_that_was_taken_counts_from_its_own_time_and_before_later_ones(portal, acme, bolt, sites):
    with day(5):
        sends(acme, "free.example")
    with day(5.1):
        assert sends(bolt, "free.example") == "queued"
    with day(5.2):
        make_sign_up(portal, "free.example", referral=bolt.link())
    assert (acme.client().reason, bolt.client().reason) == ("credited-lead", "other-lead-first")


def test_the_answers_come_by_mail_and_on_the_page_within_the_day(portal, acme, sites):
    with day(5):
        for site in ("free.example", "held.example", "client.example"):
            sends(acme, site)
    with day(5.8):
        assert portal.work() == 0 and rows(acme)["free.example"][0] == "Taken"
    with day(6):
        portal.work()
    assert {site: row[:2] for site, row in rows(acme).items()} == {
        "free.example": ("Registered", "Held for you"),
        "held.example": ("Queued", "Already registered"),
        "client.example": ("Ended", "Ended"),
    }
    assert acme.live_leads() == (3, 2)
    (mail,) = portal.mails(acme.person.email, "late-answers")
    assert "client.example: Ended because the website is an existing client’s" in mail.text
    assert portal.work() == 0


def test_claims_are_taken_and_made_as_of_the_time_at_which_they_were_sent(portal, acme, sites):
    lines = ["client.example", "nobody.example", "no-such-id"]
    with day(5):
        told = claims(acme, *lines, "not a website")
        assert [code for code, _ in told] == ["taken", "taken", "taken", "not-used"]
        assert {sentence for _, sentence in told[:3]} == {TAKEN}
        assert claims(acme, *lines) == told[:3] and not acme.clients()
    with day(5.1):  # in another hour the line waits on
        assert claims(acme, *lines) == told[:3] and not acme.clients()
    with day(6):
        portal.work()
        with portal.acting(SYSTEM, acme.org.id):
            later = [(row.text, row.code) for row in bulk_claims.later_answers()]
            claim = session().scalars(select(ManagedClaim)).one()
    assert sorted(later) == [("client.example", "asked"), ("no-such-id", "not-used"), ("nobody.example", "no-client")]
    assert (claim.claimed_at, claim.answer_by) == (moment(5), moment(20))
    assert len(portal.mails(acme.person.email, "late-answers")) == 1
    assert portal.mails("jo@client.example", "managed-ask")
    browser = portal.sign_in(acme.person.email)
    with day(6):
        browser.get("/orgs/acme/managed/add")
    assert "Lines that are answered later" in browser.text and "Register them before they do" in browser.text


def test_the_page_looks_at_no_line_that_it_has_not_answered(portal, acme, sites):
    browser = portal.sign_in(acme.person.email)
    page = browser.post("/orgs/acme/managed/add/lead", {"website": "new.example", "shown": "client.example"})
    assert "They have signed up meanwhile" not in page.text and "client.example" not in browser.text
    page = browser.post("/orgs/acme/managed/add", {"lines": "nobody.example"})
    shown = re.search(r'name="shown"[^>]*value="([^"]+)"', page.text)[1]
    browser.post("/orgs/acme/managed/add/lead", {"website": "new.example", "shown": shown})
    assert "nobody.example" in browser.text


def test_an_account_is_not_created_beyond_the_hundred_and_the_form_stays(portal, acme, sites):
    with day(5), portal.acting(acme.person.actor, acme.org.id), pytest.raises(TooMany, match="works again at 10:00"):
        creation.create(acme.org, acme.person, LeadDetails("C", "client.example", contact_email="a@b.example"), "form")


def test_whoever_has_too_many_open_leads_is_told_at_once_whatever_the_website_is(portal, acme, sites):
    with day(4):
        change_rules(portal, lead_limit=1)
    with day(5):
        assert sends(acme, "client.example") == "taken"
        for site in ("free.example", "held.example"):
            with pytest.raises(Invalid, match="1 of 1 open leads"):
                sends(acme, site)


def test_what_was_taken_is_withdrawn_before_it_is_answered(portal, acme, sites):
    with day(5):
        for site in ("free.example", "client.example"):
            sends(acme, site)
        for lead in leads_of(portal, acme):
            acme.withdraws(lead)
    with day(6):
        portal.work()
    assert {row[0] for row in rows(acme).values()} == {"Ended"} and acme.live_leads() == (2, 0)


def leads_of(portal: Portal, agency: Agency) -> list[Lead]:
    with portal.acting(SYSTEM, agency.org.id):
        return list(session().scalars(select(Lead)))


def test_what_was_taken_goes_over_with_a_merger_and_is_answered_there(portal, acme, bolt, sites):
    with day(5):
        for site in ("free.example", "held.example", "client.example"):
            sends(acme, site)
        claims(acme, "nobody.example")
        spend(bolt)
        assert sends(bolt, "client.example") == "taken"
        with portal.acting(STAFF):
            orgs = [organizations.fetch(one.org.id) for one in (acme, bolt)]
            org_mergers.merge_into(*orgs, "They said so.")
    with day(6):
        portal.work()
        with portal.acting(SYSTEM, bolt.org.id):
            later = [(row.text, row.code) for row in bulk_claims.later_answers()]
    with portal.acting(SYSTEM, bolt.org.id):
        live = session().scalars(select(Lead.site).where(Lead.ended_at.is_(None)).order_by(Lead.site)).all()
        assert not session().scalars(select(Lead).where(Lead.answer_at.is_not(None), Lead.ended_at.is_(None))).all()
    assert live == ["free.example", "held.example"] and bolt.live_leads()[1] == 2
    assert later == [("nobody.example", "no-client")]


def test_the_page_says_that_it_was_taken_when_and_when_the_answer_comes(portal, acme, sites):
    with day(5):
        browser = portal.sign_in(acme.person.email)
        form = {"kind": "lead", "website": "client.example", "company": "Client"}
        browser.post("/orgs/acme/clients/new", form, follow_redirects=True)
        assert browser.text.startswith(f"{TAKEN} You are mailed when it is there.")
        browser.get("/orgs/acme/leads")
        assert "Answer by 7 September 2025" in browser.text and "Held" not in browser.text


def test_a_closed_organization_is_answered_nothing_and_a_paused_one_later(portal, acme, bolt, sites):
    with day(5):
        spend(bolt)
        for agency in (acme, bolt):
            claims(agency, "client.example")
        staff_act(portal, pauses.suspend, acme.org)
        staff_act(portal, org_closures.close, bolt.org)
    with day(6):
        portal.work()
        assert not portal.mails(name="late-answers") and not portal.mails(name="managed-ask")
        staff_act(portal, pauses.resume, acme.org)
    with day(7):
        portal.work()
    assert [mail.to for mail in portal.mails(name="late-answers")] == [acme.person.email]


def test_hundreds_are_answered_in_portions_of_one_transaction_each(portal, acme, sites):
    with day(4):
        change_rules(portal, lead_limit=None)
    with day(5):
        for number in range(55):
            sends(acme, f"late-{number}.example")
    with day(6):
        assert portal.work() == 2
        told = portal.mails(acme.person.email, "late-answers")
    assert [f"{mail.subject}".split(": ")[1] for mail in told] == ["50 websites", "5 websites"]
    assert {row[0] for row in rows(acme).values()} == {"Registered"}
