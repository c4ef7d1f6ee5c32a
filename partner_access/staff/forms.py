"""What staff type: a decision with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from partner_access.accounts.forms import not_longer, one_line, several_lines
from partner_access.audit.staff_decisions import LONGEST
from partner_access.errors import Invalid
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


class LogForm(FlaskForm):
    """What the audit log is filtered by, besides the kind; it is part of the address."""

    email = StringField("Person’s e-mail address", filters=[one_line])
    since = StringField("From", filters=[one_line])
    until = StringField("To", filters=[one_line])
    code = StringField("Reason code", filters=[one_line])

    def tell(self, refusal: Invalid) -> None:
        """Say at the field why it was refused."""
        self._fields[refusal.field].errors = [refusal.sentence]


class DecisionForm(ReasonForm):
    """One of the choices, and the reason. shown: the kind that the queue showed."""

    choice = RadioField("Decision", [InputRequired("Choose an answer.")])
    shown = HiddenField()

    def offer(self, choices: Sequence[Choice], *, readers: str) -> None:
        """Show these choices, and say who reads the reason."""
        self.choice.choices = [(choice.value, choice.label) for choice in choices]
        self.reason.description = readers


class MoveForm(ReasonForm):
    """Another website for a client. shown: the site that the page showed as the present one."""

    website = StringField(
        "New website", [DataRequired("Enter the new website."), not_longer(2048)], filters=[one_line],
        description="In any spelling. The old one stays an alias of this client for 12 months.",
    )  # fmt: skip
    shown = HiddenField()


class FindStaysForm(FlaskForm):
    """Which account goes on; sent by GET, for it changes nothing."""

    class Meta:
        csrf = False

    into = StringField(
        "Account that goes on", [DataRequired("Enter the external id of the account that goes on.")],
        filters=[one_line], description="Its external id.",
    )  # fmt: skip


class MergeForm(ReasonForm):
    """A merger as it was shown. stays: the external id of the account that goes on."""

    stays = HiddenField(filters=[one_line])


class RulingForm(DecisionForm):
    """Who is credited, unasked. shown: the last ruling that the page showed."""

    slug = StringField(
        "Which other organization", [Optional(), not_longer(40)], filters=[one_line],
        description="Only for “another organization”: the last part of its address here, such as north-studio.",
    )  # fmt: skip
