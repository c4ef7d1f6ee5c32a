"""The blueprint of the API, how an operation says what it takes and gives, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, make_response, request
from pydantic import BaseModel

from partner_access.errors import NotJson
from partner_access.integrations import callers, kept_answers
from partner_access.web import problems
from partner_access.web.access import View

api = APIBlueprint("api", __name__, url_prefix=problems.PREFIX)


def takes(model: type[BaseModel], **example: Any) -> Callable[[View], View]:
    """The operation takes a body of this form, in JSON alone; it comes as `given`."""

    def decorate(view: View) -> View:
        parsed: View = api.input(model, arg_name="given", example=example)(view)

        @wraps(parsed)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if not request.is_json:
                raise NotJson("Send the body as JSON, with Content-Type: application/json.")
            return parsed(*args, **kwargs)

        return checked

    return decorate


def asks(model: type[BaseModel]) -> Callable[[View], View]:
    """The operation takes parameters of this form in its address; they come as `asked`."""
    decorate: Callable[[View], View] = api.input(model, location="query", arg_name="asked")
    return decorate


def gives(model: type[BaseModel], status: int = 200, **others: str) -> Callable[[View], View]:
    """The operation answers in this form. others: with which other statuses it does, as in `s201="It is new."`."""
    content: Any = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    responses: dict[Any, Any] = {
        int(key[1:]): {"description": words, "content": content} for key, words in others.items()
    }
    answer: Callable[[View], View] = api.output(model, status)
    describe: Callable[[View], View] = api.doc(responses=responses)
    return lambda view: describe(answer(view))


def repeatable(view: View) -> View:
    """The operation may be sent again with its `Idempotency-Key`, and is then done and answered once."""

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return view(*args, **kwargs)
        token, asked = callers.token(), f"{request.path}\n".encode() + request.get_data()
        if kept := kept_answers.begin(token, key, asked):
            return Response(kept.body, kept.status, {"Idempotent-Replayed": "true"}, mimetype="application/json")
        response = make_response(view(*args, **kwargs))
        kept_answers.keep(token, key, asked, response.status_code, response.get_data(as_text=True))
        return response

    return once


@api.after_request
def _complete(response: Response) -> Response:
    """What was read carries an ETag, so that asking again costs no body where nothing has changed (RFC 9110, 8.8.3)."""
    if request.method in ("GET", "HEAD") and response.status_code == 200:
        response.add_etag()
        response.make_conditional(request)
    return response


def add_headers(response: Response) -> Response:
    """The id of the request, and how many calls are left (draft-ietf-httpapi-ratelimit-headers-10)."""
    if problems.are_wanted():
        response.headers["X-Request-Id"] = problems.request_id()
        if left := callers.allowance():
            response.headers["RateLimit-Policy"] = f'"calls";q={left.limit};w=60'
            response.headers["RateLimit"] = f'"calls";r={left.left};t={left.seconds}'
    return response
