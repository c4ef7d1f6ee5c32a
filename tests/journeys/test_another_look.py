"""A partner who was not credited asks for another look, and reads what staff ruled and why."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from partner_access.credit.clients import client_accounts
from partner_access.credit.rulings import rulings
from partner_access.db import STAFF
from partner_access.organizations.team import memberships
from tests.factories import make_lead, make_sign_up
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.servers.browser import axe, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REASON = "The client told us in writing who set their shop up."


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_a_partner_asks_for_another_look_and_reads_the_ruling(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    site = f"ferro-cycles-{width}.example"
    lost_by_bolt(town, site)
    with open_page(chromium, width=width, javascript=javascript) as page:
        sign_in(page, town, "bob@bolt.example")
        page.goto(f"{town.url}/orgs/bolt/clients")
        page.get_by_role("main").get_by_role("link", name="Client", exact=True).first.click()
        page.get_by_role("link", name="Ask for another look").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Ask for another look")
        page.get_by_role("button", name="Send to the programme’s staff").click()
        expect(page.locator("#words-error")).to_contain_text("Write what we should know.")
        page.fill("[name=words]", "We built their shop.")
        assert not axe(page) if javascript else True
        page.get_by_role("button", name="Send to the programme’s staff").click()
        expect(page.get_by_text("The programme’s staff have your words.")).to_be_visible()
        expect(page.get_by_role("heading", name="In review")).to_be_visible()
        _rule(town, site)
        page.reload()
        expect(page.get_by_text(REASON)).to_be_visible()
        expect(page.get_by_text("Credited to you").first).to_be_visible()
        assert "acme" not in page.content().lower()


def lost_by_bolt(town: Town, site: str) -> None:
    """Acme holds the site, Bolt waits in the queue, and the client signs up."""
    for org in (town.acme, town.bolt):
        with town.portal.acting(org=org.id):
            person = memberships.listing()[0].user
        make_lead(town.portal, org, person, site)
    make_sign_up(town.portal, site, external_id=site)


def _rule(town: Town, site: str) -> None:
    with town.portal.acting(STAFF):
        account = client_accounts.find(site)
        assert account is not None
        rulings.rule(account, town.bolt.id, REASON, STAFF)
