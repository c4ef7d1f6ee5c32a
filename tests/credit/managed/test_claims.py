"""Managed accounts: claimed by a partner, confirmed by the client or by staff, one holder at a time, dated."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.accounts.models import User
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.managed import bulk_claims, claims, client_answers
from partner_access.credit.managed.claim_states import ClaimedClient
from partner_access.credit.models import Client, ClientAccount, ManagedAsk, ManagedClaim, ManagedSeat
from partner_access.db import CLIENT, STAFF, SYSTEM, session
from partner_access.errors import Conflict, Invalid
from partner_access.jobs.models import Job
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.team import memberships
from tests.credit.agencies import SECOND, Agency, day, moment, overtaken_by_merger
from tests.factories import make_member, make_sign_up, staff_act
from tests.portal import Browser, Portal
from tests.threads import at_once

OWNER = "owner@client.example"
LINK = re.compile(r"http://localhost(/confirm-managed/\S+)")


class Manager(Agency):
    """An agency that claims the accounts it manages."""

    def claims(self, *lines: str) -> list[bulk_claims.BulkAnswer]:
        with self.portal.acting(self.person.actor, self.org.id):
            org, person = session().get_one(Organization, self.org.id), session().get_one(User, self.person.id)
            return bulk_claims.claim(org, person, lines)

    def claim_of(self, site: str = "client.example") -> ManagedClaim:
        """Claim one account that can be claimed; the claim."""
        (answer,) = self.claims(site)
        assert answer.code in ("asked", "staff", "held", "held-staff"), answer.sentence
        return self.claim()

    def claim(self) -> ManagedClaim:
        """Its newest claim, as it is now."""
        with self.portal.acting(SYSTEM, self.org.id):
            newest = select(ManagedClaim).order_by(ManagedClaim.claimed_at.desc(), ManagedClaim.id.desc())
            return session().scalars(newest.limit(1)).one()

    def ends(self, while_state: str) -> None:
        with self.portal.acting(self.person.actor, self.org.id):
            claims.end(clients.fetch(self.client().id), while_state=while_state)

    def lines(self) -> list[tuple[str, int, str, int | None]]:
        """The lines of managed credit in its ledger: kind, change, reason, and which line each undoes."""
        rows = [row for row in self.entries() if row.kind.startswith("managed")]
        return [(row.kind, row.managed, row.reason, row.reverses) for row in rows]


@pytest.fixture
def acme(portal: Portal) -> Manager:
    return Manager(portal, "Acme")


@pytest.fixture
def bolt(portal: Portal) -> Manager:
    return Manager(portal, "Bolt")


@pytest.fixture
def account(portal: Portal) -> ClientAccount:
    """A client whom nobody brought, who signed up on day 1."""
    with day(1):
        return make_sign_up(portal, external_id="acct-7", email=OWNER).account


def link(portal: Portal, name: str, to: str = OWNER, number: int = -1) -> str:
    found = LINK.search(portal.mails(to, name)[number].text)
    assert found, "the mail holds no link"
    return found[1]


def answer(portal: Portal, *, yes: ManagedClaim | None = None, no: ManagedClaim | None = None) -> Browser:
    """The client opens the newest link in their mailbox and answers."""
    browser, path = portal.browser(), link(portal, "managed-ask")
    data = {"yes": str(yes.id)} if yes else {"no": str(no.id)} if no else {}
    assert browser.post(path, data).status_code == 303
    browser.get(path)
    return browser


def work(portal: Portal) -> int:
    """What the worker does, until nothing is due; how much that was."""
    return portal.work()


def seats(portal: Portal) -> list[uuid.UUID]:
    with portal.acting():
        return list(session().scalars(select(ManagedSeat.org_id)))


def names(portal: Portal, to: str) -> list[str]:
    return [mail.name for mail in portal.mails(to)]


# -- what a line is answered ------------------------------------------------------------------------------------------


def test_each_line_of_a_paste_is_answered_by_itself(portal, acme, bolt, account):
    with day(1):
        make_sign_up(portal, "mine.example", email="jo@mine.example")
        make_sign_up(portal, "held.example", email="jo@held.example")
        make_sign_up(portal, "nobox.example")
        make_sign_up(portal, "www.by-id.example", external_id="by-id", email="jo@by-id.example")
    with day(2):
        mine, held = acme.claim_of("mine.example"), bolt.claim_of("held.example")
        with portal.acting():
            client_answers.confirm(client_accounts.fetch(mine.client_account_id), mine.id)
            client_answers.confirm(client_accounts.fetch(held.client_account_id), held.id)
        acme.registers("lead.example")
    with day(3):
        answers = acme.claims(
            "https://www.client.example/shop",
            "mine.example",
            "held.example",
            "nobox.example",
            "by-id",
            "nobody.example",
            "lead.example",
            "no website",
            "acme.example",
            "acct-8",
            "client.example",
        )
    assert [row.code for row in answers] == [
        "asked",
        "yours",
        "held",
        "staff",
        "asked",
        "no-client",
        "lead",
        "not-used",
        "not-used",
        "not-used",
        "waiting",
    ]
    assert [row.text for row in answers if row.stays] == ["no website", "acme.example", "acct-8"]
    told = [row.sentence for row in answers]
    assert told[0] == "Claimed. The client has a mail and can confirm until 18 September 2025."
    assert told[1] == "Already managed by you, since 3 September 2025."
    assert "Another partner manages this account today" in told[2]
    assert "the programme’s staff answer by" in told[3]
    assert told[7:10] == [
        "A website name has no spaces. Enter one website, like example.com.",
        "That is your own website. Enter the client’s website.",
        bulk_claims.NO_SUCH_ID,
    ]
    assert not any("Bolt" in sentence for sentence in told)


def test_an_exact_account_id_comes_before_a_website(portal, acme):
    with day(1):
        make_sign_up(portal, "one.example", external_id="two.example", email="a@one.example")
        make_sign_up(portal, "two.example", external_id="x", email="b@two.example")
    with day(2):
        claim = acme.claim_of("two.example")
    with portal.acting():
        assert client_accounts.fetch(claim.client_account_id).site == "one.example"


def test_a_merged_account_is_claimed_as_the_one_that_goes_on(portal, acme, account):
    with day(1):
        make_sign_up(portal, "other.example", external_id="gone", email="x@other.example")
    with portal.acting():
        gone, stays = client_accounts.find("gone"), client_accounts.find("acct-7")
        gone.merged_into, gone.merged_at = stays.id, moment(2)
    with day(3):
        assert acme.claim_of("gone").client_account_id == account.id


def test_more_than_fifty_lines_claim_nothing(portal, acme, account):
    with day(2), pytest.raises(Invalid, match="These are 51 lines"):
        acme.claims("client.example", *(f"site{number}.example" for number in range(50)))
    assert (portal.mails(), acme.clients()) == ([], [])


def test_sent_twice_it_claims_once(portal, acme, account):
    with day(2):
        assert [row.code for row in [*acme.claims("client.example"), *acme.claims("acct-7")]] == ["asked", "waiting"]
    assert names(portal, OWNER) == ["managed-ask"]


# -- before the client confirms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "company", "site"), [("acct-7", "acct-7", ""), ("www.client.example", "client.example", "client.example")]
)
def test_until_the_client_confirms_the_organization_sees_what_it_typed_and_nothing_else(
    portal, acme, account, typed, company, site
):
    with portal.acting():
        client_accounts.fetch(account.id).company = "Secret Ltd"
    with day(4):
        claim = acme.claim_of(typed)
        seen = acme.client()
        assert (seen.company, seen.site, seen.signed_up_at) == (company, site, moment(4))
        assert (seen.managed, seen.managed_at, seen.managed_reason) == ("pending", moment(18), "managed-asked")
        browser = portal.sign_in(acme.person.email)
        for page_name in (f"clients/{seen.id}", f"clients/{seen.id}.txt", "clients", "", "clients?state=managed"):
            path = f"/orgs/acme/{page_name}"
            page = browser.get(path).get_data(as_text=True)
            assert not [word for word in ("Secret", OWNER, "2 September") if word in page], path
            assert site or "client.example" not in page, path
        answer(portal, yes=claim)
    seen = acme.client()
    assert (seen.company, seen.site, seen.signed_up_at) == ("Secret Ltd", "client.example", moment(1))
    assert (seen.managed, seen.managed_at, seen.managed_reason) == ("active", moment(4), "managed-confirmed")


def test_a_decision_in_which_the_organization_has_a_part_shows_it_the_account(portal, acme, account):
    with day(2):
        acme.claim_of("acct-7")
    with day(3), portal.acting(SYSTEM, acme.org.id):
        clients.reveal(session().scalars(select(Client)).one(), client_accounts.fetch(account.id))
    assert (acme.client().site, acme.client().managed) == ("client.example", "pending")


@pytest.mark.parametrize("email", ["", "ana@acme.example", "ana@mail.acme.example"])
def test_where_the_answer_would_not_be_the_clients_own_staff_decide(portal, acme, email):
    with day(1):
        make_sign_up(portal, email=email)
    with day(2):
        assert [row.code for row in acme.claims("client.example")] == ["staff"]
    assert (portal.mails(name="managed-ask"), acme.client().managed_reason) == ([], "managed-staff")
    with portal.acting():
        assert not session().scalars(select(Job).where(Job.kind == deadlines.CLAIM.name)).all()
    with day(40):
        work(portal)
    assert acme.claim().state == "pending"


# -- the client's answer ----------------------------------------------------------------------------------------------


def test_the_client_says_yes_with_one_button(portal, acme, account):
    with day(2):
        claim = acme.claim_of()
    (mail,) = portal.mails(OWNER)
    assert mail.subject == "Does Acme manage your Meridian account?"
    with day(3):
        browser, path = portal.browser(), link(portal, "managed-ask")
        for _ in range(3):
            browser.get(path)
            browser.client.head(path)
        assert browser.heading == "Does Acme manage your account?"
        assert "What they see" in browser.text
        assert acme.claim().state == "pending"
        browser.post(path, {"yes": str(claim.id)})
        browser.get(path)
    assert browser.heading == "Acme manages your account"
    assert (acme.claim().state, acme.claim().confirmed_by, acme.claim().active_from) == ("active", "client", moment(3))
    assert acme.lines() == [("managed", 1, "managed-confirmed", None)]
    assert (acme.totals().managed, acme.totals().pending, acme.totals().active) == (1, 0, 0)
    assert names(portal, OWNER) == ["managed-ask", "managed-receipt"]
    assert names(portal, acme.person.email) == ["managed-confirmed"]
    assert seats(portal) == [acme.org.id]
    with portal.acting():
        assert not session().scalars(select(ManagedAsk)).all()
        assert not session().scalars(select(Job).where(Job.queue == "deadlines")).all()


def test_the_client_says_no_and_the_link_says_so_ever_after(portal, acme, account):
    with day(2):
        claim = acme.claim_of()
    with day(3):
        browser = answer(portal, no=claim)
        assert browser.page.status_code == 410
        assert "You said so on 4 September 2025" in browser.text
        browser.post(link(portal, "managed-ask"), {"yes": str(claim.id)})
    assert (acme.claim().end_reason, acme.client().managed, acme.lines()) == ("managed-refused", "ended", [])
    (told,) = portal.mails(acme.person.email)
    assert (told.name, "the client said on 4 September 2025" in told.text) == ("managed-not-confirmed", True)


def test_several_partners_ask_and_the_client_chooses_one(portal, acme, bolt, account):
    with day(2):
        first, second = acme.claim_of(), bolt.claim_of()
        browser = portal.browser()
        browser.get(link(portal, "managed-ask", number=0))
        assert browser.heading == "Which partner manages your account?"
        assert "Yes, Acme manages our account" in browser.text and "Yes, Bolt manages our account" in browser.text
        answer(portal, yes=first)
    assert (acme.claim().state, bolt.claim().state, bolt.claim().end_reason) == ("active", "ended", "other-chosen")
    (told,) = portal.mails(bolt.person.email)
    assert "the client chose another partner" in told.text
    assert "Acme" not in told.text + told.html + told.subject
    assert (second.id != first.id, bolt.lines()) == (True, [])


def test_none_of_several_is_an_answer_too_and_refuses_only_those_that_were_shown(portal, acme, bolt, account):
    with day(2):
        first = acme.claim_of()
        path = link(portal, "managed-ask")
        second = bolt.claim_of()
        portal.browser().post(path, {"no": str(first.id)})
    assert (acme.claim().end_reason, bolt.claim().state) == ("managed-refused", "pending")
    assert second.id == bolt.claim().id


def test_the_client_moves_to_another_partner_and_each_ledger_says_so_on_the_day(portal, acme, bolt, account):
    with day(2):
        answer(portal, yes=acme.claim_of())
    with day(5):
        assert [row.code for row in bolt.claims("client.example")] == ["held"]
        browser = portal.browser()
        browser.get(link(portal, "managed-ask"))
        assert "Today Acme manages it, since 3 September 2025" in browser.text
        assert acme.claim().state == "active"
    with day(6):
        answer(portal, yes=bolt.claim())
    assert acme.lines() == [("managed", 1, "managed-confirmed", None), ("managed-ended", -1, "client-chose-another", 1)]
    assert bolt.lines() == [("managed", 1, "managed-confirmed", None)]
    assert (acme.totals().managed, bolt.totals().managed, seats(portal)) == (0, 1, [bolt.org.id])
    assert (acme.claim().ended_at, bolt.claim().active_from) == (moment(6), moment(6))
    told = portal.mails(acme.person.email)[-1]
    assert told.name == "managed-ended"
    assert "Bolt" not in told.text + told.html + told.subject


def test_the_client_ends_it_from_the_receipt(portal, acme, account):
    with day(2):
        answer(portal, yes=acme.claim_of())
        path = link(portal, "managed-receipt")
    with day(100):
        browser = portal.browser()
        for _ in range(2):
            assert browser.post(f"{path}/end", on="/sign-in").status_code == 303
        browser.get(path)
        assert "You ended it on 10 December 2025" in browser.text
    assert acme.lines()[1] == ("managed-ended", -1, "managed-ended-by-client", 1)
    assert (acme.claim().ended_at, acme.totals().managed, seats(portal)) == (moment(100), 0, [])
    assert names(portal, acme.person.email) == ["managed-confirmed", "managed-ended"]


def test_a_forged_link_is_a_404_and_one_for_an_old_address_says_so(portal, acme, account):
    with day(2):
        acme.claim_of()
        path, browser = link(portal, "managed-ask"), portal.browser()
        for forged in (f"{path[:-3]}xxx", "/confirm-managed/x"):
            assert browser.get(forged).status_code == 404
            assert browser.post(forged, {"yes": str(acme.claim().id)}, on="/sign-in").status_code == 404
        with portal.acting():
            client_accounts.fetch(account.id).email = "new@client.example"
        assert browser.get(path).status_code == 410
        assert "another e-mail address now" in browser.text
        assert browser.post(path, {"yes": str(acme.claim().id)}, on="/sign-in").status_code == 410
    assert acme.claim().state == "pending"


def test_a_link_answers_for_no_other_account(portal, acme, bolt, account):
    with day(1):
        make_sign_up(portal, "other.example", email="jo@other.example")
    with day(2):
        acme.claim_of()
        other = bolt.claim_of("other.example")
        for data in ({"yes": str(other.id)}, {"no": str(other.id)}, {"yes": "no-id"}, {}):
            assert portal.browser().post(link(portal, "managed-ask"), data).status_code == 303
    assert (acme.claim().state, bolt.claim().state) == ("pending", "pending")


def test_a_paused_organization_cannot_be_chosen(portal, acme, account):
    with day(2):
        claim = acme.claim_of()
        staff_act(portal, pauses.suspend, acme.org)
        assert answer(portal, yes=claim).page.status_code == 410
    assert acme.claim().state == "pending"


def test_a_pause_gives_the_client_as_long_to_answer_as_was_left_when_it_began(portal, acme, account):
    with day(2):
        acme.claim_of()
    with day(4):
        staff_act(portal, pauses.suspend, acme.org)
    for number in (5, 9, 16.5, 20):
        with day(number):
            work(portal)
    assert (acme.claim().state, names(portal, OWNER)) == ("pending", ["managed-ask"])
    browser = portal.browser()
    with day(20):
        browser.get(link(portal, "managed-ask"))
        assert browser.heading == "Acme cannot be chosen now"
        assert "as long to answer as was left" in browser.text
        staff_act(portal, claims.resume, acme.org)
        staff_act(portal, claims.resume, acme.org)
        assert acme.claim().answer_by == acme.client().managed_at == moment(16 + 16)
    with day(21):
        work(portal)
        assert "3 October 2025" in portal.mails(OWNER, "managed-reminder")[-1].text
    with day(33):
        work(portal)
    assert (acme.claim().end_reason, acme.claim().ended_at) == ("managed-lapsed", moment(32))
    assert [reason for reason, _ in portal.audited("managed_claim.prolonged")] == ["org-paused"]


def test_only_what_of_a_pause_the_claim_could_be_answered_in_counts(portal, acme, account):
    """One before the claim changes nothing; one after its end keeps it no longer, whenever the worker comes to it."""
    with day(1.5):
        staff_act(portal, pauses.suspend, acme.org)
    with day(2):
        staff_act(portal, claims.resume, acme.org)
        acme.claim_of()
    with day(17):
        staff_act(portal, pauses.suspend, acme.org)
    with day(20):
        staff_act(portal, claims.resume, acme.org)
        work(portal)
    assert (acme.claim().end_reason, acme.claim().ended_at) == ("managed-lapsed", moment(16))


# -- the organization's own end, and claiming again -------------------------------------------------------------------


def test_a_claim_is_withdrawn_and_made_again(portal, acme, account):
    with day(2):
        acme.claim_of()
        acme.ends("pending")
        acme.ends("pending")
        browser = portal.browser()
        browser.get(link(portal, "managed-ask"))
        assert "Acme ended it on 3 September 2025" in browser.text
    assert (acme.claim().end_reason, acme.lines()) == ("managed-withdrawn", [])
    with day(3):
        acme.claim_of()
    assert acme.client().managed == "pending"


def test_ending_an_active_one_is_dated_and_the_client_is_told(portal, acme, account):
    with day(2):
        answer(portal, yes=acme.claim_of())
    with day(9):
        acme.ends("active")
    assert (acme.client().managed, acme.client().managed_at) == ("ended", moment(9))
    assert acme.lines()[1] == ("managed-ended", -1, "managed-ended", 1)
    assert names(portal, OWNER)[-1] == "managed-over"
    assert names(portal, acme.person.email) == ["managed-confirmed"]


def test_withdrawing_what_the_client_has_confirmed_meanwhile_ends_nothing(portal, acme, account):
    with day(2):
        answer(portal, yes=acme.claim_of())
        with pytest.raises(Conflict):
            acme.ends("pending")
    assert acme.claim().state == "active"


@pytest.mark.parametrize("said", ["no", "nothing", "yes, then no"])
def test_a_client_who_did_not_want_it_is_asked_again_after_30_days_at_the_earliest(portal, acme, account, said):
    with day(2):
        claim = acme.claim_of()
        if said == "no":
            answer(portal, no=claim)
        elif said == "yes, then no":
            answer(portal, yes=claim)
            portal.browser().post(f"{link(portal, 'managed-ask')}/end", on="/sign-in")
    with day(16):
        work(portal)
    ended = 16 if said == "nothing" else 2
    with clock.at(moment(ended + 30) - SECOND):
        (told,) = acme.claims("client.example")
        assert (told.code, told.date) == ("later", moment(ended + 30))
    with day(ended + 30):
        acme.claim_of()


def test_a_client_is_asked_three_times_in_30_days_at_most(portal, acme, account):
    with day(2):
        for _ in range(3):
            acme.claim_of()
            acme.ends("pending")
        assert [row.code for row in acme.claims("client.example")] == ["later"]
    assert names(portal, OWNER) == ["managed-ask"] * 3


def test_mails_go_to_those_who_manage_the_team_when_who_claimed_has_left(portal, acme, account):
    with day(1):
        ana = make_member(portal, acme.org, "ana@acme.example", name="Ana Gone")
    with day(2), portal.acting(ana.actor, acme.org.id):
        row = client_accounts.fetch(account.id)
        claims.lock([row])
        claim = claims.claim(row, session().get_one(User, ana.id), ClaimedClient("client.example", "client.example"))
    with day(2), portal.acting(acme.person.actor, acme.org.id):
        memberships.remove(session().scalars(select(Membership).where(Membership.user_id == ana.id)).one(), reason="x")
    with day(3):
        answer(portal, yes=claim)
        page = portal.sign_in(acme.person.email).get(f"/orgs/acme/clients/{acme.client().id}")
    assert (names(portal, ana.email), names(portal, acme.person.email)) == ([], ["managed-confirmed"])
    assert "Ana Gone (former teammate)" in page.text


# -- managed credit and source credit are two things -------------------------------------------------------------------


@pytest.mark.parametrize("brought_by", ["acme", "bolt", "nobody"])
def test_managed_credit_does_not_hang_on_who_brought_the_client(portal, acme, bolt, brought_by):
    with day(0):
        if brought_by != "nobody":
            {"acme": acme, "bolt": bolt}[brought_by].registers()
    with day(1):
        make_sign_up(portal, email=OWNER)
    source = {name: (org.totals().pending, org.totals().active) for name, org in (("acme", acme), ("bolt", bolt))}
    with day(1.1):
        answer(portal, yes=acme.claim_of())
    assert (acme.totals().managed, bolt.totals().managed) == (1, 0)
    assert acme.lines() == [("managed", 1, "managed-confirmed", None)]
    with day(1.2):
        acme.ends("active")
    assert acme.totals().managed == 0
    assert {
        name: (org.totals().pending, org.totals().active) for name, org in (("acme", acme), ("bolt", bolt))
    } == source
    assert acme.client().state == {"acme": "pending", "bolt": "none", "nobody": "none"}[brought_by]


# -- reminders, and silence -------------------------------------------------------------------------------------------


def test_the_client_is_reminded_on_day_3_and_7_and_silence_ends_it_on_day_14(portal, acme, account):
    with day(0):
        acme.registers("unrelated.example")
    with day(2):
        claim = acme.claim_of()
    told: list[int] = []
    for number in range(2 * 24, 17 * 24, 6):
        with clock.at(moment(number / 24)):
            work(portal)
        told.append(len(portal.mails(OWNER)))
    at = {count: (2 * 24 + 6 * told.index(count)) / 24 for count in sorted(set(told))}
    assert at == {1: 2, 2: 5, 3: 9}
    assert names(portal, OWNER) == ["managed-ask", "managed-reminder", "managed-reminder"]
    assert (acme.claim().end_reason, acme.claim().ended_at) == ("managed-lapsed", claim.answer_by)
    assert (acme.claim().reminders, acme.lines()) == (2, [])
    assert names(portal, acme.person.email) == ["managed-not-confirmed"]
    with day(17):
        browser = portal.browser()
        browser.get(link(portal, "managed-ask"))
        assert "nothing was agreed" in browser.text


def test_a_worker_that_was_away_reminds_once_of_what_was_late(portal, acme, account):
    with day(2):
        acme.claim_of()
    with day(12):
        assert work(portal) == 1
        assert work(portal) == 0
    assert names(portal, OWNER) == ["managed-ask", "managed-reminder"]


def test_on_day_14_it_is_too_late_though_no_worker_came_by(portal, acme, account):
    with day(2):
        claim = acme.claim_of()
    with day(16):
        browser = answer(portal, yes=claim)
        assert browser.heading == "The time to answer is over"
    assert acme.claim().state == "pending"
    with clock.at(moment(16) - SECOND):
        answer(portal, yes=claim)
    assert acme.claim().state == "active"


def test_a_threshold_is_mailed_once_by_two_workers(portal, acme, account):
    with day(2):
        acme.claim_of()
    with day(5):
        at_once(*[partial(work, portal)] * 4)
    with day(16):
        at_once(*[partial(work, portal)] * 4)
    assert names(portal, OWNER) == ["managed-ask", "managed-reminder"]
    assert names(portal, acme.person.email) == ["managed-not-confirmed"]
    assert (len(portal.audited("managed_claim.reminded")), len(portal.audited("managed_claim.ended"))) == (1, 1)


# -- staff ------------------------------------------------------------------------------------------------------------


def test_staff_decide_with_a_reason_that_both_read(portal, acme, account):
    with day(2):
        claim = acme.claim_of()
        listed = portal.run("managed", "list").output
        assert listed.split("\t")[:1] == [str(claim.id)] and "\tacme\tacct-7\tClient\t" in listed
        decided = portal.run("managed", "decide", str(claim.id), "--yes", "--reason", "They sent the contract.")
    assert decided.exit_code == 0, decided.output
    assert acme.lines() == [("managed", 1, "managed-ruled", None)]
    for to, name in ((OWNER, "managed-receipt"), (acme.person.email, "managed-confirmed")):
        assert "They sent the contract." in portal.mails(to, name)[-1].text
    page = portal.sign_in(acme.person.email).get(f"/orgs/acme/clients/{acme.client().id}")
    assert "They sent the contract." in page.text
    again = portal.run("managed", "decide", str(claim.id), "--no", "--reason", "x")
    assert (again.exit_code, acme.claim().state) == (1, "active")


def test_staff_say_no(portal, acme, account):
    with day(2):
        claim = acme.claim_of()
        portal.run("managed", "decide", str(claim.id), "--no", "--reason", "Nobody there knows them.")
    assert (acme.claim().end_reason, acme.claim().answer) == ("managed-not-granted", "Nobody there knows them.")
    for to in (OWNER, acme.person.email):
        assert "Nobody there knows them." in portal.mails(to)[-1].text


def test_staff_give_an_account_to_another_and_who_had_it_reads_no_name(portal, acme, bolt, account):
    with day(2):
        answer(portal, yes=acme.claim_of())
        claim = bolt.claim_of()
        portal.run("managed", "decide", str(claim.id), "--yes", "--reason", "Bolt showed the contract.")
    assert acme.lines()[1] == ("managed-ended", -1, "staff-chose-another", 1)
    assert (seats(portal), acme.claim().answer) == ([bolt.org.id], None)
    assert "Bolt" not in portal.mails(acme.person.email)[-1].text


# -- merged accounts --------------------------------------------------------------------------------------------------


def merge(portal: Portal, gone: ClientAccount, stays: ClientAccount) -> None:
    with portal.acting(STAFF):
        accounts = [client_accounts.fetch(row.id) for row in (gone, stays)]
        claims.lock(accounts)
        accounts[0].merged_into, accounts[0].merged_at = accounts[1].id, clock.now()
        claims.follow_merge(*accounts)


def test_an_active_claim_goes_on_with_the_account_that_goes_on(portal, acme, account):
    with day(1):
        stays = make_sign_up(portal, "stays.example", external_id="stays", email="jo@stays.example").account
    with day(2):
        answer(portal, yes=acme.claim_of())
    with day(3):
        merge(portal, account, stays)
    assert acme.lines() == [
        ("managed", 1, "managed-confirmed", None),
        ("managed-ended", -1, "merged", 1),
        ("managed", 1, "managed-moved", None),
    ]
    assert (acme.totals().managed, acme.claim().client_account_id) == (1, stays.id)
    assert {row.site: row.managed for row in acme.clients()} == {"client.example": "ended", "stays.example": "active"}
    with day(4):
        path = link(portal, "managed-receipt", to="jo@stays.example")
        portal.browser().post(f"{path}/end", on="/sign-in")
    assert (acme.totals().managed, acme.lines()[-1][2:]) == (0, ("managed-ended-by-client", 3))


def test_a_claim_ends_where_the_account_that_goes_on_has_one_already(portal, acme, bolt, account):
    with day(1):
        stays = make_sign_up(portal, "stays.example", external_id="stays", email=OWNER).account
    with day(2):
        answer(portal, yes=acme.claim_of())
        answer(portal, yes=bolt.claim_of("stays.example"))
        merge(portal, account, stays)
    assert (acme.claim().end_reason, acme.totals().managed) == ("merged", 0)
    assert (bolt.claim().state, bolt.totals().managed, seats(portal)) == ("active", 1, [bolt.org.id])


def test_a_waiting_claim_goes_on_and_the_owner_of_the_account_that_goes_on_is_asked(portal, acme, bolt, account):
    with day(1):
        stays = make_sign_up(portal, "stays.example", external_id="stays", email="jo@stays.example").account
    with day(2):
        acme.claim_of()
        bolt.claim_of()
        bolt_too = bolt.claim_of("stays.example")
        merge(portal, account, stays)
    assert (acme.claim().state, acme.claim().client_account_id) == ("pending", stays.id)
    assert (bolt.claim().id, bolt.claim().state) == (bolt_too.id, "pending")
    assert names(portal, "jo@stays.example") == ["managed-ask", "managed-ask"]
    with day(3):
        path = link(portal, "managed-ask", to="jo@stays.example")
        portal.browser().post(path, {"yes": str(acme.claim().id)})
    assert (acme.claim().state, bolt.claim().end_reason) == ("active", "other-chosen")


# -- at the same moment -----------------------------------------------------------------------------------------------


def consistent(portal: Portal, *agencies: Manager) -> None:
    """The seat, the claims, the counts and the ledgers say the same."""
    held = seats(portal)
    assert len(held) <= 1
    for agency in agencies:
        counts = agency.totals().managed
        assert counts == sum(row.managed for row in agency.entries()) == held.count(agency.org.id)
        with portal.acting(SYSTEM, agency.org.id):
            active = session().scalars(select(ManagedClaim).where(ManagedClaim.state == "active")).all()
            assert len(active) == counts


def says_yes(portal: Portal, account: ClientAccount, claim: ManagedClaim) -> bool:
    try:
        with portal.acting():
            client_answers.confirm(client_accounts.fetch(account.id), claim.id)
    except Conflict:
        return False
    return True


def test_two_claims_confirmed_at_once_in_two_browsers_leave_one_holder(portal, acme, bolt, account):
    with day(2):
        first, second = acme.claim_of(), bolt.claim_of()
        yes = at_once(*[partial(says_yes, portal, account, row) for row in (first, second, first, second)])
    assert sum(yes) == 1
    assert len(seats(portal)) == 1
    consistent(portal, acme, bolt)


def live_claims(portal: Portal, agency: Manager) -> list[tuple[uuid.UUID, str]]:
    """The accounts that an agency claims or manages, and whether it is pending or active."""
    with portal.acting(SYSTEM, agency.org.id):
        rows = session().scalars(select(ManagedClaim).where(ManagedClaim.ended_at.is_(None)))
        return [(row.client_account_id, row.state) for row in rows]


@pytest.fixture
def other(portal: Portal) -> ClientAccount:
    """An account of the same business, which staff merge the first one into."""
    with day(1):
        return make_sign_up(portal, "other.example", external_id="acct-8", email=OWNER).account


def test_an_account_that_is_merged_while_it_is_claimed_is_not_claimed(portal, acme, account, other):
    def claims_it(wait: Callable[[], None]) -> bulk_claims.BulkAnswer:
        wait()
        return acme.claims("client.example")[0]

    with day(2):
        answered = overtaken_by_merger(portal, account, other, claims_it)
        found = live_claims(portal, acme)
        assert found == ([] if answered.stays else [(other.id, "pending")])
        assert acme.claims("client.example")[0].code in ("asked", "waiting")
    consistent(portal, acme)


@pytest.mark.parametrize("state", ["pending", "active"])
@pytest.mark.parametrize("by", ["partner", "client"])
def test_whoever_ends_a_claim_while_its_account_is_merged_is_told_what_became_of_it(
    portal, acme, account, other, by, state
):
    def ends(wait: Callable[[], None]) -> bool:
        with portal.acting(*((acme.person.actor, acme.org.id) if by == "partner" else (CLIENT,))):
            mine = client_accounts.fetch(account.id)
            wait()
            try:
                if by == "partner":
                    claims.end(clients.listing()[0], while_state=state)
                elif state == "active":
                    client_answers.leave(mine, claim.id)
                else:
                    client_answers.refuse(mine, [claim.id])
            except Conflict:
                return False
            return True

    with day(2):
        claim = acme.claim_of()
        if state == "active":
            answer(portal, yes=claim)
        is_ended = overtaken_by_merger(portal, account, other, ends)
    assert live_claims(portal, acme) == ([] if is_ended else [(other.id, state)])
    consistent(portal, acme)


@pytest.mark.slow
def test_ten_equal_pastes_at_once_are_one_claim(portal, acme, bolt, account):
    with day(1):
        for number in range(3):
            make_sign_up(portal, f"site{number}.example", email="jo@elsewhere.example")
    lines = ["client.example", "site0.example", "site1.example", "site2.example"]
    with day(2):
        pastes_sent = [partial(org.claims, *order) for org in (acme, bolt) for order in (lines, lines[::-1]) * 5]
        at_once(*pastes_sent)
    assert (len(acme.clients()), len(bolt.clients())) == (4, 4)
    assert names(portal, OWNER) == ["managed-ask"] * 2


def test_a_yes_and_the_end_of_waiting_at_once_are_one_of_both(portal, acme, account):
    with day(2):
        claim = acme.claim_of()

    def lapse() -> bool:
        with clock.at(moment(16)):
            return work(portal) > 0

    with clock.at(moment(16) - SECOND):
        at_once(partial(says_yes, portal, account, claim), lapse)
    assert acme.claim().state in ("active", "ended")
    assert (acme.claim().state == "active") == (acme.claim().active_from is not None)
    consistent(portal, acme)


def test_an_end_and_a_yes_to_another_at_once_end_it_once(portal, acme, bolt, account):
    with day(2):
        answer(portal, yes=acme.claim_of())
        second = bolt.claim_of()

        def end() -> None:
            acme.ends("active")

        def leave() -> None:
            with portal.acting():
                client_answers.leave(client_accounts.fetch(account.id), acme_claim)

        acme_claim = acme.claim().id
        at_once(end, leave, partial(says_yes, portal, account, second))
    assert [row[:2] for row in acme.lines()] == [("managed", 1), ("managed-ended", -1)]
    assert seats(portal) == [bolt.org.id]
    consistent(portal, acme, bolt)


# -- mail bombing -----------------------------------------------------------------------------------------------------


def test_one_address_is_asked_ten_times_a_day_and_the_other_lines_stay_to_be_sent_again(portal, acme, bolt):
    """Whoever opens many accounts with somebody else's address, from a referral link, cannot have them all mailed."""
    sites = [f"shop{number}.example" for number in range(12)]
    with day(1):
        for site in sites:
            make_sign_up(portal, site, email=OWNER)
    with day(2):
        answers = acme.claims(*sites)
        assert [row.code for row in answers] == ["asked"] * 10 + ["not-used"] * 2
        assert answers[-1].stays and "Your team has caused 10 mails to this address today" in answers[-1].sentence
        assert bolt.claims(sites[0])[0].code == "asked", "nobody is shut out by what others send"
    due = [portal.due(mail) for mail in portal.mails(OWNER, "managed-ask")]
    assert due == [moment(2)] * 10 + [moment(3).replace(hour=0)]
    with day(2.1), portal.acting(bolt.person.actor, bolt.org.id):
        claims.end(clients.fetch(bolt.client().id), while_state="pending")
    assert names(portal, OWNER) == ["managed-ask"] * 10, "a question that was taken back is not asked"
    with day(3):
        assert {row.code for row in acme.claims(*sites[10:])} == {"asked"}


# -- the pages --------------------------------------------------------------------------------------------------------


def test_the_page_keeps_the_lines_that_were_not_used_and_registers_a_lead_in_one_click(portal, acme, account):
    with day(2):
        browser = portal.sign_in(acme.person.email)
        page = browser.post("/orgs/acme/managed/add", {"lines": "client.example\r\nno website\r\nfresh.example"})
        assert page.status_code == 422
        assert re.search(r"<textarea[^>]*>\s*no website</textarea>", page.text)
        shown = re.search(r'name="shown"[^>]*value="([^"]*)"', page.text)
        assert shown and "client.example" not in shown[1]  # signed, so that nobody has others looked at
        again = browser.post(
            "/orgs/acme/managed/add/lead",
            {"lines": "no website", "shown": shown[1], "website": "fresh.example"},
            on="/orgs/acme/managed/add",
        )
        assert again.status_code == 200
        assert re.search(r"<textarea[^>]*>\s*no website</textarea>", again.text)
        assert "Your lead holds the website until 2 December 2025" in browser.text
        assert "Already claimed by you" in browser.text
    assert acme.live_leads() == (1, 1)
    assert names(portal, OWNER) == ["managed-ask"]


def test_too_many_lines_are_told_beside_the_field_and_kept(portal, acme, account):
    with day(2):
        browser = portal.sign_in(acme.person.email)
        text = "\r\n".join(["client.example", *(f"site{number}.example" for number in range(50))])
        page = browser.post("/orgs/acme/managed/add", {"lines": text})
        assert (page.status_code, "These are 51 lines." in browser.text) == (422, True)
        assert "site49.example</textarea>" in page.text
        assert browser.post("/orgs/acme/managed/add", {"lines": ""}).status_code == 422
    assert acme.clients() == []


def test_the_client_page_shows_the_claim_and_ends_it(portal, acme, account):
    with day(2):
        browser = portal.sign_in(acme.person.email)
        browser.post("/orgs/acme/managed/add", {"lines": "client.example"})
        path = f"/orgs/acme/clients/{acme.client().id}"
        browser.get(path)
        assert "by Acme Owner" in browser.text and "Withdraw the claim" in browser.text
        answer(portal, yes=acme.claim())
        stale = browser.post(f"{path}/managed/end", {"state": "pending"}, on=path, follow_redirects=True)
        assert "The client has answered meanwhile" in stale.text
        ended = browser.post(f"{path}/managed/end", {"state": "active"}, on=path, follow_redirects=True)
        assert "Ended. The client has a mail that says so." in ended.text
        assert "because your team ended it" in ended.text
    assert acme.claim().end_reason == "managed-ended"


def test_what_one_partner_claims_another_does_not_see(portal, acme, bolt, account):
    with day(2):
        acme.claim_of()
        bolt.claim_of()
    for agency, other in ((acme, "Bolt"), (bolt, "Acme")):
        browser = portal.sign_in(agency.person.email)
        for page_name in (f"clients/{agency.client().id}", "clients", "managed/add"):
            page = browser.get(f"/orgs/{agency.org.slug}/{page_name}")
            assert page.status_code == 200
            assert other not in page.get_data(as_text=True), page_name
