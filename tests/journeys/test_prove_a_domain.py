"""An owner adds a domain, publishes its record, proves it, looks at what a policy changes, and saves it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from partner_access.accounts.models import Throttle
from partner_access.db import session
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.journeys.test_new_teammate import ask
from tests.servers.browser import axe, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_an_owner_proves_a_domain_by_dns_and_decides_who_gets_in(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    name, here = f"acme-brand-{width}.example", f"_partner-access-challenge.acme-brand-{width}.example"
    with open_page(chromium, width=width, javascript=javascript) as page:
        sign_in(page, town, "ana@acme.example")
        page.goto(f"{town.url}/orgs/acme/team")
        page.get_by_role("link", name="Add, prove and change domains").click()
        page.fill("[name=name]", "gmail.com")
        page.get_by_role("button", name="Add domain").click()
        expect(page.locator(".field .err")).to_contain_text("Anyone can have a mailbox there")
        page.fill("[name=name]", f"@{name.upper()}")
        page.get_by_role("button", name="Add domain").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page.get_by_text("Not proved").first).to_be_visible()
        expect(page.get_by_label("Name of the record")).to_have_value(here)
        value = page.get_by_label("Value of the record").input_value()
        if javascript:
            page.get_by_role("button", name="Copy value").click()
            expect(page.get_by_role("button", name="Copied")).to_be_visible()

        town.names.publish(f"{here}.{name}", value)
        page.get_by_role("button", name="Check now").click()
        expect(page.get_by_text("your provider adds").first).to_be_visible()
        assert not javascript or not axe(page)

        town.names.publish(here, value)
        _wait_a_minute(town, name)
        page.get_by_role("button", name="Check now").click()
        expect(page.get_by_text("The domain is proved.")).to_be_visible()

        with open_page(chromium, width=width, javascript=javascript) as newcomer:
            ask(newcomer, town, "Tim Thaler", f"tim@{name}")
            newcomer.goto(town.link_to(f"tim@{name}", "/verify/"))
            newcomer.get_by_role("button", name="Confirm", exact=True).click()
            expect(newcomer.get_by_role("heading", level=1)).to_contain_text("Wait for Acme")

            page.get_by_label("Joins at once").check()
            page.get_by_role("button", name="See what changes").click()
            expect(page.get_by_role("heading", name="Let in at once (1)")).to_be_visible()
            expect(page.get_by_text(f"tim@{name}")).to_be_visible()
            assert not javascript or not axe(page)
            newcomer.goto(f"{town.url}/orgs/acme/")
            expect(newcomer.get_by_role("heading", level=1)).to_contain_text("There is nothing")

            page.get_by_role("button", name="Save").click()
            expect(page.get_by_text("Saved. 1 person let in.")).to_be_visible()
            newcomer.goto(f"{town.url}/join")
            expect(newcomer).to_have_url(f"{town.url}/orgs/acme/")


def _wait_a_minute(town: Town, name: str) -> None:
    """Let the minute between two checks be over."""
    with town.portal.acting():
        counted = session().scalars(select(Throttle).where(Throttle.key.endswith(name))).all()
        for row in counted:
            session().delete(row)
