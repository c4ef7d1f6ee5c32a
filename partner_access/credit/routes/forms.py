"""What the forms of credit ask for; what cannot be used is told by the rules beneath, beside the same fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import choices
from wtforms.form import BaseForm
from wtforms.validators import AnyOf, InputRequired, Optional, StopValidation, ValidationError

from partner_access.credit.touchpoints import registrations
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.web import fields
from partner_access.web.fields import Form, TellingForm, not_longer, one_line, several_lines


class NeededFor:
    """Left out, it is asked for with this sentence where the client is one of `kinds` today; else it is left out."""

    def __init__(self, sentence: str, *kinds: str) -> None:
        self.sentence, self.kinds = sentence, kinds

    def __call__(self, form: BaseForm, field: Field) -> None:
        if not field.data:
            raise StopValidation(self.sentence if form["kind"].data in self.kinds else "")


class ClientForm(TellingForm):
    """One form for the three cases; what a case does not need is ignored."""

    KINDS: ClassVar[dict[str, str]] = {
        "lead": "Not a client yet",
        "behalf": "I create the account for them",
        "managed": "Already a client, and we manage it",
    }

    kind = RadioField(
        "Where is the client today?",
        [AnyOf(list(KINDS), message="Choose where the client is today.")],
        choices=[choices.SelectChoice(*kind) for kind in KINDS.items()],  # type: ignore[attr-defined]  # newer than types
        default="lead",
        validate_choice=False,
    )
    website = fields.string_field(
        "Client’s website",
        required="Enter the client’s website, like example.com.",
        most=2048,
        hint="This is what we match on. Paste any page of their site.",
    )
    company = StringField(
        "Client’s name", [NeededFor("Enter the client’s name.", "lead", "behalf"), not_longer(200)], filters=[one_line]
    )
    contact_name = fields.string_field("Contact’s name")
    contact_email = StringField(
        "Client’s e-mail address",
        [NeededFor("Enter the address that the client’s mail goes to.", "behalf"), not_longer(320)],
        filters=[one_line],
    )
    note = TextAreaField("Note for your team", [Optional(), not_longer(2000)], filters=[several_lines])
    form_id = HiddenField()

    def details(self) -> LeadDetails:
        """What was typed, with None for what was left out."""
        return LeadDetails(
            self.company.data or "",
            self.website.data or "",
            self.contact_name.data or None,
            self.contact_email.data or None,
            self.note.data or None,
        )


class AddressForm(TellingForm):
    contact_email = fields.string_field(
        "Client’s e-mail address",
        required="Enter the address that the client’s mail goes to.",
        most=320,
        hint="The link that was sent before stops working.",
    )


class CheckForm(TellingForm):
    website = fields.string_field(
        "Client’s website",
        required="Enter the client’s website, like example.com.",
        most=2048,
        hint="Paste any page of their site.",
    )
    email = fields.string_field(
        "E-mail address they will sign up with", most=320, hint="Any address is fine, unless it is at your own domain."
    )


class MissingForm(TellingForm):
    website = fields.string_field(
        "Client’s website",
        required="Enter the client’s website, like example.com.",
        most=2048,
        hint="The one the client typed when signing up, as far as you know.",
    )
    around = fields.string_field("Day they signed up", most=10, hint="Two weeks more or less do not matter.")

    def validate_around(self, field: Field) -> None:
        self.day()

    def day(self) -> date | None:
        """The day that was given, if any. Raises ValidationError for what is none."""
        try:
            return date.fromisoformat(self.around.data) if self.around.data else None
        except ValueError:
            raise ValidationError("Enter the day like 2026-11-23, or leave it out.") from None


class HeirForm(TellingForm):
    """Who takes over: the colleagues as (membership id, name)."""

    heir = SelectField("Who takes over?", default="")

    def __init__(self, colleagues: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.heir.choices = [("", "Choose a colleague"), *colleagues]


class RenewForm(TellingForm):
    progress = fields.string_field(
        "What has moved with this client?",
        required="Write in one line what has moved with this client.",
        most=registrations.LONGEST_PROGRESS,
        hint="One line. Your team and the programme’s staff read it.",
    )


class LinkForm(TellingForm):
    label = fields.string_field(
        "Label", required="Enter a label, for example Newsletter.", most=60, hint="Only your team sees the label."
    )


class ManagedForm(TellingForm):
    """Lines to claim. shown: the lines that were answered before, which the page keeps in view."""

    lines = TextAreaField(
        "Websites or account ids",
        [InputRequired("Enter a website or an account id, one a line.")],
        filters=[several_lines],
        description="One a line, up to 50. Paste any page of their site.",
    )
    shown = HiddenField()

    def keep(self, lines: list[str]) -> None:
        """These lines stay to be changed; the others are done."""
        self.lines.data = "\n".join(lines)
        if lines:
            many = f"{len(lines)} lines are" if len(lines) > 1 else "One line is"
            self.lines.errors = [f"{many} not used yet. The table says why: change it here and send it again."]


class EndManagedForm(Form):
    state = HiddenField()


class AnotherLookForm(TellingForm):
    words = TextAreaField(
        "What should we know?",
        [InputRequired("Write what we should know."), not_longer(2000)],
        filters=[several_lines],
        description="Only your team and the programme’s staff read this.",
    )


class MissingLookForm(MissingForm, AnotherLookForm):
    """Another look at a client that is found by its website."""
