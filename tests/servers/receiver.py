"""A real HTTP server on loopback that takes webhooks, and misbehaves when it is told to."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Posted:
    """One request: its path, its headers (names in lower case) and its body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Use as `with Receiver() as receiver:`; `receiver.url` is where it listens.

    status, headers, body: what it answers; `slow`: seconds before each answer; `block`: what it answers with, again and
    again without an end, every `pause` seconds. tls: what it proves its name with.
    """

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    slow: float = 0
    block: bytes = b""
    pause: float = 0
    tls: ssl.SSLContext | None = None
    posted: list[Posted] = field(default_factory=list)

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    @property
    def url(self) -> str:
        """Its address, by number."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Keep a request and answer it as told."""
        length = int(handler.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.posted.append(Posted(handler.path, headers, handler.rfile.read(length)))
        self._over.wait(self.slow)
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        if not self.block:
            handler.send_header("Content-Length", str(len(self.body)))
        handler.end_headers()
        handler.wfile.write(self.body)
        while self.block and not self._over.is_set():
            handler.wfile.write(self.block)
            self._over.wait(self.pause)

    def __enter__(self) -> Self:
        receiver, self._over = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                try:
                    receiver.answer(self)
                except OSError:
                    self.close_connection = True  # whoever posted has had enough

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.tls:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
