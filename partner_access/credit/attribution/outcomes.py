"""What follows from a decision for every organization that had a part in it: its view, its ledger, its leads."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from partner_access import audit, events
from partner_access.clock import now
from partner_access.credit.clients import clients
from partner_access.credit.ledger import entries, totals
from partner_access.credit.models import Client, ClientAccount
from partner_access.credit.rules.decision import WON, Decision
from partner_access.credit.rules.facts import Facts
from partner_access.credit.touchpoints import leads
from partner_access.db import acting, scope, session


def publish(
    account: ClientAccount,
    decision: Decision,
    facts: Facts,
    others: set[str],
    *,
    hold_until: datetime,
    came_over: bool = False,
    effective_at: datetime | None = None,
) -> None:
    """Give every organization that had a part in the decision its own view, with its own findings and no other's.

    others: organizations that had a part in the decision which this one replaces, or were asked before a ruling;
    hold_until: see credit_holds.pending_until(); came_over: whether the credit was one's that has become part of
    the winner; effective_at: from when on a new credit is one, None for now.
    """
    concerned = {finding.org for finding in decision.findings if finding.org}
    gone = {merger.org for merger in facts.mergers}
    for org, (own_reason, trace) in decision.told_to(sorted(concerned | others)).items():
        with acting(scope().decider, uuid.UUID(org)):
            reason = "org-merged" if org in gone else own_reason
            client = clients.revealed_view(account, reason, version=decision.version)
            client.trace = trace
            why = "org-joined" if came_over else None
            posted = {"reason": why, "effective_at": effective_at}
            _update_client(client, account, decision, reason, hold_until=hold_until, posted=posted)
            leads.conclude(decision, org, facts)


def _update_client(
    client: Client,
    account: ClientAccount,
    decision: Decision,
    reason: str,
    *,
    hold_until: datetime,
    posted: Mapping[str, Any],
) -> None:
    """The row says what the decision says; when the credit comes or goes, the ledger gets a line.

    posted: what the line of a credit that comes says besides. One that has ended stays so: see credit_ends.follow().
    """
    org = str(client.org_id)
    had, won, was, why = client.is_won, decision.winner == org, client.state, client.reason
    if had and not won:
        entries.reverse(client, reason, ruling=_ruling_id(decision))
    client.company, client.decided_at, client.rule_version = clients.name_of(account), now(), decision.version
    client.reason, client.basis = reason, decision.basis if won else None
    client.lead_id = _winning_lead_id(decision) if won else None
    if won and not had:
        client.state, client.hold_until = "pending", hold_until
        entries.post(client, "pending", pending=1, ruling=_ruling_id(decision), **posted)
    elif not won:
        client.state, client.hold_until, client.active_from = "declined", None, None
        client.ended_at = client.end_reason = client.comeback_at = None
    session().flush()
    if change := (client.state == "declined") - (was == "declined"):
        totals.add(declined=change)
    audit.record(
        "credit.decided", subject=client.id, reason=client.reason, external_id=account.external_id, basis=client.basis
    )
    if was == "none" or (had, why) != (won, reason):
        _tell(client, account)


def _tell(client: Client, account: ClientAccount) -> None:
    told = clients.told(client, account) | {"reason": client.reason}
    if client.is_won:
        held = {"basis": client.basis, "hold_until": client.hold_until}
        events.tell("sign_up.credited", client.org_id, **told, **held)
    else:
        events.tell("sign_up.not_credited", client.org_id, **told)


def _ruling_id(decision: Decision) -> uuid.UUID | None:
    """The ruling that this decision follows, if any."""
    found = next((finding.subject for finding in decision.findings if finding.rule == "R1"), None)
    return uuid.UUID(found) if found else None


def _winning_lead_id(decision: Decision) -> uuid.UUID | None:
    """The lead that won, if one did."""
    found = next((f.subject for f in decision.findings if f.rule == "R2" and f.result == WON), None)
    return uuid.UUID(found) if found else None
