"""What the forms of webhooks ask for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from wtforms import DateField, HiddenField, SelectMultipleField
from wtforms.fields import choices
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput

from partner_access.errors import Invalid
from partner_access.events import TYPES
from partner_access.integrations.webhooks import addresses
from partner_access.integrations.webhooks.models import WebhookEndpoint
from partner_access.web import fields
from partner_access.web.fields import TellingForm


class TicksField(SelectMultipleField):
    """Several of some choices, each with a box to tick."""

    option_widget = CheckboxInput()


class EndpointForm(TellingForm):
    """An address, and what it is told of."""

    url = fields.string_field(
        "Address",
        required="Enter the address that events are posted to.",
        most=addresses.LONGEST,
        hint="The whole address, like https://example.com/webhooks.",
    )
    types = TicksField(
        "Events",
        [InputRequired("Choose the events to be told of, one at least.")],
        choices=[choices.SelectChoice(name, name) for name in TYPES],  # type: ignore[attr-defined]  # newer than types
    )

    @classmethod
    def showing(cls, row: WebhookEndpoint | None = None) -> EndpointForm:
        """The form as it stands for an endpoint; for a new one with all events ticked."""
        return cls(formdata=None, url=row.url if row else "", types=row.types if row else list(TYPES))


class SecretForm(TellingForm):
    """The number of the secret that is replaced."""

    seen = HiddenField()

    def number(self) -> int:
        """The number. Raises Invalid for a text that is none."""
        text = str(self.seen.data or "")
        if not (text.isascii() and text.isdigit()):
            raise Invalid("Open this page anew, then try again.", code="no-number")
        return int(text[:9])


class RangeForm(TellingForm):
    """The days whose events are sent again."""

    _NO_DAY = "Enter a day like 2026-11-23."
    since = DateField("From", [InputRequired(_NO_DAY)])
    until = DateField("To and with", [InputRequired(_NO_DAY)])

    def validate_until(self, field: DateField) -> None:
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError("The last day comes before the first. Enter a later one.")

    def moments(self) -> tuple[datetime, datetime]:
        """The first moment of the first day, and the first one after the last."""
        first, last = self.since.data, self.until.data
        assert first and last, "the form was validated"
        return _midnight(first), _midnight(last) + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
