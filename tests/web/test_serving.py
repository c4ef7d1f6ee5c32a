"""Serving: the application gets a request whole or not at all, and gives its answer back unchanged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from partner_access.web.serving import BATCH, Buffering

MOST = 20
HEADERS = {"X-Content-Type-Options": "nosniff"}
bound: ContextVar[str] = ContextVar("bound", default="nothing")


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """An application that says what it was sent."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [f"{environ.get('CONTENT_LENGTH')} ".encode(), body]


def send(
    parts: list[bytes],
    application: Any = echo,
    *,
    is_whole: bool = True,
    is_gone: bool = False,
    seconds: float = 5,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    path: str = "/",
) -> tuple[int, list[tuple[bytes, bytes]], list[bytes]] | None:
    """What is answered to a request with a body of these parts; None when nobody is left to answer."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if parts:
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts) or not is_whole}
        if is_gone:
            return {"type": "http.disconnect"}
        await asyncio.sleep(60)
        raise AssertionError("the deadline has passed long since")

    async def take(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "http_version": "1.1",
        "headers": list(headers),
        "client": ("192.0.2.1", 5000),
        "server": ("localhost", 80),
    }
    asyncio.run(Buffering(application, most=MOST, headers=HEADERS, seconds=seconds)(scope, receive, take))
    if not sent:
        return None
    return sent[0]["status"], sent[0]["headers"], [message["body"] for message in sent[1:]]


def environ(**options: Any) -> dict[str, Any]:
    """What the application is told of a request."""
    told: dict[str, Any] = {}

    def note(given: dict[str, Any], start_response: Any) -> list[bytes]:
        told.update(given)
        start_response("204 No Content", [])
        return []

    send([b""], note, **options)
    return told


def test_a_body_in_parts_reaches_the_application_as_one():
    answer = send([b"name=", b"Sam", b""])
    assert answer is not None
    status, headers, body = answer
    assert (status, body) == (200, [b"8 name=Sam"])
    assert headers == [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]


@pytest.mark.parametrize("parts", [[], [b""], [b"a=b"], [b"a", b"=", b"b"]])
def test_a_body_that_never_ends_is_refused_when_its_time_is_over(parts):
    answer = send(parts, is_whole=False, seconds=0.05)
    assert answer is not None
    status, headers, body = answer
    assert (status, body) == (408, [b"This did not arrive whole in time. Send it again."])
    assert (b"x-content-type-options", b"nosniff") in headers


def test_who_hangs_up_half_way_is_answered_nothing_and_starts_nothing():
    assert send([b"a=b"], is_whole=False, is_gone=True) is None


def test_of_too_large_a_body_the_application_gets_the_size_alone():
    answer = send([b"x" * 15, b"x" * 15, b"x" * 15])
    assert answer is not None
    assert answer[2] == [b"30 "]


def test_a_header_of_every_kind_arrives_as_it_was_sent():
    told = environ(
        path="/é",
        headers=(
            (b"host", b"localhost"),
            (b"cookie", b"portal=x; theirs=\xc3\xa9"),
            (b"cookie", b"second=1"),
            (b"x-forwarded-for", b"198.51.100.7"),
            (b"x-forwarded-for", b"198.51.100.8"),
            (b"x_forwarded_for", b"203.0.113.9"),
            (b"content-type", b"text/plain"),
            (b"transfer-encoding", b"chunked"),
        ),
    )
    assert told["HTTP_HOST"] == "localhost"
    assert told["HTTP_COOKIE"] == "portal=x; theirs=Ã©; second=1", "another's cookie signs nobody out"
    assert told["HTTP_X_FORWARDED_FOR"] == "198.51.100.7,198.51.100.8"
    assert (told["CONTENT_TYPE"], told["CONTENT_LENGTH"]) == ("text/plain", "0")
    assert (told["PATH_INFO"], told["REMOTE_ADDR"]) == ("/Ã©", "192.0.2.1")
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"} & told.keys()


def test_a_long_answer_goes_out_in_batches_all_of_them_in_one_context():
    ended = []

    def lines() -> Iterator[bytes]:
        token = bound.set("kim")
        for _ in range(3):
            assert bound.get() == "kim"
            yield b"x" * BATCH
        bound.reset(token)
        ended.append("whole")

    def stream(_environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return lines()

    answer = send([b""], stream)
    assert answer is not None
    assert [len(part) for part in answer[2]] == [BATCH] * 3 + [0]
    assert ended == ["whole"]


def test_what_breaks_around_the_application_is_one_sentence(caplog):
    def broken(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        raise RuntimeError("planted")

    answer = send([b""], broken)
    assert answer is not None
    assert (answer[0], answer[2]) == (500, [b"Something broke on our side."])
    assert "planted" in caplog.text
