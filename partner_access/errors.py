"""The refusals a visitor can meet, each with its HTTP status and a sentence to show."""

from __future__ import annotations

import uuid


class PortalError(Exception):
    """A refusal with a reason code for the audit log and a sentence for the person.

    page: what to answer with, where the form with what was typed is better than the general page.
    subject: whom it is about, for the log alone.
    """

    page: str | None = None
    subject: uuid.UUID | None = None
    status = 500
    default_code = "failed"

    def __init__(self, sentence: str = "", *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.default_code


class Unauthorized(PortalError):
    """A call of the API without a token that is good."""

    status, default_code = 401, "no-token"


class NotFound(PortalError):
    status, default_code = 404, "not-found"


class Forbidden(PortalError):
    status, default_code = 403, "not-allowed"


class Conflict(PortalError):
    status, default_code = 409, "conflict"


class Invalid(PortalError):
    """What was typed cannot be used; `field` names the form field that the sentence belongs to."""

    status, default_code = 422, "not-usable"

    def __init__(self, sentence: str = "", *, code: str = "", field: str = "") -> None:
        super().__init__(sentence, code=code)
        self.field = field


class KeyReused(PortalError):
    """A key that makes a call repeatable came with another call before."""

    status, default_code = 422, "key-reused"


class NotJson(PortalError):
    """The body of a call is of another media type than the one it takes."""

    status, default_code = 415, "not-json"


class Expired(PortalError):
    status, default_code = 410, "expired"


class TooMany(PortalError):
    """A limit was reached; `retry_after` is in seconds, `field` names the form field that the sentence belongs to."""

    status, default_code = 429, "too-many"

    def __init__(self, sentence: str = "", *, code: str = "", retry_after: int = 300, field: str = "") -> None:
        super().__init__(sentence, code=code)
        self.retry_after, self.field = retry_after, field

    def on(self, page: str) -> TooMany:
        """The same refusal, shown on this page."""
        self.page = page
        return self
