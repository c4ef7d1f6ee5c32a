"""Posts to an endpoint: to an address that was looked up and checked just now, within one time limit for all of it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

import httpcore
from flask import current_app

from partner_access.clock import now
from partner_access.integrations.webhooks.addresses import Address
from partner_access.integrations.webhooks.networks import Network, may_connect
from partner_access.integrations.webhooks.rules import Answer, retry_after
from partner_access.organizations.domains import dns_lookups

LIMIT = timedelta(seconds=10)
"""How long one attempt may take, from looking up the name to the last byte that is read."""
MOST_READ = 64 * 1024
"""So many bytes of an answer are read; what follows is the receiver's own."""


class Unreachable(Exception):
    """There is nobody to post to, and why, in a sentence."""


class _Deadline:
    """The moment at which an attempt is over."""

    def __init__(self, limit: timedelta) -> None:
        self._began, self._end = time.monotonic(), time.monotonic() + limit.total_seconds()

    def left(self) -> float:
        """So many seconds are left. Raises TimeoutException when none is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.TimeoutException
        return left

    @property
    def spent(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._began)


class _TimedStream(httpcore.NetworkStream):
    """A connection of which every read and write ends with the attempt: one byte a second does not prolong it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and asks no resolver: what is connected to is what was checked.

    A name that had a public address when it was checked, and a private one when it is connected to, gains nothing.
    """

    def __init__(self, ips: Sequence[str], deadline: _Deadline) -> None:
        self._ips, self._deadline, self._backend = ips, deadline, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        for ip in self._ips[:-1]:
            try:
                return self._connect(ip, port)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # the next one may answer
        return self._connect(self._ips[-1], port)

    def _connect(self, ip: str, port: int) -> httpcore.NetworkStream:
        share = self._deadline.left() / 2 if len(self._ips) > 1 else self._deadline.left()
        return _TimedStream(self._backend.connect_tcp(ip, port, timeout=share), self._deadline)


def post(address: Address, headers: Mapping[str, str], body: bytes) -> Answer:
    """Post once; what came of it, whatever that is. Takes up to LIMIT: call it with no transaction open."""
    deadline = _Deadline(LIMIT)
    try:
        ips = _checked(address, deadline)
        return _exchange(address, headers, body, _CheckedBackend(ips, deadline), deadline)
    except Unreachable as reason:
        error = str(reason)
    except (TimeoutError, httpcore.TimeoutException):
        error = f"It did not answer within {LIMIT.total_seconds():.0f} seconds."
    except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as reason:
        error = f"The connection failed: {str(reason) or type(reason).__name__}."
    return Answer(deadline.spent, error=error[:500])


def _checked(address: Address, deadline: _Deadline) -> Sequence[str]:
    """The addresses to connect to. One that is refused among them refuses all: nobody needs such a name honestly."""
    allowed: Sequence[Network] = current_app.config["WEBHOOK_NETWORKS"]
    ips = (address.ip,) if address.ip else _look_up(address.host, deadline)
    if not ips:
        raise Unreachable(f"There is no address of the name {address.host}.")
    for ip in ips:
        if not may_connect(ip, allowed):
            raise Unreachable(f"{address.host} is {ip}, which is not a public address: nothing was posted.")
        if not address.is_secure and may_connect(ip):
            raise Unreachable("Outside the allowed networks only https:// is posted to: nothing was posted.")
    return ips


def _look_up(host: str, deadline: _Deadline) -> Sequence[str]:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: no name server is asked
        return ("127.0.0.1",)
    try:
        return dns_lookups.addresses(host, deadline.left())
    except TimeoutError:
        raise Unreachable(f"The name server did not answer when asked for {host}.") from None


def _exchange(
    address: Address, headers: Mapping[str, str], body: bytes, backend: _CheckedBackend, deadline: _Deadline
) -> Answer:
    scheme = "https" if address.is_secure else "http"
    url = httpcore.URL(scheme=scheme, host=address.host, port=address.port, target=address.path)
    sent = {**headers, "Host": _host(address), "Content-Length": str(len(body))}
    with (
        httpcore.ConnectionPool(_tls(), max_connections=1, network_backend=backend) as pool,
        pool.stream("POST", url, headers=[*sent.items()], content=body) as response,
    ):
        text = _read(response).decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        asked = {name.lower(): value for name, value in response.headers}.get(b"retry-after", b"")
        wait = retry_after(asked.decode("latin-1"), now())
        return Answer(deadline.spent, response.status, text, retry_after=wait)


def _read(response: httpcore.Response) -> bytes:
    """The first MOST_READ bytes of what came in time. The status has come by now, and that alone decides."""
    read = b""
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for block in response.iter_stream():
            read += block[: MOST_READ - len(read)]
            if len(read) >= MOST_READ:
                break
    return read


def _host(address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return host if address.port == (443 if address.is_secure else 80) else f"{host}:{address.port}"


@cache
def _tls() -> ssl.SSLContext:
    """Certificates are checked as the machine's own browsers do; nothing older than TLS 1.2."""
    return ssl.create_default_context()
