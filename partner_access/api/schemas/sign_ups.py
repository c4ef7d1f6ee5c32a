"""What the API takes and says of sign-ups."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from partner_access.api.schemas.base import NO_NUL, Answer, Given, Moment
from partner_access.credit.attribution.signups import LONGEST


class SignUpGiven(Given):
    """A client account was created at the vendor’s."""

    external_id: Annotated[str, Field(pattern=r"^[^\x00]*\S[^\x00]*$", max_length=LONGEST["external_id"])] = Field(
        description="The vendor’s own id of the account; the same id is the same sign-up."
    )
    company: Annotated[str, Field(pattern=NO_NUL, max_length=LONGEST["company"])] = Field(
        default="", description="What the client is called; without it, its website."
    )
    website: Annotated[str, Field(pattern=NO_NUL, max_length=LONGEST["website"])] = Field(
        description="The client’s website; any page of it will do. It is what clients are matched by."
    )
    email: Annotated[str, Field(pattern=NO_NUL, max_length=LONGEST["email"])] | None = Field(
        default=None, description="The owner’s e-mail address."
    )
    signed_up_at: Moment = Field(description="When the client signed up: ISO 8601. A date alone is that day.")
    referral: Annotated[str, Field(pattern=NO_NUL, max_length=LONGEST["referral"])] | None = Field(
        default=None,
        description="What the sign-up page was opened with: the token of a visit (43 characters), or a link’s code.",
    )
    dry_run: bool = Field(default=False, description="Decide, and store nothing.")


class FindingAnswer(Answer):
    """What one rule found in what one organization did."""

    rule: str = Field(description="R0 to R6, in the order of the rules.")
    organization: str | None = Field(description="The slug of the organization whose lead, link or account it was.")
    result: str = Field(description="won, not-needed, failed, suggested or noted")
    code: str
    sentence: str
    at: datetime | None
    until: datetime | None


class DecisionAnswer(Answer):
    """Who has the credit, and why."""

    winner: str | None = Field(description="The slug of the organization that has the credit; null for nobody.")
    basis: str | None = Field(description="ruling, lead, behalf or link; null for nobody.")
    reason: str = Field(description="The code of the reason; it never changes its meaning.")
    sentence: str
    next_step: str
    rule_version: int
    findings: list[FindingAnswer]


class ReferralAnswer(Answer):
    """What the referral was taken for."""

    state: str = Field(description="none, visit, link, expired, later or unknown")
    sentence: str


class SignUpAnswer(Answer):
    """A sign-up and what was decided when it came: a repeated delivery is answered as the first one was."""

    external_id: str
    is_new: bool = Field(description="False for a repeated delivery.")
    dry_run: bool
    decision: DecisionAnswer
    referral: ReferralAnswer


class RecordedSignUp(Answer):
    """A sign-up that was recorded, what holds now, and the state of its credit."""

    external_id: str
    company: str
    website: str
    site: str = Field(description="The website as clients are matched by it.")
    signed_up_at: datetime
    received_at: datetime
    merged_into: str | None = Field(description="The external id of the account that goes on for it.")
    credit: str | None = Field(description="pending, active or ended; null where nobody has it.")
    decision: DecisionAnswer
