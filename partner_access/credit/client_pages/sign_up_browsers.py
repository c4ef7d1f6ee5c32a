"""What the browser that signs a client up has done before: links that it opened, partners who were signed in there."""

from __future__ import annotations

import uuid

from flask import request

from partner_access.accounts import current, own_browsers, sign_ins
from partner_access.clock import now
from partner_access.credit.models import ReferralCode, Visit
from partner_access.credit.provisional.requests import BrowserGiven
from partner_access.credit.touchpoints import networks, visits
from partner_access.organizations.team import memberships


def given(link: ReferralCode, token: str) -> BrowserGiven:
    """What is known of this browser. token: of the visit that the form names, which counts for its own link alone."""
    named, opened = visits.find(token), visits.of_browser(request.cookies.get(visits.COOKIE))
    own = [named] if named and is_fresh(named, link) else []
    tied = {visit.number: visit for visit in [*opened, *own]}
    beside = named if named and named.number not in tied else None
    network = networks.fingerprint(networks.present_key(), request.remote_addr or "")
    return BrowserGiven(current.browser(), list(tied.values()), beside, _partners(), network)


def is_fresh(visit: Visit, link: ReferralCode) -> bool:
    """Whether a visit that a form or an address names is one of the page's own link, and can still count."""
    return visit.code == link.code and visit.opened_at >= now() - visits.cookie_life()


def _partners() -> list[uuid.UUID]:
    row = current.sign_in_row()
    lately = own_browsers.people(now() - visits.cookie_life()) | ({row.user_id} if row else set())
    return sorted({row.org_id for person in sign_ins.people(lately) for row in memberships.of_person(person)})
