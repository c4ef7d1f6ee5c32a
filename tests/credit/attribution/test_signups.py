"""Sign-ups: recorded once, decided once, pending for a day, then active; and nobody reads more than their own part."""

from __future__ import annotations

import json
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from partner_access import audit, clock
from partner_access.audit.models import OrgEvent
from partner_access.credit.attribution import credit_holds, signups
from partner_access.credit.attribution.fact_finding import Ties
from partner_access.credit.models import Client, ClientAccount, SiteHold, SourceCredit, StoredDecision
from partner_access.credit.rules import decision, engine, facts, settings
from partner_access.credit.touchpoints import lead_queue, leads
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Invalid
from partner_access.transactions import insert_once
from tests.credit.agencies import SECOND, day, moment
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.threads import at_once


def counts(portal: Portal) -> dict[str, int]:
    """How many rows the programme has of accounts, decisions and credits."""
    with portal.acting():
        return {
            model.__tablename__: session().scalar(select(func.count()).select_from(model)) or 0
            for model in (ClientAccount, StoredDecision, SourceCredit)
        }


def worker_comes(portal: Portal) -> None:
    """The worker's jobs of credit, until nothing is due."""
    with portal.acting():
        while credit_holds.activate_due() + lead_queue.expire_due():
            session().commit()


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"external_id": " "}, "external_id", "external-id-missing"),
        ({"external_id": "x" * 201}, "external_id", "external-id-too-long"),
        ({"company": "x" * 201}, "company", "company-too-long"),
        ({"company": "a\x00b"}, "company", "not-text"),
        ({"website": "client.example/\x00"}, "website", "not-text"),
        ({"website": "localhost"}, "website", "local-name"),
        ({"email": "ana@@client.example"}, "email", "email-several"),
        ({"referral": "x" * 101}, "referral", "referral-too-long"),
        ({"signed_up_at": moment(0) + signups.CLOCK_SKEW + SECOND}, "signed_up_at", "time-in-future"),
    ],
)
def test_a_sign_up_that_cannot_be_used_is_refused_at_its_field(given, field, code):
    usable = {
        "external_id": "x",
        "company": "Client",
        "website": "client.example",
        "email": "",
        "referral": "",
        "signed_up_at": moment(0),
        "came_by": "csv",
    }
    with day(0):
        assert signups.check(**usable).site == "client.example"
        with pytest.raises(Invalid) as refusal:
            signups.check(**usable | given)
    assert (refusal.value.field, refusal.value.code) == (field, code)


def test_a_sign_up_without_a_company_is_named_after_its_site(portal):
    with portal.acting():
        signup = signups.check(
            external_id="x",
            company=" ",
            website="WWW.Client.example",
            email="",
            signed_up_at=moment(0),
            referral="",
            came_by="csv",
        )
    assert (signup.company, signup.email) == ("client.example", None)


# -- once -------------------------------------------------------------------------------------------------------------


def test_a_repeated_delivery_changes_nothing_and_is_answered_like_the_first(portal, acme):
    acme.registers()
    first = make_sign_up(portal, external_id="a-1")
    before = counts(portal), acme.client().id, len(acme.entries())
    again = make_sign_up(portal, "another.example", external_id="a-1", referral="unknown")
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.account.id, again.basis, again.reason) == (first.account.id, first.basis, first.reason)
    assert (counts(portal), acme.client().id, len(acme.entries())) == before
    assert before[0] == {"client_account": 1, "decision": 1, "source_credit": 1}


def test_ten_deliveries_at_once_are_one_sign_up(portal, acme, bolt):
    acme.registers()
    code = bolt.link()
    answers = at_once(*[partial(make_sign_up, portal, external_id="a-1", referral=code)] * 10)
    assert [answer.is_new for answer in answers].count(True) == 1
    assert {(answer.account.id, answer.basis, answer.reason) for answer in answers} == {
        (answers[0].account.id, "lead", "credited-lead")
    }
    assert counts(portal) == {"client_account": 1, "decision": 1, "source_credit": 1}
    assert (acme.client().state, bolt.client().state) == ("pending", "declined")
    assert (len(acme.entries()), len(bolt.entries())) == (1, 0)


def test_two_accounts_of_one_site_that_sign_up_at_once_earn_one_credit(portal, acme):
    acme.registers()
    code = acme.link()
    with day(1):
        at_once(*[partial(make_sign_up, portal, referral=code) for _ in range(4)])
    assert sorted(row.state for row in acme.clients()) == ["declined"] * 3 + ["pending"]
    assert (acme.totals().pending, acme.totals().declined) == (1, 3)


def test_the_database_refuses_a_second_winner(portal, acme, bolt):
    code = acme.link()
    account = make_sign_up(portal, referral=code).account
    with portal.acting():
        credit = session().scalars(select(SourceCredit)).one()
        values = {"org_id": bolt.org.id, "decision_id": credit.decision_id, "hold_until": credit.hold_until}
        assert not insert_once(SourceCredit(client_account_id=account.id, **values))
        session().expunge_all()
        session().add(SourceCredit(client_account_id=account.id, **values))
        with pytest.raises(IntegrityError):
            session().flush()
        session().rollback()


def test_the_stored_decision_replays_to_the_same_winner(portal, acme, bolt):
    with day(0):
        acme.registers()
        bolt.registers()
    with day(1):
        bolt.link_opened()
        account = make_sign_up(portal, referral=bolt.link(), email="kim@client.example").account
    with portal.acting():
        stored = session().scalars(select(StoredDecision)).one()
    again = engine.decide(facts.Facts.from_json(stored.facts), settings.Rules(version=stored.rule_version))
    assert (again.winner, again.contender) == (str(stored.winner_id), str(stored.contender_id))
    assert (stored.winner_id, stored.contender_id) == (acme.org.id, bolt.org.id)
    assert [finding.to_json() for finding in again.findings] == stored.findings
    assert account.id == stored.client_account_id


# -- pending, then active ---------------------------------------------------------------------------------------------


def test_credit_is_pending_for_24_hours_and_then_made_active_once_by_the_worker(portal, acme):
    code = acme.link()
    with day(1):
        make_sign_up(portal, referral=code)
    with clock.at(moment(2) - SECOND):
        portal.run("work", "--once")
        assert (acme.client().state, acme.client().hold_until) == ("pending", moment(2))
    with day(3):
        for _ in range(2):
            answer = portal.run("work", "--once")
            assert answer.exit_code == 0, answer.output
    client = acme.client()
    assert (client.state, client.active_from) == ("active", moment(2))
    assert [(entry.kind, entry.pending, entry.active) for entry in acme.entries_of(client)] == [
        ("pending", 1, 0),
        ("activated", -1, 1),
    ]
    assert (acme.totals().pending, acme.totals().active) == (0, 1)


def test_two_workers_at_once_make_each_credit_active_once(portal, acme, bolt):
    codes = acme.link(), bolt.link()
    with day(1):
        for number in range(6):
            make_sign_up(portal, f"site{number}.example", referral=codes[number % 2])
    with day(3):
        at_once(*[partial(worker_comes, portal)] * 3)
    for agency in (acme, bolt):
        assert [entry.kind for entry in agency.entries()] == ["pending"] * 3 + ["activated"] * 3
        assert (agency.totals().pending, agency.totals().active) == (0, 3)


def test_a_sign_up_heard_of_late_is_pending_until_the_worker_comes(portal, acme):
    code = acme.link()
    with day(30):
        make_sign_up(portal, at=moment(1), referral=code)
        assert acme.client().state == "pending"
        worker_comes(portal)
    assert (acme.client().state, acme.client().active_from) == ("active", moment(2))


# -- leads ------------------------------------------------------------------------------------------------------------


def test_a_sign_up_ends_every_lead_for_its_site(portal, acme, bolt):
    with day(0):
        won, lost = acme.registers(), bolt.registers()
    with day(5):
        make_sign_up(portal)
    won, lost = acme.lead(won), bolt.lead(lost)
    assert (won.end_reason, won.ended_at, lost.end_reason) == ("won", moment(5), "lost")
    assert (acme.client().reason, bolt.client().reason) == ("credited-lead", "lead-queued")
    assert (acme.live_leads(), bolt.live_leads()) == ((1, 0), (1, 0))
    assert portal.mails(name="lead-free") == []


def test_a_lead_registered_after_the_sign_up_but_before_we_heard_of_it_is_too_late(portal, acme):
    with day(5):
        lead = acme.registers()
    with day(6):
        make_sign_up(portal, at=moment(5))
    assert acme.lead(lead).end_reason == "too-late"
    assert (acme.client().state, acme.client().reason) == ("declined", "lead-after-sign-up")


def test_a_lead_wins_though_it_expired_before_we_heard_of_the_sign_up(portal, acme, bolt):
    with day(0):
        won, next_one = acme.registers(), bolt.registers()
    with day(91):
        worker_comes(portal)
    with day(92):
        make_sign_up(portal, at=moment(89))
    won = acme.lead(won)
    assert (won.end_reason, won.ended_at, acme.client().reason) == ("won", moment(89), "credited-lead")
    assert (bolt.lead(next_one).end_reason, bolt.client().reason) == ("lost", "lead-queued")
    assert (acme.live_leads(), bolt.live_leads()) == ((1, 0), (1, 0))
    with portal.acting():
        ended = {row.org_id: row.end_reason for row in session().scalars(select(SiteHold))}
    assert ended == {acme.org.id: "won", bolt.org.id: "lost"}


def test_who_was_next_in_line_wins_though_the_worker_had_not_come(portal, acme, bolt):
    with day(0):
        acme.registers()
        bolt.registers()
    with day(100):
        make_sign_up(portal)
    assert (acme.client().reason, bolt.client().reason) == ("lead-expired", "credited-lead")
    assert portal.mails(name="lead-free") == []


def test_a_leads_own_link_wins_another_site_and_goes_on_holding_its_own(portal, acme, bolt):
    with day(0):
        lead, waiting = acme.registers("client.example"), bolt.registers("client.example")
    code = acme.link_of(lead)
    with day(1):
        answer = make_sign_up(portal, "renamed.example", referral=code)
    assert (answer.basis, answer.reason) == ("lead", "credited-lead-link")
    assert (leads.status(acme.lead(lead)), leads.status(bolt.lead(waiting))) == ("registered", "queued")
    assert bolt.clients() == []


def test_a_leads_own_link_counts_for_another_site_as_soon_as_the_lead_was_next_in_line(portal, acme, bolt):
    with day(0):
        acme.registers("client.example")
        code = bolt.link_of(bolt.registers("client.example"))
    with day(91):
        answer = make_sign_up(portal, "renamed.example", referral=code)
    assert answer.reason == "credited-lead-link"


def test_a_queued_leads_own_link_counts_as_a_link_and_the_lead_stays_in_line(portal, acme, bolt):
    acme.registers("client.example")
    queued = bolt.registers("client.example")
    answer = make_sign_up(portal, "renamed.example", referral=bolt.link_of(queued))
    assert (answer.basis, bolt.client().reason) == ("link", "credited-code")
    assert leads.status(bolt.lead(queued)) == "queued"


def test_a_leads_own_link_opened_only_after_the_sign_up_proves_nothing(portal, acme):
    lead = acme.registers("client.example")
    with day(2):
        token = acme.link_opened(code=acme.link_of(lead))
        make_sign_up(portal, "renamed.example", at=moment(1), referral=token)
    assert (acme.client().reason, acme.lead(lead).end_reason) == ("visit-after-sign-up", None)


def test_a_second_account_of_a_site_earns_nothing(portal, acme, bolt):
    with day(0):
        acme.registers()
    with day(1):
        make_sign_up(portal)
    with day(20):
        answer = make_sign_up(portal, "shop.client.example", referral=bolt.link())
    assert (answer.basis, answer.reason) == (None, "existing-client")
    assert (bolt.client().state, bolt.client().reason) == ("declined", "existing-client")
    assert len(acme.entries()) == 1


# -- links ------------------------------------------------------------------------------------------------------------


def test_the_token_of_a_visit_is_as_good_as_its_code(portal, acme):
    with day(1):
        token = acme.link_opened()
    with day(80):
        answer = make_sign_up(portal, referral=token)
    assert (answer.basis, answer.reason) == ("link", "credited-link")
    assert decision.Finding.from_json(acme.client().trace[0]).at == moment(1)


def test_a_code_counts_without_a_visit_whatever_its_capitals(portal, acme):
    assert make_sign_up(portal, referral=f" {acme.link().upper()} ").reason == "credited-code"


def test_a_code_that_is_no_partners_credits_nobody(portal, acme):
    acme.link()
    for number, referral in enumerate(["no-such-code", "x" * 43, "ünknown", "a/b"]):
        assert make_sign_up(portal, f"site{number}.example", referral=referral).reason == "unknown-referral"


def test_an_owners_address_on_a_subdomain_of_the_partners_domain_is_own_use(portal, acme):
    answer = make_sign_up(portal, referral=acme.link(), email="kim@mail.acme.example")
    assert (answer.basis, acme.client().reason) == (None, "own-use")


def test_a_partner_whom_the_client_went_without_has_a_row_that_says_so(portal, acme):
    code = acme.link()
    with portal.acting():
        signup = signups.check(
            external_id="w",
            company="",
            website="client.example",
            email="",
            signed_up_at=clock.now(),
            referral=code,
            came_by="landing",
        )
        answer = signups.record(signup, Ties(refused=[acme.org.id]))
    assert (answer.basis, acme.client().reason) == (None, "client-went-without")


# -- what each may read -----------------------------------------------------------------------------------------------


def test_nothing_of_another_organization_stands_in_what_one_may_read(portal, acme, bolt):
    with day(0):
        lead, other = acme.registers(), bolt.registers()
        token = bolt.link_opened()
        other_words = [bolt.link_of(other), bolt.link(), str(other.id), str(bolt.org.id), bolt.org.name, bolt.org.slug]
    with day(1):
        make_sign_up(portal, referral=token, email="kim@client.example")
    with portal.acting(), acting(SYSTEM, acme.org.id):
        client = session().scalars(select(Client)).one()
        events = session().scalars(select(OrgEvent)).all()
        assert audit.history(client.id)
    readable = json.dumps([client.trace, [[event.event, event.reason, event.fields] for event in events]])
    assert str(lead.id) in readable
    assert not [word for word in [*other_words, bolt.person.email, bolt.person.name] if word in readable]
    assert (client.reason, bolt.client().reason) == ("credited-lead", "other-lead-first")


def test_the_worker_ends_by_itself_when_nothing_is_due(portal):
    answer = portal.run("work", "--once")
    assert (answer.exit_code, answer.output) == (0, "")
