"""A client cancelled, or came back: the vendor tells, in whatever order and however often, and credit follows."""

from __future__ import annotations

from datetime import datetime

from partner_access import audit
from partner_access.credit.attribution import credit_holds, decisions
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.lifecycle import client_moves
from partner_access.credit.managed import claims
from partner_access.credit.models import ClientAccount, ClientEvent
from partner_access.credit.rules.absences import CANCELLED
from partner_access.credit.rulings import rulings


def tell(external_id: str, kind: str, at: datetime, reason: str, *, event_id: str | None = None) -> bool:
    """Record that an account was cancelled or reactivated; whether it was not known yet. Twice is the same.

    What comes before its sign-up is kept, and counts when that comes. kind: `cancelled` or `reactivated`; event_id: the
    teller's own. Raises what client_events.check() and keep() raise.
    """
    return record(client_events.check(external_id, kind, at, reason, event_id))


def record(event: ClientEvent) -> bool:
    """The same, of an event that was checked."""
    client_events.lock_sign_up(event.external_id)
    account = client_accounts.find(event.external_id)
    if account:  # told by the id that it had before the vendor named it
        event.external_id = account.external_id
    families = _lock(account) if account else []
    if not client_events.keep(event):
        return False
    name = "client.cancelled" if event.kind == CANCELLED else "client.reactivated"
    subject = account.id if account else None
    audit.record(name, subject=subject, reason="vendor", external_id=event.external_id)
    if account:
        decisions.again(families)
        claims.end_with(account)
        credit_holds.activate_due(only=account)
    return True


def _lock(account: ClientAccount) -> list[Family]:
    """Lock all that may change with this account: its credit, and of those that share its websites.

    Whether one of them had the website when another came back hangs on when it was cancelled itself.
    """
    family = rulings.lock_family(account)
    sites = {row.site for member in family.members for row in client_accounts.sites_of(member)}
    others = [client_accounts.family(row) for site in sites for row, _ in client_accounts.times_of(site)]
    families = [family, *others]
    decisions.prepare(families, orgs=client_moves.viewers(*families), more_sites=sites)
    return families


def of_account(account: ClientAccount) -> list[ClientEvent]:
    """Everything that was told of an account, the newest first."""
    return list(reversed(client_events.of_external_id(account.external_id)))
