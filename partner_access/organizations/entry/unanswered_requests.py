"""What happens to a join request that nobody answers: owners are reminded, staff are told, then it ends."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from partner_access import audit, mail
from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, fresh, session
from partner_access.organizations.entry import join_requests
from partner_access.organizations.models import EscalatedRequest, JoinRequest
from partner_access.organizations.team import memberships
from partner_access.web.urls import absolute


def escalated() -> Sequence[EscalatedRequest]:
    """The open requests that nobody at their organization answers, for the programme's staff, oldest first."""
    return session().scalars(select(EscalatedRequest).order_by(EscalatedRequest.told_staff_at)).all()


def remind_owners(request_id: uuid.UUID, org_id: uuid.UUID | None) -> None:
    """Nobody has answered for days: all owners are mailed again. Run by the worker."""
    with acting(SYSTEM, org_id):
        row = _lock(request_id)
        if row is None:
            return
        join_requests.schedule(row, after=join_requests.OWNERS_AFTER)
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


def escalate(request_id: uuid.UUID, org_id: uuid.UUID | None) -> None:
    """Nobody has answered for a week: staff may decide from now on, and are mailed. Run by the worker."""
    with acting(SYSTEM, org_id):
        row = _lock(request_id)
        if row is None:
            return
        join_requests.schedule(row, after=join_requests.STAFF_AFTER)
        session().add(EscalatedRequest(join_request_id=row.id, org_id=row.org_id, told_staff_at=now()))
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


def end(request_id: uuid.UUID, org_id: uuid.UUID | None) -> None:
    """Nobody has answered in time: the request ends, and the person is told. Run by the worker."""
    with acting(SYSTEM, org_id):
        if row := _lock(request_id):
            join_requests.expire(row)


def _lock(request_id: uuid.UUID) -> JoinRequest | None:
    """The request, if it is still open. Locked as a decision locks it, before its job: of the two one comes first."""
    statement = select(JoinRequest).where(JoinRequest.id == request_id).with_for_update(of=JoinRequest)
    row = fresh(statement).one()
    return row if row.decided_at is None else None
