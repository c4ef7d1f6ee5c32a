"""The vendor names an account that a partner's page began: it is that one, before or after its proof, or another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from partner_access.credit.attribution import signups
from partner_access.credit.provisional import confirmations
from tests.credit.agencies import change_rules, day, moment, verified, works
from tests.credit.provisional.forms import FREE, OWN, account, asked, confirm, credited, row_of, send
from tests.factories import make_sign_up
from tests.threads import at_once


@pytest.mark.parametrize("order", ["named", "confirmed named", "named confirmed", "confirmed named named"])
@pytest.mark.parametrize("email", [OWN, FREE])
def test_named_before_or_after_the_proof_it_is_the_same_account(portal, acme, bolt, order, email):
    with day(0):
        visit, lead = acme.link_opened(), acme.registers()
    with day(1):
        row = send(acme, email, opened=[visit])
    with day(2):
        for step in order.split():
            if step == "confirmed":
                confirm(portal, row)
            else:
                told = make_sign_up(portal, external_id="acct-7", email=email, at=moment(1.5))
                assert (told.basis, told.reason) == ("lead", "credited-lead")
    found = account(portal, "acct-7")
    assert found and account(portal, row.external_id).id == found.id
    assert (found.signed_up_at, found.taken_at, found.is_limited) == (moment(1), moment(1.5), False)
    assert credited(acme) == {"Acme": [("pending", "credited-lead")]} and acme.lead(lead).end_reason == "won"
    again = [make_sign_up(portal, external_id=name, referral=bolt.link()) for name in ("acct-7", row.external_id)]
    assert [(one.account.id, one.reason, one.is_new) for one in again] == [(found.id, "credited-lead", False)] * 2
    with day(3):  # the hold ran from the proof, or from when the vendor had the account
        works(portal)
        assert credited(acme, bolt) == {"Acme": [("active", "credited-lead")], "Bolt": []}
    verified(portal)


def test_naming_what_staff_were_asked_about_answers_it_by_the_rules(portal, acme, bolt):
    with day(0):
        change_rules(portal, order="link-first")
        visit, lead = acme.link_opened(), bolt.registers()
    with day(1):
        row = send(acme, FREE, opened=[visit])
        confirm(portal, row)
        assert asked(portal, row.external_id) == ("conflict", {acme.org.id, bolt.org.id})
        assert {state for rows in credited(acme, bolt).values() for state, _ in rows} == {"declined"}
        assert bolt.lead(lead).ended_at is None
    with day(2):
        told = make_sign_up(portal, external_id="acct-7", email=FREE)
        assert told.reason == "credited-link"
        assert asked(portal, "acct-7") == ("conflict", {acme.org.id, bolt.org.id})
        assert bolt.lead(lead).end_reason == "lost"
    assert make_sign_up(portal, external_id=row.external_id).reason == "credited-link"
    verified(portal)


@pytest.mark.parametrize(
    ("email", "referral", "at", "same"),
    [
        (OWN, False, 1.5, True),
        ("JO@client.example", False, 1.5, True),
        (OWN, True, 1.5, True),
        ("kim@client.example", False, 1.5, False),
        (OWN, False, 0.9, False),  # the vendor had the account before the form was sent
        ("", False, 1.5, False),  # nobody has proved a mailbox
    ],
)
def test_it_is_the_same_by_site_address_and_time(portal, acme, email, referral, at, same):
    with day(1):
        row = send(acme)
    with day(2):
        code = acme.link() if referral else ""
        make_sign_up(portal, external_id="acct-7", email=email, at=moment(at), referral=code)
    assert (row_of(portal, row).end_reason == "named") == same
    assert bool(credited(acme)["Acme"]) == same


@pytest.mark.parametrize(("on", "same"), [(0.625, True), (-0.375, False)])
def test_a_date_without_a_time_may_be_after_the_form_of_that_day(portal, acme, on, same):
    with day(1):
        row = send(acme)
        confirm(portal, row)
    with day(2), portal.acting():
        told = {"external_id": "acct-7", "company": "Client", "website": "client.example", "referral": ""}
        signup = signups.check(**told, email=OWN, signed_up_at=moment(on), came_by="csv")
        assert signups.record(replace(signup, is_day=True)).account.came_by == ("landing" if same else "csv")
    found = account(portal, row.external_id)
    assert (found.external_id == "acct-7") == same and found.taken_at == moment(1)
    verified(portal)


def test_another_partners_code_in_the_vendors_file_makes_it_another_account(portal, acme, bolt):
    with day(1):
        row = send(acme)
        confirm(portal, send(acme, FREE, "other.example"))
    with day(2):
        make_sign_up(portal, external_id="acct-7", email=OWN, referral=bolt.link())
        make_sign_up(portal, "other.example", external_id="acct-8", email=FREE, referral=bolt.link())
    assert row_of(portal, row).ended_at is None
    assert credited(acme, bolt) == {
        "Acme": [("declined", "other-account-named")],
        "Bolt": [("pending", "credited-code")] * 2,
    }
    verified(portal)


def test_where_the_file_has_no_address_only_what_takes_nothing_from_anybody_is_named(portal, acme, bolt):
    with day(1):
        confirm(portal, send(acme, FREE, "free.example"))
        confirm(portal, send(acme, FREE, "held.example"))
    with day(3):
        bolt.registers("held.example")
    with day(4):
        for site in ("free", "held"):
            make_sign_up(portal, f"{site}.example", external_id=site)
    assert account(portal, "free").came_by == "landing" and account(portal, "held").came_by == "csv"
    assert credited(bolt) == {"Bolt": [("pending", "credited-lead")]}
    verified(portal)


def test_one_that_the_vendor_tells_of_late_is_named_though_its_time_was_over(portal, acme):
    with day(0):
        row = send(acme)
    with day(15):
        portal.work()
        assert row_of(portal, row).end_reason == "lapsed"
        make_sign_up(portal, external_id="acct-7", email=OWN, at=moment(1))
    assert credited(acme) == {"Acme": [("pending", "credited-code")]}
    verified(portal)


def test_what_was_refused_is_named_by_nobody(portal, acme):
    with day(0):
        row = send(acme)
        with portal.acting():
            confirmations.refuse(row)
        make_sign_up(portal, external_id="acct-7", email=OWN, at=moment(0))
    assert account(portal, "acct-7").came_by == "csv" and credited(acme) == {"Acme": []}


def test_confirmed_and_named_at_once_it_is_one_account(portal, acme):
    with day(1):
        rows = [send(acme, f"{name}@site.example", "site.example") for name in ("a", "b", "c")]
        for row in rows:
            names = partial(make_sign_up, portal, "site.example", external_id=f"acct-{row.email[0]}", email=row.email)
            at_once(partial(confirm, portal, row), names, names)
            assert account(portal, row.external_id).external_id == f"acct-{row.email[0]}"
    assert sorted(credited(acme)["Acme"]) == [("declined", "existing-client")] * 2 + [("pending", "credited-code")]
    verified(portal)


def test_a_lead_that_was_registered_while_the_site_was_nobodys_ends_when_the_account_is_named(portal, acme, bolt):
    with day(1):
        confirm(portal, send(acme, FREE))
    with day(10):
        lead = bolt.registers()
    with day(20):
        works(portal)
        make_sign_up(portal, external_id="acct-7", email=FREE)
    assert bolt.lead(lead).end_reason == "too-late" and bolt.client().reason == "lead-after-sign-up"
    assert credited(acme) == {"Acme": [("active", "credited-code")]}
    verified(portal)
