"""What people type when they apply to found an organization, and what admins answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from partner_access.accounts.forms import NewPasswordForm, no_link, not_longer, one_line, several_lines
from partner_access.addresses import domain_key
from partner_access.mistakes import Refused
from partner_access.organizations.rules import POLICIES
from partner_access.permissions import Role
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


class RoleForm(FlaskForm):
    """A role to give, one of `roles`."""

    role = RadioField("Role", [InputRequired("Choose a role.")])

    def __init__(self, roles: Iterable[Role], **values: Any) -> None:
        super().__init__(**values)
        self.offer(roles)

    def offer(self, roles: Iterable[Role]) -> None:
        """Show these roles to choose from."""
        self.role.choices = [(role.value, role.capitalize()) for role in roles]


class InvitationsForm(RoleForm):
    """Addresses, one a line, or separated by commas or semicolons, and the role they are invited to."""

    MOST = 50

    addresses = TextAreaField(
        "E-mail addresses", [DataRequired("Enter an e-mail address."), not_longer(20_000)], filters=[several_lines],
        description="One a line, up to 50. Each gets a mail of its own.",
    )  # fmt: skip

    def lines(self) -> list[str]:
        """The addresses as they were typed."""
        parts = (part.strip() for part in re.split(r"[\n,;]", self.addresses.data or ""))
        return [part for part in parts if part]

    def validate_addresses(self, _field: TextAreaField) -> None:
        count = len(self.lines())
        if count > self.MOST:
            raise ValidationError(f"Enter {self.MOST} addresses or fewer at once. These are {count}.")

    def keep(self, refused: list[tuple[str, str]]) -> None:
        """Leave only the lines that could not be used in the field, to be mended, and say of each why."""
        self.addresses.data = "\n".join(text for text, _ in refused)
        these = "this address" if len(refused) == 1 else f"these {len(refused)} addresses"
        self.addresses.errors = [f"Mend or drop {these}, then send again."]
        self.form_errors += [f"{text[:80]}: {sentence}" for text, sentence in refused]


class InvitedForm(NewPasswordForm):
    """The name and the password of somebody who was invited and has no login yet."""

    name = StringField("Your name", [DataRequired("Enter your name."), not_longer(80), no_link], filters=[one_line])

    def names(self) -> list[str]:
        return [self.name.data or "", *super().names()]


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
