"""Sign-ups: a client account was created. Each is recorded once, decided once, and answers the same ever after."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from partner_access import audit
from partner_access.clock import now
from partner_access.credit.attribution import decisions, fact_finding, namings, origins
from partner_access.credit.attribution.fact_finding import Ties
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.models import ClientAccount, ProvisionalSignUp
from partner_access.credit.touchpoints import site_holds
from partner_access.db import found, session
from partner_access.errors import Invalid
from partner_access.keys import codes, text
from partner_access.keys.addresses import address
from partner_access.keys.sites import site_key
from partner_access.transactions import insert_once

OWN_FORMS = {"landing", "portal"}
"""How accounts come that the vendor has not told of."""
CAME_THROUGH = {
    "csv": "an imported file",
    "landing": "a partner’s page",
    "portal": "a partner, on the client’s behalf",
    "api": "the API",
}
"""How we heard of a sign-up, in words; staff read it."""
CLOCK_SKEW = timedelta(minutes=5)
"""So far ahead another server's clock may be; later than that is the future."""
LONGEST = {"external_id": 200, "company": 200, "website": 2048, "email": 320, "referral": 100}


@dataclass(frozen=True)
class SignUp:
    """The facts of one sign-up, checked: `site` is a site key, `email_domain` an A-label or None, the time aware.

    is_day: whether only the day is known, of which the time is the first moment. proved_at: when the mailbox was
    proved, for one from the portal's own form; named_at: when the vendor told of it. unread: a sentence about what came
    with it and could not be read.
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
    proved_at: datetime | None = None
    named_at: datetime | None = None
    unread: str | None = None


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
    external_id, referral = codes.identity(external_id), codes.referral(referral) or referral.strip()
    given = {"external_id": external_id, "company": company, "website": website, "email": email, "referral": referral}
    for name, value in given.items():
        text.checked(value, name, LONGEST[name])
    if not external_id:
        raise Invalid("The external id is missing.", code="external-id-missing", field="external_id")
    if signed_up_at.year < 1970:
        raise Invalid("The time of the sign-up is before 1970.", code="time-too-early", field="signed_up_at")
    if signed_up_at > now() + CLOCK_SKEW:
        raise Invalid("The time of the sign-up is in the future.", code="time-in-future", field="signed_up_at")
    site = site_key(website)
    owner = address(email) if email.strip() else None
    return SignUp(
        external_id=external_id,
        company=" ".join(company.split()) or site,
        website=website.strip(),
        site=site,
        email=owner.email if owner else None,
        email_domain=owner.domain if owner else None,
        signed_up_at=signed_up_at,
        referral=referral or None,
        came_by=came_by,
    )


def record(signup: SignUp, ties: Ties | None = None) -> SignUpResult:
    """Record a sign-up and decide its credit; a repeated delivery changes nothing and is answered as the first one.

    ties: what the portal's own form ties to it. The vendor names the account of an earlier form by delivering it, and
    one that a partner created.
    """
    client_events.lock_sign_up(signup.external_id)
    if known := client_accounts.find(signup.external_id):
        if known.created_for and known.named_at is None and signup.came_by not in OWN_FORMS:
            site_holds.lock_sites([known.site])
            confirm(known, company=signup.company)
        return _same_answer(known)
    if signup.came_by not in OWN_FORMS:
        signup = replace(signup, named_at=now())
        told = signup.site, signup.email, signup.referral, signup.signed_up_at, signup.is_day
        if begun := namings.find(*told):
            return _name(begun, signup)
    return _create(signup, ties or Ties(), taken_at=signup.proved_at or signup.signed_up_at)


def _create(signup: SignUp, ties: Ties, *, taken_at: datetime) -> SignUpResult:
    account = ClientAccount(**asdict(signup), received_at=now(), taken_at=taken_at)
    if not insert_once(account):
        return _same_answer(found(client_accounts.find(signup.external_id)))
    evidence = fact_finding.of_signup(account, ties)
    origins.note(account, ties, evidence)
    stored = decisions.first(account, evidence)
    client_events.wake(account)
    return SignUpResult(account, stored.basis, stored.reason, is_new=True)


def _name(begun: ProvisionalSignUp, named: SignUp) -> SignUpResult:
    """The account that a form began has the vendor's id from now on; the one from the form stays its alias."""
    had_at = max(named.signed_up_at, begun.asked_at)  # of a day without a time, that the form is of too
    if begun.account_id is None:
        typed = of_form(begun)
        signup = replace(typed, external_id=named.external_id, company=named.company, named_at=named.named_at)
        result = _create(signup, namings.ties(begun), taken_at=had_at)
        namings.end(begun, "named", result.account)
        return result
    account = client_accounts.fetch(begun.account_id)
    account.external_id = named.external_id
    client_accounts.take_site(account, min(account.taken_at, had_at))
    return confirm(account, company=named.company)


def confirm(account: ClientAccount, *, company: str | None = None) -> SignUpResult:
    """The vendor knows this account: it counts in full from now on, and takes its site. Twice changes nothing.

    company: what the vendor calls it, which stands in place of what somebody had typed.
    """
    if account.named_at is None:
        account.company = company or account.company
        was_limited, account.named_at = account.is_limited, now()
        if was_limited:
            client_accounts.occupy(account)
        session().flush()
        audit.record("client_account.named", subject=account.id, external_id=account.external_id, reason="vendor")
        decisions.named(account)
        client_events.wake(account)
        account.named_at = now()  # what was decided just now is what naming it is answered with, ever after
    stored = decisions.of_first_delivery(account)
    return SignUpResult(account, stored.basis, stored.reason, is_new=True)


def of_form(row: ProvisionalSignUp) -> SignUp:
    """The sign-up that a form has typed, at the moment of the form: its touches are judged then."""
    signup = check(
        external_id=row.external_id,
        company=row.company,
        website=row.website,
        email=row.email,
        signed_up_at=row.asked_at,
        referral="" if row.is_without else row.code,
        came_by="landing",
    )
    return replace(signup, owner_name=row.owner_name)


def _same_answer(account: ClientAccount) -> SignUpResult:
    stored = decisions.of_first_delivery(account)
    return SignUpResult(account, stored.basis, stored.reason, is_new=False)
