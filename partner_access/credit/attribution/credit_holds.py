"""The hold: how long a new credit waits, and what makes it active when nothing is open any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select, update

from partner_access import audit, events
from partner_access.clock import now
from partner_access.credit.attribution import source_credits
from partner_access.credit.clients import client_accounts, client_events, clients
from partner_access.credit.ledger import entries, totals
from partner_access.credit.models import ClientAccount, Dispute, SourceCredit
from partner_access.credit.rules import versions
from partner_access.credit.rules.absences import Absence, present_from
from partner_access.credit.rules.decision import Decision
from partner_access.credit.rules.settings import Rules
from partner_access.db import SYSTEM, acting, changed, session


def pending_until(account: ClientAccount, decision: Decision, rules: Rules) -> datetime:
    """When a credit becomes active, if nothing is found against it until then: so many hours after the account took its
    site as the rules say that decided, and not before the ruling that gives it."""
    taken_by = account.taken_at + timedelta(days=1 if account.is_day else 0)
    held = taken_by + timedelta(hours=rules.hold_hours)
    return max([held, *(finding.at for finding in decision.findings if finding.rule == "R1" and finding.at)])


def activate_due(*, most: int = 200, only: ClientAccount | None = None) -> int:
    """Make credits active for which nothing is open any more; how many there were. Run by the worker, and for the only
    account that was just decided anew.

    Open are: the hold after the sign-up, a dispute, and an account that was created for the client by the
    organization itself and is not the client's own yet (docs/rules.md).
    """
    due = select(SourceCredit).where(*_nothing_open())
    if only is not None:
        due = due.where(SourceCredit.client_account_id == only.id)
    rows = session().scalars(due.order_by(SourceCredit.org_id, SourceCredit.hold_until).limit(most)).all()
    totals.lock_all(row.org_id for row in rows)  # before the rows, as whoever decides does it
    return sum(_activate(row) for row in rows)


def _nothing_open() -> list[ColumnElement[bool]]:
    asked = exists().where(Dispute.client_account_id == SourceCredit.client_account_id, Dispute.closed_at.is_(None))
    account = and_(ClientAccount.id == SourceCredit.client_account_id, ClientAccount.created_for == SourceCredit.org_id)
    kept = exists().where(account, ClientAccount.accepted_at.is_(None))
    return [SourceCredit.state == "pending", SourceCredit.hold_until <= now(), ~asked, ~kept]


def _activate(row: SourceCredit) -> bool:
    """Activate one, unless it went, or a dispute was asked, while the locks were waited for."""
    same = SourceCredit.client_account_id == row.client_account_id, SourceCredit.org_id == row.org_id
    statement = update(SourceCredit).where(*same, *_nothing_open()).values(state="active")
    if not changed(statement.execution_options(synchronize_session=False)):
        return False
    session().refresh(row)
    _count(row)
    return True


def active_from(row: SourceCredit, account: ClientAccount, away: Iterable[Absence]) -> datetime:
    """Since when an active credit counts: the end of its hold, or when the client accepted, or came back after that."""
    return present_from(away, max(row.hold_until, account.accepted_at or row.hold_until))


def count_on(account: ClientAccount) -> None:
    """A credit that was active with who had it before counts at once with whom that has become part of."""
    row = source_credits.of_account(account.id)
    if row is not None and row.state == "active":
        _count(row)


def _count(row: SourceCredit) -> None:
    """The holder's pending credit is active from now on, on its page and in its ledger."""
    with acting(SYSTEM, row.org_id):
        client = clients.of_account(row.client_account_id)
        assert client is not None, "who has the credit has a view of the account"
        account = client_accounts.fetch(row.client_account_id)
        away = client_events.absences_of(account, versions.version(client.rule_version).comeback_days)
        client.state, client.active_from = "active", active_from(row, account, away)
        entries.post(client, "activated", pending=-1, active=1, effective_at=client.active_from)
        audit.record("credit.activated", subject=client.id, reason=client.reason)
        told = clients.told(client, account)
        events.tell("credit.active", client.org_id, **told, active_from=client.active_from)
