"""What the API takes and says of organizations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from partner_access.api.schemas.base import NO_NUL, Answer, Asked, Given

Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$", max_length=100)]


class OrgGiven(Given):
    """A new partner organization."""

    name: Line
    domain: Annotated[str, Field(pattern=NO_NUL, max_length=2048)] = Field(
        description="Its e-mail domain. You say that it is theirs; DNS can prove it later."
    )
    policy: Literal["auto", "request", "closed"] = Field(
        default="request", description="What happens to whoever confirms an address at the domain."
    )
    website: Annotated[str, Field(pattern=NO_NUL, max_length=2048)] | None = None
    owner: Annotated[str, Field(pattern=NO_NUL, max_length=320)] | None = Field(
        default=None, description="The first owner’s e-mail address, who is mailed a link to set a password."
    )


class OrgsAsked(Asked):
    """A page of the organizations."""

    after: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,44}$")] | None = Field(
        default=None, description="`next` of the page before this one; without it, the first."
    )


class OrgBrief(Answer):
    """An organization in a list."""

    slug: str
    name: str
    website: str | None
    state: str = Field(description="active, paused or closed")
    created_at: datetime


class Orgs(Answer):
    """A page of the organizations, in the order of their slugs."""

    items: list[OrgBrief]
    next: str | None


class OrgDomain(Answer):
    """A proved domain of an organization."""

    name: str
    proof: str = Field(description="staff or dns")
    policy: str = Field(description="auto, request or closed")


class OrgTotalsAnswer(Answer):
    """How much there is, as its pages show it."""

    pending: int
    active: int
    managed: int
    declined: int
    leads: int
    live_leads: int


class OrgAnswer(OrgBrief):
    """An organization."""

    referral_url: str | None
    domains: list[OrgDomain]
    totals: OrgTotalsAnswer
