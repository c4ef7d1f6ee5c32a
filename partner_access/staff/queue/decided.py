"""What staff decided, of every kind and with their reasons, newest first: rulings too, which are rows of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.credit.clients import client_accounts
from partner_access.credit.lifecycle import client_moves
from partner_access.credit.managed import claim_states
from partner_access.credit.models import Ruling
from partner_access.credit.provisional import confirmations
from partner_access.credit.rulings import rulings
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations, staff_acts
from partner_access.organizations.domains import domain_disputes
from partner_access.organizations.entry import applications, join_requests
from partner_access.organizations.ownership import ownerless
from partner_access.staff.queue.cases import CaseKind, decider_name
from partner_access.staff.queue.queue import KINDS

IN_QUEUE: dict[str, tuple[str, CaseKind]] = {
    applications.KIND: ("Application", KINDS["application"]),
    join_requests.KIND: ("Join request", KINDS["join-request"]),
    domain_disputes.KIND: ("Domain", KINDS["domain"]),
    claim_states.KIND: ("Managed account", KINDS["managed"]),
}
"""Kind of a stored decision -> what one is called, and its kind in the queue."""


@dataclass(frozen=True)
class MadeDecision:
    """One decision. endpoint, values: of the page that says more."""

    id: uuid.UUID
    at: datetime
    label: str
    outcome: str
    reason: str
    by: str
    endpoint: str
    values: Mapping[str, object]


def listing(*, before: tuple[datetime, uuid.UUID] | None = None) -> list[MadeDecision]:
    """A page of audit.PAGE decisions, newest first; `before`: key of the last one seen."""
    made = [_made(row, _in_words(row)) for row in audit.all_staff_decisions(before=before)]
    made += [_made(row, _of_ruling(row)) for row in rulings.listing(most=audit.PAGE, before=before)]
    return sorted(made, key=lambda one: (one.at, one.id), reverse=True)[: audit.PAGE]


def _made(row: audit.StaffDecision | Ruling, told: Told) -> MadeDecision:
    label, outcome, endpoint, values = told
    return MadeDecision(row.id, row.at, label, outcome, row.reason, decider_name(row.decided_by), endpoint, values)


Told = tuple[str, str, str, Mapping[str, object]]


def _in_words(row: audit.StaffDecision) -> Told:
    """What was decided about, what came of it, and where that stands."""
    if row.kind in IN_QUEUE:
        label, kind = IN_QUEUE[row.kind]
        return label, kind.outcomes[row.outcome], "staff.case", {"kind": kind.name, "item_id": row.subject_id}
    return OTHERS[row.kind](row)


def _of_org(row: audit.StaffDecision) -> Told:
    org = organizations.fetch(row.subject_id)
    if row.kind == ownerless.KIND:
        told = f"{sign_ins.name_of(uuid.UUID(row.outcome)) or 'Somebody'} is an owner of {org.name}"
    else:
        told = staff_acts.TOLD[row.outcome].format(org=org.name)
    return "Organization", f"{told[:1].upper()}{told[1:]}", "staff.org", {"slug": org.slug}


def _of_client(row: audit.StaffDecision) -> Told:
    name = client_accounts.fetch(row.subject_id).external_id
    said = {
        client_moves.MOVE: f"moved to {display_site(row.outcome)}",
        client_moves.MERGE: f"merged into {row.outcome}",
        confirmations.CONFIRMED: "confirmed as an account that the programme knows",
    }
    return "Client", f"{name} {said[row.kind]}", "staff.client", {"account_id": row.subject_id}


OTHERS: dict[str, Callable[[audit.StaffDecision], Told]] = {
    ownerless.KIND: _of_org, staff_acts.KIND: _of_org, client_moves.MOVE: _of_client, client_moves.MERGE: _of_client,
    confirmations.CONFIRMED: _of_client,
}  # fmt: skip


def _of_ruling(row: Ruling) -> Told:
    credited = organizations.fetch(row.org_id).name if row.org_id else "nobody"
    account = client_accounts.fetch(row.client_account_id)
    return "Ruling", f"{account.company} is credited to {credited}", "staff.client", {"account_id": account.id}
