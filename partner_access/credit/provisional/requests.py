"""What somebody typed into the form of a referral link: kept, mailed to the address they typed, and nothing more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from partner_access import audit, mail, signing
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.attribution import signups
from partner_access.credit.clients import mail_limits
from partner_access.credit.models import ProvisionalSignUp, ReferralCode, Visit
from partner_access.db import fresh, new_id, session
from partner_access.errors import Invalid
from partner_access.keys.addresses import address
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import mergers
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute

LIFE, REMIND_AFTER = timedelta(days=14), timedelta(days=3)
QUIET = timedelta(days=365)
"""How long an address gets no such mail after whoever reads it said that it was not them."""
SHOWN = 50


@dataclass(frozen=True)
class FormGiven:
    """What the form said, as it was typed. form_id: one a form, so that sent twice it is one sign-up; it is also the
    secret by which the browser that sent it is known again."""

    form_id: str
    company: str
    website: str
    email: str
    name: str
    is_without: bool


@dataclass(frozen=True)
class BrowserGiven:
    """What the browser said. words: what to call it; the others: see fact_finding.Ties."""

    words: str
    visits: Sequence[Visit]
    beside: Visit | None
    partner_browsers: Sequence[uuid.UUID]
    network: bytes | None = None


def ask(link: ReferralCode, given: FormGiven, browser: BrowserGiven) -> ProvisionalSignUp:
    """Keep what was typed and mail the address, whatever is known of it or of the site.

    Raises Invalid at a field that cannot be used, TooMany when the address got too many mails today.
    """
    code, row = signing.new_code(), _row(link, given, browser)
    row.code_fingerprint = signing.code_fingerprint(code, str(row.id))
    if not insert_once(row):
        mine = ProvisionalSignUp.external_id == row.external_id
        return session().scalars(select(ProvisionalSignUp).where(mine)).one()
    audit.record("sign_up.asked", subject=row.id, site=row.site)
    if not is_quiet(row.email_key):
        mail_limits.check_sign_up(row.email)
        mail.queue("sign-up", row.email, about=row.id, dedupe=f"sign-up:{row.id}", code=code, **mail_values(row))
    deadlines.schedule(row.id, deadlines.SIGN_UP, row.asked_at + REMIND_AFTER)
    return row


def _row(link: ReferralCode, given: FormGiven, browser: BrowserGiven) -> ProvisionalSignUp:
    checked = signups.check(
        external_id=f"web-{signing.fingerprint(given.form_id)[:24]}",
        company=given.company,
        website=given.website,
        email=given.email,
        signed_up_at=now(),
        referral="",
        came_by="landing",
    )
    if checked.email is None:
        raise Invalid("Enter your e-mail address.", code="email-missing", field="email")
    return ProvisionalSignUp(
        id=new_id(),
        external_id=checked.external_id,
        org_id=link.org_id,
        code=link.code,
        is_without=given.is_without,
        company=checked.company,
        website=checked.website,
        site=checked.site,
        owner_name=given.name or None,
        email=checked.email,
        email_key=address(checked.email).key,
        asked_at=checked.signed_up_at,
        expires_at=checked.signed_up_at + LIFE,
        browser=browser.words,
        browser_fingerprint=signing.fingerprint(given.form_id),
        code_tries=0,
        visits=[visit.number for visit in browser.visits],
        beside=browser.beside.number if browser.beside else None,
        network=browser.network,
        partner_browsers=sorted(map(str, browser.partner_browsers)),
    )


def is_quiet(email_key: str) -> bool:
    """Whether whoever reads the mailbox said lately that a sign-up was not theirs."""
    said = ProvisionalSignUp.email_key == email_key, ProvisionalSignUp.end_reason == "refused"
    lately = select(ProvisionalSignUp.id).where(*said, ProvisionalSignUp.ended_at > now() - QUIET)
    return session().scalar(lately.limit(1)) is not None


def mail_values(row: ProvisionalSignUp) -> dict[str, Any]:
    """What every mail about a sign-up says. Of all that was typed that is the site alone."""
    token = signing.sign("confirm-sign-up", {"id": str(row.id)})
    return {
        "site": display_site(row.site),
        "asked_at": row.asked_at,
        "asked_from": row.browser,
        "until": row.expires_at,
        "confirm_url": absolute("confirm_sign_up.show", token=token),
    }


def state(row: ProvisionalSignUp) -> str:
    """`waiting`, or how it ended; it lapses when its time is over, whenever the worker comes by."""
    return row.end_reason or ("waiting" if now() < row.expires_at else "lapsed")


def find_by_browser(secret: str | None) -> ProvisionalSignUp | None:
    """What this browser signed up last, or None."""
    if not secret:
        return None
    mine = ProvisionalSignUp.browser_fingerprint == signing.fingerprint(secret)
    return session().scalar(select(ProvisionalSignUp).where(mine))


def find_by_id(external_id: str) -> ProvisionalSignUp | None:
    """The sign-up whose account has this external id, or had it before the vendor named it; or None."""
    return fresh(select(ProvisionalSignUp).where(ProvisionalSignUp.external_id == external_id)).first()


def of_account(account_id: uuid.UUID) -> Sequence[ProvisionalSignUp]:
    """The sign-ups that an account came from, the first one first."""
    mine = select(ProvisionalSignUp).where(ProvisionalSignUp.account_id == account_id)
    return session().scalars(mine.order_by(ProvisionalSignUp.asked_at, ProvisionalSignUp.id)).all()


def begun_at(org_id: uuid.UUID, site: str, since: datetime, until: datetime) -> datetime | None:
    """When somebody last typed this site into the form of an organization's link between two moments, and neither they
    nor the vendor confirmed it; None for nobody, and where the mailbox said that it was not them."""
    mine = ProvisionalSignUp.org_id.in_(mergers.family(org_id)), ProvisionalSignUp.is_without.is_(False)
    unanswered = or_(ProvisionalSignUp.end_reason.is_(None), ProvisionalSignUp.end_reason == "lapsed")
    asked = ProvisionalSignUp.site == site, ProvisionalSignUp.asked_at.between(since, until)
    return session().scalar(select(func.max(ProvisionalSignUp.asked_at)).where(*mine, *asked, unanswered))


def waiting_for(org_id: uuid.UUID) -> Sequence[ProvisionalSignUp]:
    """The sign-ups from an organization's links that wait for the client, newest first, SHOWN at most."""
    mine = ProvisionalSignUp.org_id.in_(mergers.family(org_id)), ProvisionalSignUp.is_without.is_(False)
    return _waiting(*mine)


def waiting() -> Sequence[ProvisionalSignUp]:
    """All sign-ups that wait for the client, newest first, SHOWN at most."""
    return _waiting()


def _waiting(*only: object) -> Sequence[ProvisionalSignUp]:
    open_rows = ProvisionalSignUp.ended_at.is_(None), ProvisionalSignUp.expires_at > now()
    statement = select(ProvisionalSignUp).where(*open_rows, *only)  # type: ignore[arg-type]
    order = ProvisionalSignUp.asked_at.desc(), ProvisionalSignUp.id.desc()
    return session().scalars(statement.order_by(*order).limit(SHOWN)).all()
