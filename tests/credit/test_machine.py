"""Whatever happens, in any order: the portal agrees with the rules as model.py says them, and its books are right."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from partner_access import clock
from partner_access.accounts.models import User
from partner_access.credit.attribution import credit_holds, signups
from partner_access.credit.attribution.fact_finding import Ties
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.handovers import acceptance, creation, handovers
from partner_access.credit.ledger import entries, totals
from partner_access.credit.lifecycle import cancellations, client_merges, org_mergers, org_pauses
from partner_access.credit.managed import claim_states, claims
from partner_access.credit.models import (
    Client,
    ClientAccount,
    CreditEntry,
    Handover,
    Lead,
    ManagedClaim,
    ManagedSeat,
    ProvisionalSignUp,
    SiteHold,
    SourceCredit,
)
from partner_access.credit.provisional import confirmations, requests
from partner_access.credit.provisional.requests import BrowserGiven, FormGiven
from partner_access.credit.rules.settings import FIRST, LAST, LEAD_FIRST, LINK_FIRST
from partner_access.credit.rulings import another_look, rulings
from partner_access.credit.touchpoints import lead_queue, leads, links, registrations, visits
from partner_access.db import STAFF, SYSTEM, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import organizations
from partner_access.organizations.directory import settings as org_settings
from partner_access.organizations.domains import domains
from partner_access.organizations.domains.dns_rules import DnsReading
from partner_access.organizations.models import Organization
from tests.credit import model
from tests.credit.agencies import START, change_rules
from tests.factories import make_member, make_org
from tests.portal import Portal

ORGS = ("ann", "bob", "cas")
ACTS = ("lead", "visit", "visit", "time")
SITES = ("one.example", "two.example")
SPELLINGS = ("{}", "www.{}", "https://{}/contact?x=1", "{}.", "HTTP://SHOP.{}:80/")
WHICH, OWN = st.integers(0, 5), st.sampled_from([None, None, None, *ORGS])
HISTORY = st.tuples(st.sampled_from(ACTS), st.sampled_from(ORGS), st.sampled_from(SITES))
_worlds = count(1)


class Credit(RuleBasedStateMachine):
    """Partners register, withdraw and share; clients come, and we hear of them at once, late, twice, in any order."""

    portal: Portal
    anybody = ""
    present = START
    """The rules are the whole programme's: each world begins after the one before, with the rules of the beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.world = f"w{next(_worlds)}"
        self.now = self.present
        self.model = model.Programme()
        self.orgs: dict[str, Organization] = {}
        self.people: dict[str, User] = {}
        self.rows: dict[model.Lead, Lead] = {}
        self.events: dict[str, tuple[signups.SignUp, list[str]]] = {}
        self.told: list[tuple[model.Account, datetime, bool]] = []
        self.opened: list[tuple[str, model.Opening]] = []
        self.rulings = count(1)
        self.staff_change_the_rules(90, 90, False, False)
        with self.at():
            for name in ORGS:
                self.orgs[name] = make_org(self.portal, f"{self.world}{name}")
                self.model.begin(name, self.domain(name), self.orgs[name].created_at)
                self.people[name] = make_member(self.portal, self.orgs[name], role="owner")
                with self.portal.acting(SYSTEM, self.orgs[name].id):
                    links.primary(self.orgs[name], code=f"{self.world}-{name}")

    @contextmanager
    def at(self) -> Iterator[datetime]:
        """Each act has a moment of its own."""
        self.now += timedelta(minutes=1)
        type(self).present = max(self.present, self.now)
        with clock.at(self.now):
            yield self.now

    def site(self, site: str) -> str:
        return f"{self.world}-{site}"

    def domain(self, name: str) -> str:
        """The domain that an organization was founded with."""
        return f"{self.world}{name}.example"

    def org(self, name: str) -> Organization:
        """The organization that goes on for this one."""
        return self.orgs[self.model.heir(name)]

    def person(self, name: str) -> User:
        return self.people[self.model.heir(name)]

    @initialize(
        acts=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(ORGS), st.sampled_from(SITES)), max_size=12)
    )
    def much_has_happened(self, acts: list[tuple[str, str, str]]) -> None:
        for act, org, site in acts:
            if act == "lead":
                self.a_lead_is_registered(org, site, "{}")
            elif act == "visit":
                self.a_link_is_opened(org)
            else:
                self.time_passes(24 * 30)

    # -- time, and what it does

    @rule(hours=st.sampled_from([1, 30, 24 * 20, 24 * 60]), worker=st.booleans())
    def time_passes(self, hours: int, worker: bool = False) -> None:
        self.now += timedelta(hours=hours)
        if worker:
            self.the_worker_comes()

    @rule(minutes=st.sampled_from([-120, -30, 45]))
    def the_clock_is_set(self, minutes: int) -> None:
        """Another server's is, or this one's was wrong: it may show again what was before."""
        self.now += timedelta(minutes=minutes)

    @rule()
    def the_worker_comes(self) -> None:
        with self.at(), self.portal.acting():
            while credit_holds.activate_due():
                pass
        with self.at() as now:
            while self._expire():
                pass
            for site in SITES:
                self.model.settle(self.site(site), now)

    def _expire(self) -> int:
        with self.portal.acting():
            return lead_queue.expire_due()

    # -- partners

    @rule(org=st.sampled_from(ORGS), site=st.sampled_from(SITES), spelling=st.sampled_from(SPELLINGS))
    def a_lead_is_registered(self, org: str, site: str, spelling: str) -> None:
        org = self.model.heir(org)
        if self.is_paused(org):
            return
        with self.at() as now:
            expected = self.model.submit(org, self.site(site), now)
            submitted = self._submit(org, spelling.format(self.site(site)))
        if submitted is None:
            assert expected is None
            is_client, is_own = self.model.is_client(self.site(site)), self.model.has_now(org, self.site(site))
            assert is_client or is_own or self.model.cools(org, self.site(site), now)
            return
        assert (submitted.outcome != "already-yours") == (expected is not None)
        if expected is not None:
            self.rows[expected] = submitted.lead

    def _submit(self, org: str, website: str) -> registrations.SubmittedLead | None:
        """None when the website is a client's already, or was let go lately."""
        try:
            with self.portal.acting(self.people[org].actor, self.orgs[org].id):
                person = session().get_one(User, self.people[org].id)
                return registrations.submit(self.orgs[org], person, registrations.LeadDetails("Client", website))
        except Invalid:
            return None

    @precondition(lambda self: self.rows)
    @rule(which=WHICH)
    def a_lead_is_withdrawn(self, which: int) -> None:
        lead = self._lead(which)
        if self.is_paused(self.model.heir(lead.org)):
            return
        with self.at() as now, self._as(lead) as row:
            self.model.withdraw(lead, now)
            registrations.withdraw(row)

    @precondition(lambda self: self.rows)
    @rule(which=WHICH)
    def a_lead_is_renewed(self, which: int) -> None:
        lead = self._lead(which)
        if self.is_paused(self.model.heir(lead.org)):
            return
        with self.at() as now, self._as(lead) as row:
            was_renewed = lead.renewed
            self.model.renew(lead, now)
            if lead.renewed == was_renewed:
                with pytest.raises(Conflict):
                    registrations.renew(row, "They asked for an offer.")
            else:
                registrations.renew(row, "They asked for an offer.")
            assert row.held_until == lead.held_until

    def _lead(self, which: int) -> model.Lead:
        return list(self.rows)[which % len(self.rows)]

    @contextmanager
    def _as(self, lead: model.Lead) -> Iterator[Lead]:
        with self.portal.acting(self.person(lead.org).actor, self.org(lead.org).id):
            yield leads.fetch(self.rows[lead].id)

    def is_paused(self, org: str) -> bool:
        """Whether its people can do nothing."""
        return self.model.pause(org) is not None

    # -- staff

    @rule(
        window=st.sampled_from([20, 90]),
        term=st.sampled_from([20, 90]),
        link_first=st.booleans(),
        first_click=st.booleans(),
        comeback=st.sampled_from([None, 20, 60]),
        cooldown=st.sampled_from([None, 30]),
    )
    def staff_change_the_rules(
        self,
        window: int,
        term: int,
        link_first: bool,
        first_click: bool,
        comeback: int | None = None,
        cooldown: int | None = None,
    ) -> None:
        days = timedelta(days=comeback) if comeback else None
        cool = timedelta(days=cooldown or 0)
        fresh = model.Rules(timedelta(days=window), timedelta(days=term), link_first, first_click, days, cool)
        with self.at() as now, suppress(Invalid):  # they are the rules already
            saved = change_rules(
                self.portal,
                window_days=window,
                lead_days=term,
                order=LINK_FIRST if link_first else LEAD_FIRST,
                click=FIRST if first_click else LAST,
                comeback_days=comeback,
                lead_cooldown_days=cooldown,
            )
            assert saved.valid_from >= now
            self.model.changes.append((saved.valid_from, fresh))

    def _is_news(self) -> bool:
        """Whether the clock is past every sign-up that we know of: none is decided anew by what is changed then."""
        return all(account.at < self.now for account in self.model.accounts)

    @rule(org=st.sampled_from(ORGS), site=st.sampled_from([None, *SITES]))
    def an_organization_changes_its_website(self, org: str, site: str | None) -> None:
        org, wanted = self.model.heir(org), site and self.site(site)
        if not self._is_news():
            return
        with self.at() as now, self.portal.acting(self.people[org].actor, self.orgs[org].id):
            row = organizations.fetch(self.orgs[org].id)
            seen = org_settings.read(row)
            org_settings.save(row, org_settings.OrgSettings(seen.name, wanted, seen.policy), seen=seen)
        if seen.website != wanted:
            if seen.website:
                self.model.end(org, seen.website, now)
            if wanted:
                self.model.begin(org, wanted, now)

    @rule(org=st.sampled_from(ORGS), of=st.sampled_from(ORGS))
    def a_domain_is_given_up_or_proved(self, org: str, of: str) -> None:
        org, name = self.model.heir(org), self.domain(of)
        if not self._is_news():
            return
        with self.at() as now, self.portal.acting(self.people[org].actor, self.orgs[org].id):
            row = domains.claim(name)
            if domains.proved(row):
                domains.remove(row)
                self.model.end(org, name, now)
                return
            domains.take(row, DnsReading("proved", name))
            if domains.proved(row):
                self.model.begin(org, name, now)

    @rule(org=st.sampled_from(ORGS))
    def staff_pause_or_resume(self, org: str) -> None:
        org = self.model.heir(org)
        if not self._is_news():
            return
        with self.at() as now, self.portal.acting(STAFF):
            change = org_pauses.resume if self.is_paused(org) else org_pauses.suspend
            change(organizations.fetch(self.orgs[org].id), f"So it is at {now}.")
        self.model.pause_or_resume(org, now)

    # -- clients

    @rule(org=st.sampled_from(ORGS))
    def a_link_is_opened(self, org: str) -> None:
        self._open(f"{self.world}-{org}", org, None)

    @precondition(lambda self: self.rows)
    @rule(which=WHICH)
    def the_link_of_a_lead_is_opened(self, which: int) -> None:
        lead = self._lead(which)
        with self.portal.acting(SYSTEM, self.org(lead.org).id):
            code = links.of_lead(self.rows[lead].id).code
        self._open(code, lead.org, lead)

    def _open(self, code: str, org: str, lead: model.Lead | None) -> None:
        with self.at() as now, self.portal.acting():
            link = links.find_code(code)
            assert link is not None
            opening = model.Opening(len(self.opened), org, now, lead)
            self.opened.append((visits.record(link, "a browser"), opening))

    @rule(site=st.sampled_from(SITES), which=st.lists(WHICH, max_size=4), own=OWN, at_once=st.booleans())
    def a_client_signs_up(self, site: str, which: list[int], own: str | None, at_once: bool) -> None:
        seen = [self.opened[-1 - number % len(self.opened)] for number in which if self.opened]
        with self.at() as now:
            key = f"{self.world}-{len(self.events)}"
            domain = self.domain(own) if own else None
            account = model.Account(key, self.site(site), now, [opening for _, opening in seen], domain)
            self.model.accounts.append(account)
            signup = signups.check(
                external_id=key,
                company="Client",
                website=self.site(site),
                signed_up_at=now,
                referral="",
                email=f"someone@{domain}" if domain else self.anybody,
                came_by="csv",
            )
            self.events[key] = signup, [token for token, _ in seen]
        if at_once:
            self._hear(account)

    @precondition(lambda self: self.model.accounts)
    @rule(which=WHICH)
    def we_hear_of_it(self, which: int) -> None:
        """For the first time or once more, soon or long after it happened."""
        told = [account for account in self.model.accounts if account.mailbox is None]
        if told:
            self._hear(told[which % len(told)])

    def _hear(self, account: model.Account) -> None:
        with self.at() as now:
            self.model.deliver(account, now)
            signup, tokens = self.events[account.key]
            with self.portal.acting():
                seen = [visit for token in tokens if (visit := visits.find(token))]
                signups.record(signup, Ties(seen))

    @precondition(lambda self: self.model.accounts)
    @rule(
        which=WHICH, hours=st.sampled_from([0, 0, 1, 30, 24 * 15, 24 * 50]), back=st.booleans(), at_once=st.booleans()
    )
    def the_vendor_tells(self, which: int, hours: int, back: bool, at_once: bool = True) -> None:
        """That a client cancelled or came back, now or some time ago; perhaps before we hear of the sign-up."""
        account = self.model.accounts[which % len(self.model.accounts)]
        with self.at() as now:
            self.told.append((account, now - timedelta(hours=hours), back))
        if at_once:
            self.we_hear_what_was_told(len(self.told) - 1)

    @precondition(lambda self: self.told)
    @rule(which=WHICH)
    def we_hear_what_was_told(self, which: int) -> None:
        """For the first time or once more."""
        account, when, back = self.told[which % len(self.told)]
        kind = "reactivated" if back else "cancelled"
        if when > self.now:  # the clock was set back, so that it is in the future
            return
        with self.at() as now, self.portal.acting(STAFF):
            is_new = cancellations.tell(account.key, kind, when, "The vendor says so.")
            assert is_new == ((when, back) not in account.events)
            account.events.add((when, back))
            if account.known:
                self.model.end_managed(account, now)

    # -- what always holds

    @invariant()
    def it_has_ended_where_the_client_is_gone(self) -> None:
        with self.portal.acting():
            held = select(ClientAccount.external_id, SourceCredit.state).join(
                SourceCredit, SourceCredit.client_account_id == ClientAccount.id
            )
            states = {row.external_id: row.state for row in session().execute(held)}
        mine = {row.key: row for row in self.model.accounts if row.key in states}
        assert {key: states[key] == "ended" for key in mine} == {
            key: self.model.has_ended(row) for key, row in mine.items()
        }

    @invariant()
    def the_credit_is_whose_it_is_by_the_rules(self) -> None:
        names = {org.id: name for name, org in self.orgs.items()}
        with self.portal.acting():
            held = select(ClientAccount.external_id, SourceCredit.org_id).join(
                SourceCredit, SourceCredit.client_account_id == ClientAccount.id
            )
            mine = [row for row in session().execute(held) if row.org_id in names]
        credited = {row.external_id.removesuffix("-named"): names[row.org_id] for row in mine}
        expected = {row.key: self.model.winner(row) for row in self.model.accounts if row.known}
        assert credited == {key: org for key, org in expected.items() if org}

    @invariant()
    def a_site_has_one_holder_and_a_partner_one_live_lead_for_it(self) -> None:
        with self.portal.acting():
            sites = [self.site(site) for site in SITES]
            rows = (
                session().scalars(select(SiteHold).where(SiteHold.site.in_(sites), SiteHold.ended_at.is_(None))).all()
            )
        live = [(row.site, row.org_id) for row in rows]
        holding = [row.site for row in rows if row.held_from]
        assert len(live) == len(set(live)) and len(holding) == len(set(holding))

    @invariant()
    def the_books_are_right(self) -> None:
        for name, org in self.orgs.items():
            with self.portal.acting(SYSTEM, org.id):
                lines = session().scalars(select(CreditEntry).order_by(CreditEntry.seq)).all()
                rows = session().scalars(select(Client)).all()
                counts = totals.read()
                states = [row.state for row in rows]
                assert (counts.pending, counts.active) == (states.count("pending"), states.count("active")), name
                assert counts.declined == states.count("declined")
                assert sum(entry.pending for entry in lines) == counts.pending
                assert sum(entry.active for entry in lines) == counts.active
                assert [entry.seq for entry in lines] == list(range(1, len(lines) + 1))
                hashes = [entries.GENESIS, *(entry.hash for entry in lines)]
                assert [entry.previous_hash for entry in lines] == hashes[:-1]
                assert all(entries.seal(entry) == entry.hash for entry in lines)
                assert all(row.reason for row in rows)


class Forms(Credit):
    """Besides: clients sign up on a partner's page, and confirm it from a mailbox that may be anybody's, or never; the
    vendor tells of some of them, before or after."""

    anybody = "anybody@elsewhere.example"

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, ProvisionalSignUp] = {}

    @rule(
        org=st.sampled_from(ORGS),
        site=st.sampled_from(SITES),
        which=st.lists(WHICH, max_size=3),
        mailbox=st.sampled_from(["own", "elsewhere", *ORGS]),
        without=st.sampled_from([False, False, True]),
    )
    def a_form_is_sent(self, org: str, site: str, which: list[int], mailbox: str, without: bool) -> None:
        seen = [self.opened[-1 - number % len(self.opened)] for number in which if self.opened]
        domain = self.domain(mailbox) if mailbox in ORGS else None
        host = domain or (self.site(site) if mailbox == "own" else "gmail.com")
        email = f"jo{len(self.forms)}@{host}"
        with self.at() as now, self.portal.acting():
            link = links.find_code(f"{self.world}-{org}")
            assert link is not None
            given = FormGiven(f"{self.world}-{len(self.forms)}", "Client", self.site(site), email, "", without)
            tied = [visit for token, _ in seen if (visit := visits.find(token))]
            row = requests.ask(link, given, BrowserGiven("Firefox on Linux", tied, None, ()))
        own_link = model.Opening(10**6, org, now, None)  # of the form itself, which comes after all that were opened
        openings = [opening for _, opening in seen] + ([] if without else [own_link])
        account = model.Account(row.external_id, self.site(site), now, openings, domain, named=False)
        account.mailbox, account.without = "own" if mailbox == "own" else "elsewhere", org if without else None
        self.forms[row.external_id] = row
        self.model.forms.append(account)

    @precondition(lambda self: self.model.forms)
    @rule(which=WHICH)
    def a_form_is_confirmed(self, which: int) -> None:
        account = self.model.forms[which % len(self.model.forms)]
        with self.at() as now, self.portal.acting():
            if now < account.at + requests.LIFE and not account.known:
                account.taken = now
                self.model.accounts.append(account)
                self.model.deliver(account, now)
            confirmations.confirm(session().get_one(ProvisionalSignUp, self.forms[account.key].id), door="code")

    @precondition(lambda self: self.model.forms)
    @rule(which=WHICH)
    def the_vendor_tells_of_a_form(self, which: int) -> None:
        account = self.model.forms[which % len(self.model.forms)]
        form = self.forms[account.key]
        with self.at() as now, self.portal.acting():
            if now > account.at + requests.LIFE and not account.known:
                return
            signup = signups.check(
                external_id=f"{account.key}-named",
                company="Client",
                website=form.site,
                signed_up_at=now,
                referral="",
                email=form.email,
                came_by="csv",
            )
            if not account.named:
                self.model.accounts += [] if account.known else [account]
                self.model.name(account, now)
            signups.record(signup)


class WholeCredit(Credit):
    """Besides: accounts created for clients, claims, rulings, other looks and mergers."""

    @initialize(acts=st.lists(st.tuples(st.booleans(), st.sampled_from(ORGS), st.sampled_from(SITES)), max_size=4))
    def clients_have_come(self, acts: list[tuple[bool, str, str]]) -> None:
        for created, org, site in acts:
            if created:
                self.an_account_is_created_for_the_client(org, site, False)
            else:
                self.a_client_signs_up(site, [0, 1], None, True)

    def a_head(self, which: int) -> model.Account | None:
        heads = self.model.heads()
        return heads[which % len(heads)] if heads else None

    def row(self, account: model.Account) -> ClientAccount:
        found = client_accounts.find(account.key)
        assert found is not None
        return found

    @rule(org=st.sampled_from(ORGS), site=st.sampled_from(SITES), own=st.booleans())
    def an_account_is_created_for_the_client(self, org: str, site: str, own: bool) -> None:
        org = self.model.heir(org)
        if self.is_paused(org):
            return
        with self.at() as now:
            taken, is_own = self.model.is_client(self.site(site)), self.model.has_now(org, self.site(site))
            details = registrations.LeadDetails(
                "Client", self.site(site), None, f"someone@{self.world}{org}.example" if own else "jo@client.example"
            )
            try:
                with self.portal.acting(self.people[org].actor, self.orgs[org].id):
                    person = session().get_one(User, self.people[org].id)
                    made = creation.create(self.orgs[org], person, details, f"{now}")
                    key = client_accounts.fetch(made.client.client_account_id).external_id
            except Invalid:
                assert taken or is_own
                return
            assert taken == (made.outcome == "already-yours")
            if not taken:
                domain = self.domain(org) if own else None
                account = model.Account(key, self.site(site), now, domain=domain, created_for=org)
                self.model.accounts.append(account)
                self.model.deliver(account, now)
                self.events[key] = self._as_delivered(key), []

    @rule(which=WHICH)
    def the_client_accepts(self, which: int) -> None:
        """What was created for them; a second time is nothing."""
        created = [account for account in self.model.accounts if account.created_for]
        if not created:
            return
        account = created[which % len(created)]
        org = self.org(account.created_for or "")
        with self.at(), self.portal.acting(SYSTEM, org.id):
            row = session().scalars(select(Handover).where(Handover.client_account_id == self.row(account).id)).one()
            link = handovers.mail_values(row, clients.fetch(row.client_id))["transfer_url"].rpartition("/")[2]
            opened = acceptance.open_link(link)
            is_open = opened.state == "open"
            acceptance.accept(opened, "Jo Client")
        account.accepted = account.accepted or is_open

    def _as_delivered(self, key: str) -> signups.SignUp:
        return signups.check(
            external_id=key,
            company="Client",
            website="elsewhere.example",
            email="",
            signed_up_at=self.now,
            referral="",
            came_by="csv",
        )

    @rule(which=WHICH, org=st.sampled_from([None, *ORGS]))
    def staff_rule(self, which: int, org: str | None) -> None:
        account = self.a_head(which)
        if account is None:
            return
        with self.at(), self.portal.acting(STAFF):
            rulings.rule(self.row(account), self.orgs[org].id if org else None, "So it was agreed.", STAFF)
            account.rulings.append((next(self.rulings), org))

    @rule(which=WHICH, org=st.sampled_from(ORGS))
    def another_look_is_asked_for(self, which: int, org: str) -> None:
        account = self.a_head(which)
        if account is None:
            return
        org = self.model.heir(org)
        with self.at(), self.portal.acting(self.people[org].actor, self.orgs[org].id):
            person = session().get_one(User, self.people[org].id)
            with suppress(Conflict):
                another_look.raise_dispute(self.row(account), self.orgs[org], person, "We brought them.")

    @rule(gone=WHICH, stays=WHICH)
    def two_accounts_are_merged(self, gone: int, stays: int) -> None:
        first, second = self.a_head(gone), self.a_head(stays)
        if first is None or second is None or first is second:
            return
        with self.at(), self.portal.acting(STAFF):
            client_merges.merge(self.row(first), self.row(second), "They told us.")
            self.model.merge(first, second, self.now)
            self.model.end_managed(second, self.now)

    @rule(which=WHICH, org=st.sampled_from(ORGS))
    def an_account_is_claimed(self, which: int, org: str) -> None:
        account = self.a_head(which)
        if account is None:
            return
        org = self.model.heir(org)
        with self.at(), self.portal.acting(self.people[org].actor, self.orgs[org].id):
            row = self.row(account)
            claims.lock([row])
            if self.model.is_cancelled(account, self.now):
                return  # bulk_claims answers that it cannot be claimed
            claims.claim(
                row, session().get_one(User, self.people[org].id), claim_states.ClaimedClient(row.site, row.site)
            )
        if (org, account) not in self.model.live_claims():
            self.model.claims.add((org, account))
            self.model.began[org, account] = self.now

    @rule(which=WHICH, yes=st.booleans())
    def a_claim_is_answered(self, which: int, yes: bool) -> None:
        waiting = sorted(self.model.claims, key=lambda claim: (claim[0], claim[1].key))
        if not waiting:
            return
        org, account = waiting[which % len(waiting)]
        with self.at():
            claim_id = self._claim(org, account).id
            with self.portal.acting(STAFF):
                claims.decide(claim_id, yes=yes, reason="The contract says so.")
        self.model.claims.discard((org, account))
        if yes:
            self.model.seats[account] = org
            self.model.began[org, account] = self.now

    def _claim(self, org: str, account: model.Account) -> ManagedClaim:
        with self.portal.acting(SYSTEM, self.orgs[org].id):
            live = claim_states.of_account(self.row(account).id)
            assert live is not None
            return live

    @precondition(lambda self: self.model.seats)
    @rule(which=WHICH)
    def managing_ends(self, which: int) -> None:
        account, org = list(self.model.seats.items())[which % len(self.model.seats)]
        with self.at(), self.portal.acting(self.people[org].actor, self.orgs[org].id):
            client = clients.of_account(self.row(account).id)
            assert client is not None
            claims.end(client, while_state="active")
        del self.model.seats[account]

    @invariant()
    def what_was_created_for_a_client_counts_once_it_is_theirs(self) -> None:
        for account in self.model.accounts:
            ruled_for = max(account.rulings, default=(0, account.created_for))[1]
            if account.created_for and not account.accepted and ruled_for == account.created_for:
                with self.portal.acting(SYSTEM, self.org(account.created_for).id):
                    client = clients.of_account(self.row(account).id)
                    assert client is not None
                    assert client.state != "active"

    @invariant()
    def one_manages_and_their_books_say_so(self) -> None:
        names = {org.id: name for name, org in self.orgs.items()}
        with self.portal.acting():
            held = select(ClientAccount.external_id, ManagedSeat.org_id).join(
                ManagedSeat, ManagedSeat.client_account_id == ClientAccount.id
            )
            seats = {row.external_id: names[row.org_id] for row in session().execute(held) if row.org_id in names}
        assert seats == {account.key: org for account, org in self.model.seats.items()}
        for name, org in self.orgs.items():
            with self.portal.acting(SYSTEM, org.id):
                managed_lines = session().scalars(select(CreditEntry.managed)).all()
                assert totals.read().managed == sum(managed_lines) == list(seats.values()).count(name)


class WholeProgramme(WholeCredit):
    """Besides: an organization becomes part of another one."""

    @precondition(lambda self: len(self.model.absorbed) < len(ORGS) - 1)
    @rule(gone=st.sampled_from(ORGS), stays=st.sampled_from(ORGS))
    def one_becomes_part_of_another(self, gone: str, stays: str) -> None:
        gone, stays = self.model.heir(gone), self.model.heir(stays)
        if gone == stays or self.is_paused(stays) or not self._is_news():
            return
        with self.at() as now, self.portal.acting(STAFF):
            org_mergers.merge_into(
                *(organizations.fetch(self.orgs[name].id) for name in (gone, stays)), "So they said."
            )
            self.model.absorb(gone, stays, now)


SLOW = settings(
    max_examples=30, stateful_step_count=30, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Credit, Forms, WholeCredit, WholeProgramme])
def test_whatever_happens_the_portal_agrees_with_the_rules(portal: Portal, machine: type[Credit]) -> None:
    run_state_machine_as_test(type("Here", (machine,), {"portal": portal}), settings=SLOW)
    for command in ("ledger", "credit"):
        checked = portal.run(command, "verify")
        assert checked.exit_code == 0, checked.output


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_deliveries_in_any_order_and_twice_end_the_same(portal: Portal, seed: int) -> None:
    """One history of a year, its sign-ups delivered only at its end: in any order, each twice."""
    chance = random.Random(seed)
    world = type("Here", (Credit,), {"portal": portal})()
    for number in range(40):
        acts = ["lead", "visit", "time"]
        act = chance.choice(acts if number < 8 else [*acts, "rules", "sign-up", "sign-up", "sign-up"])
        org, site = chance.choice(ORGS), chance.choice(SITES)
        if act == "lead":
            world.a_lead_is_registered(org, site, "{}")
        elif act == "visit":
            world.a_link_is_opened(org)
        elif act == "rules":
            world.staff_change_the_rules(
                *(chance.choice([20, 90]) for _ in "ab"), *chance.choices([True, False], k=2), 60
            )
        elif act == "sign-up":
            seen = chance.sample(range(6), k=chance.randrange(3))
            world.a_client_signs_up(site, seen, chance.choice([None, None, org]), False)
        else:
            world.time_passes(24 * 20)
    for number in range(8):
        world.the_vendor_tells(chance.randrange(9), 24 * chance.choice([1, 9, 30]), bool(number % 2), False)
    signed_up = [partial(world.we_hear_of_it, number) for number in range(len(world.model.accounts))]
    told = [partial(world.we_hear_what_was_told, number) for number in range(len(world.told))]
    deliveries = [*signed_up, *told] * 2
    chance.shuffle(deliveries)
    for deliver in deliveries:
        deliver()
        world.the_books_are_right()
    world.the_worker_comes()
    world.the_credit_is_whose_it_is_by_the_rules()
    world.it_has_ended_where_the_client_is_gone()
    assert any(world.model.winner(account) for account in world.model.accounts)
