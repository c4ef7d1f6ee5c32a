"""Rows of opened referral links: the visits, how many there were a day, and what they say of a sign-up."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.credit.models.numbers import NextNumber
from partner_access.db import Base

FINGERPRINT = LargeBinary(16)


class Visit(Base):
    """One opening of a referral link by a browser, kept for as long as staff have set. number: its place among all.

    Secrets are kept as fingerprints. referrer_host: where the browser came from; names_source: whether the address
    named one (utm_source, gclid …); fetch_destination: what the browser said that it fetched, None where it said
    nothing; network: the fingerprint of the network, see NetworkKey. On PostgreSQL each month is a partition.
    """

    __tablename__ = "visit"
    __table_args__ = (
        Index(None, "token_fingerprint"),
        Index(None, "browser_fingerprint", "opened_at"),
        Index(None, "org_id", "opened_at"),
        {"postgresql_partition_by": "range (opened_at)", "sqlite_with_rowid": False},
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, default=NextNumber("visit"))
    opened_at: Mapped[datetime] = mapped_column(primary_key=True, default=now)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    code: Mapped[str] = mapped_column(ForeignKey("referral_code.code"))
    token_fingerprint: Mapped[bytes] = mapped_column(FINGERPRINT)
    browser_fingerprint: Mapped[bytes] = mapped_column(FINGERPRINT)
    referrer_host: Mapped[str | None]
    names_source: Mapped[bool] = mapped_column(default=False)
    fetch_destination: Mapped[str | None]
    network: Mapped[bytes | None] = mapped_column(FINGERPRINT)


class VisitDay(Base):
    """How often an organization's links were opened on a day (in UTC); kept when the visits are not any more."""

    __tablename__ = "visit_day"
    __table_args__ = ({"sqlite_with_rowid": False},)

    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    visits: Mapped[int]


class SignUpOrigin(Base):
    """Where a sign-up came from: whose link it was, from which network, and how many seconds after the last opening
    that is tied to it (None where none is, or only the day of the sign-up is known).

    It is evidence for staff alone: no rule looks at it. It is kept for as long as visits are.
    """

    __tablename__ = "sign_up_origin"
    __table_args__ = (Index(None, "org_id", "seconds"), Index(None, "network"), Index(None, "signed_up_at"))

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    seconds: Mapped[int | None]
    network: Mapped[bytes | None] = mapped_column(FINGERPRINT)
    signed_up_at: Mapped[datetime]


class NetworkKey(Base):
    """The key of the fingerprints of networks in one period of 30 days. It is deleted when that is over: from then on
    the fingerprints can be compared with each other, and nobody can tell of which networks they are."""

    __tablename__ = "network_key"

    period: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary(32))
