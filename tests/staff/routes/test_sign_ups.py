"""Staff look at sign-ups that wait for the client, and say that the programme knows one."""

from __future__ import annotations

from partner_access.credit.provisional import confirmations
from tests.credit.agencies import day
from tests.credit.provisional.forms import FREE, account, confirm, credited, row_of, send
from tests.threads import at_once


def test_staff_see_what_waits_with_its_id_and_confirm_it_with_a_reason(portal, kim, acme):
    with day(1):
        row = send(acme)
        page = f"/staff/sign-ups/{row.external_id}/confirm"
        kim.get("/staff/sign-ups")
        assert f"client.example {row.external_id}" in kim.text and "Acme" in kim.text
        kim.get(page)
        assert kim.heading == "Confirm the sign-up of client.example"
        kim.post(page, {"reason": " "})
        assert kim.page.status_code == 422 and "Give the reason." in kim.text
        for _ in range(2):
            kim.post(page, {"reason": "We have called them."}, on="/staff/sign-ups")
        kim.get(kim.page.location)
        assert row.external_id in kim.text and "We have called them." in kim.text
        assert "Confirm that the programme knows it" not in kim.text
        kim.get("/staff/sign-ups")
        assert "Nothing waits" in kim.text
    assert credited(acme) == {"Acme": [("pending", "credited-code")]}
    assert kim.get("/staff/sign-ups/no-such/confirm").status_code == 404


def test_the_client_page_says_that_an_account_is_not_named_and_by_which_mailbox_it_came(portal, kim, acme):
    with day(1):
        row = send(acme, FREE)
        confirm(portal, row)
        kim.get("/staff/clients?state=not-named")
        assert row.external_id in kim.text
        found = account(portal, row.external_id)
        kim.get(f"/staff/clients/{found.id}")
        assert "Named by the programme Not yet" in kim.text and "not at the website’s own domain" in kim.text
        kim.get("/staff/why?site=client.example")
        assert "does not take it" in kim.text
        kim.get(f"/staff/sign-ups/{row.external_id}/confirm")
        kim.post(f"/staff/sign-ups/{row.external_id}/confirm", {"reason": "It is theirs."})
        kim.get("/staff/clients")  # says once that it was done
        kim.get("/staff/clients?state=not-named")
        assert row.external_id not in kim.text


def test_what_the_client_refused_cannot_be_confirmed(portal, kim, acme):
    with day(1):
        row = send(acme)
        with portal.acting():
            confirmations.refuse(row)
        kim.post(f"/staff/sign-ups/{row.external_id}/confirm", {"reason": "But."}, on="/staff/sign-ups")
    assert kim.page.status_code == 409 and "This sign-up has ended." in kim.text
    assert account(portal, row.external_id) is None


def test_staff_and_the_client_confirm_it_at_once(portal, acme):
    with day(1):
        row = send(acme)

        def staff() -> None:
            told = portal.run("signups", "confirm", row.external_id, "--reason", "Known.")
            assert told.exit_code == 0, told.output

        def client() -> None:
            confirm(portal, row)

        at_once(staff, client)
        assert row_of(portal, row).end_reason in ("confirmed", "named")
    assert credited(acme) == {"Acme": [("pending", "credited-code")]}
    assert account(portal, row.external_id).named_at is not None
