"""Staff who read an organization's pages: for an hour, with a reason that the organization reads in its activity."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import select

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import Actor, acting, found, scope, session
from partner_access.organizations.models import Organization, StaffReading, StaffReadingPage
from partner_access.transactions import insert_once, lock

LIFE = timedelta(hours=1)


def start(org: Organization, user: User, reason: str) -> StaffReading:
    """Begin to read, for LIFE; a reading that goes on ends with it. Raises Invalid beside `reason` without one."""
    reason = audit.checked(reason)
    lock(f"reading:{user.id}:{org.id}")
    before = find(user.id, org.id)
    if before:
        end(before)
    row = StaffReading(user_id=user.id, org_id=org.id, reason=reason, started_at=now(), until=now() + LIFE)
    session().add(row)
    session().flush()
    with acting(reader(row), org.id):
        audit.record("staff_reading.started", subject=row.id, reason="typed", words=reason)
    return row


def find(user_id: uuid.UUID, org_id: uuid.UUID) -> StaffReading | None:
    """The reading of this person that goes on, or None."""
    live = StaffReading.ended_at.is_(None), StaffReading.until > now()
    mine = StaffReading.user_id == user_id, StaffReading.org_id == org_id
    return session().scalar(select(StaffReading).where(*mine, *live).order_by(StaffReading.id.desc()).limit(1))


def fetch(reading_id: uuid.UUID) -> StaffReading:
    """One reading, whoever reads. Raises NotFound."""
    return found(session().scalar(select(StaffReading).where(StaffReading.id == reading_id)))


def reader(row: StaffReading) -> Actor:
    """Who reads: one of staff, not a member."""
    return Actor("staff", row.user_id)


def note(row: StaffReading, endpoint: str) -> bool:
    """Write down that a page was opened, once a reading; whether anything was written."""
    if not insert_once(StaffReadingPage(reading_id=row.id, endpoint=endpoint)):
        return False
    with acting(reader(row), row.org_id):
        audit.record("staff_reading.page_opened", subject=row.id, reason="read", endpoint=endpoint)
    return True


def end_due(*, most: int = 50) -> int:
    """End the readings whose time is over, so that the organizations read it; how many. Run by the worker."""
    over = StaffReading.ended_at.is_(None), StaffReading.until <= now()
    rows = session().scalars(select(StaffReading).where(*over).order_by(StaffReading.until).limit(most)).all()
    for row in rows:
        end(row, reason="time-over")
    return len(rows)


def end(row: StaffReading, *, reason: str = "stopped") -> None:
    """Stop reading, by oneself or by another of staff; idempotent."""
    if row.ended_at is None:
        row.ended_at = now()
        with acting(scope().actor, row.org_id):
            audit.record("staff_reading.ended", subject=row.id, reason=reason)
