"""What staff type: decisions with their reasons, and new organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields import choices
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Optional

from partner_access.audit.staff_decisions import LONGEST
from partner_access.credit.lifecycle.org_foundings import OrgDetails
from partner_access.credit.rules import settings
from partner_access.credit.rules.settings import Rules
from partner_access.organizations.forms import DomainField, OwnWebsiteField
from partner_access.organizations.words import POLICIES, POLICY_LABELS
from partner_access.staff.queue.cases import Choice
from partner_access.web.event_lists import EventFilterForm
from partner_access.web.fields import (
    AddressField,
    Form,
    TellingForm,
    not_longer,
    one_line,
    several_lines,
    string_field,
)


class WholeNumberField(IntegerField):
    """A whole number, with our sentence for what is none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Enter a whole number, or leave it empty.") from None


class ReasonForm(TellingForm):
    """An act of staff that needs nothing but a reason."""

    reason = TextAreaField("Reason", [DataRequired("Give the reason."), not_longer(LONGEST)], filters=[several_lines])


class TestSignUpForm(TellingForm):
    """A sign-up to try the rules on."""

    __test__ = False  # no class of pytest's

    website = string_field("Client’s website", required="Enter a website, like example.com.", most=2048)
    referral = string_field(
        "Referral", most=100, hint="The code of a link, or the token that the sign-up page was opened with."
    )


class LogForm(EventFilterForm):
    """What the audit log is filtered by: a person besides, whoever it is."""

    email = StringField("Person’s e-mail address", filters=[one_line])


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
        "New website",
        [DataRequired("Enter the new website."), not_longer(2048)],
        filters=[one_line],
        description="In any spelling. The old one stays an alias of this client for 12 months.",
    )
    shown = HiddenField()


class ClientEventForm(ReasonForm):
    """What the vendor told of a client account: when it cancelled, or came back."""

    at = StringField(
        "When it happened",
        [DataRequired("Enter when it happened."), not_longer(40)],
        filters=[one_line],
        description="Such as 2026-10-03, or 2026-10-03 09:15. In UTC.",
    )


class FindStaysForm(Form):
    """Which account goes on; sent by GET, for it changes nothing."""

    class Meta:
        csrf = False

    into = StringField(
        "Account that goes on",
        [DataRequired("Enter the external id of the account that goes on.")],
        filters=[one_line],
        description="Its external id.",
    )


class MergeForm(ReasonForm):
    """A merger as it was shown. stays: the external id of the account that goes on."""

    stays = HiddenField(filters=[one_line])


class RulingForm(DecisionForm):
    """Who is credited, unasked. shown: the last ruling that the page showed."""

    slug = StringField(
        "Which other organization",
        [Optional(), not_longer(40)],
        filters=[one_line],
        description="Only for “another organization”: the last part of its address here, such as north-studio.",
    )


def _radio(name: str) -> RadioField:
    offered = [choices.SelectChoice(*choice) for choice in settings.CHOICES[name].items()]  # type: ignore[attr-defined]  # newer than types
    return RadioField(settings.LABELS[name], choices=offered)


def _optional(name: str) -> IntegerField:
    return IntegerField(settings.LABELS[name], [Optional()])


class SettingFields:
    """The settings of the rules, with what they are called."""

    window_days = IntegerField(settings.LABELS["window_days"])
    lead_days = IntegerField(settings.LABELS["lead_days"])
    hold_hours = IntegerField(settings.LABELS["hold_hours"])
    visit_months = IntegerField(settings.LABELS["visit_months"])
    order = _radio("order")
    click = _radio("click")
    dispute_days = _optional("dispute_days")
    trial_days = _optional("trial_days")
    return_months = _optional("return_months")
    comeback_days = _optional("comeback_days")
    lead_limit = _optional("lead_limit")
    lead_cooldown_days = _optional("lead_cooldown_days")


class RulesForm(SettingFields, Form):
    """Rules to try; it changes nothing, so it is sent in the address."""

    class Meta:
        csrf = False

    def settings(self) -> Rules:
        """What was typed; a number that was none is out of bounds."""
        typed: dict[str, Any] = {name: -1 if self[name].data is None else self[name].data for name in settings.BOUNDS}
        typed |= {name: self[name].data or "" for name in settings.CHOICES}
        typed |= {name: self._number_or_off(name) for name in settings.MAY_BE_OFF}
        return Rules(0, **typed)

    def _number_or_off(self, name: str) -> int | None:
        field = self[name]
        is_typed = any(str(text).strip() for text in field.raw_data or ())
        return -1 if is_typed and field.data is None else field.data

    def validate(self, extra_validators: Any = None) -> bool:
        """Say beside each setting that cannot be what can."""
        super().validate(extra_validators)
        found = settings.mistakes(self.settings())
        for name in settings.LABELS:
            self[name].errors = [found[name]] if name in found else []
        return not found


class SaveRulesForm(ReasonForm):
    """Save the rules that were tried. seen: the newest version that whoever saves has seen."""

    seen = HiddenField()


class WhyForm(Form):
    """A website to look at; it changes nothing, so it is sent in the address."""

    class Meta:
        csrf = False

    site = StringField("Website", filters=[one_line], description="Paste any page of the site.")


class OrgActForm(ReasonForm):
    """An act on an organization. seen: the newest decision about it that was shown."""

    seen = HiddenField()

    def seen_decision(self) -> str:
        """The id of that decision, or '' where none was shown."""
        return str(self.seen.data or "")


class OwnerForm(OrgActForm):
    email = AddressField("E-mail address", [InputRequired()], description="Of somebody who may act for them.")


class PersonForm(ReasonForm):
    """A person whom staff act on, by the address of their login."""

    email = AddressField("E-mail address", [InputRequired()])


class LeadLimitForm(ReasonForm):
    """How many open leads one organization may have; empty for what the rules say."""

    limit = WholeNumberField("Open leads that it may have at once", [Optional()])


class MaybeAddressField(AddressField):
    """The same, but it may be left empty."""

    def pre_validate(self, form: BaseForm) -> None:
        if self.data:
            super().pre_validate(form)


class MailProviderForm(TellingForm):
    """A domain at which anybody can have an address."""

    name = StringField(
        "Domain",
        [DataRequired("Enter the domain."), not_longer(2048)],
        filters=[one_line],
        description="The part of their customers’ addresses after the @, like provider.example.",
    )


class FoundOrgForm(ReasonForm):
    name = StringField("Name", [DataRequired("Enter its name."), not_longer(100)], filters=[one_line])
    domain = DomainField(
        "E-mail domain",
        [not_longer(2048)],
        filters=[one_line],
        description="The part of its addresses after the @. You say that it is theirs; DNS can prove it later.",
    )
    policy = RadioField("Whoever confirms an address at this domain", choices=POLICY_LABELS, default="auto")
    website = OwnWebsiteField("Website", [Optional(), not_longer(2048)], filters=[one_line])
    owner = MaybeAddressField(
        "First owner", [Optional()], description="An e-mail address; a link to set a password is mailed there."
    )

    HINTS = POLICIES

    def details(self) -> OrgDetails:
        """What was typed, once the form has passed."""
        owner = self.owner.address if self.owner.data else None
        return OrgDetails(self.name.data or "", self.domain.key, self.policy.data, self.website.data or None, owner)
