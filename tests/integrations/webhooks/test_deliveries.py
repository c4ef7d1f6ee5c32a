"""Deliveries: what is posted to whom, how often, and what comes of what a receiver does."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from partner_access import clock, events
from partner_access.cli import work
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, session
from partner_access.errors import Conflict
from partner_access.events import TYPES
from partner_access.integrations import feed
from partner_access.integrations.webhooks import connections, deliveries, endpoints, queues
from partner_access.integrations.webhooks.models import WebhookDelivery, WebhookEndpoint
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization
from tests.factories import make_member, make_org, staff_act
from tests.portal import Portal
from tests.servers.nameserver import NameServer
from tests.servers.receiver import Receiver
from tests.threads import at_once

LOOPBACK = ip_network("127.0.0.1/32")


def add(
    portal: Portal, url: str, org: Organization | None = None, types: Iterable[str] = ("statement.ready",)
) -> WebhookEndpoint:
    with portal.acting(SYSTEM, org.id if org else None):
        return endpoints.add(url, set(types))


def happen(portal: Portal, org: Organization | None = None, number: int = 1) -> None:
    """So many statements are ready, and the worker has seen it."""
    with portal.acting():
        for lines in range(number):
            events.tell("statement.ready", org.id if org else None, month="2026-11", lines=lines)
    with portal.acting():
        queues.publish_due()


def log(portal: Portal) -> list[WebhookDelivery]:
    with portal.acting():
        return list(session().scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def state(portal: Portal, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    with portal.acting():
        found = endpoints.of_anybody(endpoint.id)
        assert found is not None
        return found


def test_a_delivery_is_the_event_of_the_feed_signed(portal: Portal, receiver: Receiver):
    acme = make_org(portal)
    endpoint = add(portal, receiver.url, acme)
    happen(portal, acme)
    assert portal.work("webhooks") == 1
    (posted,) = receiver.posted
    told = Webhook(endpoint.secret).verify(posted.body, posted.headers)
    with portal.acting():
        (item,) = feed.page(0, most=10).items
    assert told == item == json.loads(posted.body)
    assert (item["id"], item["data"]["organization"]) == (posted.headers["webhook-id"], acme.slug)
    (row,) = log(portal)
    assert (row.state, row.status, row.attempts, row.due_at) == ("delivered", 204, 1, None)


def test_an_organization_is_told_of_its_own_and_the_programme_of_all(portal: Portal, receiver: Receiver):
    acme, bolt = make_org(portal, "Acme"), make_org(portal, "Bolt")
    add(portal, receiver.url + "/acme", acme)
    add(portal, receiver.url + "/programme")
    add(portal, receiver.url + "/members", types=["member.joined"])
    for org in (acme, bolt, None):
        happen(portal, org)
    portal.work("webhooks")
    told = {(posted.path, json.loads(posted.body)["data"]["organization"]) for posted in receiver.posted}
    everything = {("/hooks/programme", whose) for whose in ("acme", "bolt", None)}
    assert told == everything | {("/hooks/acme", "acme")} and len(receiver.posted) == 4


def test_nothing_is_posted_for_what_is_rolled_back_or_posted_twice(portal: Portal, receiver: Receiver):
    add(portal, receiver.url)
    happen(portal, number=3)

    def publish() -> None:
        with portal.acting():
            queues.publish_due()

    at_once(*[publish] * 3, *[lambda: portal.work("webhooks") and None] * 3)
    portal.work("webhooks")
    assert len(receiver.posted) == len({posted.headers["webhook-id"] for posted in receiver.posted}) == 3


def test_what_is_queued_while_another_is_posted_is_posted_after_it(portal: Portal, receiver: Receiver):
    """The job of an endpoint ends just when something is queued for it: neither may think that the other goes on."""
    add(portal, receiver.url)
    over = threading.Event()

    def post() -> None:
        while not over.is_set():
            portal.work("webhooks")

    def make() -> None:
        for _ in range(10):
            happen(portal)
        over.set()

    at_once(make, post, post)
    portal.work("webhooks")
    assert len(receiver.posted) == 10 and {row.state for row in log(portal)} == {"delivered"}


def test_a_failed_delivery_is_repeated_under_the_same_id(portal: Portal, receiver: Receiver):
    endpoint, receiver.status = add(portal, receiver.url), 500
    happen(portal)
    portal.work("webhooks")
    assert portal.work("webhooks") == 0 and len(receiver.posted) == 1
    receiver.status = 200
    with clock.at(now() + timedelta(seconds=10)):
        portal.work("webhooks")
    first, second = receiver.posted
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    (row,) = log(portal)
    assert (row.state, row.attempts, row.status, row.error) == ("delivered", 2, 200, None)
    assert state(portal, endpoint).failures == 0


def test_a_receiver_down_for_three_days_is_switched_off_and_told(portal: Portal, receiver: Receiver):
    acme = make_org(portal)
    make_member(portal, acme, "olga@acme.example", role="owner")
    endpoint, receiver.status, moment = add(portal, receiver.url, acme), 500, now()
    happen(portal, acme)
    for _ in range(24 * 5 * 2):
        with clock.at(moment):
            portal.work("webhooks")
        if state(portal, endpoint).off_at:
            break
        moment += timedelta(minutes=30)
    assert timedelta(days=2.5) < moment - log(portal)[0].created_at < timedelta(days=4)
    row, (mail,) = state(portal, endpoint), portal.mails("olga@acme.example", "webhook-off")
    assert row.off_reason == "failing" and "3 days" in mail.text and f"/webhooks/{row.id}" in mail.text
    assert 8 <= len(receiver.posted) <= 12 and log(portal)[0].state == "failed"


def test_410_switches_an_endpoint_off_at_once(portal: Portal, receiver: Receiver):
    endpoint, receiver.status = add(portal, receiver.url), 410
    happen(portal, number=3)
    portal.work("webhooks")
    assert state(portal, endpoint).off_reason == "gone" and len(receiver.posted) == 1
    assert {row.state for row in log(portal)} == {"failed"}
    happen(portal)
    assert len(log(portal)) == 3


def test_an_answer_that_asks_for_time_gets_it(portal: Portal, receiver: Receiver):
    add(portal, receiver.url)
    receiver.status, receiver.headers = 429, {"Retry-After": "3000"}
    happen(portal, number=2)
    for minutes in (0, 45):
        with clock.at(now() + timedelta(minutes=minutes)):
            portal.work("webhooks")
    assert len(receiver.posted) == 1
    with clock.at(now() + timedelta(minutes=51)):
        portal.work("webhooks")
    assert len(receiver.posted) == 2


def test_a_redirect_is_not_followed(portal: Portal, receiver: Receiver):
    with Receiver() as elsewhere:
        receiver.status, receiver.headers = 307, {"Location": elsewhere.url}
        add(portal, receiver.url)
        happen(portal)
        portal.work("webhooks")
        assert not elsewhere.posted
    (row,) = log(portal)
    assert row.state == "queued" and "redirect" in str(row.error)


@pytest.mark.parametrize(("block", "pause"), [(b"x" * 65536, 0), (b"x", 0.05)])
def test_an_endless_answer_ends(portal: Portal, receiver: Receiver, monkeypatch, block: bytes, pause: float):
    """Whether it comes fast or byte by byte; what was answered counts."""
    monkeypatch.setattr(connections, "LIMIT", timedelta(seconds=0.5))
    receiver.status, receiver.block, receiver.pause = 200, block, pause
    add(portal, receiver.url)
    happen(portal)
    portal.work("webhooks")
    (row,) = log(portal)
    assert row.state == "delivered" and len(row.answer or "") <= 2000 and (row.took_ms or 0) < 2000


def test_a_receiver_that_says_nothing_is_hung_up_on(portal: Portal, receiver: Receiver, monkeypatch):
    monkeypatch.setattr(connections, "LIMIT", timedelta(seconds=0.3))
    receiver.slow = 30
    add(portal, receiver.url)
    happen(portal)
    portal.work("webhooks")
    (row,) = log(portal)
    assert row.state == "queued" and "did not answer" in str(row.error) and (row.took_ms or 0) < 2000


def test_a_slow_receiver_delays_nobody_else(portal: Portal, receiver: Receiver):
    with Receiver(slow=60) as slow:
        add(portal, slow.url)
        add(portal, receiver.url)
        happen(portal, number=15)
        stop, began = threading.Event(), time.monotonic()
        serve = [threading.Thread(target=work._serve_queue, args=(portal.app, "webhooks", stop)) for _ in range(2)]
        for thread in serve:
            thread.start()
        while len(receiver.posted) < 15 and time.monotonic() < began + 30:
            time.sleep(0.02)
        took = time.monotonic() - began
        stop.set()
    for thread in serve:
        thread.join()
    assert len(slow.posted) == 1 and took < connections.LIMIT.total_seconds()


def test_a_name_is_looked_up_once_and_connected_to_as_checked(portal: Portal, receiver: Receiver):
    """At its second look-up it is another machine's of our network: that is neither connected to then, nor later."""
    with NameServer(hosts={"hooks.example": [["127.0.0.1"], ["10.0.0.1"]]}) as server:
        portal.app.config["DNS_NAMESERVER"] = ("127.0.0.1", server.port)
        add(portal, f"http://hooks.example:{receiver.port}/x")
        happen(portal)
        portal.work("webhooks")
        assert len(receiver.posted) == 1 and log(portal)[0].state == "delivered"
        assert receiver.posted[0].headers["host"] == f"hooks.example:{receiver.port}"
        happen(portal)
        portal.work("webhooks")
    assert len(receiver.posted) == 1
    assert log(portal)[1].error == "hooks.example is 10.0.0.1, which is not a public address: nothing was posted."


@pytest.mark.parametrize("ips", [["8.8.8.8", "169.254.169.254"], ["127.0.0.1", "10.0.0.1"], []])
def test_one_address_that_is_refused_refuses_all(portal: Portal, receiver: Receiver, ips: list[str]):
    with NameServer(hosts={"hooks.example": [ips]}) as server:
        portal.app.config["DNS_NAMESERVER"] = ("127.0.0.1", server.port)
        add(portal, f"https://hooks.example:{receiver.port}/x")
        happen(portal)
        portal.work("webhooks")
    (row,) = log(portal)
    assert not receiver.posted and row.status is None and row.error


def test_a_certificate_is_checked_against_the_name(portal: Portal, tmp_path, monkeypatch):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    named = "-subj /CN=good.example -addext subjectAltName=DNS:good.example"
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 {named}"
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    proof = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    proof.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    connections._tls.cache_clear()
    names = {name: [["127.0.0.1"]] for name in ("good.example", "evil.example")}
    with NameServer(hosts=names) as server, Receiver(tls=proof) as receiver:
        portal.app.config["DNS_NAMESERVER"] = ("127.0.0.1", server.port)
        portal.app.config["WEBHOOK_NETWORKS"] = [LOOPBACK]
        for name in names:
            add(portal, f"https://{name}:{receiver.port}/x")
        happen(portal)
        portal.work("webhooks")
        assert [posted.headers["host"] for posted in receiver.posted] == [f"good.example:{receiver.port}"]
    connections._tls.cache_clear()
    assert sorted("certificate" in str(row.error).lower() for row in log(portal)) == [False, True]


def test_nothing_is_posted_for_a_paused_organization(portal: Portal, receiver: Receiver):
    acme = make_org(portal)
    add(portal, receiver.url, acme)
    happen(portal, acme)
    staff_act(portal, pauses.suspend, acme)
    portal.work("webhooks")
    happen(portal, acme)
    assert not receiver.posted and len(log(portal)) == 1
    staff_act(portal, pauses.resume, acme)
    with clock.at(now() + timedelta(hours=1, minutes=1)):
        portal.work("webhooks")
    assert len(receiver.posted) == 1


def test_two_secrets_sign_while_one_replaces_the_other(portal: Portal, receiver: Receiver):
    old = add(portal, receiver.url)
    with portal.acting():
        new = endpoints.replace_secret(old.id, seen=1)
    happen(portal)
    portal.work("webhooks")
    for secret in (old.secret, new.secret):
        Webhook(secret).verify(receiver.posted[0].body, receiver.posted[0].headers)
    with clock.at(now() + timedelta(hours=25)):
        happen(portal)
        portal.work("webhooks")
    assert len(receiver.posted[1].headers["webhook-signature"].split()) == 1
    with pytest.raises(Conflict), portal.acting():
        endpoints.replace_secret(old.id, seen=1)


def test_a_ping_and_an_event_are_sent_again_once_while_they_wait(portal: Portal, receiver: Receiver):
    endpoint = add(portal, receiver.url)
    happen(portal, number=2)
    portal.work("webhooks")
    first = log(portal)[0]
    for _ in range(2):
        with portal.acting():
            queues.ping(endpoint.id)
            queues.resend(first.id)
            queues.resend_range(endpoint.id, now() - timedelta(hours=1), now())
    portal.work("webhooks")
    ids = [posted.headers["webhook-id"] for posted in receiver.posted]
    assert len(ids) == 5 and ids.count(first.message_id) == 2 and len(set(ids)) == 3


def test_what_happened_while_an_endpoint_was_off_can_be_sent(portal: Portal, receiver: Receiver):
    endpoint = add(portal, receiver.url)
    with portal.acting():
        endpoints.switch_off(endpoint.id)
    happen(portal, number=2)
    with pytest.raises(Conflict), portal.acting():
        queues.ping(endpoint.id)
    with portal.acting():
        endpoints.switch_on(endpoint.id)
        assert queues.resend_range(endpoint.id, now() - timedelta(hours=1), now()) == 2
    portal.work("webhooks")
    assert len(receiver.posted) == 2


def test_what_is_removed_while_it_is_posted_stays_removed(portal: Portal, receiver: Receiver):
    receiver.slow = 0.5
    endpoint = add(portal, receiver.url)
    happen(portal)

    def remove() -> None:
        while not receiver.posted:
            time.sleep(0.01)
        with portal.acting():
            endpoints.remove(endpoint.id)

    at_once(remove, lambda: portal.work("webhooks") and None)
    assert log(portal) == [] and portal.work("webhooks") == 0


def test_old_deliveries_are_forgotten(portal: Portal, receiver: Receiver):
    add(portal, receiver.url)
    happen(portal)
    portal.work("webhooks")
    with clock.at(now() + timedelta(days=31)):
        happen(portal)
        with portal.acting():
            queues.forget_old()
    assert [row.state for row in log(portal)] == ["queued"]


def test_no_body_is_longer_than_twenty_kilobytes(portal: Portal):
    for name, kind in TYPES.items():
        told = {"id": str(uuid.uuid4()), "type": name, "occurred_at": now().isoformat(), "data": dict(kind.example)}
        assert len(json.dumps(told)) < 1000


def test_the_worker_says_what_it_posts(portal: Portal, receiver: Receiver):
    """By command alone: add, ping, work, look at the log, send again."""
    portal.app.config["WEBHOOK_NETWORKS"] = [LOOPBACK]
    acme = make_org(portal)
    added = portal.run("webhooks", "add", receiver.url, "--org", acme.slug, "--event", "all")
    endpoint_id, secret = added.output.strip().split("\t")
    assert secret.startswith("whsec_")
    assert "\tacme\ton\t" in portal.run("webhooks", "list").output
    portal.run("webhooks", "ping", endpoint_id)
    portal.run("work", "--once", "--queue", "webhooks")
    told = portal.run("webhooks", "deliveries", endpoint_id).output.split("\t")
    assert told[1:5] == ["ping", "delivered", "1", "204"]
    Webhook(secret).verify(receiver.posted[0].body, receiver.posted[0].headers)
    assert portal.run("webhooks", "resend", told[0]).exit_code == 0
    assert portal.run("webhooks", "resend", str(uuid.uuid4())).exit_code == 1


def test_an_endpoint_is_reached_by_whose_it_is_alone(portal: Portal, receiver: Receiver):
    acme, bolt = make_org(portal, "Acme"), make_org(portal, "Bolt")
    endpoint = add(portal, receiver.url, acme)
    happen(portal, acme)
    delivery = log(portal)[0]
    for org_id in (bolt.id, None):
        with portal.acting(SYSTEM, org_id):
            assert endpoints.listing() == []
            for reach in (
                lambda: endpoints.fetch(endpoint.id),
                lambda: endpoints.remove(endpoint.id),
                lambda: queues.fetch(delivery.id),
                lambda: queues.resend(delivery.id),
                lambda: queues.log(endpoint.id),
            ):
                with pytest.raises(Exception, match=r"^$"):
                    reach()
    with portal.acting(), acting(SYSTEM, acme.id):
        assert [row.id for row in endpoints.listing()] == [endpoint.id]
    assert deliveries.KEPT_OF_ANSWER
