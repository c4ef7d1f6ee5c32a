"""The bars of every page in a real browser: accessibility, widths, weight, one h1, unique titles."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response

from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.attribution import signups
from partner_access.credit.clients import clients
from partner_access.credit.handovers import acceptance, creation, handovers
from partner_access.credit.rulings import another_look, rulings
from partner_access.credit.touchpoints import leads
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.db import STAFF, session
from partner_access.keys.addresses import address
from partner_access.organizations.domains import domains
from partner_access.organizations.entry import applications, invitations, join_requests
from partner_access.organizations.team import memberships
from partner_access.permissions import StaffRole
from tests.factories import make_member, make_user
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.servers.browser import axe, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PUBLIC = [
    "/", "/request-account", "/verify", "/verify/unknown", "/sign-in", "/forgot-password", "/reset-password/unknown",
    "/help", "/help/matching", "/privacy", "/r/acme", "/r/acme?preview=1", "/r/acme/get-started",
    "/r/acme/get-started?without=1", "/nowhere", "/confirm-managed/unknown", "/confirm-sign-up",
]  # fmt: skip
SIGNED_IN = ["/me", "/me/security", "/me/sessions", "/orgs/acme/", "/orgs/acme/leads", "/orgs/acme/clients/new",
             "/orgs/acme/clients/new?as=behalf",
             "/orgs/acme/clients/check", "/orgs/acme/clients/missing",
             "/orgs/acme/clients", "/orgs/acme/referral-links", "/orgs/acme/team", "/orgs/acme/clients?state=pending",
             "/orgs/acme/credit", "/orgs/acme/credit?month=2026-01", "/orgs/acme/activity",
             "/orgs/acme/activity?kind=access", "/orgs/nowhere/", "/orgs/acme/managed/add",
             "/orgs/acme/clients?state=managed",
             "/orgs/acme/invitations", "/orgs/acme/team/leave", "/orgs/acme/domains", "/me/organizations", "/me/email",
             "/orgs/acme/recover-ownership", "/orgs/acme/settings", "/orgs/acme/integrations", "/api/docs"]  # fmt: skip
STAFF_PERSON = "kim@meridian.example"
MOST_OF_THE_CONSOLE = 20
WIDE_AND_NARROW = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def pages(town: Town, chromium: Browser) -> list[str]:
    """Every address, with a lead and clients, counted and not, to look at."""
    for site in ("lumaskin.example", "pineandpaper.example"):
        with open_page(chromium) as client:
            client.goto(f"{town.url}/r/acme")
            client.fill("[name=website]", site)
            client.fill("[name=email]", f"jo@{site}")
            client.get_by_role("button", name="Get started").click()
    with open_page(chromium) as page:
        sign_in(page, town, "ana@acme.example")
        page.goto(f"{town.url}/orgs/acme/clients/new")
        page.fill("[name=company]", "Atlas Outdoor with quite a long name for one line of a phone")
        page.fill("[name=website]", "atlas-outdoor-with-a-long-name.example")
        page.get_by_role("main").locator("form button.primary").click()
    owner = town.portal
    team = _team(town)
    _make_staff(town)
    with owner.acting(org=town.acme.id):
        found = [f"/orgs/acme/leads/{row.id}" for row in leads.listing()][:1]
        found += [f"/orgs/acme/clients/{row.id}" for row in clients.listing()][:2]
        claims = [now.claim for now in domains.listing()] + [domains.claim("a-domain-with-quite-a-long-name.example")]
        found += [f"/orgs/acme/domains/{row.id}" for row in claims] + [f"/orgs/acme/domains/{claims[0].id}/policy"]
    return [*SIGNED_IN, *found, *team, *_hand_overs(town), *_reviews(town)]


def _make_staff(town: Town) -> None:
    """Somebody of staff, for whom an application waits and a mail has failed."""
    make_user(town.portal, STAFF_PERSON, name="Kim Orr")
    applicant = make_user(town.portal, "ina@lantern.example", name="Ina Lantern")
    with town.portal.acting(STAFF):
        sign_ins.grant_staff(STAFF_PERSON, StaffRole.STAFF)
        applications.receive(applicant, domain="lantern.example", is_public=False)


def _reviews(town: Town) -> list[str]:
    """Clients that another partner was credited for: one to ask about, one that staff look at and have ruled on."""
    found = []
    for state in ("lost", "asked"):
        with town.portal.acting(org=town.acme.id):
            ana = memberships.listing()[0].user
        with town.portal.acting(ana.actor, town.acme.id):
            signup = signups.check(
                external_id=state,
                company=f"Review {state}",
                website=f"{state}-review.example",
                email="jo@acme.example",
                signed_up_at=now(),
                referral="",
                came_by="csv",
            )
            account = signups.record(signup).account
            if state == "lost":
                rulings.rule(account, None, "The contract names nobody, and neither did the client.", STAFF)
            else:
                asker = session().get_one(User, ana.id)
                another_look.raise_dispute(account, town.acme, asker, "We built their shop.\nAll of it.")
            client = next(row for row in clients.listing() if row.client_account_id == account.id)
        found += [f"/orgs/acme/clients/{client.id}", f"/orgs/acme/clients/{client.id}/another-look"]
    return found


def _hand_overs(town: Town) -> list[str]:
    """Accounts created for clients: one whose link is open, one accepted, one cancelled; what both sides see."""
    found = []
    with town.portal.acting(org=town.acme.id):
        ana = memberships.listing()[0].user
    for state in ("open", "accepted", "cancelled"):
        with town.portal.acting(ana.actor, town.acme.id):
            details = LeadDetails(f"Hand-over {state}", f"hand-over-{state}.example", "Jo", f"jo@{state}.example")
            made = creation.create(town.acme, session().get_one(User, ana.id), details, state)
            token = handovers.mail_values(made.row, made.client)["transfer_url"].rpartition("/")[2]
            if state == "accepted":
                acceptance.accept(acceptance.open_link(token), "Jo Ferro")
            if state == "cancelled":
                handovers.cancel(made.row.id)
        found += [f"/orgs/acme/clients/{made.client.id}", f"/transfer/{token}"]
    return [*found, f"/orgs/acme/hand-overs/{made.row.id}/address"]


def _team(town: Town) -> list[str]:
    """The pages of teammates, of somebody who waits, and of two invitations, one of them taken back."""
    portal, acme = town.portal, town.acme
    mates = [make_member(portal, acme, f"{name}@acme.example", name=f"{name.title()} Mate") for name in ("tom", "una")]
    waiting = make_user(portal, "info@acme.example", name="Ida Info")
    with portal.acting(org=acme.id):
        join_requests.ask(waiting, acme, reason="role-mailbox", domain="acme.example")
        by_person = {row.user_id: row.id for row in memberships.listing()}
        memberships.suspend(memberships.fetch(by_person[mates[1].id]))
        for email in ("new@gmail.com", "gone@gmail.com"):
            row = invitations.invite(address(email), "member")
            invitations.send(row)
        invitations.revoke(row)
    sent = [re.search(r"/invitations/\S+", text) for text in map(town.mail_to, ("new@gmail.com", "gone@gmail.com"))]
    tom, una = (f"/orgs/acme/team/{by_person[mate.id]}" for mate in mates)
    return [tom, una, f"{tom}/remove", *(found[0] for found in sent if found)]


@pytest.mark.parametrize(("width", "scheme"), WIDE_AND_NARROW)
def test_every_page_is_accessible_and_fits(
    town: Town, chromium: Browser, pages: list[str], width: int, scheme: str
) -> None:
    problems = []
    titles: dict[str, str] = {}
    with open_page(chromium, width=width, scheme=scheme) as page:  # type: ignore[arg-type]
        for path, status in _visited(page, town, pages):
            problems += [f"{path}: {found}" for found in axe(page)]
            problems += [f"{path}: {problem}" for problem in _measured(page)]
            here = page.url.partition("?")[0]
            if status == 200 and titles.setdefault(page.title(), here) != here:
                problems.append(f"{path}: has the title of {titles[page.title()]}")
    assert not problems, "\n".join(problems)


def _visited(page: Page, town: Town, pages: list[str]) -> Iterator[tuple[str, int]]:
    for path in PUBLIC:
        yield path, _status(page.goto(town.url + path))
    sign_in(page, town, "ana@acme.example")
    for path in pages:
        yield path, _status(page.goto(town.url + path))
    page.context.clear_cookies()
    sign_in(page, town, STAFF_PERSON)
    yield from _console(page, town)


def _console(page: Page, town: Town) -> Iterator[tuple[str, int]]:
    """Every page of the staff console that its own pages link to, once for each kind of address."""
    tried = "/staff/rules/simulate?window_days=30&lead_days=60&hold_hours=24&order=link-first&click=first"
    waiting, seen = ["/staff/", tried, "/staff/why?site=lost-review.example"], set()
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"[0-9a-f-]{36}|(?<=/orgs/)[a-z0-9-]+|\?.*", "…", path)
        if kind in seen or ".csv" in path:
            continue
        seen.add(kind)
        yield path, _status(page.goto(town.url + path))
        links = page.locator('main a[href^="/staff/"], nav a[href^="/staff/"]')
        waiting += [link.get_attribute("href") or "" for link in links.all()]
    assert len(seen) > MOST_OF_THE_CONSOLE, sorted(seen)


def _status(answer: Response | None) -> int:
    assert answer is not None
    return answer.status


MEASURE = """() => {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) problems.push(`scrolls sideways: ${root.scrollWidth} > ${innerWidth}`);
  if (document.querySelectorAll('h1').length !== 1) problems.push('has not one h1');
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size !== ids.length) problems.push('repeats an id');
  for (const e of document.querySelectorAll('a,button,input,select,textarea,summary')) {
    const box = e.getBoundingClientRect();
    const small = box.width && (box.height < 24 || box.width < 24);
    const counts = getComputedStyle(e).display !== 'inline' && !e.closest('.skip,.vh');
    if (small && counts) problems.push('small target ' + e.outerHTML.slice(0, 80));
  }
  const bytes = performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'));
  if (bytes.length > 6) problems.push(`makes ${bytes.length} requests`);
  if (bytes.some(e => !e.name.startsWith(location.origin))) problems.push('asks another origin');
  return problems;
}"""


def _measured(page: Page) -> list[str]:
    found: list[str] = page.evaluate(MEASURE)
    return found
