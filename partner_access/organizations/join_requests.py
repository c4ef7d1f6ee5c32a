"""Join requests: a proved person waits until an admin of the organization decides, or 14 days are over."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, select, update

from partner_access import audit, mail
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, found, scope, session
from partner_access.errors import Conflict
from partner_access.organizations import memberships
from partner_access.organizations.models import JoinDeadline, JoinRequest, Organization
from partner_access.organizations.rules import explain
from partner_access.permissions import Permission
from partner_access.urls import absolute

LIFE = timedelta(days=14)


def ask(user: User, org: Organization, *, reason: str, domain: str) -> JoinRequest:
    """Ask to be let in; asking twice finds the open request. The admins and the person are mailed."""
    with acting(user.actor, org.id):
        mine = JoinRequest.user_id == user.id, JoinRequest.decided_at.is_(None)
        row = session().scalar(select(JoinRequest).where(*mine))
        if row is not None:
            return row
        row = JoinRequest(user_id=user.id, reason=reason, created_at=now(), expires_at=now() + LIFE)
        session().add(row)
        session().flush()
        session().add(JoinDeadline(join_request_id=row.id, org_id=org.id, expires_at=row.expires_at))
        audit.record("join_request.received", subject=row.id, reason=reason, domain=domain)
        for admin in memberships.who_may(Permission.MANAGE_TEAM):
            mail.queue(
                "join-request", admin.email, who_name=user.name, who_email=user.email, org_name=org.name,
                team_url=absolute("organizations.team", slug=org.slug),
                reason=explain(reason, org=org.name, domain=domain),
            )  # fmt: skip
        mail.queue(
            "join-request-received", user.email, org_name=org.name, join_url=absolute("organizations.join"),
            expires_on=row.expires_at,
        )  # fmt: skip
        return row


def of_person(user: User) -> Sequence[JoinRequest]:
    """The person's join requests, newest first, whatever became of them."""
    with acting(user.actor):
        return session().scalars(select(JoinRequest).order_by(JoinRequest.id.desc())).all()


def waiting() -> Sequence[JoinRequest]:
    """The open join requests of the bound organization, oldest first."""
    statement = select(JoinRequest).where(JoinRequest.decided_at.is_(None)).order_by(JoinRequest.id)
    return session().scalars(statement).all()


def fetch(request_id: uuid.UUID) -> JoinRequest:
    """One join request of the bound organization. Raises NotFound."""
    return found(session().scalar(select(JoinRequest).where(JoinRequest.id == request_id)))


def approve(row: JoinRequest) -> None:
    """Let the person in as a member. Raises Conflict when it was decided otherwise meanwhile."""
    if _decide(row, "approved"):
        memberships.create(row.user, "member", provenance="join-request", by=scope().actor.user_id)
        audit.record("join_request.approved", subject=row.id, reason="admin-decided")
        home = absolute("credit.home", slug=row.org.slug)
        mail.queue("join-request-approved", row.user.email, org_name=row.org.name, home_url=home)


def decline(row: JoinRequest, *, answer: str) -> None:
    """Refuse, with a reason that the person reads. Raises Conflict when it was decided otherwise meanwhile."""
    if _decide(row, "declined", answer):
        audit.record("join_request.declined", subject=row.id, reason="admin-decided")
        join = absolute("organizations.join")
        mail.queue("join-request-declined", row.user.email, org_name=row.org.name, reason=answer, join_url=join)


def withdraw(user: User) -> None:
    """The person no longer wants in: their open requests end."""
    for row in of_person(user):
        if row.decided_at is None:
            with acting(user.actor, row.org_id):
                if _decide(row, "withdrawn"):
                    audit.record("join_request.withdrawn", subject=row.id, reason="own-choice")


def expire_due() -> int:
    """End the requests that nobody answered in time; how many there were. Run by the worker."""
    due = session().scalars(select(JoinDeadline).where(JoinDeadline.expires_at <= now()).limit(100)).all()
    for deadline in due:
        with acting(SYSTEM, deadline.org_id):
            row = fetch(deadline.join_request_id)
            with suppress(Conflict):  # an admin decided at the last moment
                _expire(row)
    return len(due)


def _expire(row: JoinRequest) -> None:
    if _decide(row, "expired"):
        audit.record("join_request.expired", subject=row.id, reason="unanswered")
        join = absolute("organizations.join")
        mail.queue("join-request-expired", row.user.email, org_name=row.org.name, join_url=join)


def _decide(row: JoinRequest, outcome: str, answer: str | None = None) -> bool:
    """Decide once: True for whoever is first, False for the same decision again, Conflict for another one."""
    first = session().execute(
        update(JoinRequest)
        .where(JoinRequest.id == row.id, JoinRequest.decided_at.is_(None))
        .values(outcome=outcome, decided_at=now(), decided_by=scope().actor.user_id, answer=answer)
    )
    session().execute(delete(JoinDeadline).where(JoinDeadline.join_request_id == row.id))
    if first.rowcount:  # type: ignore[attr-defined]
        return True
    session().refresh(row)
    if row.outcome != outcome:
        raise Conflict(f"This request was {row.outcome} meanwhile.", code="decided-already")
    return False
