"""Refusals of the API: problem details (RFC 9457), with the reason codes and sentences of the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import uuid_utils.compat
from flask import Response, g, request

from partner_access.errors import Invalid, PortalError, TooMany, Unauthorized

PREFIX = "/api/v1"
MEDIA_TYPE = "application/problem+json"
SENTENCES = {
    400: "The body is not JSON that can be read.",
    404: "There is nothing of this name for this token.",
    405: "This address does not take this method.",
    413: "The body is too large.",
    500: "Something broke on our side. Nothing was changed; send it again later.",
    503: "The portal is not available right now. Nothing was changed; send it again later.",
}


def are_wanted() -> bool:
    """Whether the present request is a call of the API, refused in JSON."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def request_id() -> str:
    """The id of the present request, which stands on its answer and in what is written down of it."""
    if "request_id" not in g:
        g.request_id = str(uuid_utils.compat.uuid7())
    return str(g.request_id)


def of(error: PortalError) -> Response:
    """The answer to a refusal from beneath.

    What the rules cannot use is 409: the request is as the document says, and 422 is kept for one that is not.
    """
    status = 409 if isinstance(error, Invalid) else error.status
    field = getattr(error, "field", "")
    errors = [{"pointer": f"/{field}", "detail": error.sentence, "code": error.code}] if field else []
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return answer(status, error.sentence, code=error.code, errors=errors, headers=headers)


def answer(
    status: int,
    sentence: str = "",
    *,
    code: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem: its status, sentence and code, and what is wrong with which part of the request."""
    title = HTTPStatus(status).phrase
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": sentence or SENTENCES.get(status, title + "."),
        "code": code or title.lower().replace(" ", "-"),
        "instance": f"urn:uuid:{request_id()}",
        "errors": list(errors),
    }
    return Response(json.dumps(body), status, headers=dict(headers or {}), mimetype=MEDIA_TYPE)


def of_parts(parts: Sequence[tuple[str, tuple[int | str, ...], str]]) -> Response:
    """The answer to parts of a request that are not as the document says: each a location (`json`, `query`), the way to
    the part there, and a sentence."""
    errors = [
        {"pointer": _pointer(way), "detail": text}
        if location == "json"
        else {"parameter": ".".join(map(str, way)), "detail": text}
        for location, way, text in parts
    ]
    return answer(422, "The request is not as the document says.", code="not-as-documented", errors=errors)


def _pointer(way: tuple[int | str, ...]) -> str:
    """A JSON pointer (RFC 6901) into the body."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in way)
