"""What the API takes and says of an organization's own: leads, clients, checks, links, lines of the ledger, members."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from partner_access.api.schemas.base import NO_NUL, Answer, Asked, Before, Given
from partner_access.api.schemas.orgs import Line

Website = Annotated[str, Field(pattern=NO_NUL, max_length=2048)]
Email = Annotated[str, Field(pattern=NO_NUL, max_length=320)]


class LeadGiven(Given):
    """A client-to-be."""

    company: Line
    website: Website = Field(description="Any page of it will do. It is what clients are matched by.")
    contact_name: Annotated[str, Field(pattern=NO_NUL, max_length=200)] | None = None
    contact_email: Email | None = None
    note: Annotated[str, Field(pattern=NO_NUL, max_length=2000)] | None = None


class LeadsAsked(Before):
    """A page of the leads."""

    state: Literal["live", "ended"] | None = None


class LeadAnswer(Answer):
    """A lead."""

    id: uuid.UUID
    company: str
    website: str
    site: str
    status: str = Field(description="Registered, Queued, Expired or Ended")
    sentence: str
    next_step: str
    link: str | None = Field(description="Its own link, which proves the lead by itself.")
    submitted_at: datetime
    held_until: datetime | None
    free_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None


class Leads(Answer):
    """A page of leads, the newest first."""

    items: list[LeadAnswer]
    next: str | None


class LeadSubmitted(Answer):
    """A lead and how it came out."""

    outcome: str = Field(
        description="registered, queued (another holds the website), taken (told later), or already-yours"
    )
    lead: LeadAnswer


class ClientsAsked(Before):
    """A page of the clients."""

    state: Literal["pending", "active", "ended", "declined", "managed"] | None = None


class PlanAnswer(Answer):
    """What a client pays: a fact, never to be summed across currencies."""

    amount_minor: int
    currency: str
    interval: str
    monthly_minor: int
    since: datetime


class ClientAnswer(Answer):
    """A client, its credit, and why."""

    id: uuid.UUID
    company: str
    site: str
    credit: str = Field(description="pending, active, ended, declined, or none")
    managed: str | None = Field(description="pending, active or ended")
    basis: str | None
    status: str
    reason: str = Field(description="The code of the reason.")
    sentence: str
    next_step: str
    signed_up_at: datetime
    decided_at: datetime
    active_from: datetime | None
    ended_at: datetime | None
    plan: PlanAnswer | None = Field(description="For a client that is credited or managed; else null.")


class Clients(Answer):
    """A page of clients, the newest sign-up first."""

    items: list[ClientAnswer]
    next: str | None


class CheckGiven(Given):
    """A website to ask about, before the client signs up."""

    website: Website
    email: Email | None = Field(default=None, description="The owner’s e-mail address, where it is known.")


class WayAnswer(Answer):
    """One way to sign up, and whether it would count."""

    way: str = Field(description="alone, link, lead or behalf")
    counts: bool
    sentence: str


class CheckAnswer(Answer):
    """Whether a sign-up now would count."""

    site: str
    answer: str = Field(description="yes, no or depends")
    reason: str
    sentence: str
    ways: list[WayAnswer]
    may_register: bool
    may_queue: bool


class LinkAnswer(Answer):
    """A referral link."""

    id: uuid.UUID
    label: str
    code: str
    url: str
    is_primary: bool
    opened: int


class Links(Answer):
    """The referral links, the primary one first."""

    items: list[LinkAnswer]


class EntriesAsked(Asked):
    """A page of the ledger."""

    before: int | None = Field(default=None, ge=1, le=2**31, description="`next` of the page before this one.")


class EntryAnswer(Answer):
    """A line of the ledger."""

    seq: int
    at: datetime
    effective_at: datetime
    client_id: uuid.UUID
    company: str
    site: str
    kind: str
    basis: str
    reason: str = Field(description="The code of the reason.")
    sentence: str
    pending: int
    active: int
    managed: int
    pending_after: int
    active_after: int
    managed_after: int
    reverses: int | None
    hash: str


class Entries(Answer):
    """A page of the ledger, the newest line first."""

    items: list[EntryAnswer]
    next: int | None


class MemberAnswer(Answer):
    """A member of the team."""

    id: uuid.UUID
    name: str
    email: str
    role: str
    is_active: bool
    since: datetime


class Members(Answer):
    """The team, longest-standing first."""

    items: list[MemberAnswer]
