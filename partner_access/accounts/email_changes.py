"""A person changes their e-mail address: the new mailbox is proved first, and the old one can undo it for a week.

Only the person who asked finishes it, signed in: else somebody could have a stranger's click put the stranger's
address under a login of their own, and be let in by its domain.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from partner_access import audit, mail, signing
from partner_access.accounts import mailbox_codes, sessions, sign_ins, throttles
from partner_access.accounts.models import EmailChange, PasswordReset, User
from partner_access.clock import now
from partner_access.db import changed, new_id, session
from partner_access.errors import TooMany
from partner_access.keys.addresses import Address, address
from partner_access.transactions import lock
from partner_access.web.urls import absolute

LINK_LIFE, CODE_LIFE, UNDO_LIFE = timedelta(hours=24), timedelta(minutes=10), timedelta(days=7)


def ask(user: User, new: Address) -> EmailChange:
    """Keep the wish and mail the new address; one that has a login is told so there. The caller answers alike.

    Raises TooMany beyond the limit of mails by one person or to one address.
    """
    by_one = throttles.take(f"email-change:{user.id}", throttles.MAILS_AN_HOUR, throttles.HOUR)
    if not by_one or not throttles.take_mail("email-change", new.key):
        raise TooMany(
            "Several mails were sent within the hour, so no more are sent now. Open the newest one.",
            code="too-many-mails",
            retry_after=throttles.seconds_left(throttles.HOUR),
        )
    _stop(user)
    known = sign_ins.find(new.key)
    link, code, row_id = signing.new_secret(), signing.new_code(), new_id()
    row = EmailChange(
        id=row_id,
        user_id=user.id,
        old_email=user.email,
        new_email=new.email,
        created_at=now(),
        expires_at=now() + LINK_LIFE,
        link_fingerprint=None if known else signing.fingerprint(link),
        code_fingerprint=None if known else signing.code_fingerprint(code, str(row_id)),
    )
    session().add(row)
    session().flush()
    audit.record("user.email_change_asked", subject=user.id, known=bool(known))
    if known:
        sign_in_url = absolute("accounts.sign_in")
        mail.queue(
            "email-change-known",
            known.email,
            about=row.id,
            name=known.name,
            who_email=user.email,
            sign_in_url=sign_in_url,
        )
    else:
        mail.queue(
            "email-change",
            new.email,
            about=row.id,
            name=user.name,
            old_email=user.email,
            code=f"{code[:3]} {code[3:]}",
            url=absolute("arrivals.confirm_email", token=link),
        )
    return row


def find_open(user: User) -> EmailChange | None:
    """The change that this person has asked for and not finished, or None."""
    mine = select(EmailChange).where(EmailChange.user_id == user.id, *_open())
    return session().scalar(mine.order_by(EmailChange.id.desc()).limit(1))


def find_by_link(link: str) -> EmailChange | None:
    """The change whose mail to the new address held this link, whatever became of it."""
    return session().scalar(select(EmailChange).where(EmailChange.link_fingerprint == signing.fingerprint(link)))


def find_by_undo(link: str) -> EmailChange | None:
    """The change whose mail to the old address held this link, whatever became of it."""
    return session().scalar(select(EmailChange).where(EmailChange.undo_fingerprint == signing.fingerprint(link)))


def state(row: EmailChange) -> str:
    """`undone`, `confirmed`, `stopped`, `expired` or `open`."""
    for name, at in [("undone", row.undone_at), ("confirmed", row.confirmed_at), ("stopped", row.stopped_at)]:
        if at is not None:
            return name
    return "expired" if row.expires_at <= now() else "open"


def try_code(row: EmailChange, code: str) -> str:
    """Count a try and compare: `right`, `wrong`, `expired` or `spent`. Where there is no code every try is wrong."""
    if state(row) != "open" or row.created_at + CODE_LIFE <= now():
        return "expired"
    outcome = mailbox_codes.try_code(row, code, counted_as=f"code:{address(row.new_email).key}")
    if outcome == "wrong":
        audit.record("user.email_change_refused", subject=row.user_id, reason="wrong-code")
    return outcome


def confirm(row: EmailChange, *, keep_session: object = None) -> str:
    """The new mailbox is proved by the person who asked: the login moves there.

    `changed`; `already`, for a second click; `taken`, by another login meanwhile; or `stopped`.

    All other devices are signed out, links to set a password stop, and the old address is told how to undo it.
    """
    new, undo = address(row.new_email), signing.new_secret()
    lock(f"mailbox:{new.key}")
    user = row.user
    holder = sign_ins.find(new.key)
    if holder is not None and holder.id != user.id:
        _stop(user)
        audit.record("user.email_change_refused", subject=user.id, reason="taken")
        return "taken"
    if not _claim(row, signing.fingerprint(undo)):
        if state(row) == "confirmed":
            return "already"
        audit.record("user.email_change_refused", subject=user.id, reason=state(row))
        return "stopped"
    session().refresh(user)
    row.old_email = user.email
    user.email, user.email_key, user.proved_at = new.email, new.key, now()
    session().flush()
    _end_everything_else(user, keep_session)
    audit.record("user.email_changed", subject=user.id, reason="mailbox-proved")
    mail.queue(
        "email-changed",
        row.old_email,
        name=user.name,
        new_email=new.email,
        until=now() + UNDO_LIFE,
        undo_url=absolute("arrivals.undo_email", token=undo),
    )
    return "changed"


def discard(row: EmailChange) -> None:
    """ "Not me", or the person thought better of it. Idempotent."""
    if state(row) == "open":
        row.stopped_at = now()
        audit.record("user.email_change_refused", subject=row.user_id, reason="discarded")


def is_undoable(row: EmailChange) -> bool:
    """Whether the old address can still undo this change."""
    return row.confirmed_at is not None and row.undone_at is None and now() - row.confirmed_at <= UNDO_LIFE


def undo(row: EmailChange) -> str:
    """Whoever reads the old mailbox takes the login back: `undone`, `taken` or `stopped`.

    It goes back whatever happened since: every device is signed out, the password is thrown away, and later changes
    are undone with it. A link to choose a new password is mailed to the old address.
    """
    old = address(row.old_email)
    lock(f"mailbox:{old.key}")
    session().refresh(row)
    user = row.user
    if not is_undoable(row):
        return "stopped"
    holder = sign_ins.find(old.key)
    if holder is not None and holder.id != user.id:
        audit.record("user.email_change_refused", subject=user.id, reason="taken")
        return "taken"
    user.email, user.email_key, user.proved_at = old.email, old.key, now()
    user.password_hash, user.password_changed_at = "", now()
    later = EmailChange.user_id == user.id, EmailChange.id >= row.id, EmailChange.undone_at.is_(None)
    session().execute(update(EmailChange).where(*later, EmailChange.confirmed_at.is_not(None)).values(undone_at=now()))
    _stop(user)
    _end_everything_else(user, None)
    audit.record("user.email_change_undone", subject=user.id, reason="old-mailbox")
    mail.queue("password-reset", user.email, name=user.name, url=sign_ins.reset_link(user), hours=1)
    return "undone"


def _open() -> tuple:  # type: ignore[type-arg]
    return EmailChange.confirmed_at.is_(None), EmailChange.stopped_at.is_(None), EmailChange.expires_at > now()


def _stop(user: User) -> None:
    """End whatever this person had asked for before."""
    session().execute(update(EmailChange).where(EmailChange.user_id == user.id, *_open()).values(stopped_at=now()))


def _claim(row: EmailChange, undo_fingerprint: str) -> bool:
    """Finish an open change: only one of those who try at once succeeds."""
    claimed = changed(
        update(EmailChange)
        .where(EmailChange.id == row.id, EmailChange.link_fingerprint.is_not(None), *_open())
        .values(confirmed_at=now(), undo_fingerprint=undo_fingerprint)
        .execution_options(synchronize_session=False)
    )
    session().refresh(row)
    return bool(claimed)


def _end_everything_else(user: User, keep_session: object) -> None:
    sessions.revoke_all(user, except_id=keep_session)  # type: ignore[arg-type]
    unused = PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None)
    session().execute(update(PasswordReset).where(*unused).values(used_at=now()))
