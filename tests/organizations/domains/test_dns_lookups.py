"""The look-up, against a real DNS server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from partner_access.organizations.domains.dns_lookups import ask, look_up
from partner_access.organizations.domains.dns_rules import DnsAnswer, DnsReading
from tests.portal import Portal
from tests.servers.nameserver import NameServer

HERE = "_partner-access-challenge.acme.example"
VALUE = "partner-access-verify=t0ken"


@pytest.fixture
def server(portal: Portal) -> Iterator[NameServer]:
    with NameServer(names={"acme.example"}) as server, portal.app.app_context():
        portal.app.config["DNS_NAMESERVER"] = ("127.0.0.1", server.port)
        yield server


def test_the_record_is_found_in_one_question(server: NameServer) -> None:
    server.publish(HERE, "v=spf1 -all", VALUE)
    assert look_up("acme.example", "t0ken") == DnsReading("proved", HERE)
    assert server.asked == [HERE]


def test_a_record_in_several_strings_is_one_text(server: NameServer) -> None:
    long = "x" * 700
    server.publish(HERE, long)
    assert ask(HERE) == DnsAnswer("found", (long,))


def test_more_records_than_fit_a_packet_are_asked_for_over_tcp(server: NameServer) -> None:
    server.publish(HERE, *(f"{number} {'x' * 200}" for number in range(20)), VALUE)
    assert look_up("acme.example", "t0ken") == DnsReading("proved", HERE)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        (f"{HERE}.acme.example", VALUE, "doubled"),
        ("acme.example", VALUE, "wrong-name"),
        (HERE[1:], VALUE, "wrong-name"),
    ],
)
def test_a_record_at_another_name_is_seen_there(server: NameServer, name: str, text: str, code: str) -> None:
    server.publish(name, text)
    assert look_up("acme.example", "t0ken") == DnsReading(code, name)


def test_an_old_token_is_told_from_a_foreign_text(server: NameServer) -> None:
    server.publish(HERE, "partner-access-verify=0ld")
    assert look_up("acme.example", "t0ken").code == "other-token"
    server.texts[HERE] = ["v=spf1 -all"]
    assert look_up("acme.example", "t0ken").code == "other-text"


def test_a_name_without_such_a_record_is_told_from_no_name_and_from_no_domain(server: NameServer) -> None:
    assert look_up("acme.example", "t0ken") == DnsReading("nxdomain", HERE)
    server.names.add(HERE)
    assert look_up("acme.example", "t0ken") == DnsReading("no-txt", HERE)
    server.names.clear()
    assert look_up("acme.example", "t0ken") == DnsReading("no-domain", "acme.example")


@pytest.mark.parametrize("answer", ["SERVFAIL", "REFUSED", "FORMERR"])
def test_a_broken_answer_is_no_miss(server: NameServer, answer: str) -> None:
    server.publish(HERE, VALUE)
    server.answer = answer
    assert look_up("acme.example", "t0ken") == DnsReading("failed", HERE)


@pytest.mark.slow
def test_who_does_not_answer_is_asked_once_more_and_then_given_up(portal: Portal) -> None:
    """A question waits one of the two seconds there are, so two are asked; whoever waited longer would ask a third."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute, portal.app.app_context():
        mute.bind(("127.0.0.1", 0))
        mute.setblocking(False)
        portal.app.config["DNS_NAMESERVER"] = mute.getsockname()
        assert look_up("acme.example", "t0ken") == DnsReading("timeout", HERE)
        assert mute.recv(512)
        assert mute.recv(512)
        with pytest.raises(BlockingIOError):
            mute.recv(512)


@pytest.mark.slow
def test_nobody_at_that_address_is_no_miss(portal: Portal) -> None:
    with portal.app.app_context():
        assert look_up("acme.example", "t0ken").code in ("failed", "timeout")


def test_a_name_longer_than_the_dns_allows_cannot_be_there(server: NameServer) -> None:
    domain = ".".join(["a" * 60] * 4) + ".example"
    assert look_up(domain, "t0ken").code in ("nxdomain", "no-domain")
