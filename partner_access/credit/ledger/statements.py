"""The monthly statement: on the first of a month, whom a team has chosen is mailed what the month before changed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import exists, select

from partner_access import events, mail
from partner_access.credit.ledger import months, periods, totals
from partner_access.credit.models import Statement
from partner_access.credit.statuses import KINDS
from partner_access.db import SYSTEM, acting, session
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Organization
from partner_access.organizations.team import recipients
from partner_access.organizations.team.topics import Topic
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute


def mail_due(*, most: int = 20) -> int:
    """Settle the last full month of organizations whose statement is not out; how many they were. Run by the worker.

    Who has no line yet gets no mail; after days without a worker only the last full month is told of. Paused
    organizations wait until they go on, and closed ones get none.
    """
    month = periods.preceding(periods.first_of(None))
    out = exists().where(Statement.org_id == Organization.id, Statement.month == month)
    due = select(Organization).where(*organizations.active(), ~out).order_by(Organization.id).limit(most)
    orgs = session().scalars(due).all()
    totals.lock_all(org.id for org in orgs)  # who is writing a line of that month has written it then
    for org in orgs:
        if insert_once(Statement(org_id=org.id, month=month)):
            with acting(SYSTEM, org.id):
                _send(org, month)
    return len(orgs)


def _send(org: Organization, first: datetime) -> None:
    period = periods.of(first)
    if not period.closing.seq:
        return
    lines = period.closing.seq - period.opening.seq
    events.tell("statement.ready", org.id, month=f"{first:%Y-%m}", lines=lines)
    sums = months.of(first)
    changes = [(KINDS.get(change.kind, change.kind), change) for change in sums]
    for person in recipients.of(Topic.STATEMENT):
        mail.queue(
            "statement",
            person.email,
            org_name=org.name,
            period=period,
            changes=changes,
            late=sum(row.late for row in sums),
            ledger_url=absolute("credit.ledger", slug=org.slug, month=f"{first:%Y-%m}"),
            dedupe=_once(org.id, first, person.id),
        )


def _once(org_id: uuid.UUID, first: datetime, person_id: uuid.UUID) -> str:
    return f"statement:{org_id}:{first:%Y-%m}:{person_id}"
