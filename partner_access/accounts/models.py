"""Rows of people and of how they prove who they are. All are programme tables: a person is not any organization's."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.clock import now
from partner_access.db import Actor, Base, new_id
from partner_access.keys import text


class User(Base):
    """One person, one login. Exists only once the mailbox was proved. password_hash: "" when it was thrown away."""

    __tablename__ = "portal_user"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    password_changed_at: Mapped[datetime] = mapped_column(default=now)
    proved_at: Mapped[datetime] = mapped_column(default=now)

    # What Flask-Login expects of a user. Not its UserMixin, which compares people by get_id(): that is "" for most.
    is_active = is_authenticated = True
    is_anonymous = False
    session_secret = ""
    """Of the session that this very request has begun, else "": the row of a session keeps the fingerprint alone."""

    def get_id(self) -> str:
        """What Flask-Login puts in the cookie, and hands to the loader on the requests that follow."""
        return self.session_secret

    @property
    def initials(self) -> str:
        """One or two letters for the round badge."""
        return text.initials(self.name)

    @property
    def email_domain(self) -> str:
        """What stands behind the @ of the person's address."""
        return self.email_key.rpartition("@")[2]

    @property
    def actor(self) -> Actor:
        """This person, as the one who acts."""
        return Actor("person", self.id, self.email_key)


class UserSession(Base):
    """A sign-in in one browser; the cookie holds the secret, this row its fingerprint."""

    __tablename__ = "user_session"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"), index=True)
    secret_fingerprint: Mapped[str] = mapped_column(unique=True)
    browser: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class MailedCode:
    """A row whose mail carries a code: its fingerprint, None where no code was mailed, and how often one was tried."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code_fingerprint: Mapped[str | None]
    code_tries: Mapped[int] = mapped_column(default=0)


class AccountRequest(MailedCode, Base):
    """An address that asked for a login and has not proved its mailbox yet; one row a mail sent.

    A request for a known address is kept too, without link and code, so that both take the same way through the code.
    """

    __tablename__ = "account_request"
    __table_args__ = (Index(None, "email_key", "created_at"),)

    name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str]
    password_hash: Mapped[str | None]
    browser_fingerprint: Mapped[str | None] = mapped_column(index=True)
    browser: Mapped[str]
    link_fingerprint: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]


class PasswordReset(Base):
    """A mailed link to set a new password: one hour, once. Without a person it was asked for an unknown address."""

    __tablename__ = "password_reset"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"), index=True)
    link_fingerprint: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class EmailChange(MailedCode, Base):
    """A change of a person's e-mail address: proved from the new mailbox, undone from the old one for a week.

    Where the new address has a login of its own the row is kept too, without link and code, so that both take the
    same way through the code. stopped_at: discarded, replaced by a newer one, or refused.
    """

    __tablename__ = "email_change"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_user.id"), index=True)
    old_email: Mapped[str]
    new_email: Mapped[str]
    link_fingerprint: Mapped[str | None] = mapped_column(unique=True)
    undo_fingerprint: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class StaffGrant(Base):
    """An address whose owner is one of the vendor's people, from the moment the mailbox is proved."""

    __tablename__ = "staff_grant"

    email_key: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    granted_at: Mapped[datetime] = mapped_column(default=now)


class Throttle(Base):
    """How often something was tried in one window of time. In the database, so that every process counts together.

    Counts of what happened in a row have no window: they all begin at throttles.EVER. forget_at: when nobody asks for
    it any more.
    """

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    forget_at: Mapped[datetime] = mapped_column(default=lambda: now() + timedelta(days=2), index=True)
