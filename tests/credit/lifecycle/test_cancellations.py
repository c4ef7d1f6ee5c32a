"""Credit ends when the client cancels and goes on when they come back in time, in whatever order we hear of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import permutations

import pytest

from partner_access.credit.clients import client_accounts, client_events, clients
from partner_access.credit.ledger import entries, statements
from partner_access.credit.lifecycle import cancellations, client_merges
from partner_access.credit.managed import bulk_claims, claim_states, claims
from partner_access.credit.models import Client, ClientAccount, ManagedClaim
from partner_access.credit.rulings import rulings
from partner_access.db import STAFF, SYSTEM, session
from partner_access.errors import Conflict, Invalid
from tests.credit.agencies import Agency, change_rules, day, moment, verified, works
from tests.credit.provisional.forms import confirm, send
from tests.factories import make_sign_up
from tests.portal import Portal
from tests.threads import at_once

CANCELLED, BACK = "cancelled", "reactivated"


def tell(portal: Portal, kind: str, at: float, *, of: str = "c", event_id: str | None = None) -> bool:
    with portal.acting(STAFF):
        return cancellations.tell(of, kind, moment(at), "The vendor says so.", event_id=event_id)


def view(portal: Portal, agency: Agency, external_id: str = "c") -> Client:
    with portal.acting(SYSTEM, agency.org.id):
        client = clients.of_account(account(external_id).id)
        assert client is not None
        return client


def account(external_id: str) -> ClientAccount:
    found = client_accounts.find(external_id)
    assert found is not None
    return found


def lines(agency: Agency) -> list[tuple[str, float]]:
    """What the ledger says, and after how many days it is so."""
    return [(row.kind, (row.effective_at - moment(0)) / timedelta(days=1)) for row in agency.entries()]


@pytest.fixture(autouse=True)
def comebacks_within_30_days(portal: Portal) -> None:
    with day(0):
        change_rules(portal, comeback_days=30)


@pytest.fixture
def credited(portal: Portal, acme: Agency) -> Agency:
    """Acme has the active credit of account c, which signed up on day 1."""
    with day(1):
        make_sign_up(portal, external_id="c", referral=acme.link())
    with day(3):
        works(portal)
    return acme


def test_a_cancellation_ends_the_credit_on_its_day_with_a_line_of_its_own(portal, credited):
    with day(40):
        assert tell(portal, CANCELLED, 35)
    client, line = view(portal, credited), credited.entries()[-1]
    assert (client.state, client.ended_at, client.end_reason) == ("ended", moment(35), "client-cancelled")
    assert (line.kind, line.active, line.reason, line.effective_at) == ("ended", -1, "client-cancelled", moment(35))
    assert (line.at, line.signed_up_at) == (moment(40), moment(1))
    assert credited.totals().active == 0
    verified(portal)


def test_who_comes_back_in_time_is_credited_again_at_once(portal, credited):
    with day(60):
        tell(portal, CANCELLED, 35)
        tell(portal, BACK, 50)
    assert view(portal, credited).state == "active"
    assert lines(credited)[-2:] == [("ended", 35), ("resumed", 50)]
    assert credited.totals().active == 1
    verified(portal)


@pytest.mark.parametrize(
    ("back", "reason"), [(65, ""), (66, "client-returned-late")], ids=["on the last day", "a day later"]
)
def test_the_rules_say_how_long_a_client_may_be_away(portal, credited, back, reason):
    with day(80):
        tell(portal, CANCELLED, 35)
        tell(portal, BACK, back)
    assert (view(portal, credited).end_reason or "") == reason
    verified(portal)


def test_by_rules_from_before_the_setting_no_credit_goes_on(portal, acme):
    make_sign_up(portal, external_id="old", referral=acme.link(), at=moment(-5))
    with day(10):
        tell(portal, CANCELLED, 5, of="old")
        tell(portal, BACK, 6, of="old")
    assert view(portal, acme, "old").end_reason == "client-returned-never"
    verified(portal)


def test_in_any_order_and_twice_the_credit_ends_the_same(portal):
    told = [(CANCELLED, 10), (BACK, 12), (CANCELLED, 20), (BACK, 25), (CANCELLED, 27)]
    for number, order in enumerate(list(permutations(range(6)))[:: 720 // 12]):
        agency, key = Agency(portal, f"Agency{number}"), f"c{number}"
        for step in (*order, *order[:2]):
            with day(30):
                if step == 5:
                    make_sign_up(portal, f"{key}.example", external_id=key, referral=agency.link(), at=moment(1))
                else:
                    tell(portal, *told[step], of=key)
        with day(31):
            works(portal)
        client = view(portal, agency, key)
        assert (client.state, client.ended_at, client.comeback_at) == ("ended", moment(27), moment(57)), order
        row = agency.totals()
        assert (row.pending, row.active) == (0, 0)
        with portal.acting(SYSTEM, agency.org.id):
            stand = entries.told_ends(client)
        assert [(line.kind, line.effective_at) for line in stand] == [
            ("ended", moment(10)), ("resumed", moment(12)), ("ended", moment(20)), ("resumed", moment(25)),
            ("ended", moment(27)),
        ]  # fmt: skip
    verified(portal)


def test_what_was_told_twice_has_no_effect_and_another_event_of_that_id_is_refused(portal, credited):
    with day(40):
        assert tell(portal, CANCELLED, 35, event_id="e1")
        told = len(credited.entries())
        assert not tell(portal, CANCELLED, 35, event_id="e1")
        with pytest.raises(Conflict):
            tell(portal, BACK, 36, event_id="e1")
    assert len(credited.entries()) == told


def test_an_event_cannot_be_in_the_future_or_without_a_reason(portal, credited):
    with day(10), pytest.raises(Invalid) as refusal:
        tell(portal, CANCELLED, 11)
    assert refusal.value.code == "time-in-future"
    with day(10), portal.acting(STAFF), pytest.raises(Invalid):
        cancellations.tell("c", CANCELLED, moment(9), " ")


def test_a_cancellation_while_the_credit_is_pending_ends_it_and_coming_back_lets_it_wait_on(portal, acme):
    with day(1):
        make_sign_up(portal, external_id="c", referral=acme.link())
    with day(1.5):
        tell(portal, CANCELLED, 1.2)
    assert acme.totals().pending == 0
    with day(2.5):
        works(portal)
        tell(portal, BACK, 2.4)
    client = view(portal, acme)
    assert (client.state, client.active_from) == ("active", moment(2.4)), "its hold was over while they were away"
    verified(portal)


def test_while_another_account_has_the_website_the_credit_stays_ended_however_late_we_hear_of_that(portal, credited):
    with day(60):
        tell(portal, CANCELLED, 35)
        tell(portal, BACK, 50)
        assert view(portal, credited).state == "active"
        make_sign_up(portal, external_id="other", at=moment(45))
    client = view(portal, credited)
    assert (client.state, client.end_reason, client.comeback_at) == ("ended", "client-returned-taken", moment(50))
    assert [row.kind for row in credited.entries()][-1] == "reversed"
    with day(61):
        tell(portal, CANCELLED, 48, of="other")
    assert view(portal, credited).state == "active", "the other one had gone by then"
    verified(portal)


def test_managed_credit_ends_with_the_account_and_is_claimed_anew(portal, credited):
    claim = claimed(portal, credited, 10, confirmed=True)
    with day(40):
        tell(portal, CANCELLED, 35)
        tell(portal, BACK, 36)
    client = view(portal, credited)
    assert (client.managed, client.managed_at, client.managed_reason) == ("ended", moment(35), "managed-cancelled")
    assert ("managed-ended", 35) in lines(credited)
    assert credited.totals().managed == 0
    with day(41):
        assert claimed(portal, credited, 41).id != claim.id
    verified(portal)


def test_a_claim_that_waits_ends_too_and_a_cancelled_account_cannot_be_claimed(portal, credited):
    claimed(portal, credited, 34)
    with day(40):
        tell(portal, CANCELLED, 35)
    assert view(portal, credited).managed_reason == "managed-cancelled"
    with day(40.1), portal.acting(credited.person.actor, credited.org.id):
        (answer,) = bulk_claims.claim(credited.org, session().merge(credited.person), ["client.example"])
    assert answer.sentence == "This account is cancelled. Claim it when they are back."
    assert credited.totals().managed == 0


def claimed(portal: Portal, agency: Agency, number: float, *, confirmed: bool = False) -> ManagedClaim:
    with day(number), portal.acting(agency.person.actor, agency.org.id):
        row = account("c")
        claims.lock([row])
        person = session().merge(agency.person)
        claim = claims.claim(row, person, claim_states.ClaimedClient(row.site, row.site))
    if confirmed:
        with day(number), portal.acting(STAFF):
            claims.decide(claim.id, yes=True, reason="The contract says so.")
    return claim


def test_a_ruling_about_an_ended_credit_moves_it_as_ended(portal, credited, bolt):
    with day(40):
        tell(portal, CANCELLED, 35)
    with day(41), portal.acting(STAFF):
        rulings.rule(account("c"), bolt.org.id, "It was agreed so.", STAFF)
    assert view(portal, credited).state == "declined"
    assert credited.entries()[-1].kind == "reversed"
    assert (credited.totals().active, credited.totals().declined) == (0, 1)
    assert (view(portal, bolt).state, view(portal, bolt).ended_at) == ("ended", moment(35))
    assert [kind for kind, _ in lines(bolt)] == ["pending", "ended"]
    verified(portal)


def test_the_account_that_goes_on_after_a_merger_decides_whether_credit_has_ended(portal, credited):
    with day(5):
        make_sign_up(portal, "second.example", external_id="later")
    with day(40):
        tell(portal, CANCELLED, 35)
        merge(portal, "c", "later")
    assert view(portal, credited, "later").state == "active"
    with day(41):
        tell(portal, CANCELLED, 40.5, of="later")
    assert view(portal, credited, "later").state == "ended"
    verified(portal)


def merge(portal: Portal, gone: str, stays: str) -> None:
    with portal.acting(STAFF):
        client_merges.merge(account(gone), account(stays), "One business.")


def test_a_closed_month_stays_and_the_line_in_the_open_one_says_which_day_it_concerns(portal, credited):
    with day(31):
        closed = portal.sign_in(credited.person.email).get(f"/orgs/{credited.org.slug}/credit?month=2025-09").text
        with portal.acting():
            statements.mail_due()
    with day(40):
        tell(portal, CANCELLED, 20)
        page = portal.sign_in(credited.person.email)
        then = page.get(f"/orgs/{credited.org.slug}/credit?month=2025-09").text
        now = page.get(f"/orgs/{credited.org.slug}/credit?month=2025-10").text
        file = page.get(f"/orgs/{credited.org.slug}/credit.csv?month=2025-10").text
    assert figures(then) == figures(closed)
    assert "It concerns 21 September 2025; September 2025 was closed, so it stands in October 2025." in now
    assert "1 line concerns an earlier month." in now
    assert ",2025-09-21,2025-09-02,2025-09" in file
    with day(62), portal.acting():
        statements.mail_due()
    assert "1 of these lines concerns an earlier month" in portal.mails(name="statement")[-1].text


def figures(page: str) -> list[str]:
    """The rows of the sums."""
    return page.partition('<table class="sums">')[2].partition("</table>")[0].split()


def test_whose_credit_ends_or_goes_on_is_mailed_and_reads_it(portal, credited):
    with day(40):
        tell(portal, CANCELLED, 35)
        (ended,) = portal.mails(name="credit-ended")
        page = portal.sign_in(credited.person.email).get(
            f"/orgs/{credited.org.slug}/clients/{view(portal, credited).id}"
        )
    assert "ended on 6 October 2025, because the client cancelled" in ended.text
    assert "If they come back by 5 November 2025" in ended.text
    assert "If they come back by 5 November 2025, the credit goes on by itself." in page.text
    with day(41):
        tell(portal, BACK, 41)
    assert len(portal.mails(name="credit-resumed")) == 1
    with day(90):
        tell(portal, CANCELLED, 45)
        tell(portal, BACK, 90)
    assert "stays ended" in portal.mails(name="credit-ended")[-1].subject


# -- at the same moment -----------------------------------------------------------------------------------------------


def test_two_cancellations_at_once_end_the_credit_once(portal, credited):
    with day(40):
        at_once(*(partial(tell, portal, CANCELLED, 30 + number) for number in range(4)))
        at_once(*(partial(tell, portal, CANCELLED, 30) for _ in range(3)))
    assert view(portal, credited).ended_at == moment(30)
    assert credited.totals().active == 0
    verified(portal)


def test_a_cancellation_and_its_sign_up_at_once_end_as_one_after_the_other(portal, acme):
    code = acme.link()
    for number in range(4):
        key = f"c{number}"
        with day(10):
            at_once(
                partial(tell, portal, CANCELLED, 9, of=key),
                partial(make_sign_up, portal, f"{key}.example", external_id=key, referral=code, at=moment(1)),
            )
        assert view(portal, acme, key).state == "ended"
    verified(portal)


def test_a_cancellation_and_a_merger_at_once_end_as_one_after_the_other(portal, acme):
    code = acme.link()
    for number in range(4):
        gone, stays = f"gone{number}", f"stays{number}"
        with day(1):
            make_sign_up(portal, f"{gone}.example", external_id=gone, referral=code)
        with day(2):
            make_sign_up(portal, f"{stays}.example", external_id=stays)
        with day(10):
            at_once(
                partial(merge, portal, gone, stays),
                partial(tell, portal, CANCELLED, 9, of=stays),
                partial(tell, portal, CANCELLED, 8, of=gone),
            )
        assert view(portal, acme, stays).state == "ended"
        assert view(portal, acme, gone).state == "declined"
    verified(portal)


# -- what others read of it -------------------------------------------------------------------------------------------


def test_since_when_an_account_is_cancelled_is_known_for_every_moment(portal, credited):
    with day(60):
        tell(portal, BACK, 50)
        tell(portal, CANCELLED, 35)
    with portal.acting():
        known = {number: client_events.cancelled_since("c", moment(1), moment(number)) for number in (34, 35, 49, 50)}
    assert known == {34: None, 35: moment(35), 49: moment(35), 50: None}


@pytest.mark.parametrize(
    ("setting", "ended", "again", "state"),
    [
        ({"trial_days": 14}, 10, 20, "active"),
        ({"trial_days": 14}, 20, 30, "declined"),  # that was no trial any more
        ({"return_months": 6}, 20, 210, "active"),
        ({"return_months": 6}, 20, 190, "declined"),  # not six months yet
        ({}, 10, 300, "declined"),  # off
    ],
)
@pytest.mark.parametrize("is_told_first", [True, False])
def test_an_account_that_ended_frees_its_website_by_the_rules(
    portal, acme, bolt, setting, ended, again, state, is_told_first
):
    """Whether the vendor tells of the end before or after the second account signs up changes nothing."""
    if setting:
        with day(0.5):
            change_rules(portal, **setting)
    with day(1):
        make_sign_up(portal, external_id="c", referral=bolt.link())
    link = acme.link()
    if is_told_first:
        with day(ended):
            tell(portal, CANCELLED, ended)
    with day(again):
        make_sign_up(portal, external_id="d", referral=link)
    with day(again + 5):
        if not is_told_first:
            tell(portal, CANCELLED, ended)
        works(portal)
        assert view(portal, acme, "d").state == state
        assert view(portal, bolt).state == "ended"
    verified(portal)


@pytest.mark.parametrize("told_of", ["before the name", "by the first id", "by the vendor's id first"])
def test_an_account_that_the_vendor_named_later_ends_by_either_id(portal, acme, told_of):
    with day(1):
        row = send(acme)
        confirm(portal, row)
    if told_of == "by the vendor's id first":
        with day(2):
            tell(portal, CANCELLED, 2)
    if told_of == "before the name":
        with day(2):
            tell(portal, CANCELLED, 2, of=row.external_id)
    with day(3):
        make_sign_up(portal, external_id="c", site="client.example", email="jo@client.example", at=moment(1))
        with portal.acting():
            assert account("c").id == account(row.external_id).id
    if told_of == "by the first id":
        with day(4):
            tell(portal, CANCELLED, 2, of=row.external_id)
    with day(5):
        works(portal)
        assert view(portal, acme).end_reason == "client-cancelled"
    verified(portal)
