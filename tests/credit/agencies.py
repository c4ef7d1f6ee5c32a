"""Agencies that work in the portal under a clock that stands: what the stories of leads and sign-ups are told with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select

from partner_access import clock
from partner_access.accounts.models import User
from partner_access.credit.attribution import credit_holds
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.ledger import entries, totals
from partner_access.credit.lifecycle import client_merges
from partner_access.credit.models import Client, ClientAccount, ClientSite, CreditEntry, Lead, OrgTotals
from partner_access.credit.rules import versions
from partner_access.credit.touchpoints import leads, links, registrations
from partner_access.db import STAFF, SYSTEM, session
from partner_access.organizations.models import Organization
from tests.factories import make_lead, make_link, make_member, make_org, make_visit
from tests.portal import Portal
from tests.recordings import made

START = datetime(2025, 9, 1, 9, tzinfo=UTC)
"""In the past also for the processes that some tests start, which go by the real clock."""
SECOND = timedelta(seconds=1)
T = TypeVar("T")


def moment(days: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=days)


@contextmanager
def day(number: float) -> Iterator[None]:
    """The clock stands so many days after the start."""
    with clock.at(moment(number)):
        yield


def change_rules(
    portal: Portal, *, reason: str = "Agreed with the partners.", seen: int | None = None, **settings: Any
) -> versions.RulesVersion:
    """Save these settings now, the others as they are."""
    with portal.acting(STAFF):
        last = versions.newest()
        return versions.change(replace(last.rules, **settings), reason, last.number if seen is None else seen)


def works(portal: Portal) -> None:
    """The worker makes every credit active for which nothing is open any more."""
    with portal.acting():
        while credit_holds.activate_due():
            pass


def verified(portal: Portal) -> None:
    """Every decision, every ledger and everything that is sealed is as it should be."""
    told = portal.run("verify")
    assert told.exit_code == 0, told.output


def accounts_of(site: str) -> list[ClientAccount]:
    """The accounts that have or had this site, the first one first; merged ones by the account that goes on."""
    statement = select(ClientAccount).join(ClientSite, ClientSite.client_account_id == ClientAccount.id)
    rows = session().scalars(statement.where(ClientSite.site == site)).all()
    live = {row.id: row for row in (client_accounts.survivor(row) for row in rows)}
    return sorted(live.values(), key=client_accounts.age)


def overtaken_by_merger(
    portal: Portal, gone: ClientAccount, stays: ClientAccount, work: Callable[[Callable[[], None]], T]
) -> T:
    """What `work` gave when staff merged two accounts between its reading and its locks.

    It calls what it is given once it has read. Where one transaction writes at a time, one of the two is first.
    """
    is_read, is_merged = threading.Event(), threading.Event()
    # Where one writes at a time and the work has begun to, no merger can come: that is not worth a long wait.
    patience = 60 if portal.database_url.startswith("postgresql") else 0.3

    def wait() -> None:
        is_read.set()
        is_merged.wait(timeout=patience)

    def merge() -> None:
        is_read.wait(timeout=60)
        with portal.acting(STAFF):
            client_merges.merge(*(session().get_one(ClientAccount, row.id) for row in (gone, stays)), "One business.")
            is_merged.set()
            time.sleep(0.3)  # for the work to come to its locks

    with ThreadPoolExecutor(2) as pool:
        merging, working = (pool.submit(copy_context().run, one) for one in (merge, partial(work, wait)))
        merging.result()
        return working.result()


class Agency:
    """An organization, its owner, and what they do; each act is a transaction of its own."""

    def __init__(self, portal: Portal, name: str) -> None:
        self.portal = portal
        self.org: Organization
        self.person: User
        self.org, self.person = made(portal, ("agency", name), lambda: self._found(name))

    def _found(self, name: str) -> tuple[Organization, User]:
        with day(0):
            org = make_org(self.portal, name)
            return org, make_member(self.portal, org, role="owner", name=f"{name} Owner")

    def registers(self, site: str = "client.example") -> Lead:
        return make_lead(self.portal, self.org, self.person, site)

    def renews(self, lead: Lead) -> None:
        with self.portal.acting(self.person.actor, self.org.id):
            registrations.renew(leads.fetch(lead.id), "They asked for an offer.")

    def withdraws(self, lead: Lead) -> None:
        with self.portal.acting(self.person.actor, self.org.id):
            registrations.withdraw(leads.fetch(lead.id))

    def link(self) -> str:
        """The code of its primary link."""
        return make_link(self.portal, self.org).code

    def link_of(self, lead: Lead) -> str:
        """The code of a lead's own link."""
        with self.portal.acting(SYSTEM, self.org.id):
            return links.of_lead(lead.id).code

    def lead_code(self, site: str) -> str:
        """The code of the own link of its lead for a site."""
        with self.portal.acting(SYSTEM, self.org.id):
            return links.of_lead(session().scalars(select(Lead.id).where(Lead.site == site)).one()).code

    def link_opened(self, *, code: str | None = None, browser: str = "a browser's secret") -> str:
        """A client opens its link; the token of the visit."""
        return make_visit(self.portal, code or self.link(), browser=browser)

    # -- as it is in the database now

    def lead(self, lead: Lead) -> Lead:
        with self.portal.acting(SYSTEM, self.org.id):
            return leads.fetch(lead.id)

    def live_leads(self) -> tuple[int, int]:
        """How many leads it has, and how many live ones, as its pages say."""
        row = self.totals()
        return row.leads, row.live_leads

    def totals(self) -> OrgTotals:
        with self.portal.acting(SYSTEM, self.org.id):
            return totals.read()

    def clients(self) -> Sequence[Client]:
        with self.portal.acting(SYSTEM, self.org.id):
            return clients.listing()

    def client(self) -> Client:
        """Its only client."""
        (row,) = self.clients()
        return row

    def entries(self) -> Sequence[CreditEntry]:
        with self.portal.acting(SYSTEM, self.org.id):
            return session().scalars(select(CreditEntry).order_by(CreditEntry.seq)).all()

    def entries_of(self, client: Client) -> Sequence[CreditEntry]:
        with self.portal.acting(SYSTEM, self.org.id):
            return entries.of_client(client)
