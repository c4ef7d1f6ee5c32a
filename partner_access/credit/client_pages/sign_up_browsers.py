"""What the browser that signs a client up has done before: links that it opened, partners who were signed in there."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from flask import request
from werkzeug.wrappers import Response

from partner_access.accounts import current, sign_ins
from partner_access.accounts.browsers import own_browsers
from partner_access.clock import now
from partner_access.credit.models import ReferralCode, Visit
from partner_access.credit.provisional.requests import BrowserGiven
from partner_access.credit.touchpoints import networks, visits
from partner_access.organizations.team import memberships
from partner_access.web import cookies

PATH, RENAMED = "/r", datetime(2026, 12, 1, tzinfo=UTC)


def given(link: ReferralCode, token: str) -> BrowserGiven:
    """What is known of this browser. token: of the visit that the form names, which counts for its own link alone."""
    named, opened = visits.find(token), visits.of_browser(visitor())
    own = [named] if named and is_fresh(named, link) else []
    tied = {visit.number: visit for visit in [*opened, *own]}
    beside = named if named and named.number not in tied else None
    network = networks.fingerprint(networks.present_key(), request.remote_addr or "")
    return BrowserGiven(current.browser(), list(tied.values()), beside, _partners(), network)


def visitor() -> str:
    """The secret by which this browser is known as one that has opened links, or ''.

    For one window after the cookie was renamed, the one of before is read too: it was kept for so long, no longer.
    """
    earlier = request.cookies.get(visits.COOKIE, "") if now() < RENAMED + visits.cookie_life() else ""
    return cookies.read(visits.COOKIE, PATH) or earlier


def remember(response: Response, secret: str) -> None:
    """Let this browser be known again when its client signs up."""
    cookies.keep(response, visits.COOKIE, secret, path=PATH, life=visits.cookie_life())


def is_fresh(visit: Visit, link: ReferralCode) -> bool:
    """Whether a visit that a form or an address names is one of the page's own link, and can still count."""
    return visit.code == link.code and visit.opened_at >= now() - visits.cookie_life()


def _partners() -> list[uuid.UUID]:
    row = current.sign_in_row()
    lately = own_browsers.people(now() - visits.cookie_life()) | ({row.user_id} if row else set())
    return sorted({row.org_id for person in sign_ins.people(lately) for row in memberships.of_person(person)})
