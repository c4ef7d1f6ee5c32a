"""Fields of forms that every feature shares: text as it is kept, addresses, refusals beside a field."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask import g
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError

from partner_access.errors import Invalid, TooMany
from partner_access.keys import pasted
from partner_access.keys.addresses import Address, address
from partner_access.keys.mistakes import Refused
from partner_access.keys.text import too_long

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


def not_longer(most: int) -> Length:
    """At most so many characters."""
    return Length(max=most, message=too_long(most))


class AddressField(EmailField):
    """An e-mail address, parsed by keys/addresses.py alone; `address` is the result once the field has passed."""

    address: Address

    def pre_validate(self, form: BaseForm) -> None:
        try:
            self.address = address(pasted.one_address(self.data or ""))
        except Refused as refusal:
            raise StopValidation(refusal.sentence) from None


def string_field(label: str, *, required: str = "", most: int = 200, hint: str = "") -> StringField:
    """A field of one line. required: the sentence that asks for it, else it may be left out; most: characters."""
    rules = [InputRequired(required) if required else Optional(), not_longer(most)]
    return StringField(label, rules, filters=[one_line], description=hint)


class Form(FlaskForm):
    """A form of ours: of a page that is shown again after a refusal, it has what was typed (kept_forms.py)."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            return g.kept_fields if "kept_fields" in g else super().wrap_formdata(form, formdata)


class TellingForm(Form):
    """A form that can show a refusal from beneath at the field it names."""

    def tell(self, refusal: Invalid | TooMany) -> None:
        """Put the refusal's sentence beside its field, or on top when it names none of ours."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.sentence)
        else:
            field.errors = [*field.errors, refusal.sentence]  # a tuple while the form was not validated
