"""The document of the API (OpenAPI 3.1), made from the models that check what is sent and from the access labels."""

from __future__ import annotations

import json
from typing import Any, cast

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, current_app
from flask.json.provider import DefaultJSONProvider
from pydantic import ValidationError

from partner_access.api import events
from partner_access.api.blueprint import add_headers, api
from partner_access.api.schemas.base import Problem
from partner_access.api.schemas.client_events import EVENT_TYPES
from partner_access.credit.attribution.signups import LONGEST
from partner_access.web import problems
from partner_access.web.access import Access, public

VERSION = "1"
ABOUT = """\
The vendor’s product tells what happened, and hears what was decided. An organization reads and changes what is its own.

**Tokens.** Send `Authorization: Bearer TOKEN` with every call. A programme token is the vendor’s, made by staff; an
organization’s is made by its admins, and `me` stands for its slug. A token reads, or reads and writes.

**Idempotent.** `POST /sign-ups` and `POST /clients/{external_id}/events` know what they were told before. With
every other POST send an `Idempotency-Key` of your own: for 24 hours the same key with the same body is answered as the
first time, with another body it is refused (422), and while the first call is still at work as well (409).

**Refusals** are problem details (RFC 9457). 422: the request is not as this document says. 409: it is, and a rule or
the present state refuses it; `code` says which, `errors` say where.

**Lists** come newest first, 50 at a time: `next` is the `before` of the following page, null on the last one. What is
read carries an `ETag`; send it as `If-None-Match`.

**Limits.** A programme token may send 600 calls a minute, an organization’s 120; `RateLimit` says how many are left,
and 429 comes with `Retry-After`. `X-Request-Id` stands on every answer.
"""
REFUSALS = {
    "400": "The body is not JSON.",
    "401": "There is no token that is good.",
    "403": "The token’s scope does not include this, or its organization is paused or closed.",
    "404": "There is nothing of this name for this token.",
    "409": "A rule or the present state refuses it; `code` says which.",
    "413": "The body is too large.",
    "415": "The body is not sent as JSON.",
    "422": "The request is not as this document says.",
    "429": "Too many calls; `Retry-After` says when to go on.",
}
SLUG = {"type": "string", "pattern": "^[a-z0-9-]{1,44}$"}
ACCOUNT = {"type": "string", "minLength": 1, "maxLength": LONGEST["external_id"]}
PATH_PARAMETERS: dict[tuple[str, str], dict[str, Any]] = {
    ("org", "slug"): {"description": "`me`, or the slug of the token’s organization.", "example": "me", "schema": SLUG},
    ("org", "lead_id"): {"schema": {"type": "string", "format": "uuid"}},
    ("staff", "slug"): {"description": "The slug of an organization.", "schema": SLUG},
    ("staff", "external_id"): {"description": "The vendor’s own id of the client account.", "schema": ACCOUNT},
}


class _StrictJson(DefaultJSONProvider):
    """JSON as RFC 8259 has it: a body that nests without end, or a number that is none, is no JSON."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, parse_constant=_no_number, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def init_app(app: APIFlask) -> None:
    """Let the application describe its API."""
    app.json = _StrictJson(app)
    app.config |= {
        "SERVERS": [{"url": app.config["BASE_URL"]}],
        "DESCRIPTION": ABOUT,
        "AUTO_OPERATION_ID": True,
        "AUTO_404_RESPONSE": False,
        "AUTO_VALIDATION_ERROR_RESPONSE": False,
        "SECURITY_SCHEMES": {"token": {"type": "http", "scheme": "bearer"}},
    }
    app.error_callback = _not_as_documented
    app.spec_processor(cast(Any, _complete))
    app.after_request(add_headers)


def _not_as_documented(error: HTTPError) -> Response:
    """What pydantic has found. Of a body of several types it names the type first, which is no part of the body."""
    (location,) = cast(dict[str, Any], error.detail)
    mistakes = cast(ValidationError, error.__cause__).errors()
    types = set(EVENT_TYPES) if location == "json" else set()
    ways = [(row["loc"][1:] if row["loc"] and row["loc"][0] in types else row["loc"], row["msg"]) for row in mistakes]
    return problems.of_parts([(location, way, f"{text}.") for way, text in ways])


@api.get("/openapi.json")
@public()
@api.doc(hide=True)
def openapi() -> Response:
    """The document itself."""
    return Response(json.dumps(current(), ensure_ascii=False), mimetype="application/json")


def current() -> dict[str, Any]:
    """The document of the running application."""
    return cast(dict[str, Any], cast(APIFlask, current_app).spec)


def _complete(found: dict[str, Any]) -> dict[str, Any]:
    """Add to each operation who may call it and how it refuses; what APIFlask does not know."""
    schemas = found["components"]["schemas"]
    template = "#/components/schemas/{model}"
    problem = Problem.model_json_schema(ref_template=template, mode="serialization")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict):
                _complete_operation(path, method, operation)
    return found | {"webhooks": events.described()}


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"] = operation["operationId"].removeprefix(f"{method}_api_")
    access: Access = cast(Any, current_app.view_functions[f"api.{name}"]).access
    operation["security"] = [{"token": []}]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter |= PATH_PARAMETERS[access.kind, parameter["name"]]
    statuses = {"401", "429", "403"}
    if "{" in path:
        statuses.add("404")
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
        statuses.add("422")
    if method == "post":
        statuses |= {"409", "422"}
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        statuses |= {"400", "413", "415"}
    operation["description"] = "\n\n".join(filter(None, (operation.get("description"), _who_may(access))))
    for status in sorted(statuses):
        content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"].setdefault(status, {"description": REFUSALS[status], "content": content})


def _who_may(access: Access) -> str:
    """Which token an operation needs, in a sentence."""
    whose = {"staff": "a programme token", "org": "the organization’s own token", "signed_in": "any token"}[access.kind]
    return f"Needs {whose}."
