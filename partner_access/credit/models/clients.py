"""Rows of clients: the vendor's account and its sites, and an organization's own view of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from partner_access.clock import now
from partner_access.db import Base, OrgOwned, new_id
from partner_access.keys.addresses import is_public_mailbox, parent_domains
from partner_access.keys.sites import display_site
from partner_access.seals import Sealed


class Client(Sealed, OrgOwned, Base):
    """A client account as one organization sees it: its credit there, or the reason why there is none.

    state: of the source credit: `pending`, `active`, `ended`, `declined` (always with its reason code), or `none` for
    an account that the organization only manages, or only asked about. ended_at, end_reason: when an `ended` one ended
    and why; comeback_at: until when it goes on if the client comes back, or when they came back in vain. managed: of
    the managed credit, with its reason code and the moment that counts for it (answer by, since, or until). review_by:
    while staff look at it; hand_over_by: while the account that was created for the client is not theirs yet. lead_id:
    the lead that won it. is_day: only the day of the sign-up is known.
    trace: the organization's own view, a list of Findings as JSON.
    """

    __texts__ = ("company", "site", "trace")
    __tablename__ = "client"
    __table_args__ = (
        UniqueConstraint("org_id", "client_account_id"),
        Index(None, "org_id", "signed_up_at", "id"),
        Index(None, "org_id", "state", "signed_up_at", "id"),
        Index(
            "ix_client_managed",
            "org_id",
            "signed_up_at",
            "id",
            sqlite_where=text("managed is not null"),
            postgresql_where=text("managed is not null"),
        ),
        Index(None, "org_id", "site"),
        Index(None, "org_id", "lead_id"),
        Index(None, "org_id", "state", "active_from"),
        CheckConstraint("state in ('pending', 'active', 'ended', 'declined', 'none')", name="state"),
        CheckConstraint("basis in ('lead', 'behalf', 'link', 'ruling')", name="basis"),
        CheckConstraint("(basis is null) = (state in ('declined', 'none'))", name="basis_when_credited"),
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint("(state = 'ended') = (ended_at is not null)", name="ended_when"),
        CheckConstraint("(end_reason is null) = (ended_at is null)", name="reason_when_ended"),
        CheckConstraint("managed in ('pending', 'active', 'ended')", name="managed"),
        CheckConstraint("(managed is null) = (managed_at is null)", name="managed_at"),
        CheckConstraint("(managed is null) = (managed_reason is null)", name="managed_reason"),
    )

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"))
    company: Mapped[str]
    site: Mapped[str]
    signed_up_at: Mapped[datetime]
    is_day: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime]
    state: Mapped[str]
    basis: Mapped[str | None]
    reason: Mapped[str]
    hold_until: Mapped[datetime | None]
    active_from: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    comeback_at: Mapped[datetime | None]
    managed: Mapped[str | None]
    managed_at: Mapped[datetime | None]
    managed_reason: Mapped[str | None]
    review_by: Mapped[datetime | None]
    hand_over_by: Mapped[datetime | None]
    lead_id: Mapped[uuid.UUID | None]
    rule_version: Mapped[int]
    trace: Mapped[list[Any]]

    @property
    def is_credited(self) -> bool:
        """Whether the organization has the source credit, pending or active."""
        return self.state in ("pending", "active")

    @property
    def is_won(self) -> bool:
        """Whether the organization has the source credit, or had it until the client cancelled."""
        return self.is_credited or self.state == "ended"


class ClientAccount(Base):
    """A customer business of the vendor, known by the vendor's `external_id`, with the facts of its sign-up.

    is_day: only the day of the sign-up is known, which begins at signed_up_at. created_for: the organization that
    created it in the portal on the client's behalf; accept_by: until when the client can accept it, if they have not.
    merged_into: the account that goes on in its place. proved_at: when the mailbox was proved, for a sign-up from the
    portal's own form; named_at: when the vendor first named it; taken_at: since when it has its site, which no account
    from that form has before one of the two. unread: what came with its sign-up and could not be read, for staff.
    """

    __tablename__ = "client_account"
    __table_args__ = (
        Index(None, "site", "signed_up_at"),
        Index(None, "signed_up_at", "id"),
        Index(
            None,
            "merged_into",
            sqlite_where=text("merged_into is not null"),
            postgresql_where=text("merged_into is not null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    external_id: Mapped[str] = mapped_column(unique=True)
    company: Mapped[str]
    website: Mapped[str]
    site: Mapped[str]
    owner_name: Mapped[str | None]
    email: Mapped[str | None]
    email_domain: Mapped[str | None]
    signed_up_at: Mapped[datetime]
    is_day: Mapped[bool] = mapped_column(default=False)
    referral: Mapped[str | None]
    came_by: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(default=now)
    created_for: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    accept_by: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]
    named_at: Mapped[datetime | None]
    taken_at: Mapped[datetime]
    merged_into: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("client_account.id"))
    merged_at: Mapped[datetime | None]
    unread: Mapped[str | None]

    @property
    def is_limited(self) -> bool:
        """Whether it takes nothing from an organization: a mailbox was proved that is not at the site's own domain, and
        the vendor has not named the account."""
        return self._was_limited and self.named_at is None

    @property
    def public_name(self) -> str:
        """What whoever has not typed it calls it: by its name once the vendor or the client has confirmed that, which
        needs a mailbox at the site's own domain where anybody could have typed it; else by its website."""
        is_proved = self.proved_at is not None and not self._was_limited
        return self.company if self.named_at or self.accepted_at or is_proved else display_site(self.site)

    @property
    def known_at(self) -> datetime:
        """Since when nobody can register its site any more: since we heard of it, or since it is limited no more."""
        return self.named_at if self._was_limited and self.named_at else self.received_at

    @property
    def _was_limited(self) -> bool:
        return self.proved_at is not None and not self._is_at_site

    @property
    def _is_at_site(self) -> bool:
        """Whether the mailbox shows whose the site is; that of an access provider's customer does not."""
        domain = self.email_domain
        return domain is not None and self.site in parent_domains(domain) and not is_public_mailbox(domain)

    @property
    def is_handed_over(self) -> bool:
        """Whether it is the client's own: they signed up themselves, or accepted what was created for them."""
        return self.created_for is None or self.accepted_at is not None


class ClientSite(Base):
    """A site of a client account: since when, and until when nobody else can claim it (None: it has it now).

    A client who moves away and comes back has a row for each time.
    """

    __tablename__ = "client_site"
    __table_args__ = (Index(None, "site", "since"),)

    client_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client_account.id"), primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]


class ClientEvent(Sealed, Base):
    """What the vendor told of a client account after its sign-up, or before it was told of that. Append-only.

    number: the order in which we heard of them, given by the database. event_id: the teller's own id of it; told twice
    it is there once. told_by: which of staff, None for a command or a program. target: the website of `site_changed`,
    the external id of `merged_into`, the slug of `managed_by` (None: nobody manages it). The plan of `plan_changed` is
    an amount in the currency's minor unit, the currency (ISO 4217), and how often it is paid.
    """

    __texts__ = ("reason",)
    __tablename__ = "client_event"
    __table_args__ = (
        Index(None, "external_id", "occurred_at"),
        Index(None, "kind", "target"),
        CheckConstraint(
            "kind in ('cancelled', 'reactivated', 'plan_changed', 'site_changed', 'merged_into', 'managed_by')",
            name="kind",
        ),
        CheckConstraint(
            "(kind = 'plan_changed') = (amount_minor is not null and currency is not null and interval is not null)",
            name="plan",
        ),
        CheckConstraint("reason <> ''", name="reason_given"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str]
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    reason: Mapped[str]
    told_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("portal_user.id"))
    received_at: Mapped[datetime] = mapped_column(default=now)
    target: Mapped[str | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    interval: Mapped[str | None]
