"""An admin lets somebody in, refuses somebody, undoes it; an owner removes a teammate who has something open."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from partner_access.organizations.entry import join_requests
from tests.factories import make_lead, make_member, make_user
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.portal import PASSWORD
from tests.servers.browser import open_page

pytestmark = pytest.mark.browser


def ask_to_join(town: Town, email: str, name: str) -> None:
    user = make_user(town.portal, email, name=name)
    with town.portal.acting():
        join_requests.ask(user, town.acme, reason="role-mailbox", domain="acme.example")


def open_team(page: Page, town: Town, email: str) -> None:
    sign_in(page, town, email)
    page.goto(f"{town.url}/orgs/acme/team")


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_an_admin_lets_in_refuses_and_undoes(town: Town, chromium: Browser, width: int, javascript: bool) -> None:
    make_member(town.portal, town.acme, f"adam{width}@acme.example", role="admin", name="Adam Admin")
    ask_to_join(town, f"info{width}@acme.example", f"Ida {width}")
    ask_to_join(town, f"sales{width}@acme.example", f"Sal {width}")
    with (
        open_page(chromium, width=width, javascript=javascript) as admin,
        open_page(chromium, width=width, javascript=javascript) as ida,
    ):
        open_team(admin, town, f"adam{width}@acme.example")
        admin.get_by_role("button", name=f"Let Ida {width} in").click()
        expect(admin.get_by_text("They are mailed in 10 minutes").first).to_be_visible()
        sign_in(ida, town, f"info{width}@acme.example")
        expect(ida).to_have_url(f"{town.url}/orgs/acme/")

        admin.locator("summary", has_text=f"Sal {width}").click()
        admin.get_by_role("button", name=f"Decline Sal {width}").click()
        expect(admin).to_have_title("Error: Team – Meridian partners")
        admin.get_by_label("Reason").last.fill("Ask your office first.")
        admin.get_by_role("button", name=f"Decline Sal {width}").click()
        expect(admin.get_by_text("Declined, with your reason.").first).to_be_visible()

        admin.get_by_role("button", name=re.compile(f"^Undo.*Ida {width}")).click()
        expect(admin.get_by_text(f"Undone. Ida {width} waits again").first).to_be_visible()
        expect(admin.get_by_role("button", name=f"Let Ida {width} in")).to_be_visible()
        answer = ida.goto(f"{town.url}/orgs/acme/leads")
        assert answer is not None and answer.status == 404
        ida.goto(f"{town.url}/join")
        expect(ida.get_by_role("heading", level=1)).to_have_text("Wait for Acme to let you in")
        admin.get_by_role("button", name=re.compile(f"^Undo.*Sal {width}")).click()


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_an_owner_removes_a_teammate_and_hands_over_what_is_open(
    town: Town, chromium: Browser, width: int, javascript: bool
) -> None:
    mate = make_member(town.portal, town.acme, f"mia{width}@acme.example", name=f"Mia {width}")
    make_lead(town.portal, town.acme, mate, f"open-{width}.example", company=f"Open {width} Ltd")
    with (
        open_page(chromium, width=width, javascript=javascript) as owner,
        open_page(chromium, width=width, javascript=javascript) as mia,
    ):
        sign_in(mia, town, mate.email)
        mia.goto(f"{town.url}/orgs/acme/leads/new")
        mia.fill("[name=company]", "Too late")
        mia.fill("[name=website]", "too-late.example")
        open_team(owner, town, "ana@acme.example")
        owner.get_by_role("link", name=f"Mia {width}").click()
        owner.get_by_role("link", name=f"Remove Mia {width}").click()
        expect(owner.get_by_text(f"Open {width} Ltd")).to_be_visible()
        owner.get_by_role("button", name="Hand over and remove").click()
        expect(owner.get_by_text("Choose a colleague who takes over.").first).to_be_visible()
        owner.get_by_label("Who takes over?").select_option("Ana Acker")
        owner.get_by_role("button", name="Hand over and remove").click()
        expect(owner.get_by_text("Handed over: 1 lead.").first).to_be_visible()
        owner.goto(f"{town.url}/orgs/acme/leads")
        expect(owner.get_by_role("main").get_by_text(f"Open {width} Ltd").first).to_be_visible()
        mia.get_by_role("main").locator("form button.primary").click()
        expect(mia.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")


def test_an_invited_person_reaches_the_shared_view(town: Town, chromium: Browser) -> None:
    with open_page(chromium) as owner, open_page(chromium, width=390, scheme="dark") as zoe:
        open_team(owner, town, "ana@acme.example")
        owner.get_by_role("link", name="Invite people").click()
        owner.get_by_label("E-mail addresses").fill("zoe@gmail.com\nnot an address")
        owner.get_by_role("button", name="Send invitations").click()
        expect(owner.get_by_role("alert")).to_be_focused()
        expect(owner.get_by_label("E-mail addresses")).to_have_value("not an address")
        zoe.goto(town.link_to("zoe@gmail.com", "/invitations/"))
        zoe.fill("[name=name]", "Zoe Zimmer")
        zoe.fill("[name=password]", PASSWORD)
        zoe.get_by_role("button", name="Send the confirmation").click()
        zoe.goto(town.link_to("zoe@gmail.com", "/verify/", number=2))
        zoe.get_by_role("button", name="Confirm", exact=True).click()
        expect(zoe).to_have_url(f"{town.url}/orgs/acme/")
        zoe.goto(f"{town.url}/orgs/acme/team")
        expect(zoe.get_by_text("Was invited by Ana Acker")).to_be_visible()
