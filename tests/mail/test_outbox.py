"""The outbox: a mail is queued with what causes it, sent at least once, always recognisable, or visibly failed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from partner_access import clock, mail
from partner_access.db import SYSTEM, session
from partner_access.jobs.attempts import LEASE, RETRIES
from partner_access.jobs.models import Job
from partner_access.mail.models import OutboxMail
from tests.factories import make_org
from tests.portal import Portal
from tests.servers.server import free_port
from tests.servers.smtp import SmtpServer
from tests.threads import at_once

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADDRESS = "kim@client.example"


@dataclass
class Forgetful(SmtpServer):
    """Keeps every message, and says that it did not."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self._keep(envelope)
        return "451 did I?"


@dataclass
class Picky(SmtpServer):
    """Gives its answer to the address already."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answer


@dataclass
class Rude(SmtpServer):
    """Hangs up as soon as it has the mail."""

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        server.transport.close()
        return "221 bye"


@dataclass
class Counting(SmtpServer):
    """Counts who says hello."""

    greetings: int = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greetings += 1
        session.host_name = hostname
        return responses


@dataclass
class Impatient(SmtpServer):
    """Hangs up after each mail, without a word."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self._keep(envelope)
        asyncio.get_running_loop().call_later(0.05, server.transport.close)
        return "250 OK"


@contextmanager
def mailing(portal: Portal, server: SmtpServer) -> Iterator[SmtpServer]:
    """A mail server that the portal delivers to."""
    with server:
        portal.app.extensions["mail"].port = server.port
        yield server


@pytest.fixture
def server(portal: Portal) -> Iterator[SmtpServer]:
    with mailing(portal, SmtpServer()) as server:
        yield server


def queue(portal: Portal, to: str = ADDRESS, *, dedupe: str | None = None) -> None:
    """Queue a mail, due at once."""
    with portal.acting():
        _queue(to, dedupe)


def _queue(to: str = ADDRESS, dedupe: str | None = None) -> None:
    mail.queue(
        "lead-free",
        to,
        company="Ünal & Söhne",
        site="client.example",
        until=START,
        lead_url="http://localhost/x?a=1&b=2",
        dedupe=dedupe,
    )


def deliver(portal: Portal, *, at: datetime = START) -> int:
    with clock.at(at):
        return portal.work("mail")


@pytest.fixture
def queued(portal: Portal) -> OutboxMail:
    """A mail that is due."""
    with clock.at(START):
        queue(portal)
    return the_mail(portal)


@contextmanager
def delivering(portal: Portal) -> Iterator[None]:
    """Another worker has claimed the mail, and is at it until the block ends."""
    worker = threading.Thread(target=deliver, args=[portal])
    worker.start()
    deadline = time.monotonic() + 60
    while the_job(portal).attempts == 0:
        assert time.monotonic() < deadline, "nobody claimed the mail"
    yield
    worker.join()


def the_mail(portal: Portal) -> OutboxMail:
    (row,) = portal.mails()
    return row


def the_job(portal: Portal) -> Job:
    """The job that is to send the mail."""
    with portal.app.app_context():
        return session().scalars(select(Job)).one()


# -- queued -----------------------------------------------------------------------------------------------------------


def test_a_mail_is_queued_only_when_what_caused_it_is_committed(portal):
    with portal.app.app_context():
        _queue()
        session().rollback()
    assert portal.mails() == []
    queue(portal)
    assert the_mail(portal).state == "queued"


def test_a_mail_knows_for_which_organization_it_is(portal):
    org = make_org(portal)
    with portal.acting(SYSTEM, org.id):
        _queue()
    queue(portal, "other@client.example")
    assert [row.org_id for row in portal.mails()] == [org.id, None]


def test_a_mail_with_a_dedupe_key_exists_once_however_many_queue_it(portal):
    at_once(*[partial(queue, portal, dedupe="only-once")] * 5)
    queue(portal, dedupe="only-once")
    queue(portal, dedupe="another")
    assert Counter(row.dedupe for row in portal.mails()) == {"only-once": 1, "another": 1}


# -- delivered --------------------------------------------------------------------------------------------------------


def test_a_mail_arrives_as_text_and_html_with_an_id_of_its_own(portal, server, queued):
    assert deliver(portal) == 1
    (delivery,) = server.deliveries
    message = delivery.message
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (delivery.sender, delivery.recipients) == ("partners@meridian.example", [ADDRESS])
    assert (message["To"], message["Subject"]) == (ADDRESS, "client.example is now held for you")
    assert (message["Message-ID"], message["Auto-Submitted"]) == (f"<{queued.id}@meridian.example>", "auto-generated")
    assert "Ünal & Söhne" in text and "http://localhost/x?a=1&b=2" in text
    assert "Ünal &amp; Söhne" in html and "http://localhost/x?a=1&amp;b=2" in html
    sent = the_mail(portal)
    assert (sent.state, sent.sent_at, sent.attempts, sent.last_error) == ("sent", START, 1, None)
    assert (deliver(portal, at=START + timedelta(days=9)), len(server.deliveries)) == (0, 1)


@pytest.mark.parametrize("demo", [False, True])
def test_the_words_of_a_delivered_mail_are_kept_in_demo_mode_alone(portal, server, queued, demo):
    portal.app.config["DEMO"] = demo
    deliver(portal)
    assert (bool(the_mail(portal).text), bool(the_mail(portal).html)) == (demo, demo)


def test_without_a_mail_server_the_demo_keeps_its_mails_to_be_read(portal, queued):
    portal.app.config |= {"DEMO": True, "MAIL_SERVER": ""}
    deliver(portal)
    assert (the_mail(portal).state, the_mail(portal).text) == ("sent", queued.text)


def test_a_server_that_hangs_up_once_it_has_the_mail_is_not_sent_it_again(portal, queued):
    with mailing(portal, Rude()) as server:
        deliver(portal)
        assert (len(server.deliveries), the_mail(portal).state) == (1, "sent")


def test_mails_that_are_due_together_share_one_connection(portal):
    with mailing(portal, Counting()) as server:
        with clock.at(START):
            for number in range(5):
                queue(portal, f"kim{number}@client.example")
        assert deliver(portal) == 5
        assert (len(server.deliveries), server.greetings) == (5, 1)


def test_a_server_that_hangs_up_between_two_mails_is_called_again(portal):
    with mailing(portal, Impatient()) as server:
        with clock.at(START):
            for _ in range(3):
                queue(portal)
        assert deliver(portal) == 3
        assert [row.state for row in portal.mails()] == ["sent"] * 3
        assert len(server.deliveries) == 3


# -- not delivered ----------------------------------------------------------------------------------------------------


def test_a_mail_that_the_server_kept_without_saying_so_is_sent_again_under_the_same_id(portal, queued):
    with mailing(portal, Forgetful()) as server:
        deliver(portal)
    with mailing(portal, SmtpServer()) as mended:
        deliver(portal, at=START + RETRIES[0])
    ids = [message["Message-ID"] for message in [*server.messages, *mended.messages]]
    assert ids == [f"<{queued.id}@meridian.example>"] * 2


def test_a_mail_refused_for_now_is_tried_again_later_and_later(portal, server, queued):
    server.answer = "451 greylisted"
    at = START
    for tries, wait in enumerate(RETRIES[:3], start=1):
        assert deliver(portal, at=at) == 1
        job = the_job(portal)
        assert (the_mail(portal).state, job.attempts, job.due_at) == ("queued", tries, at + wait)
        assert "greylisted" in (job.last_error or "")
        assert deliver(portal, at=at + wait - SECOND) == 0
        at += wait
    server.answer = "250"
    deliver(portal, at=at)
    assert (the_mail(portal).state, the_mail(portal).last_error) == ("sent", None)
    assert server.messages[0]["Message-ID"] == f"<{queued.id}@meridian.example>"


@pytest.mark.parametrize("kind", [SmtpServer, Picky])
def test_a_mail_refused_for_good_has_failed_and_says_why(portal, queued, kind):
    with mailing(portal, kind(answer="550 no such mailbox")):
        deliver(portal)
        row = the_mail(portal)
        assert (row.state, row.attempts) == ("failed", 1)
        assert "550" in row.last_error and "no such mailbox" in row.last_error
        assert deliver(portal, at=START + timedelta(days=9)) == 0


def test_an_address_refused_for_now_is_tried_again(portal, queued):
    with mailing(portal, Picky(answer="450 busy")) as server:
        deliver(portal)
        server.answer = "250 OK"
        deliver(portal, at=START + RETRIES[0])
        assert (len(server.deliveries), the_mail(portal).state) == (1, "sent")


def test_mail_waits_for_a_server_that_is_down(portal, queued):
    portal.app.extensions["mail"].port = free_port()
    deliver(portal)
    assert (the_mail(portal).state, the_job(portal).due_at) == ("queued", START + RETRIES[0])
    assert "refused" in (the_job(portal).last_error or "")
    with mailing(portal, SmtpServer()) as server:
        deliver(portal, at=START + RETRIES[0])
        assert len(server.deliveries) == 1


def test_a_mail_has_failed_after_a_day_of_tries(portal, queued):
    portal.app.extensions["mail"].port = free_port()
    at = START
    for wait in RETRIES:
        deliver(portal, at=at)
        assert the_mail(portal).state == "queued"
        at += wait
    deliver(portal, at=at)
    row = the_mail(portal)
    assert (row.state, row.attempts, at - START > timedelta(hours=20)) == ("failed", len(RETRIES) + 1, True)
    assert row.last_error


def test_a_server_that_is_down_is_asked_once_for_each_mail_until_its_wait_is_over(portal):
    portal.app.extensions["mail"].port = free_port()
    with clock.at(START):
        for _ in range(3):
            queue(portal)
    assert [deliver(portal) for _ in range(2)] == [3, 0]
    assert deliver(portal, at=START + RETRIES[0]) == 3


def test_a_mail_that_cannot_be_built_has_failed_and_holds_up_no_other(portal, server):
    with clock.at(START):
        queue(portal, f"{ADDRESS}\nBcc: everybody@client.example")
        queue(portal)
    assert deliver(portal) == 2
    assert [row.state for row in portal.mails()] == ["failed", "sent"]
    assert [delivery.recipients for delivery in server.deliveries] == [[ADDRESS]]


# -- several workers --------------------------------------------------------------------------------------------------


def test_several_workers_at_once_deliver_each_mail_once(portal, server):
    addresses = [f"kim{number}@client.example" for number in range(8)]
    with clock.at(START):
        for address in addresses:
            queue(portal, address)
    tried = at_once(*[partial(deliver, portal)] * 3)
    assert sum(tried) == len(addresses)
    assert Counter(delivery.recipients[0] for delivery in server.deliveries) == Counter(addresses)


def test_while_the_server_thinks_no_transaction_is_open(portal, server, queued):
    server.slow = 0.5
    with delivering(portal):
        queue(portal, "other@client.example")
        assert server.deliveries == []
    assert [row.state for row in portal.mails()] == ["sent", "queued"]


def test_a_mail_whose_worker_died_is_due_again_when_its_lease_is_over(portal, server, queued):
    server.slow = 0.3
    with delivering(portal):
        assert deliver(portal, at=START + LEASE - SECOND) == 0
        assert deliver(portal, at=START + LEASE) == 1
    row = the_mail(portal)
    assert (row.state, row.attempts, row.sent_at) == ("sent", 2, START + LEASE)
    assert {message["Message-ID"] for message in server.messages} == {f"<{queued.id}@meridian.example>"}
