"""What views answer with, and labels that say who may open one.

The labels decide nothing: guard.py reads them and refuses a view without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from partner_access.permissions import Permission

View = Callable[..., Any]
Page = str | tuple[str, int] | Response
"""What a view answers with: a page, a page and its status, or a way on."""


@dataclass(frozen=True)
class Access:
    """Who may: `public`, `signed_in`, `org` or `staff`, the last two with a permission.

    limit: name of the limit in guard.LIMITS that a POST by a stranger counts against.
    secret: the URL holds a secret, so the page is neither cached nor named in a Referer.
    by_token: it is a call of the API: a token says who calls, and no cookie does.
    writes: a GET of this view stores something (the visit of a referral link, nothing else).
    """

    kind: str
    permission: Permission | None = None
    limit: str = ""
    secret: bool = False
    writes: bool = False
    by_token: bool = False


def _label(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def public(*, limit: str = "", secret: bool = False, writes: bool = False) -> Callable[[View], View]:
    """Anybody may open it, signed in or not."""
    return lambda view: _label(view, Access("public", limit=limit, secret=secret, writes=writes))


def signed_in(view: View) -> View:
    """Any signed-in person, whatever their organization."""
    return _label(view, Access("signed_in"))


def org_page(permission: Permission) -> Callable[[View], View]:
    """An active member of the organization in the URL who has the permission."""
    return lambda view: _label(view, Access("org", permission))


def staff_page(permission: Permission) -> Callable[[View], View]:
    """One of the programme's staff who has the permission."""
    return lambda view: _label(view, Access("staff", permission))


def any_token(view: View) -> View:
    """A call with any good token of the API."""
    return _label(view, Access("signed_in", by_token=True))


def org_call(permission: Permission) -> Callable[[View], View]:
    """A call with a token of the organization in the URL, whose scope includes the permission."""
    return lambda view: _label(view, Access("org", permission, by_token=True))


def programme_call(permission: Permission) -> Callable[[View], View]:
    """A call with a token of the programme, whose scope includes the permission."""
    return lambda view: _label(view, Access("staff", permission, by_token=True))
