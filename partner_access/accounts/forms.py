"""What people type about themselves: names, addresses, passwords, codes, each refused with a sentence at its field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from flask import current_app
from wtforms import EmailField, Field, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Optional, StopValidation

from partner_access.accounts import passwords
from partner_access.web import fields
from partner_access.web.fields import AddressField, Form


def good_password(form: Any, field: Field) -> None:
    """A password to be chosen; the form's `names()` are words that may not make it up."""
    problem = passwords.problem(field.data or "", [*form.names(), current_app.config["PROGRAMME_NAME"]])
    if problem:
        raise StopValidation(problem)


def _new_password(label: str) -> PasswordField:
    return PasswordField(label, [good_password, InputRequired()])


def _name(label: str, *rules: Any) -> StringField:
    return StringField(label, [*rules, fields.not_longer(80), fields.no_link], filters=[fields.one_line])


class RequestAccountForm(Form):
    name = _name("Your name", DataRequired("Enter your name."))
    email = AddressField("Your work e-mail address", [InputRequired()])
    password = _new_password("Choose a password")

    def names(self) -> list[str]:
        return [self.name.data or "", self.email.data or ""]


class SignInForm(Form):
    email = EmailField("E-mail address", [InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    kept = HiddenField()

    def refuse(self) -> None:
        """Say that the two do not match, without telling which of them is wrong."""
        self.password.errors = ["The e-mail address or the password is not right. Check both, then try again."]


class ForgotPasswordForm(Form):
    email = AddressField("Your e-mail address", [InputRequired()])


class NewPasswordForm(Form):
    """A password, chosen by somebody whose name and address are known already."""

    password = _new_password("Choose a password")

    def __init__(self, names: Iterable[str], **values: Any) -> None:
        self._names = list(names)
        super().__init__(**values)

    def names(self) -> list[str]:
        return self._names


class OwnPasswordForm(NewPasswordForm):
    """The password of somebody whom staff named by address alone, and their name."""

    name = _name("Your name", Optional())
    password = _new_password("Choose a password")


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField("Current password", [InputRequired("Enter your current password.")])
    password = _new_password("New password")

    def refuse(self) -> None:
        """Say that the current password is another one."""
        self.current.errors = ["This is not your current password. Check it, then try again."]


class EndSessionsForm(Form):
    """The password before other devices are signed out: else whoever finds a browser open shuts its owner out."""

    current = PasswordField("Your password", [InputRequired("Enter your password.")])

    def refuse(self) -> None:
        """Say that the password is another one."""
        self.current.errors = ["This is not your password. Check it, then try again."]


class DetailsForm(Form):
    name = _name("Your name", DataRequired("Enter your name."))


class ChangeEmailForm(Form):
    email = AddressField("New e-mail address", [InputRequired()])
    current = PasswordField("Your password", [InputRequired("Enter your password.")])

    def refuse(self) -> None:
        """Say that the password is another one."""
        self.current.errors = ["This is not your password. Check it, then try again."]

    def refuse_same(self) -> None:
        """Say that there is nothing to change."""
        self.email.errors = ["This is your address already. Enter the new one."]


class CodeForm(Form):
    code = StringField("6-digit code", [DataRequired("Enter the 6 digits from the mail.")], filters=[fields.one_line])

    ANSWERS: ClassVar[dict[str, str]] = {
        "wrong": "This is not the code. Check the 6 digits in the newest mail.",
        "spent": "This code had its 5 tries. Open the link in the mail instead, or send a new mail.",
        "expired": "This code has stopped working: it is good for 10 minutes, once. Open the link in the mail instead, "
        "or send a new mail. If you have confirmed already, sign in.",
    }

    def refuse(self, outcome: str) -> None:
        """Say what became of the code (`account_requests.try_code`)."""
        self.code.errors = [self.ANSWERS[outcome]]
