"""A partner looks a website up before and after a client signs up, and copies the evidence, with and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories import make_lead, make_member, make_sign_up
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.servers.browser import axe, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def look_up(page: Page, town: Town, question: str, website: str) -> None:
    """Go from the list of clients to the question, and send a website."""
    page.goto(f"{town.url}/orgs/acme/clients")
    page.get_by_role("main").get_by_role("link", name=question).click()
    page.fill("[name=website]", website)
    page.get_by_role("main").locator("form button.primary").click()


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_a_partner_finds_out_by_herself(town: Town, chromium: Browser, width: int, javascript: bool) -> None:
    theirs, free, missed = (f"{name}-{width}.example" for name in ("theirs", "free", "missed"))
    make_lead(town.portal, town.bolt, make_member(town.portal, town.bolt), theirs)
    make_sign_up(town.portal, missed)
    with open_page(chromium, width=width, javascript=javascript) as page:
        sign_in(page, town, "ana@acme.example")
        look_up(page, town, "Will this count?", f"https://www.{theirs}/shop")
        expect(page.locator("#answer")).to_contain_text("No. Somebody else has registered this website. It is free on")
        assert "Bolt" not in page.content()
        look_up(page, town, "Will this count?", "free website")
        expect(page.locator("#website-error")).to_contain_text("A website name has no spaces.")
        look_up(page, town, "Will this count?", free)
        expect(page.locator("#answer")).to_contain_text("It depends.")
        if javascript:
            expect(page.locator("#answer")).to_be_focused()
            assert not axe(page)
        page.get_by_role("link", name="Register it as a lead").click()
        expect(page.locator("[name=website]")).to_have_value(free)
        look_up(page, town, "Where is my credit?", missed)
        expect(page.locator("#answer")).to_contain_text(f"{missed} has been a client since")
        page.fill("[name=words]", "They came from our newsletter.")
        page.get_by_role("button", name="Ask for another look").click()
        expect(page.get_by_text("They came from our newsletter.")).to_be_visible()
        expect(page.get_by_text("In review").first).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_evidence_is_copied_as_text(town: Town, chromium: Browser, javascript: bool) -> None:
    make_sign_up(town.portal, f"copied-{javascript}.example", referral="acme")
    with open_page(chromium, javascript=javascript) as page:
        sign_in(page, town, "ana@acme.example")
        page.goto(f"{town.url}/orgs/acme/clients")
        page.get_by_role("main").locator("tbody a").first.click()
        if javascript:
            page.get_by_role("button", name="Copy as text").click()
            expect(page.locator("#say")).to_have_text("Copied")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download it as a text file").click()
        text = download.value.path().read_text()
        assert download.value.suggested_filename.startswith("copied-")
        assert "R4 Link – matched: Credited because" in text
