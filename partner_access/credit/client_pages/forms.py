"""What the pages of clients ask for; what cannot be used is told by the rules beneath, beside the same fields."""

from __future__ import annotations

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from partner_access.web import fields
from partner_access.web.fields import TellingForm, no_link, not_longer, one_line


class AcceptForm(TellingForm):
    name = StringField("Your name", [InputRequired("Enter your name."), not_longer(80), no_link], filters=[one_line])


class ClientSignUpForm(TellingForm):
    website = fields.string_field("Your website", required="Enter your website, like example.com.", most=2048)
    email = fields.string_field("Your e-mail address", required="Enter your e-mail address.", most=320)
    company = fields.string_field("Your company’s name")
    name = fields.string_field("Your name")
    visit = HiddenField()
    form_id = HiddenField()
    without = HiddenField()
