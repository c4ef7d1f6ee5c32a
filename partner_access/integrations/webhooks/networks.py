"""Which IP addresses a webhook may be posted to. Pure.

Whoever adds an endpoint chooses where the portal's own machine connects to: what only that machine can reach, other
machines of its network and the metadata of a cloud among them, is refused, in whatever form it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
METADATA = frozenset(map(ip_address, ("168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254")))
"""Where clouds tell a machine its secrets, besides 169.254.169.254; the first one (Azure) looks public."""
NAT64 = ip_network("64:ff9b::/96")
"""RFC 6052: an IPv6 address that stands for the IPv4 address in its last 32 bits, behind a gateway."""
NOT_PUBLIC = tuple(
    map(ip_network, (
        "192.0.0.0/24", "192.88.99.0/24", "::/96", "64:ff9b:1::/48", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
    ))
)  # fmt: skip
"""Special-purpose networks (IANA's registries) that Python 3.11 takes for public: among them all 6to4 addresses and
IPv4-compatible ones, which stand for an IPv4 address as well, and where no receiver lives."""


def may_connect(text: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether an address is public, or in one of the networks that the programme allows besides."""
    address = _unwrapped(ip_address(text))
    return any(address in network for network in allowed) or _is_public(address)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that a mapped (RFC 4291) or translated one is connected to in truth."""
    if isinstance(address, IPv4Address):
        return address
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped or address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    special = address in METADATA or address.is_multicast or any(address in network for network in NOT_PUBLIC)
    return address.is_global and not special
