"""Asks the DNS, for the record that proves a domain and for addresses: the one place that talks to a name server."""

from __future__ import annotations

import dns.resolver
from flask import current_app

from partner_access.organizations.domains.dns_rules import (
    MISSES,
    DnsAnswer,
    DnsReading,
    challenge_name,
    misplaced_names,
    read,
)

LIFETIME = 2.0
"""Seconds for one name, repeats included."""


def look_up(domain: str, token: str) -> DnsReading:
    """Look for the record of a domain; where it is not, also at the names it ends up at by mistake.

    Takes up to a few seconds: call it with no transaction open.
    """
    here = challenge_name(domain)
    answers = {here: ask(here)}
    if read(domain, token, answers).code != "proved" and answers[here].kind in MISSES:
        for name in misplaced_names(domain):
            answers[name] = ask(name)
            if answers[name].kind not in MISSES:  # who does not answer here will hardly do so at the next
                break
    return read(domain, token, answers)


def ask(name: str) -> DnsAnswer:
    """The TXT records at a name, each as one text, as the configured name server or the machine's resolver has them."""
    try:
        found = _resolver().resolve(dns.name.from_text(name), "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.name.NameTooLong, dns.name.LabelTooLong):  # what is too long cannot be there
        return DnsAnswer("nxdomain")
    except dns.resolver.NoAnswer:
        return DnsAnswer("no-txt")
    except dns.exception.Timeout:
        return DnsAnswer("timeout")
    except (dns.exception.DNSException, OSError):
        return DnsAnswer("failed")
    return DnsAnswer("found", tuple(b"".join(record.strings).decode("utf-8", "replace") for record in found))


def addresses(host: str, within: float) -> tuple[str, ...]:
    """The IP addresses of a host, as the same name server has them; () for a name that has none, or does not exist.

    Raises TimeoutError when nobody answers within so many seconds, OSError when the name server breaks.
    """
    try:
        found = _resolver().resolve_name(host, lifetime=min(within, LIFETIME), search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.NameTooLong, dns.name.LabelTooLong):
        return ()
    except dns.exception.Timeout:
        raise TimeoutError from None
    except dns.exception.DNSException as error:
        raise OSError(str(error)) from None
    return tuple(found.addresses())


def _resolver() -> dns.resolver.Resolver:
    server: tuple[str, int] | None = current_app.config["DNS_NAMESERVER"]
    resolver = dns.resolver.Resolver(configure=server is None)
    if server:
        resolver.nameservers, resolver.port = [server[0]], server[1]
    resolver.lifetime, resolver.timeout = LIFETIME, LIFETIME / 2  # a lost packet is asked for once more
    return resolver
