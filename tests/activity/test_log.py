"""Activity: who of the team did what, in words, newest first; and nobody of elsewhere by name."""

from __future__ import annotations

import csv
import io
import re

import pytest

from partner_access import audit
from partner_access.activity import details
from partner_access.activity.words import KINDS, NOT_TOLD, WORDS
from partner_access.audit import kinds
from partner_access.db import STAFF, SYSTEM
from partner_access.organizations.directory import organizations, settings
from partner_access.organizations.directory.settings import OrgSettings
from partner_access.organizations.domains import domains
from partner_access.organizations.team import memberships, recipients
from partner_access.organizations.team.topics import Topic
from partner_access.permissions import Role
from tests.credit.agencies import Agency, day
from tests.factories import make_member, make_org, make_sign_up, make_user
from tests.portal import Browser


@pytest.fixture
def page(acme: Agency) -> Browser:
    return acme.portal.sign_in(acme.person.email)


def open_activity(page: Browser, query: str = "") -> str:
    assert page.get(f"/orgs/acme/activity{query}").status_code == 200
    assert page.heading == "Activity"
    return page.text.partition("Reason When")[2]


def test_it_says_who_did_what_to_what_when_and_links_to_it(acme, page):
    lead = acme.registers("ferro.example")
    acme.withdraws(lead)
    text = open_activity(page)
    assert text.index("Lead withdrawn") < text.index("Lead registered") < text.index("Organization founded")
    assert "Lead withdrawn Client Acme Owner Withdrawn" in text
    assert f'href="/orgs/acme/leads/{lead.id}"' in page.page.text


def test_what_happens_by_itself_and_what_staff_do_are_told_apart(acme, page):
    make_sign_up(acme.portal, referral=acme.link())
    with acme.portal.acting(STAFF, acme.org.id):
        audit.record("dispute.closed", subject=acme.client().id, reason="another-look")
    text = open_activity(page)
    assert "Credit decided Client Automatic Credited" in text
    assert "answered Client The programme’s staff Another look" in text
    assert f'href="/orgs/acme/clients/{acme.client().id}"' in page.page.text
    assert "ledger" not in text.lower()


def test_a_teammate_who_left_is_marked_and_stays_to_choose(acme, page):
    mia = make_member(acme.portal, acme.org, name="Mia Falk")
    with acme.portal.acting(mia.actor, acme.org.id):
        audit.record("referral_link.created", code="x", label="y")
    with acme.portal.acting(SYSTEM, acme.org.id):
        memberships.remove(next(row for row in memberships.listing() if row.user_id == mia.id), reason="no-longer-here")
    text = open_activity(page, f"?by={mia.id}")
    assert "Referral link created Mia Falk (former teammate)" in text and "Removed" not in text
    assert "Removed from the team Mia Falk Automatic No longer here" in open_activity(page, "?kind=team")


def test_nobody_of_elsewhere_is_named(acme, page):
    bob = make_member(acme.portal, make_org(acme.portal, "Bolt"), name="Bob Ritter")
    with acme.portal.acting(bob.actor, acme.org.id):
        audit.record("dispute.opened", reason="another-look")
    text = open_activity(page)
    assert "Question to the programme’s staff opened Outside your team Another look" in text
    assert "Bob" not in page.page.text and str(bob.id) not in page.page.text
    assert page.get(f"/orgs/acme/activity?by={bob.id}").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_chosen_and_is_an_address(acme, page, kind):
    acme.registers()
    page.get("/orgs/acme/activity?kind=nonsense")
    make_sign_up(acme.portal, referral=acme.link())
    wanted = {WORDS[event] for event, of in kinds.OF_ORG.items() if of == kind}
    open_activity(page, f"?kind={kind}")
    shown = re.findall(r'<th role="rowheader" scope="row">\s*(.*?)\s*<span', page.page.text, re.DOTALL)
    assert shown and set(shown) <= wanted
    assert f'<option value="{kind}" selected>' in page.page.text


def test_a_page_that_was_refused_to_a_member_is_told_with_its_reason(acme):
    mia = make_member(acme.portal, acme.org, name="Mia Falk")
    request = f"/orgs/acme/team/requests/{acme.org.id}/approve"
    browser = acme.portal.sign_in(mia.email)
    assert browser.post(request, on="/help").status_code == 403
    assert "Refused approve request Mia Falk Role too low" in open_activity(browser, "?kind=access")


def test_what_was_refused_to_a_stranger_is_none_of_the_teams_business(acme, page):
    stranger = acme.portal.sign_in(make_user(acme.portal, name="Sam Nobody").email)
    assert stranger.get("/orgs/acme/activity").status_code == 404
    assert "Nothing of this kind yet" in page.get("/orgs/acme/activity?kind=access").text
    assert acme.portal.audited("page.refused")[-1] == ("not-a-member", {"endpoint": "credit.activity", "slug": "acme"})


def test_days_and_a_reason_code_can_be_chosen_and_so_can_the_file(acme):
    mia = make_member(acme.portal, acme.org, name="Mia Falk")
    browser = acme.portal.sign_in(mia.email)
    for number, site in ((1, "one.example"), (2, "two.example"), (3, "three.example")):
        with day(number), acme.portal.acting(mia.actor, acme.org.id):
            audit.record("check.asked", site=site)
            reason = "role-too-low" if number > 1 else "conflict"
            audit.record("page.refused", reason=reason, endpoint=f"x.page_{number}")
    text = open_activity(browser, "?since=2025-09-03&until=2025-09-04")
    assert "two.example" in text and "three.example" in text and "one.example" not in text
    text = open_activity(browser, "?kind=access&until=2025-09-03&code=role-too-low")
    assert "Refused page 2 Mia Falk Role too low role-too-low" in text and "page 1" not in text and "page 3" not in text
    assert "?until=2025-09-03&amp;code=role-too-low" in browser.page.text.replace("kind=access&amp;", "")
    answer = browser.get("/orgs/acme/activity.csv?code=conflict")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["about"], row["reason code"]) for row in rows] == [("page 1", "conflict")]
    assert "Nothing of this kind yet" in browser.get("/orgs/acme/activity?code=nobody-knows").text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=yesterday", "Enter the day like 2026-11-23"),
        ("until=9999-12-31", "Enter the day like 2026-11-23"),
        ("until=%00", "Enter the day like 2026-11-23"),
        ("since=2026-02-02&until=2026-02-01", "The last day comes before the first."),
        ("code=Role+too+low", "A reason code has small letters"),
        ("code=%00", "A reason code has small letters"),
    ],
)
def test_a_filter_that_was_typed_is_refused_at_its_field_and_stays(acme, page, query, sentence):
    acme.registers()
    assert page.get(f"/orgs/acme/activity?kind=leads&{query}").status_code == 422
    assert page.text.count(sentence) == 2 and "Lead registered" not in page.text
    assert '<option value="leads" selected>' in page.page.text
    assert page.get(f"/orgs/acme/activity.csv?{query}").status_code == 422


def test_a_row_says_which_domain_from_what_to_what_and_to_whom(acme, page):
    mia = make_member(acme.portal, acme.org, name="Mia Falk")
    with acme.portal.acting(acme.person.actor, acme.org.id):
        row = next(row for row in memberships.listing() if row.user_id == mia.id)
        memberships.change_role(row, Role.ADMIN)
        claim = domains.claim("brand.example")
        audit.record("domain.policy_changed", domain="brand.example", policy="auto", before="request", admitted=2)
        org = organizations.fetch(acme.org.id)
        settings.save(org, OrgSettings("Acme Two", "two.example", "closed"), seen=settings.read(org))
        recipients.choose({(Topic.STATEMENT, row.id)}, seen=())
        audit.record("lead.handed_over", heir=str(mia.id))
    text = open_activity(page)
    assert "Role changed Mia Falk From member to admin Acme Owner" in text
    assert "by e-mail domain changed brand.example From Asks first to Joins at once; let in: 2" in text
    assert (
        "Settings changed Name; Website: from nothing to two.example; "
        "Newly proved domains: from Asks first to By invitation only" in text
    )
    assert "Lead handed over to a colleague To Mia Falk Acme Owner" in text
    for path in (f"team/{row.id}", f"domains/{claim.id}"):
        assert f'href="/orgs/acme/{path}"' in page.page.text
    assert "Who gets which mails changed" not in text, "an admin gets it already"


@pytest.mark.parametrize(
    ("event", "fields", "sentence"),
    [
        ("membership.created", {"role": "owner", "domain": None}, "As an owner"),
        ("membership.readdressed", {"domain": "acme.example"}, "Address at acme.example"),
        ("join_request.decision_undone", {"outcome": "declined"}, "It had been declined"),
        ("organization.founded", {"domain": "acme.example", "policy": "auto"}, "Joins at once"),
        ("organization.founded", {"domain": None, "policy": "auto"}, ""),
        ("domain.proved", {"domain": "acme.example"}, ""),
        ("domain.policy_changed", {"policy": "auto", "before": "auto", "include_subdomains": True},
         "Joins at once, as before, subdomains too"),
        ("domain.ruled", {"outcome": "rival"}, "It goes to who proved it second"),
        ("settings.changed", {"changed": ["website"], "website": None, "website_before": "a.example"},
         "Website: from a.example to nothing"),
        ("recipients.changed", {"topic": "team", "added": ["1"], "removed": ["2", "3"]},
         "Requests to join: with Mia, without Tom, somebody"),
        ("hand_over.handed_over", {"heir": "2"}, "To Tom"),
        ("lead.won", {"site": "a.example"}, ""),
    ],
)  # fmt: skip
def test_what_fields_say(event, fields, sentence):
    assert details.sentence(event, fields, {"1": "Mia", "2": "Tom"}) == sentence


@pytest.mark.parametrize("query", ["?kind=nonsense", "?by=nobody", "?before=yesterday", "?by=0197"])
@pytest.mark.parametrize("path", ["activity", "activity.csv"])
def test_a_filter_that_we_never_made_is_not_found(page, path, query):
    if path == "activity.csv" and "before" in query:
        pytest.skip("a file has no pages")
    assert page.get(f"/orgs/acme/{path}{query}").status_code == 404


def test_more_than_a_page_is_paged_without_loss_or_repeat_and_the_file_has_all_of_it(acme, page):
    with acme.portal.acting(acme.person.actor, acme.org.id):
        for number in range(60):
            audit.record("check.asked", site=f"s{number:02}.example")
    open_activity(page, f"?kind=clients&by={acme.person.id}")
    seen = re.findall(r"s\d\d\.example", page.page.text)
    older = re.search(r'href="([^"]+)" rel="next"', page.page.text)[1].replace("&amp;", "&")
    assert len(seen) == 50 and page.get(older).status_code == 200
    seen += re.findall(r"s\d\d\.example", page.page.text)
    assert sorted(seen) == [f"s{number:02}.example" for number in range(60)]
    answer = page.get(f"/orgs/acme/activity.csv?kind=clients&by={acme.person.id}")
    assert answer.headers["Content-Disposition"] == "attachment; filename=activity-acme.csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["about"] for row in rows] == seen and {row["who"] for row in rows} == {"Acme Owner"}


def test_every_event_has_a_kind_and_words_of_its_own():
    assert set(kinds.OF_ORG) == set(WORDS) and set(kinds.OF_ORG.values()) == set(KINDS)
    assert len(set(WORDS.values())) == len(WORDS)
    assert not NOT_TOLD & set(WORDS)
