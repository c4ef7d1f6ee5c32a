"""A new teammate reaches the shared view: on one browser, on a phone, by the code, without JavaScript, by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Town
from tests.portal import PASSWORD
from tests.servers.browser import open_page

pytestmark = pytest.mark.browser


def ask(page: Page, town: Town, name: str, email: str) -> None:
    """From the front door to "Check your mailbox"."""
    page.goto(town.url)
    page.get_by_role("main").get_by_role("link", name="Request an account").first.click()
    page.fill("[name=name]", name)
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name=re.compile("account", re.I)).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check your mailbox")


def expect_shared_view(page: Page, town: Town) -> None:
    expect(page).to_have_url(f"{town.url}/orgs/acme/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme")
    expect(page.get_by_text("One shared view")).to_be_visible()
    expect(page.locator(f"input[value='{town.url}/r/acme']").first).to_be_visible()


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_a_new_teammate_confirms_in_the_browser_that_asked(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    email = f"kim{width}@acme.example"
    with open_page(chromium, width=width, javascript=javascript) as page:
        ask(page, town, "Kim Klee", email)
        page.goto(town.link_to(email, "/verify/"))
        page.get_by_role("button", name="Confirm", exact=True).click()
        expect_shared_view(page, town)


def test_a_new_teammate_confirms_on_another_device_with_a_password_of_their_own(town: Town, chromium: Browser) -> None:
    with open_page(chromium) as desk, open_page(chromium, width=390, scheme="dark") as phone:
        ask(desk, town, "Lea Lund", "lea@acme.example")
        phone.goto(town.link_to("lea@acme.example", "/verify/"))
        phone.fill("[name=password]", "another device, another word")
        phone.get_by_role("button", name="Confirm and sign in").click()
        expect_shared_view(phone, town)
        desk.goto(f"{town.url}/sign-in")
        desk.fill("[name=email]", "lea@acme.example")
        desk.fill("[name=password]", PASSWORD)
        desk.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(desk.get_by_role("alert")).to_be_visible()


def test_a_new_teammate_types_the_code_from_the_mail(town: Town, chromium: Browser) -> None:
    with open_page(chromium) as page:
        ask(page, town, "Max Moor", "max@acme.example")
        code = re.search(r"\b(\d{3}) ?(\d{3})\b", town.mail_to("max@acme.example"))
        assert code
        page.fill("[name=code]", f"{code[1]} {code[2]}")
        page.get_by_role("button", name="Confirm", exact=True).click()
        expect_shared_view(page, town)


def test_a_new_teammate_gets_in_by_keyboard_alone(town: Town, chromium: Browser) -> None:
    with open_page(chromium) as page:
        page.goto(f"{town.url}/request-account")
        for name, text in [("name", "Nia Nord"), ("email", "nia@acme.example"), ("password", PASSWORD)]:
            _tab_to(page, name)
            page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Check your mailbox")
        page.goto(town.link_to("nia@acme.example", "/verify/"))
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText.trim()") == "Confirm":
                break
        page.keyboard.press("Enter")
        expect_shared_view(page, town)


def _tab_to(page: Page, name: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"no field {name} by keyboard")
