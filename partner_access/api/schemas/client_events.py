"""What the vendor tells of a client account after its sign-up, by the type of event."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, RootModel

from partner_access.api.schemas.base import NO_NUL, Answer, Given, Moment
from partner_access.audit.staff_decisions import LONGEST as LONGEST_REASON
from partner_access.credit.attribution.signups import LONGEST
from partner_access.credit.clients.client_events import LONGEST_ID, EventDetails

EVENT_TYPES = ("cancelled", "reactivated", "plan_changed", "site_changed", "merged_into", "managed_by")
SOME = r"^[^\x00]*\S[^\x00]*$"
"""A text with something in it."""


class EventGiven(Given):
    """What every event says."""

    id: Annotated[str, Field(pattern=SOME, max_length=LONGEST_ID)] = Field(
        description="Your own id of the event: twice is the same."
    )
    occurred_at: Moment = Field(description="When it happened, whenever it is told.")
    reason: Annotated[str, Field(pattern=NO_NUL, max_length=LONGEST_REASON)] | None = Field(
        default=None, description="Why, for staff alone."
    )

    def details(self) -> EventDetails:
        """What the event says besides."""
        return EventDetails()


class Cancelled(EventGiven):
    """The client cancelled: the credit ends then."""

    type: Literal["cancelled"]


class Reactivated(EventGiven):
    """The client came back: the credit goes on where the rules let it."""

    type: Literal["reactivated"]


class PlanChanged(EventGiven):
    """What the client pays from now on: a fact that whoever has the credit reads."""

    type: Literal["plan_changed"]
    amount_minor: int = Field(ge=0, le=10**15, description="In the currency’s minor unit: 4900 for EUR 49.00.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")
    interval: Literal["month", "year"]

    def details(self) -> EventDetails:
        return EventDetails(amount_minor=self.amount_minor, currency=self.currency, interval=self.interval)


class SiteChanged(EventGiven):
    """The client has another website; the old one stays theirs for 12 months."""

    type: Literal["site_changed"]
    website: Annotated[str, Field(pattern=NO_NUL, max_length=LONGEST["website"])]

    def details(self) -> EventDetails:
        return EventDetails(self.website)


class MergedInto(EventGiven):
    """The account and another one are one client; the other one goes on."""

    type: Literal["merged_into"]
    into: Annotated[str, Field(pattern=SOME, max_length=LONGEST_ID)] = Field(
        description="The external id of the account that goes on."
    )

    def details(self) -> EventDetails:
        return EventDetails(self.into.strip())


class ManagedBy(EventGiven):
    """Which organization manages the account; whoever did until then is told."""

    type: Literal["managed_by"]
    organization: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,44}$")] | None = Field(
        description="Its slug; null for nobody."
    )

    def details(self) -> EventDetails:
        return EventDetails(self.organization)


class ClientEventGiven(
    RootModel[
        Annotated[
            Cancelled | Reactivated | PlanChanged | SiteChanged | MergedInto | ManagedBy, Field(discriminator="type")
        ]
    ]
):
    """One event, of one of these types."""


class ToldAnswer(Answer):
    """An event as it was taken."""

    id: str
    type: str
    external_id: str
    occurred_at: datetime
    is_new: bool = Field(description="False for one that was told before.")
    waiting: bool = Field(description="Whether it waits for a sign-up that has yet to come; then it is done.")


class ClientEventAnswer(Answer):
    """An event that was told."""

    id: str
    type: str
    external_id: str
    occurred_at: datetime
    received_at: datetime
    waiting: bool
    reason: str
    target: str | None = Field(description="The website, external id or slug that it names.")
    amount_minor: int | None
    currency: str | None
    interval: str | None


class ClientEvents(Answer):
    """Everything told of an account, in the order in which it happened."""

    items: list[ClientEventAnswer]
