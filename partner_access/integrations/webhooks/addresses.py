"""The address of an endpoint as it is typed: parsed as browsers do, and refused where nothing may be posted. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import ada_url

from partner_access.errors import Invalid
from partner_access.integrations.webhooks.networks import Network, may_connect

LONGEST = 2000
PORTS = {"https:": 443, "http:": 80}


@dataclass(frozen=True)
class Address:
    """An endpoint's address. host: a name in ASCII, or an IP address without brackets; path: with the query."""

    url: str
    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def ip(self) -> str | None:
        """The IP address, where the host is one."""
        try:
            return str(ipaddress.ip_address(self.host))
        except ValueError:
            return None


def parse(text: str) -> Address:
    """The parts of an address that is an endpoint's. Raises ValueError for a text that is no address."""
    url = ada_url.URL(text)
    port = int(url.port or PORTS.get(url.protocol, 0))
    return Address(url.href, url.protocol == "https:", url.hostname.strip("[]"), port, url.pathname + url.search)


def check(text: str, allowed: Sequence[Network]) -> Address:
    """The address that somebody typed. allowed: networks that the programme allows besides public ones, where plain
    http is good enough. Raises Invalid beside `url`.

    A name is looked up and checked at each attempt: what it stands for today says nothing of tomorrow.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise _refused(f"An address has {LONGEST:,} characters at most.", "url-too-long")
    try:
        url = ada_url.URL(text)
    except ValueError:
        raise _refused("Enter the whole address, like https://example.com/webhooks.", "no-url") from None
    if url.username or url.password or url.hash:
        raise _refused("Leave out the name, the password and what follows a #: every delivery is signed.", "url-parts")
    if url.protocol != "https:" and not (allowed and url.protocol == "http:"):
        raise _refused("Use an address that begins with https://, so that nobody reads along.", "url-not-https")
    address = parse(text)
    if address.ip and not may_connect(address.ip, allowed):
        raise _refused(f"{address.ip} is not a public address, so nothing can be posted there.", "url-not-public")
    return address


def _refused(sentence: str, code: str) -> Invalid:
    return Invalid(sentence, code=code, field="url")
