"""A partner creates an account for a client and hands it over; the page asks only for what the answer needs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.servers.browser import open_page

pytestmark = pytest.mark.browser


def begin(page: Page, town: Town) -> None:
    """From home to the form."""
    sign_in(page, town, "ana@acme.example")
    page.get_by_role("main").get_by_role("link", name="Register a client").first.click()
    expect(page.get_by_role("group", name="Where is the client today?")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_each_answer_asks_only_for_what_it_needs(town: Town, chromium: Browser, javascript: bool) -> None:
    with open_page(chromium, javascript=javascript) as page:
        begin(page, town)
        expect(page.get_by_label("Not a client yet")).to_be_checked()
        expect(page.get_by_text("Optional. Any address is fine; we match the website.")).to_be_visible()
        page.get_by_label("I create the account for them").check()
        expect(page.get_by_text("Any address works, also yours until the client has theirs")).to_be_visible()
        expect(page.get_by_label("Note for your team")).to_be_hidden()
        expect(page.get_by_role("button", name="Create the account", exact=True)).to_be_visible()
        page.get_by_label("Already a client, and we manage it").check()
        for label in ("Client’s name", "Contact’s name", "Client’s e-mail address", "Note for your team"):
            expect(page.get_by_label(label)).to_be_hidden()
        expect(page.get_by_label("Client’s website")).to_be_visible()


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_a_partner_creates_the_account_and_the_client_accepts_it(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    site, email = f"ferro-{width}.example", f"jo@ferro-{width}.example"
    with open_page(chromium, width=width, javascript=javascript) as partner:
        begin(partner, town)
        partner.get_by_label("I create the account for them").check()
        partner.fill("[name=website]", f"https://www.{site}/shop")
        partner.fill("[name=company]", f"Ferro {width}")
        partner.get_by_role("button", name="Create the account", exact=True).click()
        expect(partner.get_by_role("link", name="Enter the address that the client’s mail goes to.")).to_be_visible()
        expect(partner.get_by_label("I create the account for them")).to_be_checked()
        partner.fill("[name=contact_email]", email)
        partner.get_by_role("button", name="Create the account", exact=True).click()
        expect(partner.get_by_role("heading", level=1)).to_have_text(f"Ferro {width}")
        expect(partner.get_by_text("Waiting for the client to accept the account").first).to_be_visible()
        with open_page(chromium, width=width, javascript=javascript) as client:
            client.goto(town.link_to(email, "/transfer/"))
            expect(client.get_by_role("heading", level=1)).to_contain_text("Acme created a Meridian account")
            client.fill("[name=name]", "Jo Ferro")
            client.get_by_role("button", name="Accept, it is mine").click()
            expect(client.get_by_role("heading", level=1)).to_contain_text("is yours")
        assert "you are its owner now" in town.mail_to(email, 2)
        partner.reload()
        expect(partner.get_by_text("Accepted by Jo Ferro: the account is theirs").first).to_be_visible()
        expect(partner.get_by_role("button", name="Cancel the link")).to_be_hidden()


def test_the_form_works_with_the_keyboard_alone(town: Town, chromium: Browser) -> None:
    with open_page(chromium) as page:
        begin(page, town)
        page.get_by_label("Not a client yet").focus()
        page.keyboard.press("ArrowDown")
        expect(page.get_by_label("I create the account for them")).to_be_checked()
        for text in ("keys.example", "Keys Ltd", "", "jo@keys.example"):
            page.keyboard.press("Tab")
            page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Keys Ltd")
