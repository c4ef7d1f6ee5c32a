"""Staff read an organization's pages: with a reason that the organization reads, for an hour, and change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete

from partner_access.accounts.models import StaffGrant
from partner_access.clock import now
from partner_access.db import session
from partner_access.organizations.directory import staff_readings
from tests.credit.agencies import Agency
from tests.portal import Browser, Portal

REASON = "Acme asked us why a client is missing."


def read(browser: Browser, slug: str = "acme", reason: str = REASON) -> str | None:
    return browser.post(f"/staff/orgs/{slug}/read", {"reason": reason}).location


def activity(portal: Portal, agency: Agency) -> str:
    browser = portal.sign_in(agency.person.email)
    browser.get(f"/orgs/{agency.org.slug}/activity?kind=access")
    return browser.text


def test_without_a_reason_staff_see_no_page_of_an_organization(portal, kim, acme):
    assert kim.get("/orgs/acme/").status_code == 404
    assert read(kim, reason=" ") is None
    assert "Give the reason." in kim.text
    assert kim.get("/orgs/acme/").status_code == 404
    assert kim.get("/staff/orgs/nowhere/read").status_code == 404


def test_staff_see_what_the_team_sees_and_are_told_that_they_are_seen(portal, kim, acme, bolt):
    acme.registers("hazel.example")
    assert read(kim) == "/orgs/acme/"
    kim.get("/orgs/acme/")
    assert kim.heading == "Acme" and "hazel.example" in kim.text
    assert f"Acme sees your reason: “{REASON}”" in kim.text
    assert "Register a client" not in kim.text
    assert kim.get("/orgs/bolt/").status_code == 404
    for page in ("leads", "clients", "credit", "credit.csv", "team", "domains", "activity", "referral-links"):
        assert kim.get(f"/orgs/acme/{page}").status_code == 200, page
    told = activity(portal, acme)
    assert f"The programme’s staff began to read your pages {REASON}" in told
    assert "The programme’s staff opened a page of yours team" in told
    assert "Kim" not in told
    assert REASON not in activity(portal, bolt)


def test_staff_who_read_change_nothing(portal, kim, acme):
    lead = acme.registers("hazel.example")
    read(kim)
    for path in ("referral-links", f"leads/{lead.id}/withdraw", "team/leave"):
        assert kim.post(f"/orgs/acme/{path}", {"label": "Fair"}, on="/staff/").status_code == 403
        assert "Staff read an organization’s pages; they change nothing there." in kim.text
    for path in ("clients/new", "team/leave", "recover-ownership"):
        assert kim.get(f"/orgs/acme/{path}").status_code == 403
    assert acme.lead(lead).ended_at is None


def test_a_page_is_written_down_once_a_reading(portal, kim, acme):
    read(kim)
    for _ in range(3):
        kim.get("/orgs/acme/team")
    opened = [fields["endpoint"] for _, fields in portal.audited("staff_reading.page_opened")]
    assert opened == ["organizations.team"]


def test_reading_ends_after_an_hour_and_whenever_it_is_stopped(portal, kim, lou, acme):
    read(kim)
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert kim.get("/orgs/acme/").status_code == 404
    read(lou, reason="Another reason.")
    stop = kim.get("/orgs/acme/").get_data(as_text=True).partition('action="/staff/readings/')[2].partition('"')[0]
    kim.post(f"/staff/readings/{stop}", on="/orgs/acme/")
    assert kim.get("/orgs/acme/").status_code == 404
    assert lou.get("/orgs/acme/").status_code == 200
    assert portal.audited("staff_reading.ended") == [("stopped", {})]


@pytest.mark.parametrize("who", ["member", "nobody"])
def test_a_reason_is_no_way_in_for_others(portal, acme, bolt, who):
    browser = portal.sign_in(bolt.person.email) if who == "member" else portal.browser()
    assert browser.post("/staff/orgs/acme/read", {"reason": REASON}).status_code in (404, 303)
    assert browser.get("/orgs/acme/").status_code in (404, 303)
    assert portal.audited("staff_reading.started") == []


def test_staff_who_are_no_longer_staff_read_no_longer(portal, kim, acme):
    read(kim)
    with portal.acting():
        session().execute(delete(StaffGrant))
    assert kim.get("/orgs/acme/").status_code == 404


def test_the_organization_reads_that_the_time_was_over(portal, kim, acme):
    read(kim)
    with time_machine.travel(now() + timedelta(minutes=61)), portal.acting():
        assert (staff_readings.end_due(), staff_readings.end_due()) == (1, 0)
    assert portal.audited("staff_reading.ended") == [("time-over", {})]
