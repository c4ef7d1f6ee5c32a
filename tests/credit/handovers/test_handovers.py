"""On the client's behalf: a teammate creates the account, the client accepts it, and the credit stays what it was."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from html import unescape

import pytest
from sqlalchemy import select

from partner_access import signing
from partner_access.accounts.models import User
from partner_access.audit.models import OrgEvent
from partner_access.clock import now
from partner_access.credit.attribution import credit_holds
from partner_access.credit.clients import client_accounts, clients, mail_limits
from partner_access.credit.handovers import acceptance, creation, handovers
from partner_access.credit.models import Client, ClientAccount, Handover
from partner_access.credit.touchpoints import registrations
from partner_access.db import SYSTEM, session
from partner_access.errors import Conflict, Invalid, NotFound, TooMany
from partner_access.jobs.models import Job
from partner_access.organizations.team import memberships
from tests.credit.agencies import Agency, day, moment
from tests.factories import make_member, make_sign_up
from tests.portal import Browser, Portal
from tests.threads import at_once

JO = "jo@ferro.example"
TRANSFER = re.compile(r"http://localhost(/transfer/\S+)")


class Creator(Agency):
    """An agency that creates accounts for its clients."""

    def creates(self, site: str = "ferro.example", *, person: User | None = None, once: str = "a form", **details: str):
        """Create the account now; the client's row and how it came out."""
        person = person or self.person
        given = registrations.LeadDetails(**{"company": "Ferro", "website": site, "contact_email": JO} | details)
        with self.portal.acting(person.actor, self.org.id):
            return creation.create(self.org, session().get_one(User, person.id), given, once)

    def does(self, act, *args):
        """What a teammate does about the hand-over of the only client: an act of hand_overs."""
        with self.portal.acting(self.person.actor, self.org.id):
            return act(self.row().id, *args)

    def client(self) -> Client:
        with self.portal.acting(SYSTEM, self.org.id):
            return next(row for row in clients.listing() if row.site == "ferro.example")

    def row(self) -> Handover:
        with self.portal.acting(SYSTEM, self.org.id):
            return session().scalars(select(Handover).where(Handover.client_id == self.client().id)).one()

    def account(self) -> ClientAccount:
        with self.portal.acting():
            return client_accounts.fetch(self.client().client_account_id)

    def events(self) -> list[tuple[str, str]]:
        """What the audit log says happened to the client, and who did it."""
        with self.portal.acting(SYSTEM, self.org.id):
            mine = OrgEvent.subject_id == self.client().id, OrgEvent.event.not_in(("credit.decided", "ledger.posted"))
            rows = session().scalars(select(OrgEvent).where(*mine).order_by(OrgEvent.at, OrgEvent.id))
            return [(row.event, row.actor_kind) for row in rows]


@pytest.fixture
def acme(portal: Portal) -> Creator:
    return Creator(portal, "Acme")


@pytest.fixture
def bolt(portal: Portal) -> Creator:
    return Creator(portal, "Bolt")


def link(portal: Portal, to: str = JO) -> str:
    """The path in the newest mail to the client."""
    found = TRANSFER.search(portal.mails(to)[-1].text)
    assert found
    return found[1]


def accept(portal: Portal, path: str, name: str = "Jo Ferro") -> Browser:
    browser = portal.browser()
    browser.post(path, {"name": name}, on="/sign-in")
    return browser


def work(portal: Portal) -> None:
    """What the worker does about credit and hand-overs, until nothing is due."""
    portal.work()
    with portal.acting():
        while credit_holds.activate_due():
            pass


def mailed(portal: Portal, name: str) -> list[str]:
    return [mail.to for mail in portal.mails(name=name)]


# -- creating


def test_an_account_created_for_a_client_is_credited_and_waits_for_the_client(portal, acme):
    with day(1):
        created = acme.creates("https://www.Ferro.example/shop", contact_name="Jo", note="x")
    client, row, account = acme.client(), acme.row(), acme.account()
    assert created.outcome == "created"
    assert (client.reason, client.basis, client.state) == ("credited-behalf", "behalf", "pending")
    assert (client.hand_over_by, row.due_at, row.email) == (moment(15), moment(15), JO)
    assert (account.created_for, account.came_by, account.accepted_at) == (acme.org.id, "portal", None)
    assert account.external_id.startswith("portal-")
    assert [(mail.to, mail.subject) for mail in portal.mails()] == [
        (JO, "Acme created a Meridian account for Ferro"),
    ]
    assert acme.events() == [("client_account.created", "person"), ("hand_over.sent", "person")]


def test_the_credit_stays_pending_until_the_client_accepted_however_long_that_takes(portal, acme):
    with day(1):
        acme.creates()
    with day(40):
        work(portal)
        assert acme.client().state == "pending"
        acme.does(handovers.resend)
        before = [entry.hash for entry in acme.entries()]
        accept(portal, link(portal))
        assert [entry.hash for entry in acme.entries()] == before, "accepting is no matter of the ledger"
        work(portal)
    assert acme.client().state == "active"
    assert [entry.kind for entry in acme.entries()] == ["pending", "activated"]


def test_the_hold_counts_also_when_the_client_accepts_at_once(portal, acme):
    with day(1):
        acme.creates()
        accept(portal, link(portal))
        work(portal)
        assert acme.client().state == "pending"
    with day(2):
        work(portal)
        assert acme.client().state == "active"


@pytest.mark.parametrize(
    ("details", "field", "sentence"),
    [
        ({"website": "www.acme.example"}, "website", "That is your own website"),
        ({"website": "ferro cycles"}, "website", "A website name has no spaces"),
        ({"contact_email": "jo"}, "contact_email", "has an @ in it"),
        ({"contact_email": ""}, "contact_email", "Enter an e-mail address"),
        ({"website": "taken.example"}, "website", "taken.example has been a client since"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_created(portal, acme, details, field, sentence):
    make_sign_up(portal, "taken.example")
    with pytest.raises(Invalid) as refused:
        acme.creates(**{"site": details.pop("website", "ferro.example")} | details)
    assert (refused.value.field, sentence in refused.value.sentence) == (field, True)
    assert acme.clients() == [] and not portal.mails()


def test_an_existing_client_is_answered_with_what_can_be_done(portal, acme):
    make_sign_up(portal, "ferro.example")
    with pytest.raises(Invalid, match="claim it as managed"):
        acme.creates()


def test_the_creators_own_address_is_fine_and_a_later_one_changes_nothing(portal, acme):
    with day(1):
        acme.creates(contact_email=acme.person.email)
        assert acme.client().reason == "credited-behalf"
        acme.does(handovers.change_address, JO)
        accept(portal, link(portal))
    account = acme.account()
    assert (account.email, account.owner_name) == (JO, "Jo Ferro")
    assert account.email_domain == acme.person.email.partition("@")[2], "the decision looks at the sign-up's"


def test_a_form_sent_twice_and_a_teammates_own_end_as_one_account(portal, acme):
    with day(1):
        first = acme.creates()
        twice = acme.creates()
        mia = make_member(portal, acme.org, name="Mia Falk")
        other = acme.creates("shop.ferro.example", person=mia, once="another form", contact_email="else@ferro.example")
    assert [row.outcome for row in (first, twice, other)] == ["created", "created", "already-yours"]
    assert {row.client.id for row in (first, twice, other)} == {acme.client().id}
    assert other.row.beginner.name == "Acme Owner"
    assert mailed(portal, "transfer") == [JO]


def test_a_form_changed_and_sent_again_is_another_client(portal, acme):
    acme.creates("ferro.example")
    assert acme.creates("other.example").outcome == "created"
    assert len(acme.clients()) == 2


def test_another_partners_lead_wins_and_the_conflict_names_nobody(portal, acme, bolt):
    with day(0):
        bolt.registers("ferro.example")
    with day(1):
        created = acme.creates()
    assert created.outcome == "created"
    assert (acme.client().state, acme.client().reason) == ("declined", "other-lead-first")
    assert bolt.client().basis == "lead"
    assert acme.client().review_by and bolt.client().review_by
    with portal.acting(SYSTEM, bolt.org.id):
        people = session().scalars(select(OrgEvent.actor_id).where(OrgEvent.subject_id == bolt.client().id)).all()
    assert set(people) == {None}, "who created it is nobody's business at Bolt"


def test_an_own_lead_is_won_and_the_hand_over_still_waits(portal, acme):
    with day(0):
        acme.registers("ferro.example")
    with day(1):
        acme.creates()
    with day(5):
        work(portal)
    assert (acme.client().basis, acme.client().state) == ("lead", "pending")


# -- the link


def test_looking_changes_nothing_and_says_who_what_and_until_when(portal, acme):
    acme.creates(contact_name="Jo")
    browser = portal.browser()
    for _ in range(3):
        assert browser.get(link(portal)).status_code == 200
        assert browser.client.head(link(portal)).status_code == 200
    assert browser.heading == "Acme created a Meridian account for Ferro"
    assert "Acme Owner of Acme set it up on" in browser.text and "What Acme sees" in browser.text and JO in browser.text
    assert 'value="Jo"' in browser.page.text
    assert acme.row().accepted_at is None and acme.account().accepted_at is None


def test_accepting_makes_the_client_the_owner_with_a_receipt_for_both_once(portal, acme):
    acme.creates(contact_name="Jo")
    path = link(portal)
    for name in ("Jo Ferro", "Somebody Else"):
        accept(portal, path, name)
    account, row, client = acme.account(), acme.row(), acme.client()
    assert (account.owner_name, account.email, row.name) == ("Jo Ferro", JO, "Jo Ferro")
    assert account.accepted_at == row.accepted_at is not None
    assert client.hand_over_by is None
    assert mailed(portal, "transfer-accepted") == [JO]
    assert mailed(portal, "hand-over-accepted") == [acme.person.email]
    assert acme.events()[-1] == ("hand_over.accepted", "client")
    page = portal.browser()
    assert page.get(path).status_code == 200
    assert page.heading == "The Meridian account of Ferro is yours"


@pytest.mark.parametrize("act", [handovers.cancel, partial(handovers.change_address, email="new@ferro.example")])
def test_who_presses_the_button_on_a_page_that_has_become_old_accepts_nothing(portal, acme, act):
    acme.creates()
    with portal.acting():
        opened = acceptance.open_link(link(portal).rpartition("/")[2])
    acme.does(act)
    for answer in (partial(acceptance.accept, name="Jo"), acceptance.refuse):
        with portal.acting():
            answer(opened)
    assert acme.row().accepted_at is None and acme.account().accepted_at is None
    assert not mailed(portal, "transfer-accepted") and not mailed(portal, "hand-over-refused")


@pytest.mark.parametrize("name", ["", "see http://bad.example"])
def test_a_name_that_is_none_is_asked_for_again(portal, acme, name):
    acme.creates()
    browser = accept(portal, link(portal), name)
    assert browser.page.status_code == 422 and acme.row().accepted_at is None


def test_who_says_it_is_not_for_them_is_mailed_no_more_and_the_team_is_told_once(portal, acme):
    with day(1):
        acme.creates()
        path, browser = link(portal), portal.browser()
        for _ in range(2):
            browser.post(f"{path}/refuse", on="/sign-in")
        browser.get(path)
        assert browser.heading == "You said that this is not for you"
        assert accept(portal, path).page.status_code == 303 and acme.row().accepted_at is None
        assert mailed(portal, "hand-over-refused") == [acme.person.email]
    with day(10):
        work(portal)
    assert not mailed(portal, "transfer-reminder")
    assert acme.client().hand_over_by == moment(15), "it stays open"
    with day(11):
        acme.does(handovers.change_address, "right@ferro.example")
        accept(portal, link(portal, "right@ferro.example"))
    assert acme.account().email == "right@ferro.example"


def test_a_forged_link_is_a_404(portal, acme, bolt):
    acme.creates()
    path, browser = link(portal), portal.browser()
    with portal.acting():
        elsewhere = signing.sign("transfer", {"org": str(bolt.org.id), "id": str(acme.row().id), "n": 1})
    for forged in (path[:-3] + "xxx", "/transfer/x", path[:40], f"/transfer/{elsewhere}"):
        assert browser.get(forged).status_code == 404
        for act in ("", "/refuse", "/ask"):
            assert browser.post(forged + act, {"name": "Jo"}, on="/sign-in").status_code == 404


def test_only_the_newest_link_works_and_the_older_says_so(portal, acme):
    with day(1):
        acme.creates()
        old = link(portal)
    with day(2):
        acme.does(handovers.resend)
        new = link(portal)
        browser = portal.browser()
        assert browser.get(old).status_code == 410 and "A newer mail took its place on 3 September 2025" in browser.text
        assert accept(portal, old).page.status_code == 303 and acme.row().accepted_at is None
        accept(portal, new)
    assert acme.row().accepted_at


def test_an_old_link_says_until_when_it_worked_and_asks_for_a_new_one_once(portal, acme):
    with day(1):
        acme.creates()
        path = link(portal)
    browser = portal.browser()
    with day(14.99):
        assert browser.get(path).status_code == 200
    with day(15):
        assert browser.get(path).status_code == 410
        assert "It worked until 16 September 2025, 09:00 UTC" in browser.text
        for _ in range(3):
            assert browser.post(f"{path}/ask", on="/sign-in").status_code == 303
    assert mailed(portal, "hand-over-asked") == [acme.person.email]


def test_a_live_link_asks_for_no_new_one(portal, acme):
    acme.creates()
    portal.browser().post(f"{link(portal)}/ask", on="/sign-in")
    assert not mailed(portal, "hand-over-asked")


# -- the team's side


def test_it_is_sent_again_at_most_every_ten_minutes_and_has_fourteen_days_anew(portal, acme):
    with day(1):
        acme.creates()
        with pytest.raises(Conflict, match="from 09:10 UTC"):
            acme.does(handovers.resend)
    with day(1 + 10 / 1440):
        acme.does(handovers.resend)
        assert acme.client().hand_over_by == now() + timedelta(days=14)
    assert mailed(portal, "transfer") == [JO, JO]


def test_a_cancelled_link_is_dead_the_account_stays_and_it_can_be_sent_again(portal, acme):
    with day(1):
        acme.creates()
        path = link(portal)
        for _ in range(2):
            acme.does(handovers.cancel)
        browser = portal.browser()
        assert browser.get(path).status_code == 410 and "Acme cancelled it on 2 September 2025" in browser.text
        assert acme.client().state == "pending" and acme.account()
    with day(8):
        work(portal)
        assert not mailed(portal, "transfer-reminder")
        acme.does(handovers.resend)
        assert portal.browser().get(path).status_code == 410
        accept(portal, link(portal))
    assert acme.row().accepted_at
    assert [name for name, _ in acme.events()].count("hand_over.cancelled") == 1


def test_another_address_gets_its_own_link_and_the_first_one_learns_nothing_of_it(portal, acme):
    acme.creates()
    old = link(portal)
    acme.does(handovers.change_address, "Mia@FERRO.example")
    browser = portal.browser()
    assert browser.get(old).status_code == 410 and "mia@" not in browser.page.text.lower()
    accept(portal, link(portal, "Mia@ferro.example"))
    assert acme.account().email == "Mia@ferro.example"
    assert ("hand_over.address_changed", "person") in acme.events()


def test_the_same_address_again_and_one_that_is_none_are_told(portal, acme):
    acme.creates()
    for email in (JO, "jo"):
        with pytest.raises(Invalid):
            acme.does(handovers.change_address, email)
    assert mailed(portal, "transfer") == [JO]


@pytest.mark.parametrize(
    "act", [handovers.resend, handovers.cancel, partial(handovers.change_address, email="a@b.example")]
)
def test_what_the_client_accepted_is_the_teams_to_change_no_more(portal, acme, act):
    with day(1):
        acme.creates()
        accept(portal, link(portal))
    with day(2), pytest.raises(Conflict, match="theirs now"):
        acme.does(act)


def test_another_organization_has_no_part_in_it(portal, acme, bolt):
    acme.creates()
    for act in (handovers.fetch, handovers.resend, handovers.cancel):
        with portal.acting(bolt.person.actor, bolt.org.id), pytest.raises(NotFound):
            act(acme.row().id)


# -- reminders


@pytest.mark.parametrize("often", [1, 3])
def test_the_client_is_reminded_on_day_3_and_7_and_the_creator_when_it_is_over_each_once(portal, acme, often):
    with day(0):
        acme.creates()
    told = {}
    for number in (2.9, 3, 5, 7, 13.9, 14, 20):
        with day(number):
            for _ in range(often):
                work(portal)
        told[number] = (len(mailed(portal, "transfer-reminder")), mailed(portal, "hand-over-due"))
    over = [acme.person.email]
    assert told == {2.9: (0, []), 3: (1, []), 5: (1, []), 7: (2, []), 13.9: (2, []), 14: (2, over), 20: (2, over)}
    with portal.acting():
        assert session().scalars(select(Job).where(Job.queue == "deadlines")).all() == []


def test_a_reminder_brings_the_link_that_still_works(portal, acme):
    with day(0):
        acme.creates()
    with day(3):
        work(portal)
        accept(portal, link(portal))
        assert acme.row().accepted_at
    with day(30):
        work(portal)
    assert len(portal.mails(JO, "transfer-reminder")) == 1 and not mailed(portal, "hand-over-due")


def test_sent_again_the_reminders_begin_anew_and_late_ones_are_sent_as_one(portal, acme):
    with day(0):
        acme.creates()
    with day(8):  # the worker was away
        work(portal)
        assert len(mailed(portal, "transfer-reminder")) == 1
        acme.does(handovers.resend)
    with day(11):
        work(portal)
    assert len(mailed(portal, "transfer-reminder")) == 2


def test_when_the_creator_has_left_those_who_manage_the_team_are_told(portal, acme):
    mia = make_member(portal, acme.org, name="Mia Falk")
    with day(0):
        acme.creates(person=mia)
    with portal.acting(SYSTEM, acme.org.id):
        memberships.remove(memberships.find(mia.id), reason="test")
    with day(14):
        work(portal)
    assert mailed(portal, "hand-over-due") == [acme.person.email]


# -- at the same moment


def test_two_teammates_who_create_at_once_create_one_account(portal, acme):
    mia = make_member(portal, acme.org, name="Mia Falk")
    pieces = [partial(acme.creates, person=who, once=who.name) for who in (acme.person, mia)] * 3
    outcomes = [created.outcome for created in at_once(*pieces)]
    assert len(acme.clients()) == 1 and "created" in outcomes and "already-yours" in outcomes
    assert mailed(portal, "transfer") == [JO]
    assert [entry.kind for entry in acme.entries()] == ["pending"]


def test_two_partners_who_create_at_once_are_one_creator_and_one_who_is_told(portal, acme, bolt):
    def outcome(agency: Creator) -> str:
        try:
            return agency.creates().outcome
        except Invalid as refusal:
            return refusal.code

    assert sorted(at_once(partial(outcome, acme), partial(outcome, bolt))) == ["created", "existing-client"]


def test_accepting_at_once_is_one_receipt_for_each_side(portal, acme):
    acme.creates()
    path = link(portal)
    at_once(*[partial(accept, portal, path) for _ in range(5)])
    assert mailed(portal, "transfer-accepted") == [JO]
    assert mailed(portal, "hand-over-accepted") == [acme.person.email]
    assert [name for name, _ in acme.events()].count("hand_over.accepted") == 1


def test_accepting_and_changing_the_address_at_once_ends_as_one_of_them(portal, acme):
    acme.creates()
    path = link(portal)

    def change() -> str:
        try:
            acme.does(handovers.change_address, "new@ferro.example")
        except Conflict:
            return "refused"
        return "changed"

    _, changed = at_once(lambda: accept(portal, path), change)
    row = acme.row()
    assert (row.accepted_at is None) == (changed == "changed")
    assert (row.email, acme.account().email) == (("new@ferro.example", JO) if changed == "changed" else (JO, JO))
    assert len(mailed(portal, "transfer-accepted")) == (changed == "refused")


def test_two_workers_remind_once(portal, acme):
    with day(0):
        acme.creates()

    with day(3):
        assert sum(at_once(*[portal.work] * 4)) == 1
    assert mailed(portal, "transfer-reminder") == [JO]


# -- mail bombing


def test_one_address_gets_ten_mails_a_day_however_many_partners_cause_them(portal, acme, bolt):
    """Of its own ten a partner is told; for what others have sent nobody is refused: it only comes on a later day."""
    with day(0):
        for number in range(10):
            acme.creates(f"shop{number}.example", contact_email="Jo@FERRO.example")
        with pytest.raises(TooMany, match="Your team has caused 10 mails to this address today"):
            acme.creates("one-more.example")
        assert bolt.creates().outcome == "created"
        with pytest.raises(Conflict):  # sent a moment ago, and not counted
            bolt.does(handovers.resend)
    midnight = moment(1).replace(hour=0)
    assert [portal.due(mail) for mail in portal.mails(name="transfer")] == [moment(0)] * 10 + [midnight]
    with day(1):
        for number in range(10, 20):
            acme.creates(f"shop{number}.example", contact_email=JO)
    due = [portal.due(mail) for mail in portal.mails(name="transfer")]
    assert due[11:] == [moment(1)] * 9 + [midnight + timedelta(days=1)], "the one that was held counts too"


def test_a_link_that_was_replaced_or_stopped_while_it_was_held_is_never_sent(portal, acme, bolt):
    with day(0):
        for number in range(10):
            acme.creates(f"shop{number}.example", contact_email=JO)
        bolt.creates()
    held = portal.mails(name="transfer")[-1]
    with day(0.1):
        bolt.does(handovers.resend)
        fresh = portal.mails(name="transfer")[-1]
        assert fresh.id != held.id and len(portal.mails(name="transfer")) == 11
        bolt.does(handovers.cancel)
    assert fresh.id not in [mail.id for mail in portal.mails(name="transfer")]


def test_a_team_writes_to_its_own_people_as_often_as_it_likes(portal, acme):
    with day(0):
        for number in range(12):
            acme.creates(f"shop{number}.example", contact_email=f"anybody@{acme.org.slug}.example")
    assert len(mailed(portal, "transfer")) == 12


def test_a_partner_causes_a_bounded_number_of_mails_a_day(portal, acme, bolt, monkeypatch):
    monkeypatch.setitem(mail_limits.MOST_A_DAY, "hand-over", 2)
    with day(0):
        for number in range(2):
            acme.creates(f"shop{number}.example", contact_email=f"jo@shop{number}.example")
        with pytest.raises(TooMany, match="Your team has caused 2 mails to clients today"):
            acme.creates()
        assert bolt.creates().outcome == "created"


def test_one_mail_too_many_is_told_at_the_field_and_nothing_typed_is_lost(portal, acme, ana, monkeypatch):
    monkeypatch.setattr(mail_limits, "TO_ONE_A_DAY", 0)
    page = send(ana).page
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) <= 86400
    told = unescape(page.text).partition('id="contact_email-error"')[2].partition("</p>")[0]
    assert "Your team has caused 0 mails to this address today" in told and "Go on tomorrow." in told
    assert 'value="Ferro &amp; Sons"' in page.text and f'value="{JO}"' in page.text
    assert portal.audited("page.refused") == [
        ("too-many-mails", {"endpoint": "credit.new_client", "slug": "acme"}),
    ]
    assert acme.clients() == [] and mailed(portal, "transfer") == []


# -- the pages


@pytest.fixture
def ana(portal: Portal, acme: Creator) -> Browser:
    return portal.sign_in(acme.person.email)


FORM = {"kind": "behalf", "company": "Ferro & Sons", "website": "ferro.example", "contact_email": JO}


def send(browser: Browser, **form: str) -> Browser:
    browser.post("/orgs/acme/clients/new", FORM | form)
    if browser.page.status_code == 303:
        browser.get(browser.page.location)
    return browser


def test_the_page_asks_where_the_client_is_and_an_old_bookmark_finds_it(ana):
    for asked, chosen in (("", "lead"), ("?as=behalf", "behalf"), ("?as=managed", "managed"), ("?as=x", "lead")):
        ana.get(f"/orgs/acme/clients/new{asked}")
        assert re.findall(r'<input checked[^>]*value="(\w+)"', ana.page.text) == [chosen]
    assert all(words in ana.text for words in ("Where is the client today?", "for 90 days", "keep the credit"))
    assert ana.get("/orgs/acme/clients/new?website=ferro.example").text.count('value="ferro.example"') == 1
    moved = ana.get("/orgs/acme/leads/new")
    assert (moved.status_code, moved.location) == (308, "/orgs/acme/clients/new")


def test_a_created_account_is_told_with_what_comes_next(portal, acme, ana):
    send(ana)
    assert ana.heading == "Ferro & Sons"
    assert f"We mailed {JO}; the client has until" in ana.text
    assert "Account created by Acme Owner" in ana.text and "we remind them on" in ana.text
    assert "Waiting for the client to accept the account" in ana.text and "Send it again" not in ana.text


def test_sent_again_by_a_teammate_it_is_told_whose_it_is(portal, acme, ana):
    send(ana)
    mia = portal.sign_in(make_member(portal, acme.org, name="Mia Falk").email)
    assert "Already yours, created by Acme Owner on" in send(mia).text


def test_another_partners_lead_is_told_without_a_name(portal, bolt, acme, ana):
    bolt.registers("ferro.example")
    send(ana)
    assert "Another partner had registered this website before" in ana.text
    assert not re.search("bolt", ana.page.text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"contact_email": ""}, "contact_email", "Enter the address that the client’s mail goes to."),
        ({"contact_email": "jo"}, "contact_email", "has an @ in it"),
        ({"company": ""}, "company", "Enter the client’s name."),
        ({"website": "acme.example"}, "website", "That is your own website"),
        ({"kind": "managed", "website": ""}, "website", "Enter the client’s website"),
        ({"kind": "lead", "company": ""}, "company", "Enter the client’s name."),
        ({"kind": "lead", "contact_email": "jo"}, "contact_email", "has an @ in it"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_what_was_typed_is_kept(ana, form, field, sentence):
    page = send(ana, **form)
    html, sent = unescape(page.page.text), FORM | form
    assert page.page.status_code == 422
    assert sentence in html.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert re.findall(r'<input checked[^>]*value="(\w+)"', html) == [sent["kind"]]
    assert all(f'value="{value}"' in html for name, value in sent.items() if value and name != "kind")


def test_a_client_that_the_team_manages_needs_its_website_alone(ana):
    ana.post("/orgs/acme/clients/new", {"kind": "managed", "website": "ferro.example"})
    assert (ana.page.status_code, ana.page.location) == (303, "/orgs/acme/managed/add?websites=ferro.example")


def test_a_case_that_does_not_exist_is_told_too(ana):
    assert "Choose where the client is today." in send(ana, kind="other").text


def test_a_lead_needs_no_address_and_a_form_without_a_case_is_a_lead(ana):
    ana.post("/orgs/acme/clients/new", {"company": "Ferro", "website": "ferro.example"})
    assert "/orgs/acme/leads/" in ana.page.location


def test_the_team_sends_it_again_elsewhere_or_cancels_it_from_the_clients_page(portal, acme, ana):
    with day(1):
        acme.creates()
    page, acts = f"/orgs/acme/clients/{acme.client().id}", f"/orgs/acme/hand-overs/{acme.row().id}"
    ana.post(f"{acts}/send", on=page)
    ana.get(page)
    assert "Sent again to jo@ferro.example." in ana.text
    ana.post(f"{acts}/cancel", on=page)
    ana.get(page)
    assert "The link is cancelled." in ana.text and "The link was cancelled" in ana.text
    assert "Cancel the link" not in ana.text
    assert ana.post(f"{acts}/address", {"contact_email": "jo"}).status_code == 422
    assert "has an @ in it" in ana.text and 'value="jo"' in ana.page.text
    ana.post(f"{acts}/address", {"contact_email": "new@ferro.example"})
    ana.get(page)
    assert "Sent to new@ferro.example." in ana.text
    accept(portal, link(portal, "new@ferro.example"))
    ana.get(page)
    assert "Accepted by Jo Ferro: the account is theirs" in ana.text and "Change the address" not in ana.text
    ana.post(f"{acts}/cancel", on="/orgs/acme/clients/new")
    assert "The client has accepted the account, so it is theirs now." in ana.get(page).text


def test_nobody_hands_an_account_over_to_themselves(portal, acme):
    own = "jonas@acme.example"
    with day(1):
        acme.creates(contact_email=own)
        path = link(portal, own)
        browser = accept(portal, path)
        assert browser.get(path).status_code == 410
        assert browser.heading == "This account waits for its client"
        assert acme.row().accepted_at is None
    with day(5):
        work(portal)
        assert acme.client().state == "pending"
        acme.does(handovers.change_address, JO)
        accept(portal, link(portal))
        work(portal)
    assert acme.client().state == "active"
