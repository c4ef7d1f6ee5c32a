"""Slow senders: whoever sends half a request, and however many do, keeps nobody else waiting."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.conftest import ENVIRONMENT
from tests.servers.server import live_server

pytestmark = pytest.mark.slow
HEAD = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
HALVES = {
    "no body": HEAD + b"Content-Length: 1000\r\n\r\n",
    "three bytes of a thousand": HEAD + b"Content-Length: 1000\r\n\r\na=b",
    "a first chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n",
    "half a head": HEAD,
}


def test_two_hundred_half_sent_requests_keep_no_page_waiting(database_url):
    env = ENVIRONMENT | {"DATABASE_URL": database_url, "BASE_URL": "http://localhost"}
    with live_server(env) as base, ExitStack() as senders:
        port = urlsplit(base).port or 0
        for half in list(HALVES.values()) * 50:
            senders.enter_context(socket.create_connection(("localhost", port))).sendall(half)
        for path in ("/healthz", "/sign-in", "/static/app.css"):
            page = HTTPConnection("localhost", port, timeout=10)
            page.request("GET", path, headers={"Host": "localhost"})
            assert page.getresponse().status == 200
            page.close()
