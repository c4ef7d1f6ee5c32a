"""One of the programme's staff comes to work: a conflict with both sides in view, a reason, and the next case."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from partner_access.accounts import sign_ins
from partner_access.credit.touchpoints import links, visits
from partner_access.organizations.entry import applications
from partner_access.organizations.team import memberships
from partner_access.permissions import StaffRole
from tests.factories import make_lead, make_sign_up, make_user
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.servers.browser import axe, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REASON = "The client told us in writing who set their shop up."


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_staff_rule_on_a_conflict_and_go_on_with_the_next_case(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    site = f"ferro-{width}.example"
    _waiting(town, site, f"ina@lantern-{width}.example")
    staff = make_user(town.portal, f"kim{width}@meridian.example", name="Kim Orr")
    with town.portal.acting():
        sign_ins.grant_staff(staff.email_key, StaffRole.STAFF)
    with open_page(chromium, width=width, javascript=javascript) as page:
        sign_in(page, town, staff.email)
        expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you")
        page.get_by_role("link", name=f"Client, {site}").click()
        case = page.url
        for side in ("Acme", "Bolt"):
            expect(page.get_by_role("region", name=side, exact=True)).to_contain_text("What the rules found")
        expect(page.get_by_role("radio", name="Credit Acme")).to_be_checked()
        page.get_by_role("button", name="Decide and show next").click()
        expect(page.locator("#reason-error")).to_contain_text("Give the reason.")
        assert not axe(page) if javascript else True
        _choose_by_keyboard(page)
        expect(page.get_by_text(f"Decided: Client, {site}. Credited to Bolt.")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text("May")
        page.goto(case)
        expect(page.get_by_text(REASON)).to_be_visible()


def _choose_by_keyboard(page: Page) -> None:
    page.get_by_role("radio", name="Credit Acme").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Credit Bolt")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type(REASON)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def _waiting(town: Town, site: str, applicant: str) -> None:
    """Acme's lead against Bolt's link, and somebody who applies."""
    with town.portal.acting(org=town.acme.id):
        ana = memberships.listing()[0].user
    make_lead(town.portal, town.acme, ana, site)
    with town.portal.acting():
        link = links.find_code(_code_of_bolt(town))
        assert link is not None
        token = visits.record(link, site)
    make_sign_up(town.portal, site, external_id=site, referral=token)
    ina = make_user(town.portal, applicant, name="Ina Lantern")
    with town.portal.acting():
        domain = applicant.partition("@")[2]
        row = applications.receive(ina, domain=domain, is_public=False)
        applications.complete(row, org_name=f"Lantern {applicant}", website=domain, note=None)


def _code_of_bolt(town: Town) -> str:
    with town.portal.acting(org=town.bolt.id):
        return links.primary(town.bolt).code
