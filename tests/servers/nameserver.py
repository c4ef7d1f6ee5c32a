"""A real DNS server on loopback that answers with what the test puts into its zone, or fails when it is told to."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from dnslib import QTYPE, RCODE, RR, TXT, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

QUIET = DNSLogger("-request,-reply,-truncated,-error")


@dataclass
class NameServer(BaseResolver):  # type: ignore[misc]
    """Use as `with NameServer() as server:`; point DNS_NAMESERVER at `server.address`.

    texts: name -> its TXT records. hosts: name -> its IP addresses at the first look, at the second …, the last
    ones ever after. names: names that are there without one (the names above a record are, too).
    answer: "" for what is in the zone, else "SERVFAIL" or "REFUSED" for everything; `slow`: seconds before each answer.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    hosts: dict[str, list[list[str]]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    answer: str = ""
    slow: float = 0
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """What DNS_NAMESERVER is set to."""
        return f"127.0.0.1:{self.port}"

    def publish(self, name: str, *texts: str) -> None:
        """Add TXT records at a name."""
        self.texts.setdefault(name.lower(), []).extend(texts)

    def resolve(self, request: Any, handler: Any) -> Any:
        """Answer one question: the hook by which dnslib hands it over."""
        time.sleep(self.slow)
        name = str(request.q.qname).rstrip(".").lower()
        self.asked.append(name)
        reply = request.reply()
        if self.answer:
            reply.header.rcode = getattr(RCODE, self.answer)
        elif name in self.texts:
            for text in self.texts[name]:
                parts = [text.encode()[at : at + 255] for at in range(0, max(len(text), 1), 255)]
                reply.add_answer(RR(request.q.qname, QTYPE.TXT, ttl=1, rdata=TXT(parts)))
        elif name in self.hosts:
            for address in self._addresses(name) if request.q.qtype == QTYPE.A else ():
                reply.add_answer(RR(request.q.qname, QTYPE.A, ttl=0, rdata=A(address)))
        elif not self._is_there(name):
            reply.header.rcode = RCODE.NXDOMAIN
        return reply

    def _addresses(self, name: str) -> list[str]:
        looks = self.hosts[name]
        return looks.pop(0) if len(looks) > 1 else looks[0]

    def _is_there(self, name: str) -> bool:
        return any(f".{other}".endswith(f".{name}") for other in (*self.texts, *self.names))

    def __enter__(self) -> Self:
        self._servers = self._listen()
        self.port = self._servers[0].server.server_address[1]
        self._threads = [threading.Thread(target=server.server.serve_forever, args=(0.02,)) for server in self._servers]
        for thread in self._threads:
            thread.start()
        return self

    def _listen(self) -> list[DNSServer]:
        """Serve UDP and TCP on one port: a port that is free for the one may be in use for the other, so try others."""
        for _ in range(100):
            udp = DNSServer(self, address="127.0.0.1", port=0, logger=QUIET)
            try:
                tcp = DNSServer(self, address="127.0.0.1", port=udp.server.server_address[1], tcp=True, logger=QUIET)
            except OSError:
                udp.server.server_close()
            else:
                return [udp, tcp]
        raise RuntimeError("No port of 100 is free for both UDP and TCP.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.server.shutdown()
            server.server.server_close()
        for thread in self._threads:
            thread.join()
