"""The page of the API's document: everything that can be called, in words, without a script."""

from __future__ import annotations


def test_the_page_shows_every_operation_with_a_request_to_copy(portal):
    browser = portal.browser()
    page = browser.get("/api/docs").text
    for path, operations in browser.get("/api/v1/openapi.json").json["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post"):
                assert f'id="call-{operation["operationId"]}"' in page
                assert f"{method.upper()} {path}" in page
    assert "<code>decision.winner</code>" in page
    assert "<code>items[].plan.currency</code>" in page
    assert "`" not in page.partition("<main")[2]
    assert page.count("<script") == 1  # the one of every page, from our own origin
