"""What all forms share: bodies are taken to the letter, answers say all that they promise."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps no NUL in a text."""
Text = Annotated[str, Field(pattern=NO_NUL)]
Moment = Annotated[
    str,
    Field(
        max_length=40,
        json_schema_extra={"format": "date-time"},
        description="ISO 8601 with an offset; without one it is UTC.",
        examples=["2026-11-03T09:15:00Z"],
    ),
]


class Given(BaseModel):
    """A body: nothing beside what is named, and each of its own type, so that a mistake is told and not guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asked(BaseModel):
    """Parameters of an address: nothing beside what is named; they are all texts, and read as what they should be."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """An answer: every field is there, also where it holds null."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Before(Asked):
    """A page of a list."""

    before: Annotated[str, Field(pattern=r"^[0-9T:.+-]{19,40}_[0-9a-f-]{36}$")] | None = Field(
        default=None, description="`next` of the page before this one; without it, the newest."
    )


class ProblemPart(BaseModel):
    """What is wrong with one part of the request: a JSON pointer into the body, or a parameter of the address."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str
    code: str | None = None


class Problem(Answer):
    """A refusal (RFC 9457). `code` is for programs and never changes; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str = Field(description="The id of the request, as in X-Request-Id.")
    errors: list[ProblemPart]


class OwnOrg(Answer):
    """An organization, as it is named everywhere."""

    slug: str
    name: str


class TokenAnswer(Answer):
    """The token of the call, and whose it is: `organization` is null for the programme's."""

    id: uuid.UUID
    name: str
    kind: str = Field(description="programme or organization")
    scope: str = Field(description="read or write")
    created_at: datetime
    expires_at: datetime | None
    organization: OwnOrg | None
