"""A client signs up from the link, and the partner sees why it counts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Town
from tests.portal import PASSWORD
from tests.servers.browser import open_page

pytestmark = pytest.mark.browser


def sign_in(page: Page, town: Town, email: str) -> None:
    page.goto(f"{town.url}/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_a_client_signs_up_from_the_link_and_the_partner_sees_why_it_counts(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    site, email = f"hazel-and-oak-{width}.example", f"anybody-{width}@somewhere.example"
    with open_page(chromium, width=width, javascript=javascript) as client:
        client.goto(f"{town.url}/r/acme")
        expect(client.get_by_text("Acme").first).to_be_visible()
        client.fill("[name=website]", f"https://WWW.{site}/shop?x=1")
        client.fill("[name=email]", email)
        client.fill("[name=company]", f"Hazel & Oak {width}")
        client.get_by_role("button", name="Get started").click()
        expect(client.get_by_role("heading", name="Check your mailbox")).to_be_visible()
        code = town.portal.code(email)
        client.fill("[name=code]", f"{code[:3]} {code[3:]}")
        client.get_by_role("button", name="Confirm").click()
        expect(client.get_by_role("heading", name="Your Meridian account is being set up")).to_be_visible()
    with open_page(chromium, width=width, javascript=javascript) as partner:
        sign_in(partner, town, "ana@acme.example")
        partner.goto(f"{town.url}/orgs/acme/clients")
        row = partner.get_by_role("main")
        expect(row.get_by_text(site).first).to_be_visible()
        expect(row.get_by_text("Pending").first).to_be_visible()
        expect(row.get_by_text("because the client opened your link").first).to_be_visible()
        row.get_by_role("link", name=site).first.click()  # the name is the client’s own until the vendor says it too
        expect(partner.locator(".ladder .hit").first).to_be_visible()
    with open_page(chromium, width=width, javascript=javascript) as rival:
        sign_in(rival, town, "bob@bolt.example")
        rival.goto(f"{town.url}/orgs/bolt/clients")
        assert site not in rival.content()
        answer = rival.goto(f"{town.url}/orgs/acme/clients")
        assert answer is not None
        assert answer.status == 404


def test_a_partner_registers_a_lead_and_sends_its_link(town: Town, chromium: Browser) -> None:
    with open_page(chromium) as page:
        sign_in(page, town, "ana@acme.example")
        page.get_by_role("main").get_by_role("link", name="Register a client").first.click()
        page.fill("[name=company]", "Ferro Cycles")
        page.fill("[name=website]", "ferro cycles")
        page.get_by_role("main").locator("form button.primary").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page).to_have_title("Error: Register a client – Meridian partners")
        expect(page.locator("[name=company]")).to_have_value("Ferro Cycles")
        page.fill("[name=website]", "https://www.ferro-cycles.example/shop")
        page.get_by_role("main").locator("form button.primary").click()
        expect(page.get_by_text("is held for you until").first).to_be_visible()
        expect(page.locator("input[readonly]").first).to_have_value(f"{town.url}/r/".rstrip() + _code(page))


def _code(page: Page) -> str:
    return page.locator("input[readonly]").first.input_value().rpartition("/r/")[2]
