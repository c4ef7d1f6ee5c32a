"""What the forms of the integrations pages ask for."""

from __future__ import annotations

from wtforms import RadioField, SelectField
from wtforms.fields import choices
from wtforms.validators import AnyOf

from partner_access.integrations import tokens
from partner_access.web import fields
from partner_access.web.fields import TellingForm

SCOPES = {"read": "It reads", "write": "It reads and writes"}
DAYS = {"30": "30 days", "90": "90 days", "365": "A year", "": "Until it is revoked"}


class TokenForm(TellingForm):
    """A new token."""

    name = fields.string_field(
        "What uses it", required="Enter what uses the token, like CRM.", most=tokens.LONGEST_NAME, hint="Like CRM."
    )
    scope = RadioField(
        "What it may do",
        [AnyOf(list(SCOPES), message="Choose what it may do.")],
        choices=[choices.SelectChoice(*pair) for pair in SCOPES.items()],  # type: ignore[attr-defined]  # newer than types
        default="read",
        validate_choice=False,
    )
    days = SelectField(
        "How long it is good",
        [AnyOf(list(DAYS), message="Choose how long it is good.")],
        choices=[choices.SelectChoice(*pair) for pair in DAYS.items()],  # type: ignore[attr-defined]
        default="365",
        validate_choice=False,
    )

    def create(self) -> tokens.NewToken:
        """The token that was asked for. Raises Invalid beside a field."""
        days = int(self.days.data) if self.days.data else None
        return tokens.create(self.name.data or "", self.scope.data, days=days, is_new_name=True)
