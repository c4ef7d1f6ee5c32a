"""Hands requests to the application whole: a body that comes slowly, or never, holds no thread.

A server of WSGI alone reads a body in the thread that answers, for as long as the sender likes. Here the body is read
without a thread, to a most and by a deadline, before the application hears of the request (docs/decisions/0004).
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any
from wsgiref.types import WSGIApplication

log = logging.getLogger(__name__)
THREADS = 4
SECONDS = 30.0
"""From a request's head to the end of its body: time for the largest form over the slowest telephone."""
BATCH = 64 * 1024

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Head = tuple[int, list[tuple[bytes, bytes]]]


class Gone(Exception):
    """Whoever sent the request has hung up."""


class Buffering:
    """An ASGI application that runs a WSGI one in THREADS threads.

    most: the largest body in bytes; of a larger one the application is told the size, and gets none of it.
    headers: those of the answers that are given here, without the application.
    """

    def __init__(
        self, application: WSGIApplication, *, most: int, headers: Mapping[str, str], seconds: float = SECONDS
    ) -> None:
        self._application, self._most, self._seconds = application, most, seconds
        self._headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there is nothing to do when the server starts or stops
            return
        try:
            async with asyncio.timeout(self._seconds):
                body, size = await _receive_whole(receive, self._most)
        except Gone:
            return
        except TimeoutError:
            await self._refuse(send, 408, "This did not arrive whole in time. Send it again.")
            return
        await self._answer(_environ(scope, body, size), send)

    async def _answer(self, environ: dict[str, Any], send: Send) -> None:
        # One context for all steps of a request: what the application binds in the first, it finds in the last.
        run, context = asyncio.get_running_loop().run_in_executor, copy_context()
        answer = _Answer(self._application, environ)
        try:
            part, is_last = await run(self._threads, context.run, answer.begin)
        except Exception:
            log.exception("A request broke outside the application")
            await self._refuse(send, 500, "Something broke on our side.")
            return
        try:
            status, headers = answer.head
            await send({"type": "http.response.start", "status": status, "headers": headers})
            while not is_last:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                part, is_last = await run(self._threads, context.run, answer.read)
            await send({"type": "http.response.body", "body": part})
        finally:
            if not answer.is_closed:
                await run(self._threads, context.run, answer.close)

    async def _refuse(self, send: Send, status: int, sentence: str) -> None:
        headers = [*self._headers, (b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sentence.encode()})


class _Answer:
    """What a WSGI application answers, read in batches by one thread after the other."""

    def __init__(self, application: WSGIApplication, environ: dict[str, Any]) -> None:
        self._application, self._environ = application, environ
        self._chunks: Iterator[bytes] = iter(())
        self._close: Callable[[], object] | None = None
        self.head: Head = (500, [])
        self.is_closed = False

    def begin(self) -> tuple[bytes, bool]:
        """Call the application, and read the first batch."""
        body = self._application(self._environ, self._start)  # type: ignore[arg-type]  # nobody calls write()
        self._chunks, self._close = iter(body), getattr(body, "close", None)
        return self.read()

    def read(self) -> tuple[bytes, bool]:
        """The next BATCH or so, and whether it is the last; closes what has been read to its end, or has broken."""
        parts, size = [], 0
        try:
            for part in self._chunks:
                parts.append(part)
                size += len(part)
                if size >= BATCH:
                    return b"".join(parts), False
        except BaseException:
            self.close()
            raise
        self.close()
        return b"".join(parts), True

    def close(self) -> None:
        self.is_closed = True
        if self._close:
            self._close()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.head = int(status.partition(" ")[0]), encoded


async def _receive_whole(receive: Receive, most: int) -> tuple[bytes, int]:
    """The body and its size; of more than `most` bytes nothing, and as much of the size as has come. Raises Gone."""
    parts, size, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return b"", size
        is_more = message.get("more_body", False)
    return b"".join(parts), size


def _environ(scope: Scope, body: bytes, size: int) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": str(client[0]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    _add_headers(environ, scope["headers"])
    if size or "HTTP_CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
        environ["CONTENT_LENGTH"] = str(size)
    for name in ("HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):  # the body is whole, whatever it came as
        environ.pop(name, None)
    if "HTTP_CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    return environ


def _add_headers(environ: MutableMapping[str, Any], headers: list[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        if b"_" in name:  # `X_Forwarded_For` would pass for the `X-Forwarded-For` of a proxy
            continue
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}{separator}{text}" if key in environ else text
