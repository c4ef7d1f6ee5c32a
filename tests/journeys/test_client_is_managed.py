"""A partner claims an account it manages, the client says yes from a mail, and ends it again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.factories import make_sign_up
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.servers.browser import axe, open_page

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_a_client_confirms_who_manages_their_account_and_ends_it(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    site, owner = f"managed-{width}.example", f"jo@managed-{width}.example"
    make_sign_up(town.portal, site, email=owner)
    with open_page(chromium, width=width, javascript=javascript) as page:
        sign_in(page, town, "ana@acme.example")
        page.goto(f"{town.url}/orgs/acme/managed/add")
        page.get_by_label("Websites or account ids").fill(f"https://{site}/shop\nno website\nnot-yet-{width}.example")
        page.get_by_role("button", name="Claim and ask the clients").click()
        expect(page.locator("tbody").filter(has_text=site)).to_contain_text("The client has a mail")
        expect(page.get_by_label("Websites or account ids")).to_have_value("no website")
        if javascript:
            assert axe(page) == []
        page.get_by_role("button", name="Register as a lead").click()
        expect(page.locator("tbody").filter(has_text="not-yet")).to_contain_text("Your lead holds the website until")
        expect(page.get_by_label("Websites or account ids")).to_have_value("no website")
    with open_page(chromium, width=width, javascript=javascript) as client:
        client.goto(town.link_to(owner, "/confirm-managed/"))
        expect(client.get_by_role("heading", level=1)).to_have_text("Does Acme manage your account?")
        if javascript:
            assert axe(client) == []
        client.get_by_role("button", name="Yes, Acme manages our account").click()
        expect(client.get_by_role("heading", level=1)).to_have_text("Acme manages your account")
        if javascript:
            assert axe(client) == []
    with open_page(chromium, width=width, javascript=javascript) as page:
        sign_in(page, town, "ana@acme.example")
        page.goto(f"{town.url}/orgs/acme/clients?state=managed")
        page.get_by_role("row").filter(has_text=site).get_by_role("link", name="Client").first.click()
        expect(page.get_by_role("button", name="End managing this account")).to_be_visible()
    with open_page(chromium, width=width, javascript=javascript) as client:
        client.goto(town.link_to(owner, "/confirm-managed/", number=2))
        client.get_by_role("button", name="Acme does not manage it any more").click()
        expect(client.get_by_role("heading", level=1)).to_have_text("Acme does not manage your account")
        if javascript:
            assert axe(client) == []
