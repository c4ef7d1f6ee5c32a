"""What the forms of credit ask for; what cannot be used is told by the rules beneath, beside the same fields."""

from __future__ import annotations

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from partner_access.accounts.forms import one_line, several_lines
from partner_access.credit.leads import Details
from partner_access.errors import Invalid


def _string(label: str, *, required: str = "", most: int = 200, hint: str = "") -> StringField:
    rules = [
        InputRequired(required) if required else Optional(),
        Length(max=most, message=f"Use {most} characters or fewer."),
    ]
    return StringField(label, rules, filters=[one_line], description=hint)


class TellingForm(FlaskForm):
    """A form that can show a refusal from beneath at the field it names."""

    def tell(self, refusal: Invalid) -> None:
        """Put the refusal's sentence beside its field, or on top when it names none of ours."""
        field = self._fields.get(refusal.field)
        (field.errors if field is not None else self.form_errors).append(refusal.sentence)


class LeadForm(TellingForm):
    company = _string("Client’s name", required="Enter the client’s name.")
    website = _string(
        "Client’s website", required="Enter the client’s website, like example.com.", most=2048,
        hint="This is what we match on. Paste any page of their site.",
    )  # fmt: skip
    contact_name = _string("Contact’s name")
    contact_email = _string(
        "Contact’s e-mail address",
        most=320,
        hint="The client can sign up with any other address. We match the website.",
    )
    note = TextAreaField(
        "Note for your team",
        [Optional(), Length(max=2000, message="Use 2,000 characters or fewer.")],
        filters=[several_lines],
    )

    def details(self) -> Details:
        """What was typed, with None for what was left out."""
        return Details(
            self.company.data or "", self.website.data or "", self.contact_name.data or None,
            self.contact_email.data or None, self.note.data or None,
        )  # fmt: skip


class HeirForm(TellingForm):
    """Who takes over: the colleagues as (membership id, name)."""

    heir = SelectField("Who takes over?", default="")

    def __init__(self, colleagues: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.heir.choices = [("", "Choose a colleague"), *colleagues]


class LinkForm(TellingForm):
    label = _string(
        "Label", required="Enter a label, for example Newsletter.", most=60, hint="Only your team sees the label."
    )


class ClientSignUpForm(TellingForm):
    website = _string("Your website", required="Enter your website, like example.com.", most=2048)
    email = _string("Your e-mail address", required="Enter your e-mail address.", most=320)
    company = _string("Your company’s name")
    name = _string("Your name")
    visit = HiddenField()
    form_id = HiddenField()
    without = HiddenField()
