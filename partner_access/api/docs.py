"""The page of the API's document: readable without a script, from our own origin alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template

from partner_access.api import document
from partner_access.web.access import public

docs = Blueprint("api_docs", __name__, url_prefix="/api")


Words = list[tuple[str, str]]
"""Text in parts, each with what it is marked as: `code`, `strong` or nothing."""


@dataclass(frozen=True)
class Field:
    """One field of a body or an answer, or a parameter of an address."""

    name: str
    kind: str
    about: Words
    is_needed: bool


@dataclass(frozen=True)
class Operation:
    """One operation as its page shows it. call: a first request to copy."""

    name: str
    method: str
    path: str
    title: str
    about: Words
    takes: list[Field]
    gives: list[Field]
    statuses: list[tuple[str, Words]]
    call: str


@docs.get("/docs")
@public()
def page() -> str:
    """What the API takes and answers, operation by operation."""
    found = document.current()
    paragraphs = [_marked(" ".join(text.split())) for text in document.ABOUT.strip().split("\n\n")]
    return render_template(
        "api/docs.html",
        about=paragraphs,
        operations=list(_operations(found)),
        webhooks=found["webhooks"],
    )


def _marked(text: str) -> Words:
    """Text of the document in its parts."""
    parts = re.split(r"(`[^`]+`|\*\*.+?\*\*)", text)
    kinds = {"`": "code", "*": "strong"}
    return [(kinds.get(part[:1], "") if index % 2 else "", part.strip("`*")) for index, part in enumerate(parts)]


def _operations(found: dict[str, Any]) -> Iterator[Operation]:
    """Every operation, in the order of the paths."""
    for path, operations in sorted(found["paths"].items()):
        for method, row in sorted((name, row) for name, row in operations.items() if isinstance(row, dict)):
            body = row.get("requestBody", {}).get("content", {}).get("application/json", {})
            parameters = [*operations.get("parameters", ()), *row.get("parameters", ())]
            answers = sorted(row["responses"].items())
            yield Operation(
                row["operationId"],
                method.upper(),
                path,
                row["summary"],
                _marked(row["description"]),
                [*map(_parameter, parameters), *_fields(found, body.get("schema", {}))],
                list(_fields(found, answers[0][1].get("content", {}).get("application/json", {}).get("schema", {}))),
                [(status, _marked(answer["description"])) for status, answer in answers],
                _call(method, path, body.get("example")),
            )


def _parameter(row: dict[str, Any]) -> Field:
    about = row.get("description") or row["schema"].get("description", "")
    return Field(row["name"], _kind(row["schema"]), _marked(about), row.get("required", False))


def _fields(found: dict[str, Any], schema: dict[str, Any], within: str = "") -> Iterator[Field]:
    """The fields of a form, and of the forms in it: `decision.winner`, `items[].id`."""
    form = _form(found, schema)
    needed = form.get("required", ())
    for variant in form.get("oneOf", ()):
        yield from _fields(found, variant, within)
    for name, row in form.get("properties", {}).items():
        yield Field(within + name, _kind(row), _marked(row.get("description", "")), name in needed)
        inner = row.get("items", row)
        if "properties" in _form(found, inner):
            yield from _fields(found, inner, f"{within}{name}[]." if "items" in row else f"{within}{name}.")


def _form(found: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A form by its reference into the document, also where it may be null."""
    for part in [schema, *schema.get("anyOf", ())]:
        if "$ref" in part:
            form: dict[str, Any] = found["components"]["schemas"][part["$ref"].rpartition("/")[2]]
            return form
    return schema


def _kind(schema: dict[str, Any]) -> str:
    """What a field holds, in a word or two."""
    if "$ref" in schema:
        return "object"
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(map(str, schema.get("enum", [schema.get("const")])))
    return str(schema.get("format") or schema.get("type", "anything"))


def _call(method: str, path: str, example: Any) -> str:
    """The operation as a command that can be copied."""
    lines = [f"curl {current_app.config['BASE_URL']}{path} \\", '  -H "Authorization: Bearer $TOKEN"']
    if method == "post":
        lines[0] = lines[0].replace("curl", "curl -X POST")
    if example:
        lines[-1] += " \\"
        lines += ['  -H "Content-Type: application/json" \\', f"  -d '{json.dumps(example, ensure_ascii=False)}'"]
    return "\n".join(lines)
