"""What staff type: decisions with their reasons, and new organizations."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Optional

from partner_access.accounts.forms import AddressField, not_longer, one_line, several_lines
from partner_access.audit.staff_decisions import LONGEST
from partner_access.credit.foundings import Details
from partner_access.errors import Invalid
from partner_access.organizations.forms import POLICY_LABELS, DomainField, OwnWebsiteField
from partner_access.organizations.rules import POLICIES
from partner_access.staff.cases import Choice


class ReasonForm(FlaskForm):
    """An act of staff that needs nothing but a reason."""

    reason = TextAreaField("Reason", [DataRequired("Give the reason."), not_longer(LONGEST)], filters=[several_lines])

    def tell(self, refusal: Invalid) -> None:
        """Say at the field, or on top where it has none, why it was refused."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.sentence)
        else:
            field.errors = [refusal.sentence]


class DecisionForm(ReasonForm):
    """One of the choices, and the reason. shown: the kind that the queue showed."""

    choice = RadioField("Decision", [InputRequired("Choose an answer.")])
    shown = HiddenField()

    def offer(self, choices: Sequence[Choice], *, readers: str) -> None:
        """Show these choices, and say who reads the reason."""
        self.choice.choices = [(choice.value, choice.label) for choice in choices]
        self.reason.description = readers


class OrgActForm(ReasonForm):
    """An act on an organization. seen: the newest decision about it that was shown."""

    seen = HiddenField()

    def seen_decision(self) -> str:
        """The id of that decision, or '' where none was shown."""
        return str(self.seen.data or "")


class OwnerForm(OrgActForm):
    email = AddressField("E-mail address", [InputRequired()], description="Of somebody who may act for them.")


class MaybeAddressField(AddressField):
    """The same, but it may be left empty."""

    def pre_validate(self, form: BaseForm) -> None:
        if self.data:
            super().pre_validate(form)


class FoundOrgForm(ReasonForm):
    name = StringField("Name", [DataRequired("Enter its name."), not_longer(100)], filters=[one_line])
    domain = DomainField(
        "E-mail domain", [not_longer(2048)], filters=[one_line],
        description="The part of its addresses after the @. You say that it is theirs; DNS can prove it later.",
    )  # fmt: skip
    policy = RadioField("Whoever confirms an address at this domain", choices=POLICY_LABELS, default="auto")
    website = OwnWebsiteField("Website", [Optional(), not_longer(2048)], filters=[one_line])
    owner = MaybeAddressField(
        "First owner", [Optional()], description="An e-mail address; a link to set a password is mailed there."
    )

    HINTS = POLICIES

    def details(self) -> Details:
        """What was typed, once the form has passed."""
        owner = self.owner.address if self.owner.data else None
        return Details(self.name.data or "", self.domain.key, self.policy.data, self.website.data or None, owner)
