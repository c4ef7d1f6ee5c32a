"""What staff decided, of every kind and with their reasons, newest first: rulings too, which are rows of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.credit.clients import client_accounts
from partner_access.credit.disputes import rulings
from partner_access.credit.lifecycle import client_moves
from partner_access.credit.managed import claim_states
from partner_access.credit.models import Ruling
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations, staff_acts
from partner_access.organizations.domains import disputes
from partner_access.organizations.entry import applications as entries
from partner_access.organizations.entry import join_requests as requests
from partner_access.organizations.ownership import ownerless
from partner_access.staff.queue import applications, domains, join_requests, managed_claims

IN_QUEUE: dict[str, tuple[str, str, Mapping[str, str]]] = {
    entries.KIND: ("Application", "application", applications.OUTCOMES),
    requests.KIND: ("Join request", "join-request", join_requests.OUTCOMES),
    disputes.KIND: ("Domain", "domain", domains.OUTCOMES),
    claim_states.KIND: ("Managed account", "managed", managed_claims.OUTCOMES),
}
"""Kind -> what it is called, its name in the queue's addresses, and its outcomes in words."""


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
    values: Mapping[str, object] = field(default_factory=dict)


def listing(*, before: tuple[datetime, uuid.UUID] | None = None) -> list[MadeDecision]:
    """A page of audit.PAGE decisions, newest first; `before`: key of the last one seen."""
    made = [_decision(row) for row in audit.all_staff_decisions(before=before)]
    made += [_ruling(row) for row in rulings.listing(most=audit.PAGE, before=before)]
    return sorted(made, key=lambda one: (one.at, one.id), reverse=True)[: audit.PAGE]


def _decision(row: audit.StaffDecision) -> MadeDecision:
    label, outcome, endpoint, values = _in_words(row)
    return MadeDecision(row.id, row.at, label, outcome, row.reason, _by(row.decided_by), endpoint, values)


Told = tuple[str, str, str, Mapping[str, object]]


def _in_words(row: audit.StaffDecision) -> Told:
    """What was decided about, what came of it, and where that stands."""
    if row.kind in IN_QUEUE:
        label, kind, outcomes = IN_QUEUE[row.kind]
        return label, outcomes[row.outcome], "staff.case", {"kind": kind, "item_id": row.subject_id}
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
    where = f"moved to {display_site(row.outcome)}" if row.kind == client_moves.MOVE else f"merged into {row.outcome}"
    return "Client", f"{name} {where}", "staff.client", {"account_id": row.subject_id}


OTHERS: dict[str, Callable[[audit.StaffDecision], Told]] = {
    ownerless.KIND: _of_org, staff_acts.KIND: _of_org, client_moves.MOVE: _of_client, client_moves.MERGE: _of_client,
}  # fmt: skip


def _ruling(row: Ruling) -> MadeDecision:
    credited = organizations.fetch(row.org_id).name if row.org_id else "nobody"
    account = client_accounts.fetch(row.client_account_id)
    outcome, values = f"{account.company} is credited to {credited}", {"account_id": account.id}
    return MadeDecision(row.id, row.at, "Ruling", outcome, row.reason, _by(row.decided_by), "staff.client", values)


def _by(person_id: uuid.UUID | None) -> str:
    return sign_ins.name_of(person_id) or "A command"
