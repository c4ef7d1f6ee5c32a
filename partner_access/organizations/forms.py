"""What people type when they apply to found an organization, and what owners and admins of one type."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from partner_access.accounts.forms import NewPasswordForm
from partner_access.keys import pasted
from partner_access.keys.addresses import domain_key
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import display_site, site_key
from partner_access.organizations import words
from partner_access.organizations.directory.settings import OrgSettings, differences
from partner_access.organizations.team.recipients import Tick
from partner_access.organizations.team.topics import TOPICS, Topic
from partner_access.organizations.words import POLICY_LABELS
from partner_access.permissions import Role
from partner_access.web.fields import Form, TellingForm, no_link, not_longer, one_line, several_lines

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


class ApplicationForm(Form):
    org_name = StringField(
        "Name of your organization",
        [DataRequired("Enter the name of your organization."), not_longer(100)],
        filters=[one_line],
    )
    website = OwnWebsiteField("Its website", [Optional(), not_longer(2048)], filters=[one_line])
    note = TextAreaField(
        "What should we know?",
        [Optional(), not_longer(2000)],
        filters=[several_lines],
        description="For example whom you work for, or who of us you know.",
    )


class DeclineForm(Form):
    reason = StringField(
        "Reason",
        [DataRequired("Enter a reason. The person reads it."), not_longer(300)],
        filters=[one_line],
        description="One sentence. The person reads it, on their page and by mail.",
    )


class SettingsForm(TellingForm):
    """The organization's settings; `seen` are those that the page showed (OrgSettings.to_text)."""

    name = StringField(
        "Name of your organization",
        [DataRequired("Enter the name of your organization."), not_longer(100)],
        filters=[one_line],
        description="Your clients read it, and whoever you invite.",
    )
    website = OwnWebsiteField(
        "Its website",
        [Optional(), not_longer(2048)],
        filters=[one_line],
        description="It counts as your own use: you cannot register it as a client, and an account for it earns you no "
        "credit.",
    )
    policy = RadioField(
        "Whoever confirms an address at a newly proved domain",
        [InputRequired("Choose what a newly proved domain begins with.")],
        choices=POLICY_LABELS,
        description="Each domain begins with this. You change it on the domain’s own page, which first shows whom that "
        "lets in.",
    )
    seen = HiddenField()

    @classmethod
    def showing(cls, values: OrgSettings) -> SettingsForm:
        """The form with the settings as they are."""
        data = {"name": values.name, "website": _shown(values.website), "policy": values.policy}
        return cls(None, data=data | {"seen": values.to_text()})

    def values(self) -> OrgSettings:
        """What was typed, once it has passed."""
        return OrgSettings(self.name.data or "", self.website.site, self.policy.data)

    def shown_settings(self) -> OrgSettings | None:
        """What the page showed."""
        return OrgSettings.from_text(self.seen.data or "")

    def renew(self, present: OrgSettings) -> str:
        """Somebody changed the settings meanwhile: what changed, in words.

        What this person did not touch shows it as it is now; beside what they typed stands what that would replace.
        """
        seen, typed = self.shown_settings() or present, self.values()
        fresh = self.showing(present)
        for name in differences(seen, present):
            if name in differences(seen, typed) and name in differences(present, typed):
                self[name].errors = [f"Somebody set this to {_in_words(name, present)}. Save again to replace that."]
            else:
                self[name].data = fresh[name].data
        self.seen.data = fresh.seen.data
        changed = (f"{self[name].label.text}: {_in_words(name, present)}." for name in differences(seen, present))
        return " ".join(changed)


def _shown(website: str | None) -> str:
    return display_site(website) if website else ""


def _in_words(name: str, values: OrgSettings) -> str:
    """One of the settings in words."""
    if name == "policy":
        return f"“{POLICY_LABELS[values.policy]}”"
    text = _shown(values.website) if name == "website" else values.name
    return f"“{text}”" if text else "nothing"


def _people(topic: Topic) -> SelectMultipleField:
    return SelectMultipleField(TOPICS[topic].label, description=TOPICS[topic].what, validate_choice=False)


class RecipientsForm(TellingForm):
    """Who gets which mails: for each topic the memberships that are ticked; `seen` are those that the page showed."""

    team = _people(Topic.TEAM)
    domains = _people(Topic.DOMAINS)
    clients = _people(Topic.CLIENTS)
    statement = _people(Topic.STATEMENT)
    seen = HiddenField()

    @classmethod
    def showing(cls, ticks: Iterable[Tick]) -> RecipientsForm:
        """The form with those ticked who are chosen now."""
        chosen = sorted(ticks)
        data = {str(topic): [str(member) for about, member in chosen if about == topic] for topic in Topic}
        return cls(None, data=data | {"seen": " ".join(f"{topic}:{member}" for topic, member in chosen)})

    def ticked(self) -> set[Tick]:
        """What is ticked; what is no tick of ours is passed over."""
        return _ticks(f"{topic}:{member}" for topic in Topic for member in self[topic].data or ())

    def known(self) -> set[Tick]:
        """What was ticked on the page."""
        return _ticks((self.seen.data or "").split())


def _ticks(texts: Iterable[str]) -> set[Tick]:
    found = set()
    for topic, _, member in (text.partition(":") for text in texts):
        with suppress(ValueError):
            found.add((Topic(topic), uuid.UUID(member)))
    return found


class RoleForm(Form):
    """A role to give, one of `roles`."""

    role = RadioField("Role", [InputRequired("Choose a role.")])

    def __init__(self, roles: Iterable[Role], **values: Any) -> None:
        super().__init__(**values)
        self.offer(roles)

    def offer(self, roles: Iterable[Role]) -> None:
        """Show these roles to choose from."""
        self.role.choices = [(role.value, role.capitalize()) for role in roles]


class InvitationsForm(RoleForm):
    """Addresses, as they are pasted from anywhere, and the role they are invited to."""

    MOST = 50

    addresses = TextAreaField(
        "E-mail addresses",
        [DataRequired("Enter an e-mail address."), not_longer(20_000)],
        description="One a line, up to 50. Each gets a mail of its own.",
    )

    def lines(self) -> list[str]:
        """The addresses as they were typed."""
        return pasted.addresses(self.addresses.data or "")

    def validate_addresses(self, _field: TextAreaField) -> None:
        count = len(self.lines())
        if count > self.MOST:
            raise ValidationError(f"Enter {self.MOST} addresses or fewer at once. These are {count}.")

    def keep(self, refused: list[tuple[str, str]]) -> None:
        """Leave only the lines that could not be used in the field, to be mended, and say of each why."""
        self.addresses.data = "\n".join(text for text, _ in refused)
        these = "this address" if len(refused) == 1 else f"these {len(refused)} addresses"
        self.addresses.errors = [f"Correct or remove {these}, then send again."]
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


class DomainForm(TellingForm):
    name = DomainField(
        "Your e-mail domain",
        [not_longer(2048)],
        filters=[one_line],
        description="The part of your addresses after the @, like example.com.",
    )


class PolicyForm(TellingForm):
    """What to do with whoever confirms an address at the domain; `seen` is the preview that was looked at."""

    policy = RadioField("Whoever confirms an address at this domain", choices=POLICY_LABELS)
    include_subdomains = BooleanField("Subdomains too")
    seen = HiddenField()

    POLICIES = words.POLICIES
