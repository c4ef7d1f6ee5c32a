"""Calls the API in tests: as a program with a token."""

from __future__ import annotations

import uuid
from typing import Any

from werkzeug.test import TestResponse

from partner_access.db import STAFF
from partner_access.integrations import tokens
from tests.portal import Portal


def make_token(
    portal: Portal, org_id: uuid.UUID | None = None, *, scope: str = "write", days: int | None = None
) -> str:
    """The secret of a new token, of an organization or of the programme."""
    with portal.acting(STAFF, org_id):
        return tokens.create("A program", scope, days=days).secret


class Program:
    """A program that calls the API with its token."""

    def __init__(self, portal: Portal, token: str) -> None:
        self.client = portal.app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, headers: dict[str, str] | None = None, **asked: Any) -> TestResponse:
        """Read something."""
        return self.client.get(f"/api/v1{path}", headers=self.headers | (headers or {}), query_string=asked)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send something; headers with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1{path}", headers=self.headers | named, json=body)


def programme(portal: Portal, *, scope: str = "write") -> Program:
    """The vendor's own program."""
    return Program(portal, make_token(portal, scope=scope))


def of_org(portal: Portal, org_id: uuid.UUID, *, scope: str = "write") -> Program:
    """A program of an organization."""
    return Program(portal, make_token(portal, org_id, scope=scope))
