"""What the client does with an account that a partner created for them: look, accept, refuse, ask for a new link."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from partner_access import audit, mail, signing
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.handovers import handovers
from partner_access.credit.models import Client, Handover
from partner_access.credit.touchpoints import site_holds
from partner_access.db import CLIENT, acting
from partner_access.organizations.directory import mergers, org_lock, organizations
from partner_access.organizations.models import Organization
from partner_access.organizations.team import recipients

KEPT = timedelta(days=3650)
"""How long a link can be read. Whether it works is the row's to say, so that an old one can say when it stopped."""


@dataclass(frozen=True)
class OpenedHandover:
    """What the link in a client's mail leads to. number: which of the mails it was, from 1; state: see _state()."""

    row: Handover
    client: Client
    org: Organization
    number: int
    state: str


def open_link(token: str) -> OpenedHandover:
    """What a link from a client's mail leads to. Raises NotFound for a forged one."""
    data = signing.unsign("transfer", token, max_age=KEPT)
    org_lock.lock_shared()
    org = organizations.fetch(mergers.survivor_id(uuid.UUID(data["org"])))
    with acting(CLIENT, org.id):
        row = handovers.fetch(uuid.UUID(data["id"]))
        return OpenedHandover(row, clients.fetch(row.client_id), org, data["n"], _state(row, data["n"]))


def _state(row: Handover, number: int) -> str:
    """What the link does; `own-address` where the account would be handed over to those who created it."""
    state = handovers.state(row, number)
    return "own-address" if state == "open" and organizations.has_address(row.org_id, row.email) else state


def accept(opened: OpenedHandover, name: str) -> None:
    """The account is the client's own from now on, both sides get a receipt, and no credit changes.

    Nothing happens when the link has stopped, or twice.
    """
    with acting(CLIENT, opened.org.id):
        account = client_accounts.fetch(opened.row.client_account_id)
        site_holds.lock_sites([account.site])  # before the row, as whoever decides about the account does
        row = handovers.lock(opened.row.id)
        if _state(row, opened.number) != "open":
            return
        client = clients.fetch(row.client_id)
        # email_domain stays that of the sign-up: R0 and R5 look at it, and credit never changes with ownership
        account.owner_name, account.email = name, row.email
        account.accepted_at = row.accepted_at = now()
        row.name, client.hand_over_by = name, None
        deadlines.clear(row.id)
        audit.record("hand_over.accepted", subject=client.id)
        decisions.tell_name(account)
        about = handovers.mail_values(row, client)
        mail.queue("transfer-accepted", row.email, dedupe=f"transfer-accepted:{row.id}", **about)
        for person in recipients.for_client(row.in_charge):
            dedupe = f"hand-over-accepted:{row.id}:{person.id}"
            mail.queue("hand-over-accepted", person.email, dedupe=dedupe, who=name, **about)


def refuse(opened: OpenedHandover) -> None:
    """Whoever got the mail says that it is not for them: the link stops, the team is told, the hand-over stays open."""
    with acting(CLIENT, opened.org.id):
        row = handovers.lock(opened.row.id)
        if handovers.state(row, opened.number) != "open":
            return
        handovers.stop(row, "refused")
        audit.record("hand_over.refused", subject=row.client_id, reason="not-for-me")
        about = handovers.mail_values(row, clients.fetch(row.client_id))
        for person in recipients.for_client(row.in_charge):
            dedupe = f"hand-over-refused:{row.id}:{row.mailed}:{person.id}"
            mail.queue("hand-over-refused", person.email, dedupe=dedupe, address=row.email, **about)


def ask_again(opened: OpenedHandover) -> None:
    """Mail the team, once for each link that has stopped, that the client would like a new one."""
    with acting(CLIENT, opened.org.id):
        row = opened.row
        if row.accepted_at or opened.state == "open":
            return
        for person in recipients.for_client(row.in_charge):
            dedupe = f"hand-over-asked:{row.id}:{opened.number}:{person.id}"
            mail.queue("hand-over-asked", person.email, dedupe=dedupe, **handovers.mail_values(row, opened.client))
