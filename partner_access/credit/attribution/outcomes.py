"""What follows from a decision for every organization that had a part in it: its view, its ledger, its leads."""

from __future__ import annotations

import uuid

from partner_access import audit
from partner_access.clock import now
from partner_access.credit.attribution import source_credits
from partner_access.credit.clients import clients
from partner_access.credit.ledger import entries, totals
from partner_access.credit.models import Client, ClientAccount
from partner_access.credit.rules.decision import WON, Decision
from partner_access.credit.rules.facts import Facts
from partner_access.credit.touchpoints import leads
from partner_access.db import acting, session


def publish(
    account: ClientAccount, decision: Decision, facts: Facts, others: set[str], *, came_over: bool = False
) -> None:
    """Give every organization that had a part in the decision its own view, with its own findings and no other's.

    others: organizations that had a part in the decision which this one replaces, or were asked before a ruling;
    came_over: whether the credit was one's that has become part of the winner.
    """
    concerned = {finding.org for finding in decision.findings if finding.org}
    for org in sorted(concerned | others):
        with acting(clients.decider(), uuid.UUID(org)):
            reason = decision.reason_for(org) if facts.survivor(org) == org else "org-merged"
            client = clients.of_account(account.id) or clients.open_view(account, reason)
            _update_client(client, account, decision, reason, came_over=came_over)
            leads.conclude(decision, org, facts)


def _update_client(
    client: Client, account: ClientAccount, decision: Decision, reason: str, *, came_over: bool
) -> None:
    """The row says what the decision says; when the credit comes or goes, the ledger gets a line."""
    org = str(client.org_id)
    had, won, was = client.is_credited, decision.winner == org, client.state
    clients.reveal(client, account)
    if had and not won:
        entries.reverse(client, reason, ruling=_ruling_id(decision))
    client.company, client.decided_at, client.rule_version = account.company, now(), decision.version
    client.reason, client.trace = reason, [finding.to_json() for finding in decision.view(org)]
    client.basis, client.lead_id = decision.basis if won else None, _winning_lead_id(decision) if won else None
    if won and not had:
        client.state, client.hold_until = "pending", source_credits.pending_until(account, decision)
        why = "org-joined" if came_over else None
        entries.post(client, "pending", pending=1, reason=why, ruling=_ruling_id(decision))
    elif not won:
        client.state, client.hold_until, client.active_from = "declined", None, None
    session().flush()
    totals.add(declined=(client.state == "declined") - (was == "declined"))
    audit.record(
        "credit.decided", subject=client.id, reason=client.reason, external_id=account.external_id, basis=client.basis
    )


def _ruling_id(decision: Decision) -> uuid.UUID | None:
    """The ruling that this decision follows, if any."""
    found = next((finding.subject for finding in decision.findings if finding.rule == "R1"), None)
    return uuid.UUID(found) if found else None


def _winning_lead_id(decision: Decision) -> uuid.UUID | None:
    """The lead that won, if one did."""
    found = next((f.subject for f in decision.findings if f.rule == "R2" and f.result == WON), None)
    return uuid.UUID(found) if found else None
