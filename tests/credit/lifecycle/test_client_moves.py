"""Clients that move to another website, and accounts that turn out to be one business."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import pytest
from sqlalchemy import select

from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.disputes import disputes
from partner_access.credit.lifecycle import client_merges, client_moves
from partner_access.credit.models import Client, ClientAccount, ClientSite, Lead, SourceCredit
from partner_access.credit.rulings import another_look, rulings, summaries
from partner_access.credit.touchpoints import leads
from partner_access.db import STAFF, SYSTEM, session
from partner_access.errors import Conflict, Invalid
from tests.credit.agencies import Agency, day, moment, verified, works
from tests.credit.ledger.test_entries import assert_books_balance
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.threads import at_once

YEAR = 365


def move(portal: Portal, external_id: str, website: str) -> None:
    with portal.acting(STAFF):
        client_moves.move(client_accounts.find(external_id), website, "They told us.")


def merge(portal: Portal, gone: str, stays: str) -> None:
    with portal.acting(STAFF):
        client_merges.merge(client_accounts.find(gone), client_accounts.find(stays), "They told us.")


def credits_of(portal: Portal) -> dict[str, str]:
    """The external id of each account that somebody is credited for, and the state of the credit."""
    with portal.acting():
        accounts = {row.id: row.external_id for row in session().scalars(select(ClientAccount))}
        return {accounts[row.client_account_id]: row.state for row in session().scalars(select(SourceCredit))}


def view(agency: Agency, portal: Portal, external_id: str) -> Client | None:
    with portal.acting(SYSTEM, agency.org.id):
        return clients.of_account(client_accounts.find(external_id).id)


# -- to another website -----------------------------------------------------------------------------------------------


def test_a_client_who_moves_keeps_the_source_credit_and_is_shown_with_the_new_site(portal, acme, bolt):
    with day(1):
        acme.registers("old.example")
    with day(2):
        make_sign_up(portal, "old.example", external_id="c")
    with day(4):
        works(portal)
        move(portal, "c", "https://www.new.example/shop")
    assert (acme.client().state, acme.client().site, acme.client().reason) == ("active", "new.example", "credited-lead")
    assert [entry.kind for entry in acme.entries()] == ["pending", "activated"]
    assert portal.audited("client.moved") == [("staff", {"site": "new.example"})] * 2
    with portal.acting():
        decisions.again(map(client_accounts.family, session().scalars(select(ClientAccount)).all()))
    assert [entry.kind for entry in acme.entries()] == ["pending", "activated"]
    verified(portal)


def test_the_old_site_is_nobody_elses_for_a_year_and_free_afterwards(portal, acme, bolt):
    with day(1):
        make_sign_up(portal, "old.example", external_id="c")
    with day(10):
        move(portal, "c", "new.example")
    with day(11):
        for site in ("old.example", "new.example"):
            with pytest.raises(Invalid):
                acme.registers(site)
        make_sign_up(portal, "old.example", external_id="early", referral=acme.link())
    assert acme.client().reason == "moved-client"
    with day(11 + YEAR):
        make_sign_up(portal, "old.example", external_id="other", referral=bolt.link())
    assert bolt.client().reason == "existing-client"  # the one of day 11 has it by now
    with day(11 + 2 * YEAR):
        make_sign_up(portal, "quiet.example", external_id="quiet")
        move(portal, "quiet", "calm.example")
    with day(12 + 3 * YEAR):
        bolt.registers("quiet.example")
    with day(13 + 3 * YEAR):
        make_sign_up(portal, "quiet.example", external_id="fresh")
        assert credits_of(portal)["fresh"] == "pending"
    verified(portal)


def test_what_was_decided_before_a_move_reads_the_same_after_it(portal, acme, bolt):
    with day(1):
        make_sign_up(portal, "old.example", external_id="c")
    with day(2):
        make_sign_up(portal, "old.example", external_id="second", referral=acme.link())
    with day(10):
        move(portal, "c", "new.example")
    with day(11):
        make_sign_up(portal, "old.example", external_id="third", referral=bolt.link())
    with day(12):
        move(portal, "c", "third.example")
    with portal.acting():
        decisions.again(map(client_accounts.family, session().scalars(select(ClientAccount)).all()))
    assert (acme.client().reason, bolt.client().reason) == ("existing-client", "existing-client")
    assert view(acme, portal, "second").signed_up_at == moment(2)
    verified(portal)


def test_back_and_forth_leaves_each_site_with_its_times(portal):
    with day(1):
        make_sign_up(portal, "old.example", external_id="c")
    with day(3):
        for site in ("new.example", "old.example", "new.example", "new.example"):
            move(portal, "c", site)
    with day(5):
        move(portal, "c", "old.example")
    with portal.acting():
        account = client_accounts.find("c")
        assert client_accounts.present_site(account) == "old.example"
        open_rows = session().scalars(select(ClientSite.site).where(ClientSite.until.is_(None))).all()
    assert open_rows == ["old.example"]


def test_live_leads_for_the_new_site_end_and_one_who_held_it_at_an_earlier_sign_up_still_wins(portal, acme, bolt):
    with day(1):
        lead, waiting = acme.registers("new.example"), bolt.registers("new.example")
        make_sign_up(portal, "old.example", external_id="c")
    with day(5):
        move(portal, "c", "new.example")
    assert [agency.lead(row).end_reason for agency, row in ((acme, lead), (bolt, waiting))] == ["too-late", "too-late"]
    assert (acme.live_leads(), bolt.live_leads()) == ((1, 0), (1, 0))
    with day(6):
        make_sign_up(portal, "new.example", external_id="late", at=moment(4))
    assert (acme.lead(lead).end_reason, acme.client().reason) == ("won", "credited-lead")
    verified(portal)


def test_a_site_of_another_account_and_what_is_no_website_are_refused(portal):
    with day(1):
        make_sign_up(portal, "old.example", external_id="c")
        make_sign_up(portal, "taken.example", external_id="d")
    with day(2):
        move(portal, "d", "elsewhere.example")
    for website, refusal in (("taken.example", Conflict), ("elsewhere.example", Conflict), ("facebook.com", Invalid)):
        with pytest.raises(refusal), day(3):
            move(portal, "c", website)
    told = portal.run("clients", "move", "c", "fine.example")
    assert (told.exit_code, told.output) == (0, "fine.example\n")
    assert portal.run("clients", "move", "nobody", "fine.example").exit_code == 1


def test_two_clients_who_move_to_one_site_at_once_do_not_both_get_it(portal):
    for key in ("c", "d"):
        make_sign_up(portal, f"{key}.example", external_id=key)

    def attempt(key: str) -> bool:
        try:
            move(portal, key, "new.example")
        except Conflict:
            return False
        return True

    assert sorted(at_once(partial(attempt, "c"), partial(attempt, "d"))) == [False, True]


# -- merged -----------------------------------------------------------------------------------------------------------


def two(portal: Portal, acme: Agency, bolt: Agency) -> None:
    """Acme brought account a on day 2, Bolt account b on day 4."""
    with day(1):
        acme.registers("a.example")
        bolt.registers("b.example")
    with day(2):
        make_sign_up(portal, "a.example", external_id="a")
    with day(4):
        make_sign_up(portal, "b.example", external_id="b")
    with day(6):
        works(portal)


def test_the_account_that_stays_keeps_the_earliest_source_and_the_other_loses_its_credit(portal, acme, bolt):
    two(portal, acme, bolt)
    with day(10):
        merge(portal, "a", "b")
    assert credits_of(portal) == {"b": "active"}
    gone, stays = view(acme, portal, "a"), view(acme, portal, "b")
    assert (gone.state, gone.reason, stays.state, stays.reason) == (
        "declined",
        "merged-account",
        "active",
        "credited-lead",
    )
    lost = view(bolt, portal, "b")
    assert (lost.state, lost.reason) == ("declined", "merged-other")
    assert [entry.kind for entry in acme.entries()] == ["pending", "activated", "reversed", "pending", "activated"]
    assert acme.lead(lead_of(portal, acme)).ended_at == moment(2)
    assert not portal.mails(acme.person.email, "client-merged")
    (mail,) = portal.mails(bolt.person.email, "client-merged")
    assert "had no part in the earliest sign-up" in mail.text
    assert "acme" not in f"{mail.subject}{mail.text}{mail.html}".lower()
    for agency in (acme, bolt):
        assert_books_balance(agency)
    verified(portal)


def lead_of(portal: Portal, agency: Agency) -> Lead:
    with portal.acting(SYSTEM, agency.org.id):
        return leads.listing()[0]


def test_the_later_account_that_goes_takes_its_credit_with_it(portal, acme, bolt):
    two(portal, acme, bolt)
    merge(portal, "b", "a")
    assert credits_of(portal) == {"a": "active"}
    assert (view(bolt, portal, "b").reason, view(acme, portal, "a").state) == ("merged-account", "active")
    assert [entry.kind for entry in acme.entries()] == ["pending", "activated"]
    verified(portal)


@pytest.mark.parametrize("order", sorted(set(permutations([("a", "b"), ("b", "c"), ("a", "b")]))))
def test_the_order_of_mergers_does_not_matter_and_twice_is_the_same(portal, acme, bolt, order):
    two(portal, acme, bolt)
    with day(7):
        make_sign_up(portal, "c.example", external_id="c", referral=bolt.link())
    with day(10):
        for gone, stays in order:
            merge(portal, gone, stays)
    assert credits_of(portal) == {"c": "active"}
    with portal.acting():
        head = client_accounts.find("c")
        assert {row.merged_into for row in client_accounts.family(head).members} == {None, head.id}
    assert (view(acme, portal, "c").state, view(bolt, portal, "c").state) == ("active", "declined")
    for agency in (acme, bolt):
        assert_books_balance(agency)
    verified(portal)


def test_an_account_is_not_merged_into_itself_nor_back(portal, acme, bolt):
    two(portal, acme, bolt)
    with pytest.raises(Invalid):
        merge(portal, "a", "a")
    merge(portal, "a", "b")
    with pytest.raises(Conflict, match="a was merged into b"):
        merge(portal, "b", "a")
    with pytest.raises(Conflict, match="merged into b: move that one"):
        move(portal, "a", "elsewhere.example")
    told = portal.run("clients", "merge", "a", "b")
    assert (told.exit_code, told.output) == (0, "b\n")


def test_sign_ups_delivered_after_a_merger_are_no_ops_or_decide_anew(portal, acme, bolt):
    two(portal, acme, bolt)
    with day(10):
        merge(portal, "a", "b")
        before = acme.totals().entries, bolt.totals().entries
        again = make_sign_up(portal, "a.example", external_id="a", at=moment(2))
        assert (again.is_new, again.reason) == (False, "credited-lead")
        assert (acme.totals().entries, bolt.totals().entries) == before
        make_sign_up(portal, "a.example", external_id="first", at=moment(1.5))
    assert credits_of(portal) == {"first": "pending"}
    assert view(acme, portal, "b").reason == "existing-client"
    for agency in (acme, bolt):
        assert_books_balance(agency)
    verified(portal)


def test_the_question_of_the_account_that_goes_closes_and_is_asked_again_at_the_one_that_stays(portal, acme, bolt):
    two(portal, acme, bolt)
    with day(7), portal.acting(acme.person.actor, acme.org.id):
        another_look.raise_dispute(client_accounts.find("b"), acme.org, acme.person, "They are one business.")
    with day(8):
        merge(portal, "b", "a")
    assert view(acme, portal, "b").review_by is None
    with portal.acting(SYSTEM, bolt.org.id):
        (row,) = clients.listing()
        assert summaries.of_client(row).answers[0].words == disputes.MERGED
    with day(9), portal.acting(bolt.person.actor, bolt.org.id):
        (row,) = clients.listing()
        side = another_look.raise_for_client(row, bolt.person, "But we brought them.")
        assert clients.fetch(side.client_id).client_account_id == client_accounts.find("a").id
    assert view(acme, portal, "a").review_by == moment(16)


def test_a_ruling_about_either_account_holds_for_the_one_that_stays(portal, acme, bolt):
    two(portal, acme, bolt)
    with day(7), portal.acting(STAFF):
        rulings.rule(client_accounts.find("b"), bolt.org.id, "The contract says so.", STAFF)
    with day(8):
        merge(portal, "b", "a")
    assert (view(bolt, portal, "a").reason, view(bolt, portal, "a").state) == ("credited-ruling", "active")
    assert view(acme, portal, "a").reason == "ruled-other"
    verified(portal)


@pytest.mark.parametrize("number", range(3))
def test_a_merger_while_holds_end_and_an_earlier_sign_up_arrives_leaves_one_credit(portal, acme, bolt, number):
    with day(1):
        acme.registers("a.example")
        bolt.registers("b.example")
    with day(2):
        make_sign_up(portal, "a.example", external_id="a")
    with day(4):
        make_sign_up(portal, "b.example", external_id="b")
    with day(6):
        earlier = partial(make_sign_up, portal, "b.example", external_id="e", at=moment(3))
        at_once(partial(works, portal), partial(merge, portal, "a", "b"), earlier, partial(works, portal))
        works(portal)
    assert credits_of(portal) == {"b": "active", "e": "active"}
    for agency in (acme, bolt):
        assert_books_balance(agency)
    verified(portal)


@pytest.mark.parametrize("number", range(3))
def test_mergers_in_opposite_directions_at_once_leave_one_survivor(portal, acme, bolt, number):
    two(portal, acme, bolt)

    def attempt(gone: str, stays: str) -> bool:
        try:
            merge(portal, gone, stays)
        except Conflict:
            return False
        return True

    assert sorted(at_once(partial(attempt, "a", "b"), partial(attempt, "b", "a"))) == [False, True]
    assert len(credits_of(portal)) == 1
    for agency in (acme, bolt):
        assert_books_balance(agency)
    verified(portal)
