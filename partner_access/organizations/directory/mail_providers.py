"""Domains at which anybody can have an address: those of the lists in keys/, and those that staff have named."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from partner_access import audit
from partner_access.db import changed, session
from partner_access.errors import Invalid
from partner_access.keys.addresses import is_public_mailbox, mail_domain, parent_domains
from partner_access.organizations.models import MailProvider
from partner_access.transactions import insert_once, lock


def is_public(domain: str) -> bool:
    """Whether anybody can have an address at this A-label domain, or at one above it."""
    if is_public_mailbox(domain):
        return True
    named = select(MailProvider.name).where(MailProvider.name.in_(parent_domains(domain)))
    return session().scalar(named.limit(1)) is not None


def add(text: str) -> str:
    """Name a provider, as typed; its domain. Nobody joins, claims or founds by it from now on. Twice is no mistake.

    Raises Refused at `name` for what is no domain, Invalid for one that the lists have already.
    """
    name = mail_domain(text, "name")
    if is_public_mailbox(name):
        raise Invalid(f"{name} is on our lists already.", code="provider-known", field="name")
    lock(f"domain:{name}")  # whoever arrives or is founded at this moment comes before or after
    if insert_once(MailProvider(name=name)):
        audit.record("mail_provider.added", reason="staff-decided", domain=name)
    return name


def remove(name: str) -> None:
    """Take a name back; what staff decide from then on is theirs again. Twice is no mistake."""
    if changed(delete(MailProvider).where(MailProvider.name == name)):
        audit.record("mail_provider.removed", reason="staff-decided", domain=name)


def listing() -> Sequence[MailProvider]:
    """The providers that staff have named, in alphabetical order."""
    return session().scalars(select(MailProvider).order_by(MailProvider.name)).all()
