"""Sign-ups: a client account was created. Each is recorded once, decided once, and answers the same ever after."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from partner_access.clock import now
from partner_access.credit.attribution import decisions, fact_finding
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.models import ClientAccount, Visit
from partner_access.errors import Invalid
from partner_access.keys import text
from partner_access.keys.addresses import address
from partner_access.keys.sites import site_key
from partner_access.transactions import insert_once

LONGEST = {"external_id": 200, "company": 200, "website": 2048, "email": 320, "referral": 100}


@dataclass(frozen=True)
class SignUp:
    """The facts of one sign-up, checked: `site` is a site key, `email_domain` an A-label or None, the time aware.

    is_day: whether only the day is known, of which the time is the first moment.
    """

    external_id: str
    company: str
    website: str
    site: str
    email: str | None
    email_domain: str | None
    signed_up_at: datetime
    referral: str | None
    came_by: str
    owner_name: str | None = None
    is_day: bool = False
    created_for: uuid.UUID | None = None


@dataclass(frozen=True)
class SignUpResult:
    """What became of a sign-up: `basis` is `lead`, `behalf`, `link` or None; `is_new` False for a repeated delivery."""

    account: ClientAccount
    basis: str | None
    reason: str
    is_new: bool


def check(
    *, external_id: str, company: str, website: str, email: str, signed_up_at: datetime, referral: str, came_by: str
) -> SignUp:
    """Check what was delivered. Raises Invalid with a reason code and the name of the field at fault."""
    given = {"external_id": external_id, "company": company, "website": website, "email": email, "referral": referral}
    for name, value in given.items():
        text.checked(value, name, LONGEST[name])
    if not external_id.strip():
        raise Invalid("The external id is missing.", code="external-id-missing", field="external_id")
    if signed_up_at.year < 1970:
        raise Invalid("The time of the sign-up is before 1970.", code="time-too-early", field="signed_up_at")
    if signed_up_at > now():
        raise Invalid("The time of the sign-up is in the future.", code="time-in-future", field="signed_up_at")
    site = site_key(website)
    owner = address(email) if email.strip() else None
    return SignUp(
        external_id=external_id.strip(),
        company=" ".join(company.split()) or site,
        website=website.strip(),
        site=site,
        email=owner.email if owner else None,
        email_domain=owner.domain if owner else None,
        signed_up_at=signed_up_at,
        referral=referral.strip() or None,
        came_by=came_by,
    )


def record(signup: SignUp, *, visits: Sequence[Visit] = (), refused: Sequence[uuid.UUID] = ()) -> SignUpResult:
    """Record a sign-up and decide its credit; a repeated delivery changes nothing and is answered as the first one.

    visits: openings of referral links that cookie or form tie to it; refused: organizations the client went without.
    """
    client_events.lock_sign_up(signup.external_id)
    account = ClientAccount(**asdict(signup), received_at=now())
    if not insert_once(account):
        return _same_answer(signup.external_id)
    stored = decisions.first(account, fact_finding.of_signup(account, visits, refused))
    return SignUpResult(account, stored.basis, stored.reason, is_new=True)


def _same_answer(external_id: str) -> SignUpResult:
    account = client_accounts.find(external_id)
    assert account is not None, "its key was taken a moment ago"
    stored = decisions.of_first_delivery(account)
    return SignUpResult(account, stored.basis, stored.reason, is_new=False)
