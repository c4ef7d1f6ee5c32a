"""What happens to a join request that nobody answers: owners are reminded, staff are told, then it ends."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select, update

from partner_access import audit, mail
from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, changed, session
from partner_access.errors import Conflict
from partner_access.organizations.entry import join_requests
from partner_access.organizations.models import JoinDeadline, JoinRequest
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute


def escalated() -> Sequence[JoinDeadline]:
    """The open requests that nobody at their organization answers, for the programme's staff, oldest first."""
    passed_on = JoinDeadline.told_staff_at.is_not(None)
    return session().scalars(select(JoinDeadline).where(passed_on).order_by(JoinDeadline.told_staff_at)).all()


def follow_up_due() -> int:
    """Remind owners, tell the staff, or end what nobody answered in time; how many there were. Run by the worker."""
    due = session().scalars(select(JoinDeadline).where(JoinDeadline.due_at <= now()).limit(100)).all()
    for deadline in due:
        with acting(SYSTEM, deadline.org_id), suppress(Conflict):  # an admin decided at the last moment
            _follow_up(deadline, join_requests.fetch(deadline.join_request_id))
    return len(due)


def _follow_up(deadline: JoinDeadline, row: JoinRequest) -> None:
    """Do what is due about one request; whoever of two workers moves the row on first does it."""
    age = deadline.due_at - row.created_at
    if age >= join_requests.LIFE:
        join_requests.expire(row)
        return
    mine = JoinDeadline.join_request_id == row.id, JoinDeadline.due_at == deadline.due_at
    values = {"due_at": join_requests.next_due(row, after=deadline.due_at)}
    if age >= join_requests.STAFF_AFTER:
        values["told_staff_at"] = now()
    if changed(update(JoinDeadline).where(*mine).values(values)):
        (_mail_staff if age >= join_requests.STAFF_AFTER else _remind_owners)(row)


def _remind_owners(row: JoinRequest) -> None:
    if not row.org.is_active:
        return  # nobody there can decide now; the programme's staff hear of it in their turn
    audit.record("join_request.owners_reminded", subject=row.id, reason="unanswered")
    for owner in memberships.owners() if join_requests.may_mail("reminded", row.org_id) else ():
        mail.queue(
            "join-request-reminder",
            owner.user.email,
            who_name=row.user.name,
            who_email=row.user.email,
            org_name=row.org.name,
            asked_on=row.created_at,
            expires_on=row.expires_at,
            team_url=absolute("organizations.team", slug=row.org.slug),
        )


def _mail_staff(row: JoinRequest) -> None:
    audit.record("join_request.passed_to_staff", subject=row.id, reason="unanswered")
    for address in sign_ins.staff_addresses():
        mail.queue(
            "join-request-unanswered",
            address,
            org_name=row.org.name,
            asked_on=row.created_at,
            expires_on=row.expires_at,
            staff_url=absolute("staff.case", kind=join_requests.KIND, item_id=row.id),
        )
