"""Join requests: a proved person waits until an owner or admin decides, or 14 days are over.

A decision can be undone for ten minutes. So long its mail is held back, and a refusal is not shown to the person: what
may still change is told to nobody. Who is let in is in at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, select, update

from partner_access import audit, jobs, mail
from partner_access.accounts import throttles
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import acting, changed, found, scope, session
from partner_access.errors import Conflict
from partner_access.keys.addresses import Address
from partner_access.organizations.entry.rules import explain
from partner_access.organizations.models import EscalatedRequest, JoinRequest, Membership, Organization
from partner_access.organizations.team import memberships, recipients
from partner_access.organizations.team.topics import Topic
from partner_access.permissions import Role
from partner_access.web.urls import absolute

OWNERS_AFTER, STAFF_AFTER, LIFE = timedelta(days=3), timedelta(days=7), timedelta(days=14)
"""After so long without an answer all owners are mailed again, then the programme's staff, then it has ended."""
REMINDER = jobs.Kind("deadlines", "join-request-reminder")
ESCALATION = jobs.Kind("deadlines", "join-request-escalation")
END = jobs.Kind("deadlines", "join-request-end")
STEPS = {REMINDER: OWNERS_AFTER, ESCALATION: STAFF_AFTER, END: LIFE}
UNDO = timedelta(minutes=10)
KIND = "join-request"
MAILS_A_DAY = 100
"""Of one kind, about the requests to one organization: whoever reads many mailboxes of a domain can ask many times."""


def ask(user: User, org: Organization, *, reason: str, domain: str, was: str = "") -> JoinRequest:
    """Ask to be let in; asking twice finds the open request. Whom the team chose and the person are mailed.

    was: what the organization was called that they asked, where it has become part of this one.
    """
    with acting(user.actor, org.id):
        mine = JoinRequest.user_id == user.id, JoinRequest.decided_at.is_(None)
        row = session().scalar(select(JoinRequest).where(*mine))
        if row is not None:
            return row
        row = JoinRequest(user_id=user.id, reason=reason, created_at=now(), expires_at=now() + LIFE)
        session().add(row)
        session().flush()
        schedule(row, after=timedelta(0))
        audit.record("join_request.received", subject=row.id, reason=reason, domain=domain)
        readers = recipients.of(Topic.TEAM) if may_mail("asked", org.id) else ()
        for reader in (reader for reader in readers if throttles.take_mail("join-request", reader.email_key)):
            mail.queue(
                "join-request",
                reader.email,
                who_name=user.name,
                who_email=user.email,
                org_name=org.name,
                team_url=absolute("organizations.team", slug=org.slug),
                reason=explain(reason, org=org.name, domain=domain),
            )
        mail.queue(
            "join-request-received",
            user.email,
            org_name=org.name,
            join_url=absolute("organizations.join"),
            expires_on=row.expires_at,
            was=was,
        )
        return row


def of_person(user: User) -> Sequence[JoinRequest]:
    """The person's join requests, newest first, whatever became of them."""
    with acting(user.actor):
        return session().scalars(select(JoinRequest).order_by(JoinRequest.id.desc())).all()


def is_waiting(row: JoinRequest) -> bool:
    """Whether the person is still told to wait: undecided, or refused so lately that it can be undone."""
    return row.decided_at is None or (row.outcome == "declined" and can_undo(row))


def waiting() -> Sequence[JoinRequest]:
    """The open join requests of the bound organization, oldest first."""
    statement = select(JoinRequest).where(JoinRequest.decided_at.is_(None)).order_by(JoinRequest.id)
    return session().scalars(statement).all()


def undoable() -> Sequence[JoinRequest]:
    """The join requests of the bound organization whose decision can still be undone, newest decision first."""
    lately = JoinRequest.decided_at > now() - UNDO, JoinRequest.outcome.in_(("approved", "declined"))
    return session().scalars(select(JoinRequest).where(*lately).order_by(JoinRequest.decided_at.desc())).all()


def say_no_more(address: Address) -> None:
    """Whoever is invited after all is not mailed that they were refused, if they were not yet."""
    for row in undoable():
        if row.outcome == "declined" and row.user.email_key == address.key:
            mail.take_back(_decision(row))


def can_undo(row: JoinRequest) -> bool:
    """Whether the decision was made by somebody, and less than UNDO ago."""
    return row.outcome in ("approved", "declined") and row.decided_at is not None and row.decided_at > now() - UNDO


def fetch(request_id: uuid.UUID) -> JoinRequest:
    """One join request of the bound organization. Raises NotFound."""
    return found(session().scalar(select(JoinRequest).where(JoinRequest.id == request_id)))


def approve(row: JoinRequest) -> bool:
    """Let the person in as a member; False when they are in already. Raises Conflict when it was decided otherwise."""
    is_first = _decide(row, "approved")
    if is_first:
        memberships.create(row.user, "member", provenance="join-request", by=scope().actor.person_id)
        audit.record("join_request.approved", subject=row.id, reason="admin-decided")
        home = absolute("credit.home", slug=row.org.slug)
        mail.queue(
            "join-request-approved",
            row.user.email,
            org_name=row.org.name,
            home_url=home,
            dedupe=_decision(row),
            not_before=now() + UNDO,
        )
    return is_first


def decline(row: JoinRequest, *, answer: str) -> bool:
    """Refuse, with a reason that the person reads; False when it was refused already. Raises Conflict likewise."""
    is_first = _decide(row, "declined", answer)
    if is_first:
        audit.record("join_request.declined", subject=row.id, reason="admin-decided")
        join = absolute("organizations.join")
        mail.queue(
            "join-request-declined",
            row.user.email,
            org_name=row.org.name,
            reason=answer,
            join_url=join,
            dedupe=_decision(row),
            not_before=now() + UNDO,
        )
    return is_first


def answer_for(row: JoinRequest, *, is_in: bool, reason: str) -> None:
    """Staff answer for an organization where nobody does; a refusal's reason is read by the person.

    Raises Conflict when somebody else has decided meanwhile, also alike.
    """
    reason = audit.checked(reason)
    if not (approve(row) if is_in else decline(row, answer=reason)):
        raise Conflict("Somebody there has answered meanwhile.", code="decided-meanwhile")
    audit.staff_decided(KIND, row.id, "approved" if is_in else "declined", reason)


def undo(row: JoinRequest) -> None:
    """Take a decision back: the request is open again, nobody is mailed, and who was let in is out.

    Raises Conflict when UNDO is over, it was undone already, or the person is a member by another way meanwhile.
    """
    memberships.lock_team()
    member, outcome = memberships.find(row.user_id), row.outcome
    _check_undo(row, member)
    lately = JoinRequest.decided_at > now() - UNDO, JoinRequest.outcome.in_(("approved", "declined"))
    undone = changed(
        update(JoinRequest)
        .where(JoinRequest.id == row.id, JoinRequest.outcome == outcome, *lately)
        .values(outcome=None, decided_at=None, decided_by=None, answer=None)
    )
    if not undone:
        raise Conflict("This decision cannot be undone any more.", code="too-late")
    mail.take_back(_decision(row))
    schedule(row, after=now() - row.created_at)
    audit.record("join_request.decision_undone", subject=row.id, reason="admin-decided", outcome=outcome)
    if member is not None:
        memberships.remove(member, reason="decision-undone")


def _check_undo(row: JoinRequest, member: Membership | None) -> None:
    """Refuse while nothing is changed yet: whoever catches a Conflict goes on."""
    if any(other.user_id == row.user_id for other in waiting()):
        raise Conflict(f"{row.user.name} waits already.", code="waits-already")
    as_let_in = row.outcome == "approved" and member is not None and member.role == Role.MEMBER
    if member is not None and not (as_let_in and member.provenance == "join-request"):
        raise Conflict(f"{row.user.name} is a member by now. You can remove them.", code="member-by-now")


def withdraw(user: User) -> None:
    """The person no longer wants in: their open requests end, also one whose refusal they were not told yet."""
    for row in of_person(user):
        if is_waiting(row):
            with acting(user.actor, row.org_id):
                untold = JoinRequest.id == row.id, JoinRequest.outcome == "declined"
                session().execute(update(JoinRequest).where(*untold).values(outcome="withdrawn", answer=None))
                mail.take_back(_decision(row))
                if _decide(row, "withdrawn") or row.outcome == "withdrawn":
                    audit.record("join_request.withdrawn", subject=row.id, reason="own-choice")


def end_of(user: User) -> None:
    """Whoever comes into the bound organization by another way no longer asks to be let in."""
    for row in waiting():
        if row.user_id == user.id and _decide(row, "withdrawn"):
            audit.record("join_request.withdrawn", subject=row.id, reason="invitation")


def end_all(reason: str) -> list[JoinRequest]:
    """End every open request of the bound organization, which takes nobody in any more, without a mail; they are."""
    ended = []
    for row in waiting():
        with suppress(Conflict):  # decided at this very moment
            _decide(row, "withdrawn")
            audit.record("join_request.withdrawn", subject=row.id, reason=reason)
            ended.append(row)
    return ended


def may_mail(what: str, org_id: uuid.UUID) -> bool:
    """Count a mail to the team; beyond MAILS_A_DAY the team page alone says it."""
    return throttles.take(f"join-requests:{what}:{org_id}", MAILS_A_DAY, throttles.DAY)


def schedule(row: JoinRequest, *, after: timedelta) -> None:
    """Have the worker take the first step that comes after this age of an open request."""
    step = next((step for step, age in STEPS.items() if age > after), END)
    due_at = row.created_at + STEPS[step]
    jobs.enqueue(step, row.id, org_id=row.org_id, due_at=due_at, dedupe=_follow_up(row))


def _follow_up(row: JoinRequest) -> str:
    return f"join-request:{row.id}"


def expire(row: JoinRequest) -> None:
    """End what nobody answered in time, and tell the person."""
    if _decide(row, "expired"):
        audit.record("join_request.expired", subject=row.id, reason="unanswered")
        join = absolute("organizations.join")
        mail.queue("join-request-expired", row.user.email, org_name=row.org.name, join_url=join)


def _decision(row: JoinRequest) -> str:
    """The name of the one mail about a decision, by which it can be taken back."""
    return f"join-request-decided:{row.id}"


def _decide(row: JoinRequest, outcome: str, answer: str | None = None) -> bool:
    """Decide once: True for whoever is first, False for the same decision again, Conflict for another one."""
    first = changed(
        update(JoinRequest)
        .where(JoinRequest.id == row.id, JoinRequest.decided_at.is_(None))
        .values(outcome=outcome, decided_at=now(), decided_by=scope().actor.user_id, answer=answer)
    )
    jobs.drop(_follow_up(row))
    session().execute(delete(EscalatedRequest).where(EscalatedRequest.join_request_id == row.id))
    if first:
        return True
    session().refresh(row)
    if row.outcome != outcome:
        raise Conflict(f"This request was {row.outcome} meanwhile.", code="decided-already")
    return False
