"""What a client sees: the landing page of a link, signing up from it, and what the partner then reads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from partner_access import clock
from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.touchpoints import links
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization
from partner_access.permissions import StaffRole
from tests.factories import make_lead, make_link, make_member, make_org, make_sign_up, make_user, make_visit, staff_act
from tests.portal import Browser, Portal

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
HIDDEN = re.compile(r'name="(visit|form_id|without)"[^>]*value="([^"]*)"')
ELSEWHERE = "https://meridian.example/sign-up?plan=free"


@pytest.fixture
def acme(portal: Portal) -> Organization:
    """An organization whose link is /r/acme."""
    org = make_org(portal)
    assert make_link(portal, org).code == "acme"
    return org


@pytest.fixture
def owner(portal: Portal, acme: Organization) -> User:
    return make_member(portal, acme, role="owner", name="Ana Lind")


@pytest.fixture
def ana(portal: Portal, owner: User) -> Browser:
    """Her browser."""
    return portal.sign_in(owner.email)


def ask(client: Browser, path: str = "/r/acme", **fields: str) -> None:
    """Open the page and send its form; the client looks at what follows."""
    page = client.get(path, headers=FIREFOX)
    typed = {"website": "luma.example", "email": "jo@luma.example"} | fields
    address = path.partition("?")[0].removesuffix("/get-started") + "/get-started"
    client.post(address, dict(HIDDEN.findall(page.text)) | typed, headers=FIREFOX)
    if client.page.status_code == 303:
        client.get(client.page.location)


def sign_up(portal: Portal, client: Browser, path: str = "/r/acme", **fields: str) -> None:
    """The same, and confirm it with the code that was mailed."""
    ask(client, path, **fields)
    client.post("/confirm-sign-up", {"code": portal.code(fields.get("email", "jo@luma.example"))})
    client.get(client.page.location)


def staff_page_of_client(portal: Portal) -> Browser:
    """What one of the programme's staff reads of the client that is not named yet."""
    staff = make_user(portal, "kim@meridian.example")
    with portal.acting():
        sign_ins.grant_staff(staff.email_key, StaffRole.STAFF)
    kim = portal.sign_in(staff.email)
    kim.get("/staff/clients?state=not-named")
    kim.get(re.search(r'href="(/staff/clients/0[^"]+)"', kim.page.text)[1])
    return kim


def opened(ana: Browser) -> str:
    """How often the primary link was opened, in the words of its page."""
    ana.get("/orgs/acme/referral-links")
    return re.search(r"Opened once|Opened \d+ times|Not opened yet", ana.text)[0]


def test_a_client_who_signs_up_from_the_link_is_the_partners_pending_client_and_says_why(portal, ana):
    client = portal.browser()
    client.get("/r/acme", headers=FIREFOX)
    assert client.heading == "Create your Meridian account"
    assert "Recommended by Acme" in client.text and "never your data" in client.text
    sign_up(portal, client, company="Luma Skincare")
    assert client.heading == "Your Meridian account is being set up" and "You named Acme" in client.text
    ana.get("/orgs/acme/clients")
    assert "Luma Skincare luma.example Pending Your link" in ana.text
    assert "Credited because the client opened your link “acme” on" in ana.text
    assert "jo@luma.example" not in ana.page.text


def test_a_lead_and_its_client_lead_to_each_other_also_when_the_website_is_another(portal, acme, owner, ana):
    lead = make_lead(portal, acme, owner, "luma.example")
    with portal.acting(org=acme.id):
        code = links.of_lead(lead.id).code
    sign_up(portal, portal.browser(), f"/r/{code}", website="another-name.example")
    ana.get(f"/orgs/acme/leads/{lead.id}")
    ana.get(re.search(r'href="(/orgs/acme/clients/0[^"]+)"', ana.page.text)[1])
    assert "because the client used the link of the lead Ana Lind registered on" in ana.text
    assert f'href="/orgs/acme/leads/{lead.id}"' in ana.page.text


def test_a_website_that_cannot_be_used_is_answered_at_its_field(portal, acme):
    client = portal.browser()
    ask(client, website="luma", email="jo@luma.example")
    html = client.page.text
    assert client.page.status_code == 422 and "<title>Error: Get started with Acme" in html
    assert "The ending is missing." in html.partition('id="website-error"')[2].partition("</p>")[0]
    assert 'value="luma"' in html and 'value="jo@luma.example"' in html
    assert dict(HIDDEN.findall(html))["visit"]


def test_a_form_sent_twice_is_one_sign_up(portal, ana):
    client = portal.browser()
    form = dict(HIDDEN.findall(client.get("/r/acme", headers=FIREFOX).text))
    for _ in range(2):
        client.post("/r/acme/get-started", form | {"website": "luma.example", "email": "jo@luma.example"})
        assert client.page.location == "/confirm-sign-up"
    assert len(portal.mails("jo@luma.example")) == 1
    client.post("/confirm-sign-up", {"code": portal.code("jo@luma.example")})
    ana.get("/orgs/acme/clients")
    assert ana.text.count("Show evidence") == 1


def test_a_client_may_go_on_without_the_partner_who_then_gets_no_credit_and_the_reason(portal, ana):
    client = portal.browser()
    client.get("/r/acme", headers=FIREFOX)
    assert 'href="/r/acme/get-started?without=1"' in client.page.text
    sign_up(portal, client, "/r/acme/get-started?without=1")
    assert "Acme gets no credit for it." in client.text
    ana.get("/orgs/acme/clients?state=declined")
    assert "because the client chose to go on without a partner" in ana.text
    ana.get("/orgs/acme/clients?state=pending")
    assert "Show evidence" not in ana.text


def test_a_name_with_a_sign_no_database_takes_is_no_obstacle(portal, acme):
    client = portal.browser()
    sign_up(portal, client, name="Jo\x00 Berg")
    assert client.heading == "Your Meridian account is being set up"


# -- which openings count


def test_an_opening_counts_and_leaves_a_cookie_that_no_script_reads(portal, ana):
    assert opened(ana) == "Not opened yet"
    client = portal.browser()
    cookie = next(c for c in client.get("/r/acme", headers=FIREFOX).headers.getlist("Set-Cookie") if "visitor=" in c)
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/r", "Max-Age=7776000"))
    assert opened(ana) == "Opened once"
    client.get("/r/ACME", headers=FIREFOX)
    assert opened(ana) == "Opened 2 times"


@pytest.mark.parametrize(
    "path", ["/r/acme/", "/r/acme.", "/R/ACME", "/r/%3Cacme%3E", "/r/acme%20)", "/r/acme&utm_source=x"]
)
def test_a_link_that_was_changed_on_its_way_opens_once(portal, ana, path):
    page = portal.app.test_client().get(path, headers=FIREFOX, follow_redirects=True)
    assert (page.status_code, page.request.path) == (200, "/r/acme")
    assert opened(ana) == "Opened once"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/r/acme?preview=1", FIREFOX),
        ("/r/acme", {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}),
        ("/r/acme", {"User-Agent": ""}),
        ("/r/acme", FIREFOX | {"Sec-Purpose": "prefetch;prerender"}),
        ("/r/acme", FIREFOX | {"Purpose": "prefetch"}),
        ("/r/acme/get-started", FIREFOX),
    ],
)
def test_previews_bots_and_prefetches_do_not(portal, ana, path, headers):
    page = portal.browser().get(path, headers=headers)
    assert page.status_code == 200 and "visitor=" not in str(page.headers)
    assert opened(ana) == "Not opened yet"


def test_head_does_not_count(portal, ana):
    page = portal.app.test_client().head("/r/acme", headers=FIREFOX)
    assert page.status_code == 200 and "visitor=" not in str(page.headers)
    assert opened(ana) == "Not opened yet"


def test_the_preview_says_so_and_can_send_nothing(portal, acme):
    client = portal.browser()
    client.get("/r/acme?preview=1")
    assert "This is what clients see." in client.text and "Recommended by Acme" in client.text
    assert "<form" not in client.page.text and "/get-started" not in client.page.text


def test_an_unknown_link_and_a_suspended_partners_are_explained(portal, acme):
    client = portal.browser()
    assert client.get("/r/nobody").status_code == 404 and "This link is no partner’s." in client.text
    staff_act(portal, pauses.suspend, acme)
    assert client.get("/r/acme").status_code == 410 and "This link is not in use at the moment." in client.text


# -- where the vendor's own page signs clients up


def test_the_vendors_own_sign_up_page_gets_the_token_of_the_visit(portal, ana):
    portal.app.config["SIGNUP_URL"] = ELSEWHERE
    client = portal.browser()
    page = client.get("/r/acme", headers=FIREFOX)
    assert "<form" not in page.text and "Recommended by Acme" in client.text
    start = re.search(r'class="btn primary wide" href="(/r/acme/get-started\?visit=[\w-]{43})"', page.text)[1]
    answer = client.get(start)
    assert answer.status_code == 303 and answer.location.startswith(f"{ELSEWHERE}&referral=")
    make_sign_up(portal, "luma.example", referral=answer.location.partition("referral=")[2])
    ana.get("/orgs/acme/clients?state=pending")
    assert "Credited because the client opened your link “acme”" in ana.text


def test_it_gets_none_from_a_client_who_goes_on_without_the_partner(portal, acme):
    portal.app.config["SIGNUP_URL"] = ELSEWHERE
    assert portal.browser().get("/r/acme/get-started?without=1").location == ELSEWHERE


def test_it_gets_the_links_code_when_the_token_is_not_ours(portal, acme):
    portal.app.config["SIGNUP_URL"] = ELSEWHERE
    answer = portal.browser().get("/r/acme/get-started?visit=made-up")
    assert answer.location == f"{ELSEWHERE}&referral=acme"


@pytest.mark.parametrize("path", ["", "?preview=1", "/get-started", "/get-started?without=1"])
def test_each_page_has_one_heading_a_title_and_nothing_inline(portal, acme, path):
    client = portal.browser()
    html = client.get(f"/r/acme{path}", headers=FIREFOX).text
    assert client.heading and not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\bsrc=)", html)
    assert re.search("<title>[^<]+ – Meridian partners</title>", html)


# -- the mailed link, and the page to wait at


def test_in_the_browser_that_asked_one_button_confirms_and_a_look_changes_nothing(portal, ana):
    client = portal.browser()
    ask(client)
    assert client.heading == "Check your mailbox" and "jo@luma.example" in client.text
    link = portal.link("jo@luma.example")
    for page in (client.get(link), client.client.head(link)):
        assert page.status_code == 200
    client.get(link)
    assert client.heading == "Confirm your sign-up" and "Not me" not in client.text
    ana.get("/orgs/acme/clients")
    assert "luma.example Waiting for the client to confirm, by" in ana.text and "No client yet" in ana.text
    client.post(link)
    client.get(client.page.location)
    assert client.heading == "Your Meridian account is being set up"
    ana.get("/orgs/acme/clients")
    assert "Waiting for the client" not in ana.text and "Pending Your link" in ana.text


def test_elsewhere_it_says_where_and_when_it_was_asked_and_may_be_refused(portal, ana):
    ask(portal.browser(), website="luma.example", company="Free Money Ltd", name="Eve")
    other = portal.browser()
    link = portal.link("jo@luma.example")
    other.get(link)
    assert "luma.example" in other.text and "in Firefox on Linux" in other.text and "UTC" in other.text
    assert "Free Money" not in other.page.text and "Eve" not in other.text
    other.post(f"{link}/refuse", on=link)
    assert other.get(other.page.location).status_code == 200
    assert other.heading == "There is no account"
    other.post(link, on="/help")
    other.get(link)
    assert other.heading == "There is no account"
    ana.get("/orgs/acme/clients")
    assert "luma.example" not in ana.text


def test_a_wrong_code_is_said_at_its_field_and_a_browser_that_asked_nothing_is_told(portal, acme):
    client = portal.browser()
    client.get("/confirm-sign-up")
    assert client.heading == "Check your mailbox" and "Nobody has signed up in this browser" in client.text
    ask(client)
    client.post("/confirm-sign-up", {"code": "12"})
    assert client.page.status_code == 422 and "This is not the code." in client.text
    assert portal.browser().get("/confirm-sign-up/forged").status_code == 404


def test_a_mailbox_that_got_its_mails_of_the_day_is_said_on_the_form(portal, acme):
    client = portal.browser()
    for number in range(3):
        ask(client, website=f"site{number}.example")
        assert client.heading == "Check your mailbox"
    ask(client, website="one-more.example")
    assert client.page.status_code == 429 and "This address got several mails today" in client.text
    assert 'value="one-more.example"' in client.page.text


# -- what the form names besides its own link


def test_a_stale_visit_hides_no_code(portal, ana):
    """A page left open for longer than an opening counts, sent today: its own link is a touch of today."""
    client = portal.browser()
    with clock.at(now() - timedelta(days=100)):
        stale = client.get("/r/acme", headers=FIREFOX).text
    fresh = dict(HIDDEN.findall(client.get("/r/acme/get-started").text))
    old = {"visit": dict(HIDDEN.findall(stale))["visit"]}
    client.post("/r/acme/get-started", fresh | old | {"website": "luma.example", "email": "jo@luma.example"})
    client.post("/confirm-sign-up", {"code": portal.code("jo@luma.example")})
    ana.get("/orgs/acme/clients")
    assert "Credited because the sign-up came with the code of your link" in ana.text


def test_an_opening_of_another_link_that_the_form_names_is_said_and_not_obeyed(portal, acme, ana):
    bolt = make_org(portal, "Bolt")
    bob = make_member(portal, bolt, role="owner")
    foreign = make_visit(portal, make_link(portal, bolt).code)
    client = portal.browser()
    fields = dict(HIDDEN.findall(client.get("/r/acme/get-started").text)) | {"visit": foreign}
    client.post("/r/acme/get-started", fields | {"website": "luma.example", "email": "jo@luma.example"})
    client.post("/confirm-sign-up", {"code": portal.code("jo@luma.example")})
    ana.get("/orgs/acme/clients")
    assert "Credited because the sign-up came with the code of your link" in ana.text
    rival = portal.sign_in(bob.email)
    rival.get("/orgs/bolt/clients")
    assert "was named in the form of another partner’s link" in rival.text


@pytest.mark.parametrize("token", ["old", "foreign"])
def test_the_vendors_page_is_told_the_code_instead_of_an_old_or_foreign_visit(portal, acme, token):
    portal.app.config["SIGNUP_URL"] = ELSEWHERE
    other = make_link(portal, make_org(portal, "Bolt")).code
    with clock.at(now() - timedelta(days=91 if token == "old" else 1)):
        visit = make_visit(portal, "acme" if token == "old" else other)
    answer = portal.browser().get(f"/r/acme/get-started?visit={visit}")
    assert answer.location == f"{ELSEWHERE}&referral=acme"


def test_where_the_vendor_signs_clients_up_the_portal_has_no_form(portal, acme):
    client = portal.browser()
    fields = dict(HIDDEN.findall(client.get("/r/acme/get-started").text))
    portal.app.config["SIGNUP_URL"] = ELSEWHERE
    client.post("/r/acme/get-started", fields | {"website": "luma.example", "email": "jo@luma.example"}, on="/help")
    assert client.page.status_code == 404 and portal.mails() == []


# -- a partner's own browser


@pytest.mark.parametrize("days_ago", [0, 30])
def test_a_sign_up_where_a_partner_is_or_was_signed_in_is_a_question_to_staff(portal, acme, owner, ana, days_ago):
    with clock.at(now() - timedelta(days=days_ago)):
        browser = portal.sign_in(owner.email)
        if days_ago:
            browser.post("/sign-out", on="/orgs/acme/")
    sign_up(portal, browser, email="jo@gmail.com")
    ana.get("/orgs/acme/clients")
    assert "In review" in ana.text
    kim = staff_page_of_client(portal)
    assert "Somebody of Acme was signed in there" in kim.text and "Named by the programme Not yet" in kim.text


def test_after_the_window_it_is_anybodys_browser(portal, acme, owner, ana):
    with clock.at(now() - timedelta(days=91)):
        browser = portal.sign_in(owner.email)
    sign_up(portal, browser)
    ana.get("/orgs/acme/clients")
    assert "Pending Your link" in ana.text and "In review" not in ana.text


def test_staff_read_how_the_sign_up_came_and_the_partner_does_not(portal, acme, ana):
    client = portal.browser()
    client.get("/r/acme?utm_source=mail", headers=FIREFOX | {"Referer": "https://blog.example/post?secret=1"})
    sign_up(portal, client, email="jo@gmail.com")
    kim = staff_page_of_client(portal)
    assert "seconds before the sign-up" in kim.text or "1 second before the sign-up" in kim.text
    assert "No other sign-up came from it" in kim.text
    assert "from blog.example, from an address that names a source, by a program or an old browser" in kim.text
    assert "secret" not in kim.text
    ana.get("/orgs/acme/clients")
    assert "luma.example" in ana.text and "blog.example" not in ana.page.text
