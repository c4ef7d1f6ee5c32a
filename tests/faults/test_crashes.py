"""Power cuts: what was acknowledged is there afterwards, once, and work goes on where it stopped."""

from __future__ import annotations

import re
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from http.client import HTTPException
from http.cookiejar import CookieJar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from sqlalchemy import func, select

from partner_access import clock, mail
from partner_access.clock import now
from partner_access.credit.models import ClientAccount, Lead, SiteHold, SourceCredit, StoredDecision, Visit
from partner_access.credit.touchpoints import visits
from partner_access.db import SYSTEM, new_id, session
from partner_access.jobs.attempts import LEASE, RETRIES
from partner_access.transactions import insert_once
from tests.conftest import ENVIRONMENT
from tests.factories import make_lead, make_link, make_member, make_org
from tests.portal import CSRF, PASSWORD, Portal
from tests.servers.server import free_port, kill, server_process, worker
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.slow
VISIT = re.compile(r'name="visit"[^>]*value="([^"]+)"')


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Person:
    """Somebody with a browser of their own, at a server that may be gone."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), NoRedirect())

    def signs_in(self, email: str) -> None:
        assert self._sends("/sign-in", email=email, password=PASSWORD) == 303

    def registers(self, slug: str, site: str) -> bool:
        """Whether the server acknowledged the lead; False when it was gone."""
        with suppress(URLError, HTTPException, ConnectionError):
            status = self._sends(f"/orgs/{slug}/clients/new", company="Client", website=site)
            assert status == 303, status
            return True
        return False

    def _sends(self, path: str, **fields: str) -> int:
        with self.opener.open(self.base + path, timeout=20) as page:
            token = CSRF.search(page.read().decode())
        assert token is not None
        form = urlencode({"csrf_token": token[1], **fields}).encode()
        try:
            with self.opener.open(self.base + path, form, timeout=20) as answer:
                return int(answer.status)
        except HTTPError as refusal:
            refusal.close()
            return refusal.code


@pytest.fixture
def environment(portal: Portal) -> Mapping[str, str]:
    """What a process of the real server or worker is started with."""
    settings = {name: value for name, value in ENVIRONMENT.items() if name != "BASE_URL"}
    return settings | {"DATABASE_URL": portal.database_url}


def test_leads_acknowledged_before_the_server_was_killed_are_there_and_none_is_twice(portal, environment):
    org = make_org(portal)
    ana = make_member(portal, org)
    port = free_port()
    person = Person(f"http://localhost:{port}")
    acknowledged: list[str] = []
    enough = threading.Event()

    def register(sites: Iterator[str]) -> None:
        for site in sites:
            if person.registers(org.slug, site):
                acknowledged.append(site)
            if len(acknowledged) >= 7:
                enough.set()

    sites = [f"client{number}.example" for number in range(20)]
    with server_process(environment, port) as server:
        person.signs_in(ana.email)
        at_work = threading.Thread(target=register, args=[iter(sites)])
        at_work.start()
        assert enough.wait(60)
        kill(server)
        at_work.join()
    assert 7 <= len(acknowledged) < 20
    assert set(acknowledged) <= set(_leads(portal, org.id))
    with server_process(environment, port):
        assert all(person.registers(org.slug, site) for site in sites)
    assert _leads(portal, org.id) == Counter(sites)
    with portal.acting():
        assert Counter(session().scalars(select(SiteHold.site))) == Counter(sites)


def _leads(portal: Portal, org_id: uuid.UUID) -> Counter[str]:
    with portal.acting(SYSTEM, org_id):
        return Counter(session().scalars(select(Lead.site)))


def test_a_server_killed_while_links_are_opened_loses_no_opening_that_it_answered(portal, environment):
    code, port = make_link(portal, make_org(portal)).code, free_port()
    answered: list[str] = []
    enough = threading.Event()

    def opens() -> None:
        with suppress(URLError, HTTPException, ConnectionError):
            while True:
                request = Request(f"http://localhost:{port}/r/{code}", headers={"User-Agent": "curl/8.5.0"})
                with build_opener().open(request, timeout=20) as page:
                    answered.append(VISIT.findall(page.read().decode())[0])
                if len(answered) > 200:
                    enough.set()

    with server_process(environment | {"LANDING_FAST_PATH": "1"}, port) as server:
        visitors = [threading.Thread(target=opens) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        assert enough.wait(60)
        kill(server)
        for visitor in visitors:
            visitor.join()
    with portal.acting():
        assert all(visits.find(token) for token in answered)
        number = session().scalars(select(func.count()).select_from(Visit)).one()
    assert 0 <= number - len(answered) <= len(visitors)  # an opening that each was still waiting for


def test_a_job_that_breaks_stops_neither_the_worker_nor_its_other_jobs(portal, environment):
    org = make_org(portal)
    long_ago = now() - timedelta(days=100)
    with clock.at(long_ago):
        make_lead(portal, org, make_member(portal, org))
    with portal.acting():  # a credit without a client row, which no worker can make active
        account = ClientAccount(external_id="x", company="X", website="x", site="x", signed_up_at=now(), came_by="csv")
        account.taken_at = account.signed_up_at
        decision = StoredDecision(client_account_id=new_id(), reason="nobody", rule_version=1, facts={}, findings=[])
        account.id = decision.client_account_id
        decision.id = new_id()
        assert insert_once(account)
        assert insert_once(decision)
        credit = {"org_id": org.id, "decision_id": decision.id, "hold_until": long_ago}
        assert insert_once(SourceCredit(client_account_id=account.id, **credit))
    with worker(environment | {"BASE_URL": "http://localhost", "MAIL_PORT": str(free_port())}) as process:
        deadline = time.monotonic() + 60
        while _ended(portal, org.id) is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert process.poll() is None
    assert _ended(portal, org.id) == long_ago + timedelta(days=90)


def _ended(portal: Portal, org_id: uuid.UUID) -> datetime | None:
    with portal.acting(SYSTEM, org_id):
        return session().scalar(select(Lead.ended_at))


def test_a_mail_server_that_says_nothing_holds_up_no_deadline(portal, environment):
    org = make_org(portal)
    with clock.at(now() - timedelta(days=100)):
        make_lead(portal, org, make_member(portal, org))
    with portal.acting():
        mail.queue("no-login", "kim@client.example")
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes the call and never greets
        settings = {"BASE_URL": "http://localhost", "MAIL_PORT": str(mute.getsockname()[1])}
        with worker(environment | settings) as process:
            deadline = time.monotonic() + 60
            while _ended(portal, org.id) is None and time.monotonic() < deadline:
                time.sleep(0.1)
            assert process.poll() is None
        assert _ended(portal, org.id)
        assert [row.state for row in portal.mails()] == ["queued"] * len(portal.mails())


def test_a_worker_serves_the_queues_it_is_told_to_alone(portal, environment):
    org = make_org(portal)
    with clock.at(now() - timedelta(days=100)):
        make_lead(portal, org, make_member(portal, org))
    assert portal.run("work", "--once", "--queue", "mail").exit_code == 0
    assert _ended(portal, org.id) is None
    assert portal.run("work", "--once", "--queue", "deadlines").exit_code == 0
    assert _ended(portal, org.id)


def test_a_worker_killed_while_it_delivers_loses_no_mail_and_repeats_it_under_the_same_id(portal, environment):
    addresses = [f"kim{number}@client.example" for number in range(6)]
    with portal.acting():
        for address in addresses:
            mail.queue("lead-free", address, company="C", site="c.example", until=now(), lead_url="http://localhost/x")
    with SmtpServer(slow=0.3) as smtp:
        with worker(environment | {"BASE_URL": "http://localhost", "MAIL_PORT": str(smtp.port)}) as process:
            smtp.wait_for(2, timeout=60)
            kill(process)
        assert {row.state for row in portal.mails()} == {"queued", "sent"}
        smtp.slow = 0
        portal.app.extensions["mail"].port = smtp.port
        for wait in (LEASE, LEASE + RETRIES[0]):
            with clock.at(now() + wait):
                portal.work("mail")
    rows = portal.mails()
    assert {row.state for row in rows} == {"sent"}
    ids = {f"<{row.id}@meridian.example>": row.to for row in rows}
    assert {delivery.message["Message-ID"]: delivery.recipients[0] for delivery in smtp.deliveries} == ids
    assert len(smtp.deliveries) <= len(addresses) + 1  # only the one under way may come twice
