"""What people type when they apply to found an organization, and what admins answer."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, Optional, ValidationError

from partner_access.accounts.forms import not_longer, one_line, several_lines
from partner_access.addresses import domain_key
from partner_access.mistakes import Refused
from partner_access.organizations.rules import POLICIES
from partner_access.sites import site_key

OWN_SITE_REFUSALS = {
    "social-handle": "That looks like a social media name. Enter your organization’s own website, or leave this empty.",
    "public-mailbox": "That is a mail provider. Enter your organization’s own website, or leave this empty.",
    "path-tenant": "Many businesses share that site. Enter your organization’s own website, or leave this empty.",
}
"""Where the sentences of sites.py speak of a client's website."""


class OwnWebsiteField(StringField):
    """The applicant's own website; `site` is its key once the field has passed, None when nothing was typed."""

    site: str | None = None

    def post_validate(self, form: BaseForm, validation_stopped: bool) -> None:
        if not self.data or self.errors:
            return
        try:
            self.site = site_key(self.data)
        except Refused as refusal:
            raise ValidationError(OWN_SITE_REFUSALS.get(refusal.code, refusal.sentence)) from None


class ApplicationForm(FlaskForm):
    org_name = StringField(
        "Name of your organization", [DataRequired("Enter the name of your organization."), not_longer(100)],
        filters=[one_line],
    )  # fmt: skip
    website = OwnWebsiteField("Its website", [Optional(), not_longer(2048)], filters=[one_line])
    note = TextAreaField(
        "What should we know?", [Optional(), not_longer(2000)], filters=[several_lines],
        description="For example whom you work for, or who of us you know.",
    )  # fmt: skip


class DeclineForm(FlaskForm):
    reason = StringField(
        "Reason", [DataRequired("Enter a reason. The person reads it."), not_longer(300)], filters=[one_line],
        description="One sentence. The person reads it, on their page and by mail.",
    )  # fmt: skip


class DomainField(StringField):
    """An e-mail domain to claim, parsed by addresses.py alone; `key` is the result once the field has passed."""

    key: str

    def pre_validate(self, form: BaseForm) -> None:
        try:
            self.key = domain_key(self.data or "")
        except Refused as refusal:
            raise ValidationError(refusal.sentence) from None


class DomainForm(FlaskForm):
    name = DomainField(
        "Your e-mail domain", [not_longer(2048)], filters=[one_line],
        description="The part of your addresses after the @, like example.com.",
    )  # fmt: skip

    def tell(self, sentence: str) -> None:
        """Say at the field why it was refused."""
        self.name.errors = [sentence]


POLICY_LABELS = {"auto": "Joins at once", "request": "Asks first", "closed": "By invitation only"}


class PolicyForm(FlaskForm):
    """What to do with whoever confirms an address at the domain; `seen` is the preview that was looked at."""

    policy = RadioField("Whoever confirms an address at this domain", choices=POLICY_LABELS)
    include_subdomains = BooleanField("Subdomains too")
    seen = HiddenField()

    POLICIES = POLICIES

    def tell(self, sentence: str) -> None:
        """Say at the tick box why it was refused."""
        self.include_subdomains.errors = [sentence]
