"""Who calls the API: the token that a call brings, what it may, for whom it acts, and how often it may call."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from flask import g, request

from partner_access.accounts import throttles
from partner_access.db import Actor, acting, session
from partner_access.errors import Forbidden, NotFound, TooMany, Unauthorized
from partner_access.integrations import tokens
from partner_access.integrations.models import ApiToken
from partner_access.organizations.directory import org_lock, organizations, staff_acts
from partner_access.organizations.models import Organization
from partner_access.permissions import Permission, allows
from partner_access.web.access import Access

MINUTE = timedelta(minutes=1)
LIMITS = {"programme": 600, "org": 120}
"""How many calls a minute one token may send."""
OWN = "me"
"""Stands for the slug of the organization whose token it is."""


@dataclass(frozen=True)
class Allowance:
    """How many calls a token may send a minute, how many are left, and for how many seconds this minute goes on."""

    limit: int
    left: int
    seconds: int


def find() -> ApiToken | None:
    """The token of the present call, once identify() has found it, or None."""
    row: ApiToken | None = g.get("api_token")
    return row


def token() -> ApiToken:
    """The token of the present call."""
    row = find()
    assert row is not None, "a call of the API has a token"
    return row


def allowance() -> Allowance | None:
    """What is left to the token of the present call, or None where there is no token."""
    found: Allowance | None = g.get("allowance")
    return found


def actor() -> Actor:
    """Who acts by this call."""
    return Actor("token", token_id=token().id)


def identify() -> None:
    """Find the token of the call and count it. Raises Unauthorized without a good one, TooMany beyond its limit."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    row = tokens.find(secret.strip()) if scheme.lower() == "bearer" else None
    if row is None:
        sentence = "Send a token of the API that is good: Authorization: Bearer TOKEN."
        raise Unauthorized(sentence, code="no-token" if not secret else "token-not-good")
    g.api_token = row
    limit, window_left = LIMITS["org" if row.org_id else "programme"], throttles.seconds_left(MINUTE)
    number = throttles.count(f"api:{row.id}", MINUTE)
    g.allowance = Allowance(limit, max(0, limit - number), window_left)
    if number > limit:
        sentence = f"This token has sent {limit} calls this minute, which is the most it may."
        raise TooMany(sentence, code="throttled", retry_after=window_left)


def admit(access: Access, stack: ExitStack) -> None:
    """Bind who acts and for whom. Raises Forbidden outside of the token's scope, NotFound for another organization."""
    row = token()
    if row.org and not row.org.is_active:
        raise Forbidden(staff_acts.why_shut(row.org), code=f"org-{row.org.state}")
    if access.kind == "signed_in":
        stack.enter_context(acting(actor(), row.org_id))
    elif access.kind == "staff":
        _check_scope(row, access.permission, is_programmes=True)
        stack.enter_context(acting(actor()))
    else:
        _check_scope(row, access.permission, is_programmes=False)
        stack.enter_context(acting(actor(), _own_org(row).id))


def _check_scope(row: ApiToken, permission: Permission | None, *, is_programmes: bool) -> None:
    if is_programmes != (row.org_id is None):
        whose = "the programme’s" if is_programmes else "an organization’s"
        raise Forbidden(f"This call needs {whose} own token.", code="other-kind-of-token")
    if permission is None or not allows(row.role, permission):
        raise Forbidden("This token’s scope does not include this call.", code="scope-too-low")


def _own_org(row: ApiToken) -> Organization:
    """The organization of the URL, which is the token's. What writes comes before or after a pause, as with pages."""
    assert request.view_args is not None and row.org is not None
    if request.method == "POST":
        org_lock.lock_shared()
        session().refresh(row.org)
    slug = request.view_args.pop("slug")
    asked = row.org if slug == OWN else organizations.find(slug)
    if asked is None or asked.id != row.org_id:
        raise NotFound(code="no-such-organization")
    if not row.org.is_active:
        raise Forbidden(staff_acts.why_shut(row.org), code=f"org-{row.org.state}")
    g.called_org = row.org
    return row.org


def org() -> Organization:
    """The organization of the present call, for one that has one."""
    found: Organization = g.called_org
    return found
