"""Client accounts as an organization sees them: its credit there and why, or why there is none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, tuple_, update

from partner_access import audit
from partner_access.clock import now
from partner_access.credit import leads, ledger, totals
from partner_access.credit.models import Client, Lead
from partner_access.credit.programme import ClientAccount, SourceCredit
from partner_access.credit.rules import Decision, Finding, Rules
from partner_access.db import SYSTEM, acting, found, session

PAGE = 50


def hold_until(signed_up_at: datetime) -> datetime:
    """When the credit of a sign-up becomes active, if nothing is found against it until then."""
    return signed_up_at + timedelta(hours=Rules().hold_hours)


def open_views(account: ClientAccount, decision: Decision) -> None:
    """Give every organization that had a part in the decision its own row, with its own findings and no other's."""
    involved = {finding.org for finding in decision.findings if finding.org}
    for org in sorted(involved):
        with acting(SYSTEM, uuid.UUID(org)):
            _open_view(account, decision, org)
            _end_lead(account, decision, org)


def _open_view(account: ClientAccount, decision: Decision, org: str) -> None:
    won = decision.winner == org
    client = Client(
        client_account_id=account.id, company=account.company, site=account.site, signed_up_at=account.signed_up_at,
        decided_at=now(), state="pending" if won else "declined", basis=decision.basis if won else None,
        reason=decision.reason_for(org), hold_until=hold_until(account.signed_up_at) if won else None,
        rule_version=Rules().version, trace=[finding.to_json() for finding in decision.view(org)],
    )  # fmt: skip
    session().add(client)
    session().flush()
    if won:
        ledger.post(client, "pending", pending=1)
    else:
        totals.add(declined=1)
    audit.record(
        "credit.decided", subject=client.id, reason=client.reason, external_id=account.external_id, basis=client.basis
    )


def _end_lead(account: ClientAccount, decision: Decision, org: str) -> None:
    """The organization's leads for the site end with the sign-up: won, lost to another, or registered too late."""
    for finding in decision.findings:
        if finding.org != org or finding.rule != "R2":
            continue
        lead = leads.fetch(uuid.UUID(finding.subject))
        if finding.result == "won":
            leads.win(lead, account.signed_up_at)
        elif lead.ended_at is None and lead.site == account.site:
            leads.end(lead, "too-late" if finding.code == "lead-after-sign-up" else "lost", now())


def activate_due(*, most: int = 200) -> int:
    """Make credits active whose hold is over; how many there were. Run by the worker, each in its own scope."""
    due = select(SourceCredit).where(SourceCredit.state == "pending", SourceCredit.hold_until <= now())
    rows = session().scalars(due.order_by(SourceCredit.org_id, SourceCredit.hold_until).limit(most)).all()
    return sum(_activate(row) for row in rows)


def _activate(row: SourceCredit) -> bool:
    first = session().execute(
        update(SourceCredit)
        .where(SourceCredit.client_account_id == row.client_account_id, SourceCredit.state == "pending")
        .values(state="active")
    )
    if not first.rowcount:  # type: ignore[attr-defined]
        return False
    with acting(SYSTEM, row.org_id):
        client = session().scalars(select(Client).where(Client.client_account_id == row.client_account_id)).one()
        client.state, client.active_from = "active", row.hold_until
        ledger.post(client, "activated", pending=-1, active=1)
        audit.record("credit.activated", subject=client.id, reason=client.reason)
    return True


def fetch(client_id: uuid.UUID) -> Client:
    """One client of the bound organization. Raises NotFound."""
    return found(session().scalar(select(Client).where(Client.id == client_id)))


def listing(*, state: str | None = None, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[Client]:
    """A page of PAGE clients of the bound organization, newest sign-up first; `before`: key of the last one seen."""
    statement = select(Client)
    if state is not None:
        statement = statement.where(Client.state == state)
    if before is not None:
        statement = statement.where(tuple_(Client.signed_up_at, Client.id) < tuple_(*before))
    return session().scalars(statement.order_by(Client.signed_up_at.desc(), Client.id.desc()).limit(PAGE)).all()


def of_lead(lead: Lead) -> Client | None:
    """The client in whose decision a lead had a part, won or not, or None; its link may have won another site."""
    same = or_(Client.site == lead.site, Client.signed_up_at == lead.ended_at)
    rows = session().scalars(select(Client).where(same).order_by(Client.signed_up_at))
    return next((row for row in rows if any(rung["subject"] == str(lead.id) for rung in row.trace)), None)


def findings(client: Client) -> list[Finding]:
    """The organization's own findings in the decision, in the order of the rules."""
    return [Finding.from_json(rung) for rung in client.trace]
