"""What the pages of clients ask for; what cannot be used is told by the rules beneath, beside the same fields."""

from __future__ import annotations

from typing import ClassVar

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from partner_access.web import fields
from partner_access.web.fields import TellingForm, no_link, not_longer, one_line


class AcceptForm(TellingForm):
    name = StringField("Your name", [InputRequired("Enter your name."), not_longer(80), no_link], filters=[one_line])


class ClientSignUpForm(TellingForm):
    class Meta:
        csrf = False  # see landing.sign_up

    website = fields.string_field("Your website", required="Enter your website, like example.com.", most=2048)
    email = fields.string_field("Your e-mail address", required="Enter your e-mail address.", most=320)
    company = fields.string_field("Your company’s name")
    name = fields.string_field("Your name")
    visit = HiddenField()
    form_id = HiddenField()
    without = HiddenField()


class SignUpCodeForm(TellingForm):
    code = StringField("6-digit code", [InputRequired("Enter the 6 digits from the mail.")], filters=[one_line])

    ANSWERS: ClassVar[dict[str, str]] = {
        "wrong": "This is not the code. Check the 6 digits in the mail.",
        "spent": "This code had its 5 tries. Open the link in the mail instead.",
        "expired": "This code has stopped working: it is good for an hour. Open the link in the mail instead.",
    }

    def refuse(self, outcome: str) -> None:
        """Say what became of the code (`confirmations.try_code`)."""
        self.code.errors = [self.ANSWERS[outcome]]
