"""What staff type: a decision with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from partner_access.accounts.forms import not_longer, several_lines
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


class DecisionForm(ReasonForm):
    """One of the choices, and the reason. shown: the kind that the queue showed."""

    choice = RadioField("Decision", [InputRequired("Choose an answer.")])
    shown = HiddenField()

    def offer(self, choices: Sequence[Choice], *, readers: str) -> None:
        """Show these choices, and say who reads the reason."""
        self.choice.choices = [(choice.value, choice.label) for choice in choices]
        self.reason.description = readers
