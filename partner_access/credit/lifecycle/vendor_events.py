"""What the vendor tells of a client account, done by the functions that staff use: at once, or when it can be done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from partner_access import audit
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.clients.client_events import MANAGED_BY, MERGED_INTO, SITE_CHANGED
from partner_access.credit.lifecycle import cancellations
from partner_access.credit.lifecycle.client_merges import merge
from partner_access.credit.lifecycle.client_moves import move
from partner_access.credit.managed import claims, named_managers
from partner_access.credit.models import ClientAccount, ClientEvent
from partner_access.credit.rules.absences import CANCELLED, REACTIVATED
from partner_access.db import Actor, acting
from partner_access.errors import Invalid
from partner_access.keys.sites import site_key
from partner_access.organizations.directory import mergers, organizations
from partner_access.organizations.models import Organization

PRODUCT = Actor("token")
"""Who acts when what was told before is done: the vendor's product, by whichever token it told."""


@dataclass(frozen=True)
class EventResult:
    """Whether an event was not known yet, and whether it waits for a sign-up that has yet to come."""

    is_new: bool
    is_waiting: bool


def tell(event: ClientEvent) -> EventResult:
    """Keep an event of client_events.check(), and do what follows from it. Idempotent, and the same in any order.

    Raises Invalid for a website or an organization that cannot be, and what move(), merge() and keep() raise: then
    nothing is kept.
    """
    if event.kind in (CANCELLED, REACTIVATED):
        return EventResult(cancellations.record(event), is_waiting(event))
    _check_target(event)
    client_events.lock_sign_up(event.external_id)
    account = client_accounts.find(event.external_id)
    if account:  # told by the id that it had before the vendor named it
        event.external_id = account.external_id
    if not client_events.keep(event):
        return EventResult(False, is_waiting(event))
    audit.record("client_account.told", reason="vendor", external_id=event.external_id, kind=event.kind)
    if account and event.kind in FOLLOW:
        FOLLOW[event.kind](account, event)
    return EventResult(True, is_waiting(event))


def is_waiting(event: ClientEvent) -> bool:
    """Whether nobody has signed up yet whom the event is about."""
    ids = [event.external_id, *([event.target] if event.kind == MERGED_INTO and event.target else [])]
    return any(client_accounts.find(external_id) is None for external_id in ids)


def follow_up(account_id: uuid.UUID, _org_id: uuid.UUID | None) -> None:
    """An account has signed up: do what was told of it before. Run by the worker; idempotent."""
    with acting(PRODUCT):
        for event in client_events.pending_for(client_accounts.fetch(account_id)):
            account = client_accounts.find(event.external_id)
            if account:
                FOLLOW[event.kind](account, event)


def _check_target(event: ClientEvent) -> None:
    if event.kind == SITE_CHANGED:
        site_key(event.target or "")
    elif event.kind == MANAGED_BY and event.target:
        _org(event.target)
    elif event.kind == MERGED_INTO and event.target == event.external_id:
        raise Invalid("An account cannot be merged into itself.", code="same-account", field="into")


def _org(slug: str) -> Organization:
    """The organization of a slug, or the one that goes on for it."""
    asked = organizations.find(slug)
    org = organizations.fetch(mergers.survivor_id(asked.id)) if asked else None
    if org is None or org.closed_at:
        raise Invalid("There is no organization of this slug.", code="no-such-organization", field="organization")
    return org


def _move(account: ClientAccount, event: ClientEvent) -> None:
    if client_events.is_newest(event):
        move(account, event.target or "", event.reason)


def _merge(account: ClientAccount, event: ClientEvent) -> None:
    stays = client_accounts.find(event.target or "")
    if stays:
        merge(account, stays, event.reason)


def _name_manager(account: ClientAccount, event: ClientEvent) -> None:
    if client_events.is_newest(event):
        head = client_accounts.survivor(account)
        at = max(event.occurred_at, head.signed_up_at)
        named_managers.name(head, _org(event.target).id if event.target else None, at)
        claims.end_with(head)


FOLLOW: dict[str, Callable[[ClientAccount, ClientEvent], None]] = {
    SITE_CHANGED: _move,
    MERGED_INTO: _merge,
    MANAGED_BY: _name_manager,
}
"""Kind of event -> what is done with the account; a change of plan is a fact, and changes no credit."""
