"""Client accounts as staff find, read, move and merge them, and rule on them without having been asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from partner_access import audit
from partner_access.clock import now
from partner_access.credit.attribution import source_credits
from partner_access.credit.clients import client_accounts, search
from partner_access.credit.managed import bulk_claims, claims
from partner_access.credit.models import ClientAccount
from partner_access.db import STAFF, session
from partner_access.staff import merge_preview
from tests.credit.agencies import Agency, accounts_of, day
from tests.factories import make_sign_up, make_user
from tests.portal import Browser, Portal
from tests.threads import at_once

REASON = "They told us on the phone."
CHOSEN = re.compile(r'<input checked[^>]* name="choice"[^>]* value="([^"]+)"')
SHOWN = re.compile(r'name="shown"[^>]* value="([^"]*)"')


def two(portal: Portal, acme: Agency, bolt: Agency) -> tuple[ClientAccount, ClientAccount]:
    """Acme's client of day 2, and Bolt's of day 4."""
    with day(1):
        acme.registers("a.example")
        bolt.registers("b.example")
    with day(2):
        first = make_sign_up(portal, "a.example", external_id="a", email="ana@a.example").account
    with day(4):
        return first, make_sign_up(portal, "b.example", external_id="b").account


def at(account: ClientAccount, act: str = "") -> str:
    return f"/staff/clients/{account.id}{act}"


def shown(browser: Browser, url: str) -> str:
    found = SHOWN.findall(browser.get(url).get_data(as_text=True))
    return found[0] if found else ""


def holder(portal: Portal, account: ClientAccount) -> Any:
    with portal.acting():
        return source_credits.holder(account.id)


def site(portal: Portal, account: ClientAccount) -> str:
    with portal.acting():
        return client_accounts.present_site(account)


# -- finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("crm-17", True), ("CRM-1", True), ("rm-17", False), ("ürsted", True), ("CAFÉ", True), ("100%", False),
        ("https://www.MÜNCHEN.de/shop?x=1", True), ("xn--mnchen-3ya.de", True), ("old.example", True),
        ("Boss@Mail.Example", True), ("@mail.example", True), ("mail.example", True), ("other@mail.example", False),
        ("nothing.example", False), ("\x00", True), ("'; --", False),
    ],
)  # fmt: skip
def test_a_client_is_found_by_whatever_is_known_of_it(portal, kim, text, found):
    account = make_sign_up(portal, "old.example", external_id="crm-17", email="boss@mail.example").account
    with portal.acting(STAFF):
        session().get_one(ClientAccount, account.id).company = "Ürsted Café"
    kim.post(at(account, "/move"), {"website": "münchen.de", "reason": REASON, "shown": "old.example"})
    kim.get("/staff/clients", query_string={"q": text})
    assert ("Ürsted Café" in kim.text) == found, kim.text


def test_the_filters_say_who_has_credit_who_waits_and_who_manages(portal, kim, acme, bolt):
    with day(5):
        make_sign_up(portal, "nobodys.example", external_id="nobodys")
    _, second = two(portal, acme, bolt)
    with portal.acting(acme.person.actor, acme.org.id):
        bulk_claims.claim(acme.org, acme.person, ["b.example"])
    with portal.acting(STAFF):
        (row,) = [row for row, account in claims.waiting() if account.id == second.id]
        claims.decide(row.id, yes=True, reason=REASON)
    with portal.acting():
        found = {only: [row.external_id for row in search.listing(only=only)] for only in search.FILTERS}
    assert found == {"credited": ["b", "a"], "not-named": [], "nobody": ["nobodys"], "open": [], "managed": ["b"]}
    kim.get("/staff/clients?state=managed")
    assert "Bolt" in kim.text and "Acme" in kim.text
    assert kim.get("/staff/clients?state=no-such").status_code == 404
    assert kim.get(at(second)).status_code == 200
    assert "Managed by Acme" in kim.text


def test_the_list_goes_on_where_the_page_ends(portal, kim, acme, bolt, monkeypatch):
    monkeypatch.setattr(search, "PAGE", 1)
    two(portal, acme, bolt)
    page = kim.get("/staff/clients").get_data(as_text=True)
    assert "b.example" in kim.text and "a.example" not in kim.text
    older = re.findall(r'href="(/staff/clients\?before=[^"]+)" rel="next"', page)
    kim.get(older[0])
    assert "a.example" in kim.text and "b.example" not in kim.text


# -- to another website -----------------------------------------------------------------------------------------------


def test_a_move_keeps_the_old_site_as_an_alias_and_the_reason(portal, kim, acme, bolt):
    first, _ = two(portal, acme, bolt)
    seen = shown(kim, at(first, "/move"))
    kim.post(at(first, "/move"), {"website": "new.example", "reason": "", "shown": seen})
    assert (kim.page.status_code, "Give the reason." in kim.text) == (422, True)
    for wrong, sentence in (("gmail.com", "mail"), ("b.example", "another client account’s website")):
        kim.post(at(first, "/move"), {"website": wrong, "reason": REASON, "shown": seen})
        assert kim.page.status_code in (409, 422)
        assert sentence in kim.text and REASON in kim.page.get_data(as_text=True)
    assert kim.post(at(first, "/move"), {"website": "new.example", "reason": REASON, "shown": seen}).status_code == 303
    kim.get(at(first))
    assert "Website new.example" in kim.text and "a.example, alias until" in kim.text
    assert "a: Moved to new.example Kim Orr" in kim.text and REASON in kim.text
    assert holder(portal, first) == acme.org.id


def test_who_moves_second_sees_where_it_was_moved_first(portal, kim, lou, acme, bolt):
    first, _ = two(portal, acme, bolt)
    seen = shown(lou, at(first, "/move"))
    kim.post(at(first, "/move"), {"website": "new.example", "reason": REASON, "shown": seen})
    mine = {"website": "other.example", "reason": "A letter.", "shown": seen}
    assert lou.post(at(first, "/move"), mine).status_code == 409
    assert "The website is new.example by now. Kim Orr decided that" in lou.text
    assert REASON in lou.text and "A letter." in lou.text
    assert site(portal, first) == "new.example"


def test_of_two_moves_at_once_one_is_done(portal, kim, lou, acme, bolt):
    first, _ = two(portal, acme, bolt)
    url = at(first, "/move")

    def press(browser: Browser, website: str) -> Callable[[], int]:
        data = {"website": website, "reason": REASON, "shown": "a.example"}
        return lambda: browser.post(url, data).status_code

    assert sorted(at_once(press(kim, "new.example"), press(lou, "other.example"))) == [303, 409]
    with portal.acting():
        assert len(audit.staff_decisions(first.id)) == 1


# -- into another account ---------------------------------------------------------------------------------------------


def test_a_merger_is_shown_as_it_will_come_out_and_nothing_is_written_before(portal, kim, acme, bolt):
    first, second = two(portal, acme, bolt)
    page = kim.get(at(first, "/merge?into=b"))
    assert page.status_code == 200
    assert "Source credit then Nobody" in kim.text and "Source credit then Acme, for its lead." in kim.text
    with portal.acting(STAFF):
        assert [side.title for side in merge_preview.preview(first, second).sides] == ["Goes: Client", "Stays: Client"]
    assert (holder(portal, first), holder(portal, second)) == (acme.org.id, bolt.org.id)
    assert kim.post(at(first, "/merge"), {"stays": "b", "reason": ""}).status_code == 422
    assert kim.post(at(first, "/merge"), {"stays": "b", "reason": REASON}).location == at(second)
    assert (holder(portal, first), holder(portal, second)) == (None, acme.org.id)
    kim.get(at(second))
    assert "Merged into it a" in kim.text and "a: Merged into b Kim Orr" in kim.text
    kim.get(at(first))
    assert "This account was merged into b" in kim.text
    assert kim.get(at(first, "/move")).status_code == 409


@pytest.mark.parametrize("into", ["a", "no-such", "", "\x00"])
def test_an_account_that_cannot_go_on_is_refused_at_the_field(portal, kim, acme, bolt, into):
    first, _ = two(portal, acme, bolt)
    assert kim.get(at(first, "/merge"), query_string={"into": into}).status_code == 422
    assert 'href="#into"' in kim.page.get_data(as_text=True)


def test_who_merges_second_sees_what_was_merged_first(portal, kim, lou, acme, bolt):
    first, second = two(portal, acme, bolt)
    lou.get(at(second, "/merge?into=a"))
    kim.post(at(first, "/merge"), {"stays": "b", "reason": REASON})
    assert lou.post(at(second, "/merge"), {"stays": "a", "reason": "A letter."}).status_code == 409
    assert "a was merged into b. Kim Orr decided that" in lou.text and "A letter." in lou.text
    assert holder(portal, second) == acme.org.id


def test_of_two_mergers_in_opposite_directions_at_once_one_is_done(portal, kim, lou, acme, bolt):
    first, second = two(portal, acme, bolt)

    def press(browser: Browser, gone: ClientAccount, stays: str) -> Callable[[], int]:
        return lambda: browser.post(at(gone, "/merge"), {"stays": stays, "reason": REASON}).status_code

    assert sorted(at_once(press(kim, first, "b"), press(lou, second, "a"))) == [303, 409]


# -- who is credited --------------------------------------------------------------------------------------------------


def test_the_present_answer_is_chosen_and_another_organization_can_be_credited(portal, kim, acme, bolt):
    first, _ = two(portal, acme, bolt)
    url = at(first, "/ruling")
    assert CHOSEN.findall(kim.get(url).get_data(as_text=True)) == [str(acme.org.id)]
    for slug in ("", "no-such", "\x00"):
        data = {"choice": "other", "slug": slug, "reason": REASON, "shown": ""}
        assert kim.post(url, data).status_code == 422
        assert 'href="#slug"' in kim.page.get_data(as_text=True)
    data = {"choice": "other", "slug": "bolt", "reason": "Acme told us.", "shown": ""}
    assert kim.post(url, data).status_code == 422
    assert "would tell the other side" in kim.text
    assert kim.post(url, data | {"reason": REASON}).status_code == 303
    assert holder(portal, first) == bolt.org.id
    kim.get(at(first))
    assert "Credited to Bolt Kim Orr" in kim.text
    assert CHOSEN.findall(kim.get(url).get_data(as_text=True)) == [str(acme.org.id)], "what the rules say stays chosen"


def test_who_rules_second_sees_the_first_ruling(portal, kim, lou, acme, bolt):
    first, _ = two(portal, acme, bolt)
    url = at(first, "/ruling")
    seen = shown(lou, url)
    kim.post(url, {"choice": "nobody", "reason": REASON, "shown": seen})
    mine = {"choice": str(acme.org.id), "reason": "A letter.", "shown": seen}
    assert lou.post(url, mine).status_code == 409
    assert "Kim Orr ruled on" in lou.text and "credited to nobody" in lou.text and "A letter." in lou.text
    assert holder(portal, first) is None
    assert lou.post(url, mine | {"shown": shown(lou, url)}).status_code == 303  # knowing of the first, they may
    assert holder(portal, first) == acme.org.id


def test_an_open_question_stands_on_the_page_and_leads_to_its_case(portal, kim, acme, bolt):
    with day(1):
        acme.registers()
    with day(3):
        token = bolt.link_opened()
    with day(5):
        account = make_sign_up(portal, referral=token).account
    case = re.findall(r'href="(/staff/queue/[^"]+)"', kim.get(at(account)).get_data(as_text=True))
    assert kim.get(case[0]).status_code == 200
    kim.get("/staff/clients?state=open")
    assert "In review" in kim.text


def test_an_account_created_for_a_client_shows_its_hand_over(portal, kim, acme):
    olga = portal.sign_in(acme.person.email)
    form = {"kind": "behalf", "company": "Fresh", "website": "fresh.example", "contact_email": "boss@fresh.example"}
    assert olga.post("/orgs/acme/clients/new", form).status_code == 303
    with portal.acting():
        (account,) = accounts_of("fresh.example")
    kim.get(at(account))
    assert "Created by Acme" in kim.text and "Waits for the client" in kim.text


# -- others -----------------------------------------------------------------------------------------------------------


def test_to_others_there_are_no_such_pages(portal, acme, bolt):
    first, _ = two(portal, acme, bolt)
    for browser in (portal.sign_in(acme.person.email), portal.sign_in(make_user(portal).email)):
        for url in ("/staff/clients", at(first), at(first, "/move"), at(first, "/merge"), at(first, "/ruling")):
            assert browser.get(url).status_code == 404


def test_a_command_keeps_its_reason_too(portal, acme, bolt):
    first, _ = two(portal, acme, bolt)
    assert portal.run("clients", "move", "a", "new.example", "--reason", REASON).exit_code == 0
    assert portal.run("clients", "move", "a", "third.example").exit_code == 0
    with portal.acting():
        made = [(row.outcome, row.reason) for row in audit.staff_decisions(first.id)]
    assert made[1] == ("new.example", REASON)
    assert made[0] == ("third.example", "Decided outside the portal, and entered by a command.")


# -- cancelled, or back -----------------------------------------------------------------------------------------------


def test_staff_end_and_resume_a_credit_and_read_what_was_told(portal, kim, acme, bolt):
    first, _ = two(portal, acme, bolt)
    portal.run("rules", "change", "--comeback-days", "30", "--reason", REASON)
    at_first = kim.get(at(first)).get_data(as_text=True)
    assert "They cancelled" in at_first and "They came back" not in at_first
    kim.post(at(first, "/events/cancelled"), {"at": "yesterday", "reason": REASON})
    assert "Write the time in ISO 8601" in kim.text
    kim.post(at(first, "/events/cancelled"), {"at": "2999-01-01", "reason": REASON})
    assert "The time is in the future." in kim.text
    told = {"at": f"{now():%Y-%m-%d %H:%M:%S}", "reason": REASON}
    assert kim.post(at(first, "/events/cancelled"), told).status_code == 303
    kim.get(at(first))
    assert "They came back" in kim.text and "What the vendor told of it" in kim.text and REASON in kim.text
    assert "told by Kim" in kim.text
    kim.post(at(first, "/events/cancelled"), told)
    kim.get(at(first))
    assert "This was known already." in kim.text
    assert kim.get(at(first, "/events/moved")).status_code == 404


def test_the_commands_tell_the_state_of_the_credit_and_keep_what_comes_before_its_sign_up(portal):
    def told(*command: str) -> str:
        result = portal.run("clients", *command, "--reason", REASON)
        return result.output.strip()

    early = f"{now() - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    assert told("cancel", "later", "--at", early) == "cancelled\twaits for the sign-up"
    assert told("cancel", "later", "--at", early) == "known already\twaits for the sign-up"
    make_sign_up(portal, "later.example", external_id="later")
    assert told("reactivate", "later", "--at", f"{now():%Y-%m-%dT%H:%M:%S}") == "reactivated\tnobody"
    assert told("cancel", "later", "--at", "soon").startswith("Error: Write the time in ISO 8601")
    assert portal.run("credit", "verify").exit_code == 0
