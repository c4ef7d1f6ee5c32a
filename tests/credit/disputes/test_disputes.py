"""Conflicts, another look, rulings: who is asked, who reads what, and what becomes of the credit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select, update

from partner_access.accounts import sign_ins
from partner_access.audit.models import OrgEvent
from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.insights import ladder
from partner_access.credit.lifecycle import client_merges
from partner_access.credit.models import Client, ClientAccount, Dispute, Lead, Ruling, SourceCredit
from partner_access.credit.rulings import another_look, rulings, summaries
from partner_access.db import STAFF, SYSTEM, Actor, acting, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.team import memberships
from partner_access.permissions import StaffRole
from partner_access.staff.queue import queue
from tests.credit.agencies import Agency, day, moment, overtaken_by_merger, works
from tests.credit.ledger.test_entries import assert_books_balance
from tests.factories import make_member, make_sign_up, make_user
from tests.portal import Portal
from tests.threads import at_once

REASON = "The client told us in writing who set their shop up."


@pytest.fixture
def cask(portal: Portal) -> Agency:
    return Agency(portal, "Cask")


def conflict(portal: Portal, acme: Agency, bolt: Agency) -> ClientAccount:
    """Acme's lead against Bolt's link, signed up on day 5."""
    with day(1):
        acme.registers()
    with day(3):
        token = bolt.link_opened()
    with day(5):
        return make_sign_up(portal, referral=token).account


def ruled(portal: Portal, account: ClientAccount, org: Agency | None, reason: str = REASON) -> Ruling:
    with portal.acting(STAFF):
        asked = session().get_one(ClientAccount, account.id)
        return rulings.rule(asked, org.org.id if org else None, reason, STAFF)


def question(portal: Portal, account: ClientAccount) -> Dispute | None:
    with portal.acting():
        return disputes.find_open(account.id)


def asked(portal: Portal, agency: Agency, words: str = "We built their shop.") -> None:
    with portal.acting(agency.person.actor, agency.org.id):
        (client,) = clients.listing()
        another_look.raise_for_client(client, agency.person, words)


def review(portal: Portal, agency: Agency) -> summaries.DisputeSummary:
    with portal.acting(SYSTEM, agency.org.id):
        (client,) = clients.listing()
        return summaries.of_client(client)


def lines(agency: Agency) -> list[tuple[str, int, int, bool]]:
    return [(row.kind, row.pending, row.active, row.ruling_id is not None) for row in agency.entries()]


# -- a conflict opens by itself ---------------------------------------------------------------------------------------


def test_a_lead_against_another_partners_link_is_asked_of_both_and_keeps_the_credit_pending(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    dispute = question(portal, account)
    assert (dispute.kind, dispute.answer_by) == ("conflict", moment(12))
    assert [(agency.client().state, agency.client().review_by) for agency in (acme, bolt)] == [
        ("pending", moment(12)),
        ("declined", moment(12)),
    ]
    with day(8):
        works(portal)
    assert acme.client().state == "pending"
    for agency, other in ((acme, "Bolt"), (bolt, "Acme")):
        (mail,) = portal.mails(agency.person.email, "review-opened")
        assert "More than one partner has evidence" in mail.text
        assert "13 September 2025" in mail.text
        assert other.lower() not in f"{mail.subject}{mail.text}{mail.html}".lower()


def test_an_active_credit_stays_active_while_another_partner_asks_for_another_look(portal, acme, bolt):
    with day(1):
        acme.registers()
        bolt.registers()
    with day(1.5):
        make_sign_up(portal)
    with day(3):
        works(portal)
        asked(portal, bolt)
    assert (acme.client().state, acme.client().review_by) == ("active", moment(10))
    (mail,) = portal.mails(acme.person.email, "review-opened")
    assert "Another partner asked for another look" in mail.text
    assert not portal.mails(bolt.person.email, "review-opened")
    assert review(portal, bolt).side.words == "We built their shop."
    assert review(portal, acme).side.words is None


def test_a_late_lead_and_a_team_address_are_suggestions_to_staff_and_credit_nobody(portal, acme, bolt):
    with day(5):
        account = make_sign_up(portal, email="jo@acme.example").account
    assert question(portal, account).kind == "suggestion"
    row = acme.client()
    assert (row.state, row.reason, row.review_by) == ("declined", "team-email", moment(12))
    assert "no rule credits you for it by itself" in portal.mails(acme.person.email, "review-opened")[0].text


def test_the_mail_goes_to_who_registered_the_lead_and_to_who_manages_the_team_once_they_left(portal, acme, bolt):
    mia = make_member(portal, acme.org, "mia@acme.example")
    acme.person, owner = mia, acme.person
    conflict(portal, acme, bolt)
    assert [mail.to for mail in portal.mails(name="review-opened")].count(mia.email) == 1
    assert not portal.mails(owner.email, "review-opened")
    with portal.acting(SYSTEM, acme.org.id):
        memberships.remove(next(row for row in memberships.listing() if row.user_id == mia.id), reason="left")
    with day(6):
        ruled(portal, only_account(portal), bolt)
    assert portal.mails(owner.email, "ruling")
    assert not portal.mails(mia.email, "ruling")


def only_account(portal: Portal) -> ClientAccount:
    with portal.acting():
        return session().scalars(select(ClientAccount)).one()


# -- a ruling ---------------------------------------------------------------------------------------------------------


def test_a_ruling_moves_the_credit_with_a_reversal_and_a_new_line_both_of_which_name_it(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    with day(8):
        ruled(portal, account, bolt)
    assert lines(acme) == [("pending", 1, 0, False), ("reversed", -1, 0, True)]
    assert lines(bolt) == [("pending", 1, 0, True), ("activated", -1, 1, False)]
    assert (acme.client().state, acme.client().reason) == ("declined", "ruled-other")
    assert (bolt.client().state, bolt.client().basis, bolt.client().active_from) == ("active", "ruling", moment(8))
    assert question(portal, account) is None
    assert not portal.mails(name="review-closed")
    for agency, credited in ((acme, False), (bolt, True)):
        assert agency.client().review_by is None
        (answer,) = review(portal, agency).answers
        assert (answer.words, answer.is_credited, answer.at) == (REASON, credited, moment(8))
        (mail,) = portal.mails(agency.person.email, "ruling")
        assert REASON in mail.text
        assert_books_balance(agency)
    assert "ask for another look until 8 December 2025" in portal.mails(acme.person.email, "ruling")[0].text
    assert [mail.org_id for mail in portal.mails(name="ruling")] == sorted([acme.org.id, bolt.org.id])


def test_both_sides_read_on_their_ladder_that_there_was_a_ruling_also_who_had_no_part(portal, acme, bolt, cask):
    account = conflict(portal, acme, bolt)
    with portal.acting(cask.person.actor, cask.org.id):
        another_look.raise_dispute(session().get_one(ClientAccount, account.id), cask.org, cask.person, "It was us.")
    assert (cask.client().reason, cask.client().state, cask.client().company) == ("no-touch", "none", "client.example")
    with day(8):
        ruled(portal, account, acme)
    for agency in (bolt, cask):
        with portal.acting(SYSTEM, agency.org.id):
            texts = {rung.title: rung.text for rung in ladder.ladder(agency.client(), {})}
        assert "their reason is on the client’s page" in texts["Ruling"]
        by_rules = "By the rules alone: not credited because another partner had registered this website as a lead"
        assert (by_rules in texts["Link"]) == (agency is bolt)
        assert review(portal, agency).answers
        assert agency.client().state == "declined"


def test_a_ruling_that_changes_nothing_still_closes_with_its_reason(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    with day(8):
        ruled(portal, account, acme)
    assert lines(acme) == [("pending", 1, 0, False), ("activated", -1, 1, False)]
    assert review(portal, acme).answers[0].is_credited
    assert review(portal, bolt).answers[0].is_credited is False
    assert portal.mails(bolt.person.email, "ruling")


def test_a_holder_for_whom_staff_ruled_reads_that_the_lead_is_won(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    with portal.acting(SYSTEM, acme.org.id):
        lead = session().scalars(select(Lead)).one()
    told = []
    for number, agency in ((8, acme), (9, bolt), (10, acme)):
        with day(number):
            ruled(portal, account, agency)
        told.append((acme.lead(lead).end_reason, acme.lead(lead).ended_at))
    assert told == [("won", moment(5)), ("lost", moment(5)), ("won", moment(5))]


def test_staff_read_of_a_dispute_that_a_merger_closed_what_its_sides_read(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    dispute = question(portal, account)
    with day(6):
        stays = make_sign_up(portal, "other.example").account
        with portal.acting(STAFF):
            rows = [session().get_one(ClientAccount, row.id) for row in (account, stays)]
            client_merges.merge(*rows, "One business.")
            done = queue.kind("conflict").done(dispute.id)
    assert (done.outcome, done.reason) == ("Fell away", disputes.MERGED)


def test_staff_may_rule_unasked_and_for_an_organization_without_a_part(portal, acme, bolt, cask):
    with day(1):
        acme.registers()
    with day(1.5):
        account = make_sign_up(portal).account
    with day(2):
        ruled(portal, account, cask)
    assert (cask.client().state, cask.client().hold_until) == ("pending", moment(2.5))
    with day(3):
        works(portal)
    assert (cask.client().state, acme.client().reason) == ("active", "ruled-other")
    assert review(portal, acme).answers[0].words == REASON
    assert not bolt.clients()


def test_a_ruling_for_nobody_takes_the_credit_back(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    ruled(portal, account, None)
    assert [agency.client().reason for agency in (acme, bolt)] == ["ruled-nobody", "ruled-nobody"]
    assert lines(acme)[-1] == ("reversed", -1, 0, True)
    with portal.acting():
        assert session().scalars(select(SourceCredit)).all() == []


def test_the_last_ruling_counts_and_deciding_anew_changes_nothing(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    with day(6):
        ruled(portal, account, bolt)
    with day(7):
        ruled(portal, account, acme, "We were wrong yesterday.")
    before = lines(acme), lines(bolt)
    with portal.acting():
        decisions.again([client_accounts.family(session().get_one(ClientAccount, account.id))])
    assert (lines(acme), lines(bolt)) == before
    assert (acme.client().state, bolt.client().state) == ("active", "declined")
    assert [answer.words for answer in review(portal, bolt).answers] == ["We were wrong yesterday.", REASON]
    for agency in (acme, bolt):
        assert_books_balance(agency)


@pytest.mark.parametrize(
    "reason",
    ["", "  ", "It was Bolt’s client.", "bolt.example says so", "Ask BOLT", "Ｂｏｌｔ it is", "x" * 2001, "a\x00b"],
)
def test_a_reason_that_is_missing_or_tells_a_side_who_the_other_is_is_refused(portal, acme, bolt, reason):
    account = conflict(portal, acme, bolt)
    with pytest.raises(Invalid):
        ruled(portal, account, acme, reason)
    assert question(portal, account)
    ruled(portal, account, acme, "They bolted the door; the boltings fit.")


# -- another look -----------------------------------------------------------------------------------------------------


def lost(portal: Portal, acme: Agency, bolt: Agency) -> ClientAccount:
    """Bolt's lead waited behind Acme's; signed up on day 1."""
    with day(1):
        acme.registers()
        bolt.registers()
    with day(1.5):
        return make_sign_up(portal).account


def test_asking_twice_is_the_same_and_more_words_are_added(portal, acme, bolt):
    lost(portal, acme, bolt)
    with day(2):
        for words in ("We built their shop.", "We built their shop.", "Here is the contract."):
            asked(portal, bolt, words)
    assert review(portal, bolt).side.words == "We built their shop.\n\nHere is the contract."
    with portal.acting():
        assert len(session().scalars(select(Dispute)).all()) == 1
    asked(portal, acme, "It is ours.")
    assert review(portal, acme).side.words == "It is ours."


def test_after_a_ruling_a_team_can_ask_once_more_within_90_days(portal, acme, bolt):
    account = lost(portal, acme, bolt)
    with day(2):
        asked(portal, bolt)
    with day(5):
        ruled(portal, account, acme)
        assert review(portal, bolt).ask_until == moment(95)
    with day(96):
        assert "until 5 December 2025" in review(portal, bolt).refusal
        with pytest.raises(Conflict):
            asked(portal, bolt)
    with day(94):
        asked(portal, bolt)
        with portal.acting():  # what ends a question without a ruling
            disputes.close(disputes.find_open(account.id), disputes.MOOT)
        assert "which can be done once" in review(portal, bolt).refusal
        with pytest.raises(Conflict):
            asked(portal, bolt)


def test_who_is_credited_has_nothing_to_ask(portal, acme, bolt):
    lost(portal, acme, bolt)
    assert not review(portal, acme).may_ask
    with pytest.raises(Conflict, match="credited to you already"):
        asked(portal, acme)


@pytest.mark.parametrize("words", ["", " \n", "x" * 2001, "a\x00b"])
def test_words_that_cannot_be_kept_are_refused_beside_the_field(portal, acme, bolt, words):
    lost(portal, acme, bolt)
    with pytest.raises(Invalid) as refusal:
        asked(portal, bolt, words)
    assert refusal.value.field == "words"


def test_an_organization_never_reads_another_ones_words_people_or_name(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    asked(portal, bolt, "Secret words of the second side.")
    asked(portal, acme, "Hidden words of the first side.")
    with day(7):
        ruled(portal, account, acme)
    for agency, other, secret in ((acme, bolt, "Secret words"), (bolt, acme, "Hidden words")):
        with portal.acting(SYSTEM, other.org.id):
            their = [other.org.name, other.org.slug, str(other.person.id), other.person.email, secret]
        browser = portal.sign_in(agency.person.email)
        seen = browser.get(f"/orgs/{agency.org.slug}/clients/{agency.client().id}").text
        seen += browser.get(f"/orgs/{agency.org.slug}/clients").text
        seen += browser.get(f"/orgs/{agency.org.slug}/activity").text
        seen += "".join(mail.subject + mail.text + mail.html for mail in portal.mails(agency.person.email))
        with portal.acting(SYSTEM, agency.org.id):
            seen += str(clients.listing()[0].trace)
        assert not [text for text in their if text.lower() in seen.lower()]
        assert REASON in seen


def test_the_audit_log_of_one_side_never_names_the_person_of_another(portal, acme, bolt):
    lost(portal, acme, bolt)
    asked(portal, bolt)
    with portal.acting(SYSTEM, acme.org.id):
        people = {row.actor_id for row in session().scalars(select(OrgEvent))}
    assert bolt.person.id not in people


# -- the question follows the decision --------------------------------------------------------------------------------


def test_a_question_falls_away_when_an_earlier_account_comes_to_light(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    with day(6):
        make_sign_up(portal, external_id="earlier", at=moment(0.5))
    assert question(portal, account) is None
    (answer,) = next(row for row in all_reviews(portal, bolt) if row.answers).answers
    assert (answer.words, answer.is_credited) == (disputes.MOOT, None)
    assert portal.mails(bolt.person.email, "review-closed")


def all_reviews(portal: Portal, agency: Agency) -> list[summaries.DisputeSummary]:
    with portal.acting(SYSTEM, agency.org.id):
        return [summaries.of_client(row) for row in clients.listing()]


def test_a_side_that_said_something_is_answered_by_staff_though_the_rules_ask_no_more(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    asked(portal, bolt, "Look at our contract.")
    with day(6):
        make_sign_up(portal, external_id="earlier", at=moment(0.5))
    dispute = question(portal, account)
    assert dispute.kind == "another-look"
    with portal.acting():
        assert dispute_sides.parties(dispute) == [bolt.org.id]
    views = {row.client_account_id: row for row in acme.clients()}
    assert views[account.id].review_by is None


# -- staff ------------------------------------------------------------------------------------------------------------


def test_staff_are_reminded_each_day_when_the_time_to_answer_is_over(portal, acme, bolt):
    ola = make_user(portal, "ola@meridian.example")
    with portal.acting():
        sign_ins.grant_staff(ola.email_key, StaffRole.STAFF)
    account = conflict(portal, acme, bolt)
    for number, expected in ((11, 0), (12.1, 1), (12.5, 1), (13.2, 2)):
        with day(number):
            portal.work()
        assert len(portal.mails(ola.email, "review-overdue")) == expected
    assert "Acme" not in portal.mails(ola.email, "review-overdue")[0].text
    assert question(portal, account)


def test_the_commands_list_show_and_rule(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    asked(portal, bolt, "We built their shop.")
    listed = portal.run("disputes", "list").output
    dispute = question(portal, account)
    assert listed.startswith(str(dispute.id))
    assert "overdue" in listed
    shown = portal.run("disputes", "show", str(dispute.id)).output
    for text in ("Acme (acme)", "Bolt (bolt)", "We built their shop.", "another partner had registered"):
        assert text in shown
    assert portal.run("disputes", "show", account.external_id).output == shown
    refused = portal.run("disputes", "rule", str(dispute.id), "--for", "bolt", "--reason", "Bolt did it")
    assert (refused.exit_code, "another partner" in refused.output) == (1, True)
    assert portal.run("disputes", "rule", str(dispute.id), "--reason", REASON).exit_code == 2
    assert portal.run("disputes", "rule", str(dispute.id), "--for", "nope", "--reason", REASON).exit_code == 1
    done = portal.run("disputes", "rule", str(dispute.id), "--for", "bolt", "--reason", REASON)
    assert (done.exit_code, done.output) == (0, "credited to bolt\n")
    again = portal.run("disputes", "rule", str(dispute.id), "--nobody", "--reason", REASON)
    assert again.exit_code == 1
    assert "ruled on" in again.output
    assert "credited to Bolt" in again.output
    assert portal.run("disputes", "list").output == ""
    second = portal.run("disputes", "rule", account.external_id, "--nobody", "--reason", "On second thought.")
    assert second.exit_code == 0
    assert [agency.client().reason for agency in (acme, bolt)] == ["ruled-nobody", "ruled-nobody"]


# -- at once ----------------------------------------------------------------------------------------------------------


def attempt(work: object) -> object:
    try:
        return work()  # type: ignore[operator]
    except Conflict as refusal:
        return refusal


def test_of_two_staff_who_rule_at_once_the_second_reads_what_the_first_decided(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    dispute = question(portal, account)
    people = [make_user(portal, f"staff{n}@meridian.example", name=f"Sta Ff {n}") for n in (1, 2)]

    def rules(agency: Agency, number: int) -> Ruling:
        staff = Actor("staff", people[number].id)
        with portal.acting(staff):
            return rulings.rule(disputes.fetch(dispute.id), agency.org.id, f"Reason {number}.", staff)

    with day(8):
        found = at_once(*(partial(attempt, partial(rules, agency, n)) for n, agency in enumerate((acme, bolt))))
    first, refusal = sorted(found, key=lambda one: isinstance(one, Conflict))
    number = people.index(next(person for person in people if person.id == first.decided_by))
    assert f"Sta Ff {number + 1} ruled on" in refusal.sentence
    assert first.reason in refusal.sentence
    winner = (acme, bolt)[number]
    assert [agency.client().state for agency in (acme, bolt)].count("active") == 1
    assert winner.client().state == "active"
    for agency in (acme, bolt):
        assert_books_balance(agency)


@pytest.mark.parametrize("number", range(3))
def test_words_that_arrive_while_staff_rule_are_kept_and_read_or_open_the_next_question(portal, acme, bolt, number):
    account = conflict(portal, acme, bolt)
    with day(8):
        at_once(partial(asked, portal, bolt, "One moment!"), partial(ruled, portal, account, acme))
    with portal.acting(SYSTEM, bolt.org.id):
        (client,) = clients.listing()
        said = [(row.words, row.closed_at is None) for row in dispute_sides.sides_of(client)]
    assert ("One moment!", False) in said or ("One moment!", True) in said
    assert bool(question(portal, account)) == (("One moment!", True) in said)
    assert_books_balance(acme)


@pytest.mark.parametrize("number", range(3))
def test_a_ruling_while_an_earlier_sign_up_is_delivered_stands(portal, acme, bolt, number):
    account = conflict(portal, acme, bolt)
    with day(8):
        earlier = partial(make_sign_up, portal, external_id="earlier", at=moment(2))
        at_once(earlier, partial(ruled, portal, account, bolt), partial(works, portal))
        works(portal)
    states = {row.client_account_id: row.state for row in bolt.clients()}
    assert states[account.id] == "active"
    assert sorted(row.state for row in acme.clients()) == ["active", "declined"]
    for agency in (acme, bolt):
        assert_books_balance(agency)
    assert portal.run("credit", "verify").exit_code == 0


def test_a_ruling_that_waits_for_a_merger_is_about_the_account_that_goes_on(portal, acme, bolt):
    gone = conflict(portal, acme, bolt)
    with day(6):
        stays = make_sign_up(portal, external_id="stays", site="stays.example").account

    def rules(wait: Callable[[], None]) -> None:
        with portal.acting(STAFF):
            account = session().get_one(ClientAccount, gone.id)
            wait()
            rulings.rule(account, bolt.org.id, REASON, STAFF)

    with day(8):
        overtaken_by_merger(portal, gone, stays, rules)
    with portal.acting():
        credits = session().scalars(select(SourceCredit)).all()
        assert [(row.client_account_id, row.org_id) for row in credits] == [(stays.id, bolt.org.id)]
    for agency in (acme, bolt):
        assert_books_balance(agency)


def test_a_hold_that_ends_while_a_question_is_asked_ends_once(portal, acme, bolt):
    lost(portal, acme, bolt)
    with day(3):
        at_once(partial(asked, portal, bolt), partial(works, portal))
    assert acme.client().state in ("pending", "active")
    assert_books_balance(acme)


# -- replayed ---------------------------------------------------------------------------------------------------------


def test_every_decision_replays_and_what_was_tampered_with_is_named(portal, acme, bolt):
    account = conflict(portal, acme, bolt)
    with day(8):
        ruled(portal, account, bolt)
    done = portal.run("credit", "verify")
    assert (done.exit_code, done.output) == (0, "replayed 2, differ 0\naccounts 1, wrong 0\n")
    with portal.acting():
        session().execute(update(SourceCredit).values(org_id=acme.org.id))
    told = portal.run("credit", "verify")
    assert told.exit_code == 1
    assert f"credit {account.external_id}" in told.output
    with portal.acting():
        session().execute(update(SourceCredit).values(org_id=bolt.org.id))
        session().execute(update(ClientAccount).values(site="other.example"))
    told = portal.run("credit", "verify")
    assert f"stale {account.external_id}: decided credited-ruling" in told.output


def test_a_later_proof_of_the_owners_domain_makes_nothing_stale(portal, acme):
    with day(5):
        make_sign_up(portal, email="jo@cask.example")
    with day(9):
        Agency(portal, "Cask")
    assert portal.run("credit", "verify").exit_code == 0


# -- pages ------------------------------------------------------------------------------------------------------------


def test_the_page_asks_keeps_what_was_typed_and_shows_the_ruling(portal, acme, bolt):
    account = lost(portal, acme, bolt)
    browser = portal.sign_in(bolt.person.email)
    page = f"/orgs/bolt/clients/{bolt.client().id}"
    browser.get(page)
    assert "Ask for another look" in browser.text
    assert browser.post(f"{page}/another-look", {"words": ""}).status_code == 422
    assert "Write what we should know." in browser.text
    assert browser.post(f"{page}/another-look", {"words": "We built <b>it</b>."}).status_code == 303
    browser.get(page)
    assert "In review" in browser.text
    assert "We built <b>it</b>." in browser.text
    browser.get(f"{page}/another-look")
    assert browser.heading == "Add your words"
    ruled(portal, account, acme)
    browser.get(page)
    assert REASON in browser.text
    assert "Not credited to you" in browser.text
    holder = portal.sign_in(acme.person.email)
    assert holder.get(f"/orgs/acme/clients/{acme.client().id}/another-look").status_code == 303


def test_all_views_of_an_account_belong_to_who_reads_them(portal, acme, bolt):
    conflict(portal, acme, bolt)
    for agency in (acme, bolt):
        with portal.acting(SYSTEM, agency.org.id), acting(SYSTEM, agency.org.id):
            assert {row.org_id for row in session().scalars(select(Client))} == {agency.org.id}
