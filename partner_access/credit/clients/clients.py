"""Client accounts as an organization sees them: its credit there and why, or why there is none."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_, union

from partner_access import audit
from partner_access.audit import OrgEvent
from partner_access.clock import now
from partner_access.credit.clients import client_accounts
from partner_access.credit.models import Client, ClientAccount, Lead
from partner_access.credit.rules import versions
from partner_access.credit.rules.decision import Finding
from partner_access.db import acting, found, scope, session
from partner_access.organizations.directory import mergers

PAGE = 50


def ensure_view(account: ClientAccount, reason: str, *, version: int | None = None) -> Client:
    """The bound organization's row for an account; opened with this reason where it had no part in it so far."""
    return of_account(account.id) or open_view(account, reason, version=version)


def revealed_view(account: ClientAccount, reason: str, *, version: int) -> Client:
    """The same, showing all of the account from now on. version: of the rules that have just decided it."""
    client = ensure_view(account, reason, version=version)
    reveal(client, account)
    return client


def open_view(account: ClientAccount, reason: str, *, company: str | None = None, version: int | None = None) -> Client:
    """The bound organization's own row for an account in whose decision it had no part so far.

    company: what to call it, else as name_of() does; version: of the rules, else of those valid at the sign-up.
    """
    client = Client(
        client_account_id=account.id,
        company=company or name_of(account),
        site=client_accounts.present_site(account),
        signed_up_at=account.signed_up_at,
        is_day=account.is_day,
        decided_at=now(),
        state="none",
        reason=reason,
        rule_version=version or versions.at(account.signed_up_at).version,
        trace=[],
    )
    session().add(client)
    session().flush()
    return client


def reveal(client: Client, account: ClientAccount) -> None:
    """Show what the account is to an organization that so far saw what it had typed to claim it, and no more."""
    if client.reason == "unconfirmed":
        client.company, client.site, client.signed_up_at = name_of(account), account.site, account.signed_up_at
        client.is_day, client.reason = account.is_day, "managed-only"


def name_of(account: ClientAccount) -> str:
    """What the bound organization calls an account: the name that it typed itself, else the public one."""
    org_id = scope().org_id
    is_own = org_id and account.created_for and account.created_for in mergers.family(org_id)
    return account.company if is_own else account.public_name


def tell_name(account: ClientAccount, org_ids: Iterable[uuid.UUID]) -> None:
    """The vendor or the client has said what the account is called: these organizations read it from now on."""
    for org_id in sorted(set(org_ids)):
        with acting(scope().decider, org_id):
            client = of_account(account.id)
            if client and client.reason != "unconfirmed":
                client.company = name_of(account)


def told(client: Client, account: ClientAccount) -> dict[str, Any]:
    """What events tell of a client; the vendor's id of it only where the organization sees the account itself."""
    external_id = None if client.reason == "unconfirmed" else account.external_id
    return {"client_id": client.id, "external_id": external_id, "site": client.site}


def of_account(account_id: uuid.UUID) -> Client | None:
    """The bound organization's row for a client account, or None."""
    return session().scalar(select(Client).where(Client.client_account_id == account_id))


def fetch(client_id: uuid.UUID) -> Client:
    """One client of the bound organization, also by the id it had in what has become part of it. Raises NotFound."""
    row = session().scalar(select(Client).where(Client.id == client_id))
    return row or found(_taken_over(client_id))


def _taken_over(client_id: uuid.UUID) -> Client | None:
    """Where two organizations that became one both had a client, it has one of the two ids."""
    org_id = scope().org_id
    for gone_id in mergers.family(org_id)[1:] if org_id else ():
        with acting(scope().actor, gone_id):
            account_id = session().scalar(select(Client.client_account_id).where(Client.id == client_id))
        if account_id:
            return of_account(account_id)
    return None


def listing(*, state: str | None = None, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[Client]:
    """A page of PAGE clients of the bound organization, newest sign-up first; `before`: key of the last one seen.

    state: of the source credit, or `managed` for every account with a claim, also an ended one.
    """
    statement = select(Client)
    if state is not None:
        wanted = Client.managed.is_not(None) if state == "managed" else Client.state == state
        statement = statement.where(wanted)
    if before is not None:
        statement = statement.where(tuple_(Client.signed_up_at, Client.id) < tuple_(*before))
    return session().scalars(statement.order_by(Client.signed_up_at.desc(), Client.id.desc()).limit(PAGE)).all()


def of_lead(lead: Lead) -> Client | None:
    """The client in whose decision a lead had a part, won or not, or None; its link may have won another site."""
    rows = session().scalars(_either(Client.site == lead.site, Client.lead_id == lead.id).order_by(Client.signed_up_at))
    return next((row for row in rows if any(rung["subject"] == str(lead.id) for rung in row.trace)), None)


def of_site(site: str, account_ids: Collection[uuid.UUID] = ()) -> Sequence[Client]:
    """The bound organization's rows for a site, and for these accounts, which may have it as an alias."""
    return session().scalars(_either(Client.site == site, Client.client_account_id.in_(account_ids))).all()


def _either(one: ColumnElement[bool], other: ColumnElement[bool]) -> Select[Client]:
    """Clients of whom one or the other is true, each found by its own index: an OR walks through all clients."""
    found = union(select(Client.id).where(one), select(Client.id).where(other))
    return select(Client).where(Client.id.in_(found))


def credited_since(moment: datetime, *, most: int) -> int:
    """How many clients' credit is active and became so since a moment, counted up to `most`."""
    active = Client.state == "active", Client.active_from > moment
    counted = select(Client.id).where(*active).limit(most).subquery()
    return session().scalars(select(func.count()).select_from(counted)).one()


def history(client: Client) -> list[OrgEvent]:
    """What happened to a client of the bound organization, oldest first, also with what has become part of it."""
    events: list[OrgEvent] = []
    for org_id in mergers.family(client.org_id):
        with acting(scope().actor, org_id):
            events += audit.history(client.id)
    return sorted(events, key=lambda event: (event.at, event.id))


def findings(client: Client) -> list[Finding]:
    """The organization's own findings in the decision, in the order of the rules."""
    return [Finding.from_json(rung) for rung in client.trace]
