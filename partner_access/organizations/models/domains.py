"""Rows of e-mail domains: the proved one, the claims to it, and disputes about it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partner_access.clock import now
from partner_access.db import Base, OrgOwned, new_id
from partner_access.organizations.models.organizations import Organization


class Domain(Base):
    """A proved e-mail domain. It belongs to at most one organization, so the name itself is the key.

    check_at: when the worker looks for the record again; None where staff proved it. missed_since: the record is not
    there since then; lapsed_at: for so long that auto-join is off. vouched_at: when staff said that only people of the
    organization have addresses there; without that or a proof by DNS nobody joins at once, whatever our lists know.
    """

    __tablename__ = "domain"
    __table_args__ = (
        CheckConstraint("proof in ('staff', 'dns')", name="proof"),
        CheckConstraint("policy in ('auto', 'request', 'closed')", name="policy"),
        CheckConstraint("proof = 'dns' or not include_subdomains", name="subdomains_need_dns"),
        CheckConstraint("policy <> 'auto' or proof = 'dns' or vouched_at is not null", name="auto_needs_word"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    proof: Mapped[str]
    policy: Mapped[str]
    include_subdomains: Mapped[bool] = mapped_column(default=False)
    proved_at: Mapped[datetime] = mapped_column(default=now)
    check_at: Mapped[datetime | None] = mapped_column(index=True)
    missed_since: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    vouched_at: Mapped[datetime | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)

    @property
    def may_be_auto(self) -> bool:
        """Whether it is known well enough whose addresses these are to let people in at once."""
        return self.proof == "dns" or self.vouched_at is not None


class MailProvider(Base):
    """A domain at which anybody can have an address, by staff's word: an access provider's, say, that no list has."""

    __tablename__ = "mail_provider"

    name: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime] = mapped_column(default=now)


class DomainClaim(OrgOwned, Base):
    """An e-mail domain that an organization says is its own, with the token to prove it. It grants nothing.

    answer, seen_at: the last reading of the DNS (dns_rules.READINGS) and the name it is about.
    """

    __tablename__ = "domain_claim"
    __table_args__ = (UniqueConstraint("org_id", "name"),)

    name: Mapped[str]
    token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[uuid.UUID | None]
    checked_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    seen_at: Mapped[str | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)


class DomainDispute(Base):
    """A domain of one organization (the one that `domain` names) that another one, `org_id`, has proved too.

    While it is open, nobody joins by the domain at once. outcome: `holder` keeps it, the `rival` gets it, or it was
    `withdrawn` because one of them let the domain go.
    """

    __tablename__ = "domain_dispute"
    __table_args__ = (
        Index(
            "uq_domain_dispute_open",
            "domain",
            "org_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
        CheckConstraint("outcome in ('holder', 'rival', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="outcome_when_decided"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    domain: Mapped[str]
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]

    org: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
