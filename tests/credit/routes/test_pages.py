"""The pages of credit as an organization's people see them: register, look up, copy, and read why."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import delete

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.attribution import signups
from partner_access.credit.touchpoints import lead_allowances, links
from partner_access.db import STAFF, SYSTEM, session
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Domain, Organization
from tests.credit.agencies import change_rules
from tests.factories import make_lead, make_link, make_member, make_org, make_sign_up, make_visit
from tests.portal import Browser, Portal

HREF = re.compile(r'href="([^"]+)"')


class Partner:
    """An organization with its owner and her signed-in browser."""

    def __init__(self, portal: Portal, name: str, owner: str) -> None:
        self.portal = portal
        self.org: Organization = make_org(portal, name)
        self.owner: User = make_member(portal, self.org, role="owner", name=owner)
        self.code = make_link(portal, self.org).code
        self.browser: Browser = portal.sign_in(self.owner.email)

    def get(self, path: str = "", *, status: int = 200) -> str:
        """Open one of its pages; the words in the main part."""
        assert self.browser.get(f"/orgs/{self.org.slug}/{path}").status_code == status
        return self.browser.text

    def register(self, website: str, company: str = "Atlas Outdoor", *, by: Browser | None = None, **more: str):
        """Send the form; the browser looks at the page that follows."""
        browser = by or self.browser
        browser.post(f"/orgs/{self.org.slug}/clients/new", {"company": company, "website": website, **more})
        if browser.page.status_code == 303:
            browser.get(browser.page.location)
        return browser

    def urls(self, part: str) -> list[str]:
        """The addresses on the present page that contain this part, each once, in order."""
        found = [unescape(url) for url in HREF.findall(self.browser.page.text) if part in url]
        return list(dict.fromkeys(found))


@pytest.fixture
def acme(portal: Portal) -> Partner:
    return Partner(portal, "Acme", "Ana Lind")


@pytest.fixture
def bolt(portal: Portal) -> Partner:
    return Partner(portal, "Bolt", "Bob Ritter")


def shown(moment) -> str:
    return f"{moment.day} {moment:%B %Y}"


# -- registering a client


def test_a_registered_client_is_held_and_the_page_says_until_when_and_what_to_send(acme):
    page = acme.register("https://www.Atlas.example/shop", contact_email="jo@elsewhere.example", note="Met at the fair")
    assert page.heading == "Atlas Outdoor"
    assert f"Registered. Atlas Outdoor is held for you until {shown(now() + timedelta(days=90))}." in page.text
    assert "whichever e-mail address they use" in page.text and "the website must be atlas.example" in page.text
    assert all(word in page.text for word in ("jo@elsewhere.example", "Met at the fair", "Registered by Ana Lind"))
    code = re.search(r'value="http://localhost/r/([a-z0-9]{10})"', page.page.text)
    assert code and acme.portal.browser().get(f"/r/{code[1]}").status_code == 200
    assert "Held for you until" in acme.get("leads") and "Atlas Outdoor" in acme.get()


@pytest.mark.parametrize(
    ("website", "sentence"),
    [
        ("ferro cycles", "A website name has no spaces."),
        ("www.acme.example", "That is your own website."),
        ("", "Enter the client’s website, like example.com."),
        ("etsy.com/shop/ferro", "Many businesses share that site"),
    ],
)
def test_a_website_that_cannot_be_used_is_answered_at_its_field_and_what_was_typed_is_kept(acme, website, sentence):
    page = acme.register(website, "Ferro & Sons", note="by phone")
    html = unescape(page.page.text)
    assert page.page.status_code == 422 and "<title>Error: Register a client" in html
    assert sentence in html.partition('id="website-error"')[2].partition("</p>")[0]
    assert f'value="{website}"' in html and 'value="Ferro & Sons"' in html and "by phone" in html
    assert "No lead yet" in acme.get("leads")


def test_a_client_who_signed_up_before_is_refused_with_the_date(acme):
    make_sign_up(acme.portal, "ferro.example")
    page = acme.register("ferro.example")
    assert f"ferro.example has been a client since {shown(now())}." in page.text


def test_a_teammates_second_registration_opens_the_first(acme):
    acme.register("ferro.example")
    mia = make_member(acme.portal, acme.org, name="Mia Falk")
    page = acme.register("shop.ferro.example", "Ferro Cycles", by=acme.portal.sign_in(mia.email))
    assert f"Already yours, by Ana Lind on {shown(now())}." in page.text
    assert page.heading == "Atlas Outdoor"


def test_a_second_organization_is_queued_and_never_told_who_holds_the_site(acme, bolt):
    acme.register("ferro.example")
    page = bolt.register("ferro.example")
    free = shown(now() + timedelta(days=90))
    assert f"Already registered; free on {free} unless won." in page.text
    assert "Queued" in page.text and "another partner" in page.text and "Send this link" not in page.text
    for path in ("", "leads", "clients", "referral-links", "clients/new"):
        assert not re.search("acme|ana lind", bolt.get(path), re.IGNORECASE)
        assert not re.search("bolt|bob ritter", acme.get(path), re.IGNORECASE)


def test_a_lead_is_renewed_once_from_its_page(acme):
    acme.register("ferro.example")
    page = acme.browser.page.request.path
    acme.browser.post(f"{page}/renew", {"progress": "They asked for an offer."}, on=page)
    acme.browser.get(page)
    assert f"held for you until {shown(now() + timedelta(days=180))}." in acme.browser.text
    assert "Renew the lead" not in acme.browser.text and "Each can be renewed once." in acme.browser.text
    assert "They asked for an offer." in acme.browser.text
    acme.browser.post(f"{page}/renew", {"progress": "Once more."}, on=page)
    acme.browser.get(page)
    assert "This lead cannot be renewed" in acme.browser.text and "Once more." not in acme.browser.text


@pytest.mark.parametrize(
    ("progress", "sentence"),
    [("", "Write in one line what has moved with this client."), ("x" * 201, "Use 200 characters or fewer.")],
)
def test_a_renewal_without_a_line_of_progress_is_asked_for_it_and_keeps_what_was_typed(acme, progress, sentence):
    acme.register("ferro.example")
    page = acme.browser.page.request.path
    answer = acme.browser.post(f"{page}/renew", {"progress": progress}, on=page)
    assert answer.status_code == 422 and sentence in unescape(answer.text).partition('id="progress-error"')[2]
    assert f'value="{progress}"' in answer.text
    acme.browser.get(page)
    assert "Renew the lead" in acme.browser.text


def test_pages_say_how_many_leads_of_how_many_are_open_and_refuse_one_more_with_the_form_filled(acme):
    with acme.portal.acting(STAFF):
        lead_allowances.set_limit(organizations.fetch(acme.org.id), 1, "They asked.")
    acme.register("ferro.example")
    assert "Open: 1 of 1." in acme.get("leads") and "Open leads: 1 of 1." in acme.get("clients/new")
    browser = acme.register("other.example", "Other Ltd")
    assert browser.page.status_code == 422 and 'value="Other Ltd"' in browser.page.text
    assert "Your team has 1 of 1 open leads." in unescape(browser.page.text).partition('id="website-error"')[2]


def test_a_withdrawn_lead_has_no_link_to_send_and_offers_to_register_again(acme):
    acme.register("ferro.example")
    page = acme.browser.page.request.path
    acme.browser.post(f"{page}/withdraw", on=page)
    acme.browser.get(page)
    assert "Withdrawn. The site is free for others now." in acme.browser.text
    assert "Send this link" not in acme.browser.text and "Withdraw the lead" not in acme.browser.text
    assert acme.urls("/clients/new")
    assert "Atlas Outdoor" in acme.get("leads?state=ended") and "Atlas Outdoor" not in acme.get("leads?state=live")


# -- home


def test_a_new_organizations_home_shows_three_ways_to_get_credit(acme):
    text = acme.get()
    assert acme.browser.heading == "Acme"
    assert "One shared view: whoever joins Acme sees exactly this page" in text
    assert all(way in text for way in ("1. Share your link", "2. Register a client", "3. Create the account yourself"))
    assert f'value="http://localhost/r/{acme.code}"' in acme.browser.page.text
    assert "Nothing here yet." in text and "Ana Lind Owner, you" in text


def test_home_shows_the_link_the_counts_the_team_and_the_latest_with_their_reasons(acme):
    make_member(acme.portal, acme.org, role="admin", name="Mia Falk")
    make_member(acme.portal, acme.org, name="Deniz Acar")
    make_lead(acme.portal, acme.org, acme.owner, "atlas.example", company="Atlas Outdoor")
    make_sign_up(acme.portal, "luma.example", referral=make_visit(acme.portal, acme.code))
    text = acme.get()
    assert "One shared view: Ana, Mia and Deniz all see exactly this page." in text
    assert "Opened once" in text and f'value="http://localhost/r/{acme.code}"' in acme.browser.page.text
    assert "That page is your link. Whoever starts there within 90 days is credited to Acme" in text
    assert all(count in text for count in ("Active 0", "Pending 1", "Leads 1"))
    assert "Mia Falk Admin" in text and "Deniz Acar Member" in text
    assert "Credited because the client opened your link" in text and "Held for you until" in text


@pytest.mark.parametrize(
    ("more", "names"),
    [
        (["Mia Falk"], "Ana and Mia both see"),
        (["Mia Falk", "Deniz Acar", "Jo Berg"], "Ana, Mia, Deniz and Jo all see"),
        (["Mia Falk", "Deniz Acar", "Jo Berg", "Tess Moran"], "Ana, Mia, Deniz and 2 more all see"),
    ],
)
def test_home_says_who_else_sees_it(acme, more, names):
    for name in more:
        make_member(acme.portal, acme.org, name=name)
    assert f"One shared view: {names} exactly this page." in acme.get()


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("auto", "Anyone with an @kiln.example address gets their own login here, no invitation needed:"),
        ("request", "Anyone with an @kiln.example address may ask for a login here"),
        ("closed", "People with an @kiln.example address need an invitation first."),
    ],
)
def test_home_says_how_teammates_get_in(portal, policy, sentence):
    org = make_org(portal, "Kiln", policy=policy)
    tess = portal.sign_in(make_member(portal, org, role="owner").email)
    tess.get("/orgs/kiln/")
    assert sentence in tess.text and "localhost/request-account" in tess.text


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        ("admin", "Your teammates need an invitation: invite them ."),
        ("member", "Your teammates need an invitation from an owner or admin."),
    ],
)
def test_home_without_a_domain_says_who_invites(portal, role, sentence):
    org = make_org(portal, "Kiln")
    with portal.acting():
        session().execute(delete(Domain).where(Domain.org_id == org.id))
    tess = portal.sign_in(make_member(portal, org, role=role).email)
    tess.get("/orgs/kiln/")
    assert sentence in tess.text


@pytest.mark.parametrize("leads", [0, 1])
def test_home_names_the_next_thing_to_do(acme, leads):
    for number in range(leads):
        make_lead(acme.portal, acme.org, acme.owner, f"client{number}.example")
    make_sign_up(acme.portal, "luma.example", referral=acme.code)
    assert ("Next: Share your referral link" if leads else "Next: Register your first client") in acme.get()


# -- clients and why they count


def test_a_clients_page_shows_every_rule_the_facts_the_ledger_and_what_happened(acme):
    lead = make_lead(acme.portal, acme.org, acme.owner, "ferro.example", company="Ferro")
    make_sign_up(acme.portal, "www.ferro.example", referral=make_visit(acme.portal, acme.code))
    acme.get("clients")
    text = acme.get(acme.urls("/clients/0")[0].partition("/acme/")[2])
    assert "Credited because the website matches the lead Ana Lind registered on" in text
    html = acme.browser.page.text.partition('<ol class="ladder"')[2].partition("</ol>")[0]
    assert re.findall('<span class="(hit|miss|stop)">', html) == ["hit", "miss", "hit", *["miss"] * 4]
    assert re.findall("<b>(.*?)</b>", html)[:3] == ["Eligible", "Ruling", "Lead"]
    assert re.findall('href="(.*?)"', html) == [f"/orgs/acme/leads/{lead.id}", "/orgs/acme/referral-links"]
    assert f"{shown(now())} : +1 pending (line 1)" in text
    assert "Client signed up" in text and "The credit becomes active" in text and "Version 1" in text
    assert "Won because the client signed up" in acme.get(acme.urls("/leads/0")[0].partition("/acme/")[2])
    assert len(acme.urls("/clients/0")) == 1


def test_a_client_with_an_account_already_is_explained_with_the_accounts_date_only(acme):
    make_sign_up(acme.portal, "ferro.example", at=now() - timedelta(days=30))
    make_sign_up(acme.portal, "ferro.example", referral=make_visit(acme.portal, acme.code))
    acme.get("clients?state=declined")
    text = acme.get(acme.urls("/clients/0")[-1].partition("/acme/")[2])
    assert f"this website already had a client account, since {shown(now() - timedelta(days=30))}." in text
    assert f"because your part of {shown(now())} came after this website’s first account." in text
    assert "Register the next client before they sign up." in text and "No line:" in text


def test_a_lead_registered_too_late_leads_to_the_client_it_missed(acme):
    lead = make_lead(acme.portal, acme.org, acme.owner, "ferro.example")
    make_sign_up(acme.portal, "ferro.example", at=now() - timedelta(hours=1))
    assert "the website is an existing client’s" in acme.get(f"leads/{lead.id}")
    assert "Not credited because the lead was registered on" in acme.get(
        acme.urls("/clients/0")[0].partition("/acme/")[2]
    )


def test_the_filters_show_each_state_by_its_own_address(acme):
    make_sign_up(acme.portal, "luma.example", referral=acme.code)
    make_sign_up(acme.portal, "own.example", email="ana@acme.example", referral=acme.code)
    assert acme.get("clients").count("Show evidence") == 2
    assert acme.get("clients?state=pending").count("Show evidence") == 1
    assert 'href="/orgs/acme/clients?state=pending" aria-current="page"' in acme.browser.page.text
    assert "your organization’s own" in acme.get("clients?state=declined")
    assert "No client is “Active”" in acme.get("clients?state=active")
    acme.get("clients?state=unheard-of", status=404)
    acme.get("clients?before=yesterday", status=404)


@pytest.mark.parametrize("page", ["clients", "leads"])
def test_more_than_fifty_rows_are_paged_without_loss_or_repeat(acme, page):
    with acme.portal.acting():
        for number in range(53 if page == "clients" else 0):
            signups.record(
                signups.check(
                    external_id=str(number),
                    company=f"Client {number}",
                    website=f"c{number}.example",
                    email="",
                    signed_up_at=now() - timedelta(minutes=number // 3),
                    referral=acme.code,
                    came_by="csv",
                )
            )
    change_rules(acme.portal, lead_limit=None)
    for number in range(53 if page == "leads" else 0):
        make_lead(acme.portal, acme.org, acme.owner, f"c{number}.example")
    acme.get(page)
    seen = acme.urls(f"/{page}/0")
    assert len(seen) == 50
    acme.get(acme.urls("before=")[0].partition("/acme/")[2])
    assert len(set(seen) | set(acme.urls(f"/{page}/0"))) == 53 and len(acme.urls(f"/{page}/0")) == 3
    assert not acme.urls("before=")


# -- referral links


def test_a_further_link_is_made_with_a_label_of_its_own(acme):
    acme.browser.post("/orgs/acme/referral-links", {"label": "Newsletter"})
    text = acme.get("referral-links")
    assert "Your link “Newsletter” is ready to share." in text and text.count("Not opened yet") == 2
    answer = acme.browser.post("/orgs/acme/referral-links", {"label": " newsletter "})
    assert answer.status_code == 422 and "You have a link with this label already." in acme.browser.text
    assert 'value="newsletter"' in answer.text


def test_each_link_has_a_qr_code_as_a_picture(acme):
    acme.get("referral-links")
    picture, alt = re.search(r'<img src="([^"]+)"[^>]* alt="([^"]+)"', acme.browser.page.text).groups()
    assert alt == "QR code of http://localhost/r/acme"
    answer = acme.browser.get(picture)
    assert answer.mimetype == "image/svg+xml" and b"<svg" in answer.data and b"style=" not in answer.data


# -- all of them


def everything(partner: Partner, lead_of: Partner) -> list[str]:
    """The pages of a partner with the lead, the client and the QR code of another (or the same) one."""
    with lead_of.portal.acting(SYSTEM, lead_of.org.id):
        link = links.listing()[0]
    lead_of.get("leads")
    lead = lead_of.urls("/leads/0")[0].rpartition("/")[2]
    lead_of.get("clients")
    client = lead_of.urls("/clients/0")[0].rpartition("/")[2]
    return [f"leads/{lead}", f"clients/{client}", f"referral-links/{link.id}.svg"]


@pytest.fixture
def busy(acme: Partner, bolt: Partner) -> tuple[Partner, Partner]:
    """Both have a lead and a client."""
    for partner in (acme, bolt):
        name = partner.org.slug
        make_lead(partner.portal, partner.org, partner.owner, f"{name}-lead.example")
        make_sign_up(partner.portal, f"{name}-client.example", referral=partner.code)
    return acme, bolt


def test_what_is_another_organizations_is_not_found(busy):
    acme, bolt = busy
    for path in everything(bolt, bolt):
        assert bolt.browser.get(f"/orgs/bolt/{path}").status_code == 200
        assert acme.browser.get(f"/orgs/acme/{path}").status_code == 404
        assert acme.browser.get(f"/orgs/bolt/{path}").status_code == 404
        if path.startswith("leads"):
            for act in ("renew", "withdraw"):
                assert acme.browser.post(f"/orgs/acme/{path}/{act}", on="/orgs/acme/clients/new").status_code == 404
    for path in ("", "leads", "clients/new", "clients", "referral-links"):
        assert acme.browser.get(f"/orgs/bolt/{path}").status_code == 404
        assert acme.portal.browser().get(f"/orgs/bolt/{path}").location.startswith("/sign-in?next=")


def test_every_page_has_one_heading_a_title_of_its_own_and_nothing_inline(busy):
    acme, _ = busy
    paths = [
        "",
        "leads",
        "leads?state=live",
        "leads?state=ended",
        "clients/new",
        "clients",
        "clients?state=active",
        "clients?state=declined",
        "referral-links",
        *everything(acme, acme)[:2],
    ]
    titles = set()
    for path in paths:
        acme.get(path)
        html = acme.browser.page.text
        assert acme.browser.heading and not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\bsrc=)", html)
        assert html.count('class="btn primary"') <= 1
        titles.add(re.search("<title>(.*?)</title>", html)[1])
    assert len(titles) == len(paths)


# -- the trace as text


def test_the_whole_trace_can_be_copied_as_text_on_the_page_and_opened_without_script(acme, bolt):
    lead = make_lead(acme.portal, acme.org, acme.owner, "ferro.example", company="Ferro")
    make_sign_up(acme.portal, "ferro.example", referral=make_visit(acme.portal, bolt.code))
    acme.get("clients")
    path = acme.urls("/clients/0")[0]
    html = acme.browser.get(path).text
    area = unescape(re.search(r'<textarea id="trace-text"[^>]*readonly>(.*?)</textarea>', html, re.DOTALL)[1])
    answer = acme.browser.get(f"{path}.txt")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain") and answer.text.strip() == area.strip()
    assert f'href="{path}.txt"' in html and 'data-copy="trace-text"' in html
    assert re.findall(r"^R\d", answer.text, re.MULTILINE) == [f"R{number}" for number in range(7)]
    assert "The rules, version 1" in answer.text and "R2 Lead – matched: Credited because the website" in answer.text
    assert f"Line 1, {shown(now())}: +1 pending" in answer.text and f"http://localhost{path}" in answer.text
    assert not re.search("bolt", answer.text, re.IGNORECASE) and str(lead.id) not in answer.text


def test_the_trace_as_text_of_another_organization_is_not_found(acme, bolt):
    make_sign_up(acme.portal, "ferro.example", referral=bolt.code)
    bolt.get("clients")
    path = bolt.urls("/clients/0")[0]
    assert bolt.browser.get(f"{path}.txt").status_code == 200
    assert acme.browser.get(f"{path.replace('bolt', 'acme')}.txt").status_code == 404
    assert acme.browser.get(f"{path}.txt").status_code == 404


def test_the_ways_to_look_a_website_up_are_linked_where_one_asks(acme):
    for path in ("", "clients", "leads"):
        acme.get(path)
        assert acme.urls("/clients/check") and acme.urls("/clients/missing"), path
