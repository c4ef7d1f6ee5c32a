"""Rows of sign-ups from the portal's own form, until the client's mailbox is proved or the vendor names the account."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.accounts.models import MailedCode
from partner_access.credit.models.visits import FINGERPRINT
from partner_access.db import Base


class ProvisionalSignUp(MailedCode, Base):
    """What somebody typed into the form of a referral link. It changes nothing for anybody while it waits.

    external_id: of the account that it may become, and that account's alias for good. org_id: whose page it was;
    is_without: whether the client went on without them. visits: numbers of the openings in that browser; beside: of one
    that the form of another link named; network: where it was sent from, see NetworkKey. partner_browsers: ids of
    organizations of which somebody was signed in there.
    end_reason: `confirmed` from the mailbox, `named` by the vendor, `refused` by who reads the mailbox, or `lapsed`.
    """

    __tablename__ = "provisional_sign_up"
    __table_args__ = (
        Index(None, "site"),
        Index(None, "browser_fingerprint"),
        Index(None, "email_key", "ended_at"),
        Index(
            "ix_provisional_sign_up_waiting",
            "org_id",
            "asked_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("end_reason in ('confirmed', 'named', 'refused', 'lapsed')", name="end_reason"),
        CheckConstraint("(end_reason is null) = (ended_at is null)", name="reason_when_ended"),
        CheckConstraint(
            "(account_id is null) = (end_reason is null or end_reason in ('refused', 'lapsed'))", name="account"
        ),
    )

    external_id: Mapped[str] = mapped_column(unique=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    code: Mapped[str] = mapped_column(ForeignKey("referral_code.code"))
    is_without: Mapped[bool]
    company: Mapped[str]
    website: Mapped[str]
    site: Mapped[str]
    owner_name: Mapped[str | None]
    email: Mapped[str]
    email_key: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    browser: Mapped[str]
    browser_fingerprint: Mapped[str]
    visits: Mapped[list[Any]]
    beside: Mapped[int | None] = mapped_column(BigInteger)
    network: Mapped[bytes | None] = mapped_column(FINGERPRINT)
    partner_browsers: Mapped[list[Any]]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("client_account.id"))
