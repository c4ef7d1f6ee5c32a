"""The document of the API says what the API does: schemathesis tries it, with every kind of token.

More of it: `API_EXAMPLES=500 python -m pytest tests/api/test_document.py`, or `schemathesis run` against a server.
"""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from partner_access.integrations import callers
from tests.api.calls import make_token
from tests.factories import make_lead, make_link, make_member, make_org, make_sign_up

EXAMPLES = int(os.environ.get("API_EXAMPLES", "3"))
COMMON = {"401", "403", "429"}


@pytest.fixture
def document(portal):
    """The document, and the portal that it describes."""
    return portal.browser().get("/api/v1/openapi.json").json


def test_every_call_is_in_the_document_and_says_how_it_refuses(portal, document):
    rules = [rule for rule in portal.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    assert (
        len(rules)
        == sum(len([name for name in row if name in ("get", "post")]) for row in document["paths"].values()) + 1
    )
    for path, operations in document["paths"].items():
        for method in {"get", "post"} & set(operations):
            statuses = set(operations[method]["responses"])
            assert statuses >= COMMON, path
            assert ("{" not in path) or "404" in statuses, path
            if "requestBody" in operations[method]:
                assert operations[method]["requestBody"]["required"]
                assert statuses >= {"400", "409", "413", "415", "422"}, path


def test_every_reference_of_the_document_leads_somewhere(document):
    names = document["components"]["schemas"]
    asked = list(_references(document))
    assert asked
    assert {value.rpartition("/")[2] for value in asked} <= set(names)
    assert document["openapi"] == "3.1.0"


def _references(node):
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["programme", "organization", "nobody"])
def test_the_api_keeps_what_its_document_promises(portal, monkeypatch, whose):
    monkeypatch.setattr(callers, "LIMITS", {"programme": 10**9, "org": 10**9})
    org = make_org(portal)
    make_link(portal, org)
    make_lead(portal, org, make_member(portal, org))
    make_sign_up(portal, external_id="account")
    secret = {"programme": lambda: make_token(portal), "organization": lambda: make_token(portal, org.id)}
    headers = {"Authorization": f"Bearer {secret[whose]()}"} if whose in secret else {}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", portal.app)
    for result in schema.get_all_operations():
        _try(result.ok(), headers)


def _try(operation, headers) -> None:
    """Some calls of one operation, of every check."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def run(data) -> None:
        case = data.draw(operation.as_strategy())
        if "slug" in (case.path_parameters or {}):
            case.path_parameters["slug"] = "me"
        case.call_and_validate(headers=headers)

    run()
