"""A sign-up from the portal's own form: what it is before its mailbox is proved, what it takes, and what it cannot."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from partner_access.clock import now
from partner_access.credit.models import ClientAccount, ProvisionalSignUp, StoredDecision
from partner_access.credit.provisional import confirmations, requests
from partner_access.db import session
from partner_access.errors import Invalid, TooMany
from tests.credit.agencies import day, moment, verified, works
from tests.credit.provisional.forms import FREE, OWN, account, asked, confirm, credited, row_of, send
from tests.factories import make_sign_up
from tests.threads import at_once


def leaves_nothing(portal) -> None:
    with portal.acting():
        for model in (ClientAccount, StoredDecision):
            assert session().scalars(select(model)).all() == []


@pytest.mark.parametrize(("email", "without"), [(OWN, False), (FREE, True), ("kim@bolt.example", False)])
def test_before_its_mailbox_is_proved_it_changes_nothing_for_anybody(portal, acme, bolt, email, without):
    with day(1):
        lead = bolt.registers()
    with day(2):
        send(bolt if without else acme, email, without=without)
    with day(5):
        works(portal)
        leaves_nothing(portal)
        assert bolt.lead(lead).ended_at is None and bolt.live_leads() == (1, 1)
        assert credited(acme, bolt) == {"Acme": [], "Bolt": []}
        make_sign_up(portal, at=now(), external_id="real")
    assert credited(acme, bolt) == {"Acme": [], "Bolt": [("pending", "credited-lead")]}


def test_from_a_mailbox_at_the_sites_own_domain_it_counts_in_full_once_it_is_proved(portal, acme, bolt):
    with day(1):
        visit, lead = acme.link_opened(), bolt.registers("other.example")
    with day(2):
        row = send(acme, opened=[visit])
    with day(4):
        confirm(portal, row)
        assert acme.client().hold_until == moment(5) and acme.client().signed_up_at == moment(2)
        assert acme.entries()[0].at == moment(4)
    with day(4.9):
        works(portal)
        assert credited(acme) == {"Acme": [("pending", "credited-link")]}
    with day(5):
        works(portal)
        assert credited(acme) == {"Acme": [("active", "credited-link")]}
    assert bolt.lead(lead).ended_at is None
    verified(portal)


def test_touches_are_judged_at_the_moment_of_the_form_and_the_site_is_taken_at_the_proof(portal, acme, bolt):
    with day(0):
        visit = acme.link_opened()
    with day(89):
        row = send(acme, opened=[visit])
    with day(90):
        late = bolt.registers()
    with day(95):
        confirm(portal, row)
    assert credited(acme, bolt) == {
        "Acme": [("pending", "credited-link")],
        "Bolt": [("declined", "lead-after-sign-up")],
    }
    assert bolt.lead(late).end_reason == "too-late"
    make_sign_up(portal, external_id="between", at=moment(94), email="kim@client.example")
    assert acme.client().reason == "existing-client"  # whom the vendor knew before the proof is the site's first
    verified(portal)


@pytest.mark.parametrize(
    ("email", "without", "sides"),
    [(FREE, True, {"Bolt"}), (FREE, False, {"Acme", "Bolt"}), ("kim@bolt.example", False, {"Acme", "Bolt"})],
)
def test_from_another_mailbox_it_takes_no_lead_and_asks_staff(portal, acme, bolt, email, without, sides):
    """A stranger's own mailbox, on the page of the partner whose lead it is after or on another's."""
    with day(1):
        lead = bolt.registers()
        visits = [bolt.link_opened() if without else acme.link_opened()]
    with day(2):
        row = send(bolt if without else acme, email, without=without, opened=visits)
        confirm(portal, row)
        kind, orgs = asked(portal, row.external_id)
        names = {agency.org.name for agency in (acme, bolt) if agency.org.id in orgs}
        if not without and email == FREE:
            # a lead comes before a link: its holder is credited, and the link may contend
            assert (kind, credited(bolt)) == ("conflict", {"Bolt": [("pending", "credited-lead")]})
        else:
            assert bolt.client().reason == "site-not-proved"
        assert names == sides
    with day(9):
        works(portal)
        assert bolt.lead(lead).ended_at is None and bolt.live_leads() == (1, 1)
        make_sign_up(portal, external_id="real", email="ceo@client.example")
    reasons = {client.reason for client in bolt.clients()}
    assert reasons == {"credited-lead", "other-account-named"}
    assert [line.kind for line in bolt.entries()].count("activated") == 0
    assert bolt.lead(lead).end_reason == "won"
    verified(portal)


def test_from_another_mailbox_a_link_counts_where_it_takes_nothing(portal, acme, bolt):
    with day(1):
        row = send(acme, FREE)
        confirm(portal, row)
    with day(3):
        works(portal)
        assert credited(acme) == {"Acme": [("active", "credited-code")]}
        lead = bolt.registers()  # the site is nobody's: it takes no place in the queue of another
        assert bolt.lead(lead).held_from is not None
    with day(4):
        make_sign_up(portal, external_id="real")
    assert credited(acme, bolt) == {
        "Acme": [("declined", "other-account-named")],
        "Bolt": [("pending", "credited-lead")],
    }
    verified(portal)


def test_the_second_one_of_a_site_from_another_mailbox_asks_staff(portal, acme, bolt):
    with day(1):
        confirm(portal, send(acme, FREE))
    with day(2):
        row = send(bolt, "kim@gmail.com")
        confirm(portal, row)
    assert credited(acme, bolt) == {
        "Acme": [("pending", "credited-code")],
        "Bolt": [("declined", "site-not-proved")],
    }
    assert asked(portal, row.external_id) == ("suggestion", {bolt.org.id})
    with day(3):
        confirm(portal, send(bolt, OWN))
    assert [reason for _, reason in credited(acme, bolt)["Acme"]] == ["other-account-named"]
    assert [row for row in credited(bolt)["Bolt"] if row[0] == "pending"] == [("pending", "credited-code")]
    verified(portal)


def test_an_address_at_a_rivals_domain_that_was_proved_makes_its_lead_no_own_use(portal, acme, bolt):
    """Confirmed by the vendor: then rules decide, and what own use would take from its holder is staff's to answer."""
    with day(1):
        bolt.registers()
        visit = acme.link_opened()
    with day(2):
        row = send(acme, "kim@bolt.example", opened=[visit])
        confirm(portal, row)
        make_sign_up(portal, external_id="acct", email="kim@bolt.example")
    assert asked(portal, "acct") == ("conflict", {acme.org.id, bolt.org.id})
    assert credited(acme, bolt) == {"Acme": [("pending", "credited-link")], "Bolt": [("declined", "own-use")]}
    with day(9):
        works(portal)
        assert acme.client().state == "pending"
    verified(portal)


def test_who_confirms_twice_or_from_several_places_at_once_has_one_account(portal, acme):
    with day(1):
        row = send(acme)
        at_once(*[partial(confirm, portal, row)] * 4)
        confirm(portal, row)
        confirm(portal, send(acme))  # the same person's second form
    with portal.acting():
        assert len(session().scalars(select(ClientAccount)).all()) == 1
        assert len(session().scalars(select(StoredDecision)).all()) == 1
    assert credited(acme) == {"Acme": [("pending", "credited-code")]}


def test_confirming_and_refusing_at_once_end_it_one_way(portal, acme):
    with day(1):
        row = send(acme)

        def refuse() -> None:
            with portal.acting():
                confirmations.refuse(session().get_one(ProvisionalSignUp, row.id))

        at_once(partial(confirm, portal, row), refuse)
        end = row_of(portal, row).end_reason
    assert credited(acme) == {"Acme": [("pending", "credited-code")] if end == "confirmed" else []}


def test_it_is_recalled_on_day_three_and_over_after_fourteen_days(portal, acme):
    with day(0):
        row = send(acme)
    for at, reminders in ((2.9, 0), (3, 1), (3.1, 1), (13.9, 1)):
        with day(at):
            portal.work()
            assert len(portal.mails(OWN, "sign-up-reminder")) == reminders
            assert row_of(portal, row).ended_at is None
    with day(14):
        confirm(portal, row)  # its time is over, whenever the worker comes by
        assert account(portal, row.external_id) is None
        portal.work()
        assert row_of(portal, row).end_reason == "lapsed"
    assert portal.audited("sign_up.lapsed") == [("unanswered", {"site": "client.example"})]


def test_who_says_not_me_gets_no_more_mails_and_nothing_comes_of_it(portal, acme):
    with day(0):
        row = send(acme)
        with portal.acting():
            confirmations.refuse(session().get_one(ProvisionalSignUp, row.id))
        confirm(portal, row)
        assert row_of(portal, row).end_reason == "refused" and account(portal, row.external_id) is None
        again = send(acme, site="other.example")
    with day(3):
        portal.work()
        assert len(portal.mails(OWN)) == 1 and row_of(portal, again).ended_at is None


def test_the_mail_holds_nothing_that_was_typed_but_the_site(portal, acme):
    with day(0):
        send(acme)
    (mail,) = portal.mails(OWN)
    assert "client.example" in mail.text and "Firefox on Linux" in mail.text
    for typed in ("Jo", "Acme"):
        assert typed not in mail.text + mail.html + mail.subject


def test_strangers_cause_three_mails_a_day_to_one_address_at_most(portal, acme):
    with day(0.2):
        for number in range(3):
            send(acme, site=f"site{number}.example")
        with pytest.raises(TooMany):
            send(acme, site="site9.example")
        assert len(portal.mails(OWN)) == 3
    with day(1.2):
        send(acme, site="site9.example")


@pytest.mark.parametrize("code", ["000000", "", "12345", "abc"])
def test_a_code_that_is_not_the_mails_confirms_nothing_and_five_are_all(portal, acme, code):
    with day(0):
        row = send(acme)
        right = portal.code(OWN)
        code = "111111" if code == right else code

        def tries(text: str) -> str:
            with portal.acting():
                return confirmations.try_code(session().get_one(ProvisionalSignUp, row.id), text)

        assert [tries(code) for _ in range(6)] == ["wrong"] * 5 + ["spent"]
        assert tries(right) == "spent" and row_of(portal, row).ended_at is None


def test_the_code_works_for_an_hour_in_any_spelling(portal, acme):
    with day(0):
        first, second = send(acme), send(acme, "kim@client.example")
    for hours, row, outcome in ((0.9, first, "right"), (1, second, "expired")):
        with day(hours / 24), portal.acting():
            code = portal.code(row.email)
            found = session().get_one(ProvisionalSignUp, row.id)
            assert confirmations.try_code(found, f" {code[:3]} {code[3:]}") == outcome


def test_what_cannot_be_used_is_refused_at_its_field(portal, acme):
    for email, site, field in (
        ("", "client.example", "email"),
        ("jo@", "client.example", "email"),
        (OWN, "x", "website"),
    ):
        with day(0), pytest.raises(Invalid) as refused:
            send(acme, email, site)
        assert refused.value.field == field


def test_staff_say_that_the_programme_knows_it_before_or_after_the_proof(portal, acme, bolt):
    with day(0.5):
        bolt.registers()
    with day(1):
        waits = send(acme, "kim@bolt.example")
        asks = send(acme, FREE, "other.example", without=True, opened=[acme.link_opened()])
        confirm(portal, asks)
        assert asked(portal, asks.external_id) == ("suggestion", {acme.org.id})
        for row in (waits, asks):
            for _ in range(2):
                told = portal.run("signups", "confirm", row.external_id, "--reason", "We called them.")
                assert (told.exit_code, told.output.strip()) == (0, row.external_id), told.output
    assert asked(portal, asks.external_id) is None
    assert asked(portal, waits.external_id) == ("conflict", {acme.org.id, bolt.org.id})
    assert row_of(portal, waits).end_reason == "named"
    with portal.acting():
        assert requests.waiting() == []
    verified(portal)
    assert portal.run("signups", "confirm", "no-such", "--reason", "x").exit_code == 1
    assert portal.run("signups", "confirm", waits.external_id, "--reason", " ").exit_code == 1


def test_no_line_is_posted_before_the_proof(portal, acme):
    with day(1):
        row = send(acme)
        assert acme.entries() == [] and acme.totals().pending == 0
        confirm(portal, row)
    assert [line.kind for line in acme.entries()] == ["pending"]
