"""What people type about themselves: names, addresses, passwords, codes, each refused with a sentence at its field."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar

from flask import current_app
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField, StringField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Length, Optional, StopValidation, ValidationError

from partner_access.accounts import passwords
from partner_access.addresses import Address, address
from partner_access.mistakes import Refused

NOT_PART_OF_TEXT = {"Cc", "Cs", "Co", "Cn"}
"""Unicode categories that nobody types into a name: controls (PostgreSQL refuses NUL) and what is no character."""
TURNS_TEXT_ROUND = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Direction overrides: with one of them a name can change how the sentence around it reads."""


def one_line(text: str | None) -> str | None:
    """Text of one line as it is kept: without control characters, with single spaces."""
    return None if text is None else " ".join(_plain(text).split())


def several_lines(text: str | None) -> str | None:
    """Text of several lines as it is kept: the same, line by line."""
    return None if text is None else "\n".join(_plain(line).rstrip() for line in text.splitlines()).strip()


def _plain(text: str) -> str:
    kept = (" " if letter.isspace() else letter for letter in text if letter not in TURNS_TEXT_ROUND)
    return "".join(letter for letter in kept if unicodedata.category(letter) not in NOT_PART_OF_TEXT)


def no_link(_form: BaseForm, field: Field) -> None:
    """A person's name goes into mails to others, so it may not bring a link or an address along."""
    if any(sign in (field.data or "") for sign in "@/<>"):
        raise ValidationError("Enter your name alone, without an address or a link.")


def good_password(form: Any, field: Field) -> None:
    """A password to be chosen; the form's `names()` are words that may not make it up."""
    problem = passwords.problem(field.data or "", [*form.names(), current_app.config["PROGRAMME_NAME"]])
    if problem:
        raise StopValidation(problem)


def not_longer(most: int) -> Length:
    """At most so many characters."""
    return Length(max=most, message=f"Use {most:,} characters or fewer.")


def _new_password(label: str) -> PasswordField:
    return PasswordField(label, [good_password, InputRequired()])


def _name(label: str, *rules: Any) -> StringField:
    return StringField(label, [*rules, not_longer(80), no_link], filters=[one_line])


class AddressField(EmailField):
    """An e-mail address, parsed by sites.py alone; `address` is the result once the field has passed."""

    address: Address

    def pre_validate(self, form: BaseForm) -> None:
        try:
            self.address = address(self.data or "")
        except Refused as refusal:
            raise StopValidation(refusal.sentence) from None


class RequestAccountForm(FlaskForm):
    name = _name("Your name", DataRequired("Enter your name."))
    email = AddressField("Your work e-mail address", [InputRequired()])
    password = _new_password("Choose a password")

    def names(self) -> list[str]:
        return [self.name.data or "", self.email.data or ""]


class SignInForm(FlaskForm):
    email = EmailField("E-mail address", [InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])

    def refuse(self) -> None:
        """Say that the two do not match, without telling which of them is wrong."""
        self.password.errors = ["The e-mail address or the password is not right. Check both, then try again."]


class ForgotPasswordForm(FlaskForm):
    email = AddressField("Your e-mail address", [InputRequired()])


class NewPasswordForm(FlaskForm):
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
    current = PasswordField("Present password", [InputRequired("Enter your present password.")])
    password = _new_password("New password")

    def refuse(self) -> None:
        """Say that the present password is another one."""
        self.current.errors = ["This is not your present password. Check it, then try again."]


class DetailsForm(FlaskForm):
    name = _name("Your name", DataRequired("Enter your name."))


class ChangeEmailForm(FlaskForm):
    email = AddressField("New e-mail address", [InputRequired()])
    current = PasswordField("Your password", [InputRequired("Enter your password.")])

    def refuse(self) -> None:
        """Say that the password is another one."""
        self.current.errors = ["This is not your password. Check it, then try again."]

    def refuse_same(self) -> None:
        """Say that there is nothing to change."""
        self.email.errors = ["This is your address already. Enter the new one."]


class CodeForm(FlaskForm):
    code = StringField("6-digit code", [DataRequired("Enter the 6 digits from the mail.")], filters=[one_line])

    ANSWERS: ClassVar[dict[str, str]] = {
        "wrong": "This is not the code. Check the 6 digits in the newest mail.",
        "spent": "This code had its 5 tries. Open the link in the mail instead, or send a new mail.",
        "expired": "This code has stopped working: it is good for 10 minutes, once. Open the link in the mail instead, "
        "or send a new mail. If you have confirmed already, sign in.",
    }

    def refuse(self, outcome: str) -> None:
        """Say what became of the code (`account_requests.try_code`)."""
        self.code.errors = [self.ANSWERS[outcome]]
