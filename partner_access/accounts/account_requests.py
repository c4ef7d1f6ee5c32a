"""Requests for an account: asked for by anybody, confirmed only from the mailbox.

Nothing exists before the proof: no login, no session, no membership (docs/access.md). A request opened in the
browser that asked keeps the password chosen there; opened anywhere else, that password is thrown away, because whoever
asked may not be the one who reads the mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from partner_access import audit, mail, signing
from partner_access.accounts import mailbox_codes, throttles
from partner_access.accounts.models import AccountRequest, User
from partner_access.clock import now
from partner_access.db import changed, new_id, session
from partner_access.errors import TooMany
from partner_access.keys.addresses import Address
from partner_access.mail import refusals
from partner_access.transactions import insert_once, lock
from partner_access.web.urls import absolute

LINK_LIFE, CODE_LIFE = timedelta(hours=24), timedelta(minutes=10)
"""For one address, whatever the number of mails: asking again and again must not make the code guessable."""


@dataclass(frozen=True)
class RequestedAccount:
    """What the form and the browser said: `password_hash` is made by passwords.hash_password before any transaction."""

    name: str
    address: Address
    password_hash: str | None
    browser: str


def ask(asked: RequestedAccount, browser_secret: str) -> AccountRequest:
    """Keep the request and mail the address; a known address is told that it has a login. The caller answers alike.

    Raises TooMany beyond the limit of mails to one address, known or not.
    """
    if not throttles.take_mail("account-request", asked.address.key):
        raise TooMany(
            "This address got several mails within the hour, so no more are sent now. Open the newest one, which may "
            "have gone to the junk mail.",
            code="too-many-mails",
            retry_after=throttles.seconds_left(throttles.HOUR),
        )
    known = session().scalar(select(User).where(User.email_key == asked.address.key))
    link, code, row_id = signing.new_secret(), signing.new_code(), new_id()
    secrets = {"link_fingerprint": signing.fingerprint(link)}
    secrets |= {"code_fingerprint": signing.code_fingerprint(code, str(row_id))}
    row = _keep(
        replace(asked, password_hash=None) if known else asked,
        LINK_LIFE,
        id=row_id,
        browser_fingerprint=signing.fingerprint(browser_secret),
        **{} if known else secrets,
    )
    audit.record("account_request.asked", subject=row.id, known=bool(known))
    if known:
        mail.queue(
            "account-exists",
            known.email,
            about=row.id,
            name=known.name,
            sign_in_url=absolute("accounts.sign_in"),
            reset_url=absolute("accounts.forgot_password"),
        )
    else:
        mail.queue(
            "account-request",
            row.email,
            about=row.id,
            name=row.name,
            code=f"{code[:3]} {code[3:]}",
            asked_from=row.browser,
            url=absolute("arrivals.verify", token=link),
            minutes=10,
            hours=24,
        )
    return row


def vouch(name: str, address: Address, *, life: timedelta) -> str:
    """Open a request on behalf of an address that staff named; the link by which its owner sets a password."""
    link = signing.new_secret()
    row = _keep(RequestedAccount(name, address, None, ""), life, link_fingerprint=signing.fingerprint(link))
    audit.record("account_request.asked", subject=row.id, known=False)
    return absolute("arrivals.verify", token=link)


def _keep(asked: RequestedAccount, life: timedelta, **values: Any) -> AccountRequest:
    row = AccountRequest(
        name=asked.name,
        email=asked.address.email,
        email_key=asked.address.key,
        password_hash=asked.password_hash,
        browser=asked.browser,
        created_at=now(),
        expires_at=now() + life,
        **values,
    )
    session().add(row)
    session().flush()
    return row


def repeat(row: AccountRequest, browser_secret: str, browser: str) -> None:
    """Send a new link and code; the old ones stop working. The password goes along only within the same browser."""
    own = is_same_browser(row, browser_secret)
    address = Address(row.email, row.email_key, *row.email_key.rsplit("@", 1))
    ask(RequestedAccount(row.name, address, row.password_hash if own else None, browser), browser_secret)
    if row.confirmed_at is None:
        row.replaced_at = row.replaced_at or now()


def find_by_link(link: str) -> AccountRequest | None:
    """The request whose mail held this link, whatever became of it."""
    return session().scalar(select(AccountRequest).where(AccountRequest.link_fingerprint == signing.fingerprint(link)))


def find_by_browser(browser_secret: str | None) -> AccountRequest | None:
    """The latest request that this browser made."""
    if not browser_secret:
        return None
    statement = select(AccountRequest).where(
        AccountRequest.browser_fingerprint == signing.fingerprint(browser_secret), AccountRequest.replaced_at.is_(None)
    )
    return session().scalar(statement.order_by(AccountRequest.id.desc()).limit(1))


def is_same_browser(row: AccountRequest, browser_secret: str | None) -> bool:
    """Whether this browser is the one that asked."""
    return bool(browser_secret) and row.browser_fingerprint == signing.fingerprint(browser_secret or "")


def is_one_click(row: AccountRequest, browser_secret: str | None) -> bool:
    """Whether the button alone is enough: this browser asked, and the password chosen in it is at hand."""
    return is_same_browser(row, browser_secret) and row.password_hash is not None


def is_vouched(row: AccountRequest) -> bool:
    """Whether staff named the address, so that no browser asked."""
    return row.browser == ""


def new_link(row: AccountRequest) -> str:
    """Another link to an open request, for a browser that typed the right code and has yet to choose a password."""
    link = signing.new_secret()
    row.link_fingerprint = signing.fingerprint(link)
    return link


def state(row: AccountRequest) -> str:
    """`open`, `confirmed`, `discarded`, `replaced` or `expired`."""
    for name, at in [("confirmed", row.confirmed_at), ("discarded", row.discarded_at), ("replaced", row.replaced_at)]:
        if at is not None:
            return name
    return "expired" if row.expires_at <= now() else "open"


def confirm(
    row: AccountRequest, *, door: str, password_hash: str | None = None, name: str | None = None
) -> User | None:
    """The mailbox is proved: create the person. None when the request is no longer open or the person exists already.

    door: `same-browser`, `code` or `elsewhere`; for the last one `password_hash` is the one chosen there.
    """
    chosen = password_hash or (row.password_hash if door in ("same-browser", "code") else None)
    if chosen is None or not _claim(row, confirmed_at=now()):
        audit.record("account_request.refused", subject=row.id, reason=state(row), door=door)
        return None
    user = User(
        name=name or row.name,
        email=row.email,
        email_key=row.email_key,
        password_hash=chosen,
        password_changed_at=now(),
        proved_at=now(),
    )
    lock(f"mailbox:{row.email_key}")  # a login may be moving to this address at the same moment
    if not insert_once(user):
        audit.record("account_request.refused", subject=row.id, reason="known", door=door)
        return None
    refusals.allow(row.email_key)
    audit.record("account_request.confirmed", subject=row.id, reason="mailbox-proved", door=door)
    return session().scalars(select(User).where(User.id == user.id)).one()


def try_code(row: AccountRequest | None, code: str) -> str:
    """Count a try and compare: `right`, `wrong`, `expired` or `spent`. Where there is no code every try is wrong."""
    if row is None or state(row) != "open" or row.created_at + CODE_LIFE <= now():
        return "expired"
    outcome = mailbox_codes.try_code(row, code, counted_as=f"code:{row.email_key}")
    if outcome == "wrong":
        audit.record("account_request.refused", subject=row.id, reason="wrong-code", door="code")
    return outcome


def discard(row: AccountRequest) -> None:
    """ "Not me": the request ends, nothing else happens. Idempotent."""
    if _claim(row, discarded_at=now(), password_hash=None):
        audit.record("account_request.discarded", subject=row.id, reason="not-me")


def expire_due() -> int:
    """Forget the passwords of requests that ran out; how many there were."""
    count = changed(
        update(AccountRequest)
        .where(AccountRequest.expires_at <= now(), AccountRequest.password_hash.is_not(None))
        .values(password_hash=None)
        .execution_options(synchronize_session=False)
    )
    if count:
        audit.record("account_request.expired", reason="unanswered", count=count)
    return count


def _claim(row: AccountRequest, **values: object) -> bool:
    """End an open request this way: only one of those who try at once succeeds."""
    claimed = changed(
        update(AccountRequest)
        .where(
            AccountRequest.id == row.id,
            AccountRequest.confirmed_at.is_(None),
            AccountRequest.discarded_at.is_(None),
            AccountRequest.replaced_at.is_(None),
            AccountRequest.expires_at > now(),
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    session().refresh(row)
    return bool(claimed)
