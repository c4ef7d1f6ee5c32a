"""One queue for every kind of decision of staff: what waits, what the rules say, who was first, what comes next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.audit.models import StaffDecision
from partner_access.clock import now
from partner_access.credit.attribution import source_credits
from partner_access.credit.clients import clients
from partner_access.credit.disputes import disputes
from partner_access.credit.lifecycle import org_closures
from partner_access.credit.managed import bulk_claims, claims
from partner_access.credit.models import Ruling
from partner_access.credit.rulings import another_look
from partner_access.db import STAFF, SYSTEM, acting, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import join_requests
from partner_access.organizations.models import DomainClaim, DomainDispute
from partner_access.organizations.ownership import ownerless
from partner_access.organizations.team import memberships
from partner_access.permissions import Role
from tests.credit.agencies import Agency, day
from tests.factories import make_member, make_org, make_sign_up, make_user
from tests.portal import Browser, Portal
from tests.threads import at_once

REASON = "We have known them for years."
CASE = re.compile(r'href="(/staff/queue/[^"?]+)')
CHOSEN = re.compile(r'<input checked[^>]* name="choice"[^>]* value="([^"]+)"')


def cases(browser: Browser, kind: str = "") -> list[str]:
    """The addresses in the queue, as it shows them."""
    return CASE.findall(browser.get(f"/staff/?kind={kind}").get_data(as_text=True))


def chosen(browser: Browser, url: str) -> str:
    """The choice that the page has made for who opens it, or ''."""
    found = CHOSEN.findall(browser.get(url).get_data(as_text=True))
    return found[0] if found else ""


def decide(browser: Browser, url: str, choice: str, reason: str = REASON, **more: str) -> Any:
    return browser.post(url, {"choice": choice, "reason": reason, **more})


def apply(portal: Portal, email: str = "sam@hazel.example", website: str = "hazel.example") -> None:
    portal.arrive(email).post("/apply", {"org_name": f"Hazel of {email}", "website": website, "note": "We know Kim."})


def conflict(acme: Agency, bolt: Agency) -> Any:
    """Acme's lead against Bolt's link."""
    with day(1):
        acme.registers()
    with day(3):
        token = bolt.link_opened()
    with day(5):
        return make_sign_up(acme.portal, referral=token).account


# -- the queue --------------------------------------------------------------------------------------------------------


def test_the_console_is_nothing_to_others_and_a_page_on_their_way_in_to_staff(portal, kim, acme):
    for browser in (portal.sign_in(acme.person.email), portal.sign_in(make_user(portal).email)):
        assert browser.get("/staff/").status_code == 404
    assert portal.browser().get("/staff/").location == "/sign-in?next=/staff/"
    assert kim.get("/join").location == "/staff/"
    assert kim.get("/staff/").status_code == 200
    assert "Nothing waits" in kim.text


def test_what_waits_stands_there_oldest_first_with_its_age_and_what_is_overdue(portal, kim, acme, bolt):
    conflict(acme, bolt)
    with day(6):
        apply(portal)
    with time_machine.travel(now() - timedelta(days=3)):
        apply(portal, "ola@oak.example")
    assert [url.split("/")[3] for url in cases(kim)] == ["conflict", "application", "application"]
    assert "Overdue" in kim.text
    assert "3 days" in kim.text
    assert [url.split("/")[3] for url in cases(kim, "conflict")] == ["conflict"]
    assert kim.get("/staff/?kind=no-such").status_code == 404


# -- each kind --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("email", "website", "rule"),
    [
        ("sam@hazel.example", "www.hazel.example", "approved"),
        ("sam@hazel.example", "oak.example", ""),
        ("sam@gmail.com", "hazel.example", ""),
    ],
)
def test_an_application_is_shown_with_what_we_know_and_the_rules_answer(portal, kim, email, website, rule):
    make_org(portal, "Oak", domain="oak.example")
    apply(portal, email, website)
    [url] = cases(kim)
    assert chosen(kim, url) == rule
    assert "We know Kim." in kim.text
    assert ("Oak" in kim.text) == (website == "oak.example")


def test_letting_colleagues_in_at_once_is_offered_only_at_the_very_website(portal, kim):
    apply(portal, "sam@hazel.example", "www.hazel.example")
    apply(portal, "fay@access.example", "fays-flowers.example")
    first, second = cases(kim)
    for url, offered in ((first, True), (second, False)):
        assert ('value="approved-auto"' in kim.get(url).get_data(as_text=True)) is offered
    assert chosen(kim, first) == "approved"
    assert decide(kim, second, "approved-auto").status_code == 422
    decide(kim, first, "approved-auto")
    portal.arrive("lea@hazel.example")
    assert portal.audited("entry.decided")[-1][0] == "domain-match"


def test_an_application_is_approved_with_a_reason_and_the_next_case_is_shown(portal, kim):
    for email in ("sam@hazel.example", "ola@oak.example"):
        apply(portal, email)
    first, second = cases(kim)
    assert decide(kim, first, "approved").location == second
    assert "Approved" in kim.get(second).get_data(as_text=True)
    with portal.acting():
        org = organizations.find("hazel-of-sam-hazel-example")
        assert org is not None
        [row] = session().scalars(select(StaffDecision)).all()
    assert (row.kind, row.outcome, row.reason) == ("application", "approved", REASON)
    with portal.acting(SYSTEM, org.id):
        assert [(row.user.email, row.role) for row in memberships.listing()] == [("sam@hazel.example", "owner")]
    assert portal.sign_in("sam@hazel.example").get(f"/orgs/{org.slug}/").status_code == 200
    assert decide(kim, second, "declined").location == "/staff/"
    assert REASON in portal.mails("ola@oak.example", "application-declined")[0].text


def test_without_a_reason_or_an_answer_nothing_is_decided_and_nothing_typed_is_lost(portal, kim):
    apply(portal)
    [url] = cases(kim)
    assert decide(kim, url, "declined", "  ").status_code == 422
    assert "Give the reason." in kim.text
    assert kim.post(url, {"reason": "Typed with care."}).status_code == 422
    assert "Choose an answer." in kim.text and "Typed with care." in kim.text
    assert decide(kim, url, "burn").status_code == 422
    assert cases(kim) == [url]


def test_a_conflict_is_ruled_on_with_both_sides_in_view(portal, kim, acme, bolt):
    account = conflict(acme, bolt)
    [url] = cases(kim)
    assert chosen(kim, url) == str(acme.org.id)
    assert "matches the lead Acme Owner registered" in kim.text
    assert "another partner had registered this website" in kim.text
    assert decide(kim, url, str(bolt.org.id), "Bolt was there first.").status_code == 422
    assert "would tell the other side" in kim.text and "Bolt was there first." in kim.text
    assert decide(kim, url, str(bolt.org.id)).location == "/staff/"
    with portal.acting():
        assert source_credits.holder(account.id) == bolt.org.id
        [ruling] = session().scalars(select(Ruling)).all()
    assert ruling.reason == REASON and ruling.decided_by is not None
    kim.get(url)
    assert kim.heading == "You decided this before"
    assert "Credited to Bolt" in kim.text


def test_a_dispute_that_fell_away_says_so(portal, kim, acme, bolt):
    account = conflict(acme, bolt)
    [url] = cases(kim)
    with portal.acting():
        dispute = disputes.find_open(account.id)
        assert dispute is not None
        disputes.close(dispute, disputes.MOOT)
    assert kim.get(url).status_code == 200
    assert kim.heading == "This is over"
    assert decide(kim, url, "nobody").status_code == 409


def disputed(portal: Portal, acme: Agency, bolt: Agency) -> None:
    with portal.acting(STAFF, bolt.org.id):
        session().add(DomainClaim(name="acme.example", token="t", created_at=now()))
        session().add(DomainDispute(domain="acme.example", org_id=bolt.org.id, opened_at=now()))


def test_a_domain_that_two_have_proved_goes_where_the_proof_is_better(portal, kim, acme, bolt):
    disputed(portal, acme, bolt)
    [url] = cases(kim)
    assert chosen(kim, url) == "rival"
    assert decide(kim, url, "rival", "ACME is too old.").status_code == 422
    assert decide(kim, url, "rival", "Whoever keeps the records of acme.example has it.").location == "/staff/"
    with portal.acting():
        assert [row.name for row in organizations.domains_of(bolt.org.id)] == ["acme.example", "bolt.example"]
    assert portal.mails(acme.person.email, "domain-ruled") and portal.mails(bolt.person.email, "domain-ruled")


def claimed(portal: Portal, agency: Agency, account: Any) -> None:
    with portal.acting(agency.person.actor, agency.org.id):
        bulk_claims.claim(agency.org, agency.person, [account.external_id])


@pytest.mark.parametrize(("brings", "rule"), [(True, "yes"), (False, "no")])
def test_a_claim_that_no_client_can_answer_waits_for_staff(portal, kim, acme, brings, rule):
    with day(1):
        lead = acme.registers() if brings else None
    with day(2):
        account = make_sign_up(portal).account
        claimed(portal, acme, account)
    assert bool(lead) == brings
    [url] = cases(kim)
    assert chosen(kim, url) == rule
    assert decide(kim, url, "yes").location == "/staff/"
    with portal.acting():
        assert claims.manager(account) == acme.org.id
    kim.get(url)
    assert "Managed by them" in kim.text


def test_a_claim_that_the_client_was_asked_about_is_not_ours_to_decide(portal, kim, acme):
    with day(1):
        claimed(portal, acme, make_sign_up(portal, email="owner@client.example").account)
    assert cases(kim) == []


def stuck(portal: Portal, acme: Agency, email: str = "sales@acme.example") -> None:
    """Somebody has asked Acme for a week."""
    with time_machine.travel(now() - timedelta(days=8)):
        portal.arrive(email)
    portal.work()


@pytest.mark.parametrize(("choice", "members"), [("approved", 2), ("declined", 1)])
def test_a_join_request_that_nobody_answers_is_answered_by_staff(portal, kim, acme, choice, members):
    stuck(portal, acme)
    [url] = cases(kim)
    assert chosen(kim, url) == "declined"
    assert decide(kim, url, choice).location == "/staff/"
    with portal.acting(SYSTEM, acme.org.id):
        rows = memberships.listing()
        assert len(rows) == members
        assert {row.admitted_by for row in rows} == {None}
    olga = portal.sign_in(acme.person.email)
    assert "Kim Orr" not in olga.get("/orgs/acme/team").get_data(as_text=True)


def looked_after(portal: Portal) -> list[str]:
    """The organizations without an owner, once the worker has looked."""
    with portal.acting():
        while ownerless.look_due():
            session().flush()
        return [org.name for org in ownerless.listing()]


def test_an_organization_whose_owner_was_never_here_again_waits_for_staff_until_one_comes_back(portal, acme):
    assert looked_after(portal) == ["Acme"]  # founded a year ago, and the owner was never here
    portal.sign_in(acme.person.email)
    with time_machine.travel(now() + timedelta(days=1)):
        assert looked_after(portal) == []
    with time_machine.travel(now() + timedelta(days=59)):
        assert looked_after(portal) == []
    with time_machine.travel(now() + timedelta(days=61)):
        assert looked_after(portal) == ["Acme"]


def test_an_organization_without_an_owner_gets_one_who_is_there(portal, kim, acme):
    ada = make_member(portal, acme.org, role="admin", name="Ada Admin")
    make_member(portal, acme.org, name="Moe Member")
    portal.sign_in(ada.email)
    looked_after(portal)
    [url] = cases(kim)
    with portal.acting(SYSTEM, acme.org.id):
        [row] = [row for row in memberships.listing() if row.user_id == ada.id]
    assert chosen(kim, url) == str(row.id)
    assert decide(kim, url, str(row.id)).location == "/staff/"
    with portal.acting(SYSTEM, acme.org.id):
        assert memberships.fetch(row.id).role == Role.OWNER
    assert REASON in portal.mails(acme.person.email, "owner-appointed")[0].text
    assert portal.audited("ownership.appointed") == [("owners-inactive", {})]
    assert looked_after(portal) == [] == cases(kim)


def test_what_cannot_be_decided_so_says_why_and_keeps_the_reason(portal, kim):
    apply(portal)
    [url] = cases(kim)
    make_org(portal, "Hazel Ltd", domain="hazel.example", policy="closed")
    assert chosen(kim, url) == "declined"
    assert "hazel.example" in kim.text and "Hazel Ltd’s by now" in kim.text
    assert decide(kim, url, "approved").status_code == 409
    assert "already the domain of another organization" in kim.text and REASON in kim.text
    assert decide(kim, url, "declined").location == "/staff/"


def test_claims_that_clients_were_asked_about_stand_by_themselves_and_can_be_answered(portal, kim, acme):
    with day(1):
        account = make_sign_up(portal, email="owner@client.example").account
        claimed(portal, acme, account)
    assert cases(kim) == []
    [url] = cases(kim, "managed-asked")
    assert decide(kim, url, "yes").location == "/staff/"
    with portal.acting():
        assert claims.manager(account) == acme.org.id


@pytest.mark.parametrize("told", ["Bolt Owner was first.", "ACME! was first", "Write to {email}.", "See bolt.example"])
def test_a_reason_names_no_side_and_none_of_its_people(portal, kim, acme, bolt, told):
    conflict(acme, bolt)
    [url] = cases(kim)
    assert decide(kim, url, "nobody", told.format(email=bolt.person.email)).status_code == 422
    assert "would tell the other side who it is" in kim.text
    assert decide(kim, url, "nobody", "Another partner was first.").location == "/staff/"


def test_another_look_shows_what_each_side_has_and_what_the_rules_say_without_the_ruling(portal, kim, acme, bolt):
    conflict(acme, bolt)
    [url] = cases(kim)
    decide(kim, url, str(bolt.org.id))
    with portal.acting(acme.person.actor, acme.org.id):
        another_look.raise_for_client(clients.listing()[0], session().get_one(User, acme.person.id), "We were first.")
    [url] = cases(kim)
    assert chosen(kim, url) == str(acme.org.id)
    assert "So it was without the ruling of" in kim.text
    assert "Registered on 2 September 2025" in kim.text and "opened on 4 September 2025" in kim.text


def test_an_organization_that_was_closed_meanwhile_gets_no_owner(portal, kim, acme):
    ada = make_member(portal, acme.org, role="admin", name="Ada Admin")
    looked_after(portal)
    [url] = cases(kim)
    with portal.acting(STAFF):
        org_closures.close(organizations.fetch(acme.org.id), "They asked us to.")
    with portal.acting(SYSTEM, acme.org.id):
        [row] = [row for row in memberships.listing() if row.user_id == ada.id]
    assert decide(kim, url, str(row.id)).status_code in (404, 409)
    assert not portal.mails(ada.email, "membership-changed")


def test_two_applicants_of_one_domain_approved_at_once_found_one_organization(portal, kim, lou):
    for name in ("sam", "ola"):
        apply(portal, f"{name}@hazel.example")
    urls = cases(kim)
    for browser, url in zip((kim, lou), urls, strict=True):
        browser.get(url)
    pairs = zip((kim, lou), urls, strict=True)
    answers = at_once(*(partial(lambda one, at: decide(one, at, "approved").status_code, *pair) for pair in pairs))
    assert 303 in answers and set(answers) <= {303, 409}
    with portal.acting():
        assert len(organizations.slugs()) == 1


def test_what_an_admin_answered_is_not_written_down_as_staffs(portal, acme):
    stuck(portal, acme)
    with portal.acting(acme.person.actor, acme.org.id):
        [row] = join_requests.waiting()
        join_requests.approve(row)
    with portal.acting(STAFF, acme.org.id), pytest.raises(Conflict):
        join_requests.answer_for(join_requests.fetch(row.id), is_in=True, reason=REASON)


# -- two people at once -----------------------------------------------------------------------------------------------


def test_who_comes_second_sees_what_the_first_decided(portal, kim, lou):
    apply(portal)
    [url] = cases(kim)
    lou.get(url)
    decide(kim, url, "declined", "Not an agency.")
    answer = decide(lou, url, "approved")
    assert answer.status_code == 409
    assert lou.heading == "Kim Orr decided this"
    assert "Declined" in lou.text and "Not an agency." in lou.text and "Your answer was not taken" in lou.text


OPENS: dict[str, Callable[[Portal, Agency, Agency], Any]] = {
    "application": lambda portal, acme, bolt: apply(portal),
    "conflict": lambda portal, acme, bolt: conflict(acme, bolt),
    "domain": disputed,
    "managed": lambda portal, acme, bolt: claimed(portal, acme, make_sign_up(portal).account),
    "join-request": lambda portal, acme, bolt: stuck(portal, acme),
}
CHOICES = {
    "application": ("approved", "declined"), "conflict": ("nobody", "nobody"), "domain": ("holder", "rival"),
    "managed": ("yes", "no"), "join-request": ("approved", "declined"),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(OPENS))
def test_of_two_who_decide_at_once_one_decides_and_both_see_who(portal, kim, lou, acme, bolt, kind):
    OPENS[kind](portal, acme, bolt)
    [url] = cases(kim, kind)
    browsers = {"Kim Orr": kim, "Lou Pine": lou}
    for browser in browsers.values():
        browser.get(url)

    def press(browser: Browser, choice: str) -> Callable[[], int]:
        return lambda: decide(browser, url, choice).status_code

    pairs = zip(browsers.values(), CHOICES[kind], strict=True)
    answers = at_once(*(press(browser, choice) for browser, choice in pairs))
    with portal.acting():
        made = [*session().scalars(select(StaffDecision)), *session().scalars(select(Ruling))]
        assert len(made) == 1
    assert set(answers) <= {303, 409}
    for browser in browsers.values():
        browser.get(url)
    headings = {browser.heading for browser in browsers.values()}
    assert "You decided this before" in headings
    assert headings & {f"{name} decided this" for name in browsers}


# -- what staff wrote stays -------------------------------------------------------------------------------------------


def test_what_staff_decided_cannot_be_changed_or_removed(portal):
    subject = make_user(portal).id
    with portal.acting(STAFF):
        audit.staff_decided("application", subject, "approved", REASON)
        with pytest.raises(Invalid):
            audit.staff_decided("application", subject, "approved", " \n")
    with portal.acting(), acting(SYSTEM), pytest.raises(ValueError, match="not the programme"):
        audit.staff_decided("application", subject, "approved", REASON)
    for statement in ("update staff_decision set reason = 'x'", "delete from staff_decision"):
        with portal.app.app_context(), pytest.raises(DBAPIError, match="append-only"):
            session().connection().exec_driver_sql(statement)
        with portal.app.app_context():
            session().rollback()
