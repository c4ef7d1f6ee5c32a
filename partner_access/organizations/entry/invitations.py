"""Invitations: one address may join with a certain role, once it is proved.

An invitation names an address, and its link alone lets nobody in: a link can be forwarded. Whoever opens it proves the
address first, or signs in with a login that has it. No login exists for it before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from partner_access import audit, mail, signing
from partner_access.accounts import throttles
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.db import SYSTEM, Actor, acting, changed, found, scope, session
from partner_access.errors import Expired, Forbidden, Invalid, TooMany
from partner_access.keys.addresses import Address, address
from partner_access.organizations.entry import join_requests
from partner_access.organizations.models import Invitation, InvitationLink, Membership
from partner_access.organizations.team import memberships
from partner_access.organizations.words import as_role, invitation_end
from partner_access.permissions import Role
from partner_access.transactions import lock
from partner_access.web.urls import absolute

LIFE, PROOF_LIFE = timedelta(days=7), timedelta(hours=24)
MAILS_A_DAY, MAILS_TO_ONE_A_DAY = 100, 3
"""Of one organization, and to one address by all of them: an invitation is a mail to somebody who did not ask."""


@dataclass(frozen=True)
class InvitationAnswer:
    """What became of one line of a list: the sentence of the refusal, or '' when the address is invited."""

    text: str
    refusal: str = ""


# -- by owners and admins ---------------------------------------------------------------------------------------------


def invite(invited: Address, role: str) -> Invitation:
    """Invite an address to the bound organization, without a mail; inviting it again renews the open invitation."""
    row = session().scalar(select(Invitation).where(Invitation.email_key == invited.key, *_unanswered()))
    if row is None:
        row = Invitation(email=invited.email, email_key=invited.key, created_at=now())
        session().add(row)
    row.role, row.expires_at, row.invited_by = role, now() + LIFE, scope().actor.person_id
    session().flush()
    join_requests.say_no_more(invited)
    audit.record("invitation.sent", subject=row.id, reason="asked", role=role)
    return row


def invite_all(lines: Iterable[str], role: Role) -> list[InvitationAnswer]:
    """Invite the address of each line by mail, and say line by line what came of it; twice the same counts once.

    Raises Forbidden for a role above one's own.
    """
    memberships.lock_team()
    _check_rank(role)
    answers: dict[str, InvitationAnswer] = {}
    for text in lines:
        try:
            typed = address(text)
            if typed.key not in answers:
                _check(typed)
                answers[typed.key] = InvitationAnswer(text)
                send(invite(typed, role))
        except Invalid as refusal:
            audit.record("invitation.refused", reason=refusal.code)
            answers[text] = InvitationAnswer(text, refusal.sentence)
    return list(answers.values())


def send(row: Invitation) -> None:
    """Mail the link. It is a new one: those of earlier mails have stopped."""
    secret = signing.new_secret()
    earlier = InvitationLink.invitation_id == row.id, InvitationLink.replaced_at.is_(None)
    session().execute(update(InvitationLink).where(*earlier).values(replaced_at=now()))
    fingerprint = signing.fingerprint(secret)
    session().add(InvitationLink(fingerprint=fingerprint, org_id=row.org_id, invitation_id=row.id, sent_at=now()))
    mail.queue(
        "invitation",
        row.email,
        about=row.id,
        org_name=row.org.name,
        who_name=row.inviter.name if row.inviter else "",
        as_role=as_role(row.role),
        expires_on=row.expires_at,
        url=absolute("organizations.invitation", token=secret),
    )


def send_again(row: Invitation) -> None:
    """Renew an open or expired invitation, with a new link. Raises Invalid when answered, or mailed too often."""
    memberships.lock_team()
    session().refresh(row)
    _check_rank(Role(row.role))
    if row.accepted_at or row.revoked_at:
        raise Invalid(f"The invitation to {row.email} is no longer open.", code="answered")
    _count(row.email_key)
    row.expires_at = now() + LIFE
    audit.record("invitation.sent", subject=row.id, reason="sent-again", role=row.role)
    send(row)


def revoke(row: Invitation) -> None:
    """Take an invitation back; idempotent. Raises Invalid when it was accepted meanwhile."""
    _check_rank(Role(row.role))
    taken = update(Invitation).where(Invitation.id == row.id, *_unanswered()).values(revoked_at=now())
    if changed(taken):
        audit.record("invitation.revoked", subject=row.id, reason="team-decided")
    elif session().scalar(select(Invitation.accepted_at).where(Invitation.id == row.id)):
        raise Invalid(f"{row.email} has joined meanwhile.", code="accepted")


def revoke_all(reason: str) -> None:
    """Take every open invitation of the bound organization back, for a reason code; nobody is accepting one now."""
    memberships.lock_team()
    for row in listing():
        taken = update(Invitation).where(Invitation.id == row.id, *_unanswered()).values(revoked_at=now())
        if changed(taken):
            audit.record("invitation.revoked", subject=row.id, reason=reason)


def listing() -> Sequence[Invitation]:
    """The unanswered invitations of the bound organization, newest first, also those that have expired."""
    return session().scalars(select(Invitation).where(*_unanswered()).order_by(Invitation.id.desc())).all()


def fetch(invitation_id: uuid.UUID) -> Invitation:
    """One invitation of the bound organization. Raises NotFound."""
    return found(session().scalar(select(Invitation).where(Invitation.id == invitation_id)))


def _check_rank(role: Role) -> None:
    if role not in memberships.giveable():
        raise Forbidden("Nobody invites somebody to a role above their own: ask an owner.", code="role-too-high")


def _check(typed: Address) -> None:
    present = select(Membership).join(User, User.id == Membership.user_id).where(User.email_key == typed.key)
    member = session().scalar(present)
    if member is not None and member.is_present:
        more = " They are suspended: resume them on their page." if member.suspended_at else ""
        raise Invalid(f"{member.user.name} is in the team already.{more}", code="already-member")
    row = session().scalar(select(Invitation).where(Invitation.email_key == typed.key, *_unanswered()))
    if row is not None and row.expires_at > now():
        until = day(row.expires_at)
        raise Invalid(f"Invited already, until {until}. You can send it again below.", code="already-invited")
    _count(typed.key)


def _count(email_key: str) -> None:
    if not throttles.take(f"invitations:{scope().org_id}", MAILS_A_DAY, throttles.DAY):
        sentence = f"Your organization has sent {MAILS_A_DAY} invitations today. Go on tomorrow."
        raise Invalid(sentence, code="too-many-invitations")
    if not throttles.take(f"invitation:{email_key}", MAILS_TO_ONE_A_DAY, throttles.DAY):
        raise Invalid("This address got several invitations today. Send it tomorrow.", code="too-many-to-one")
    if not throttles.take_mail("invitation", email_key):
        raise Invalid("This address got many mails within the hour. Send it in an hour.", code="too-many-to-one")


# -- by who was invited -----------------------------------------------------------------------------------------------


def find(secret: str) -> tuple[Invitation, InvitationLink] | None:
    """The invitation whose mail held this link, with the link, whatever became of them; or None."""
    link = session().scalar(select(InvitationLink).where(InvitationLink.fingerprint == signing.fingerprint(secret)))
    return (_of_org(link.org_id, link.invitation_id), link) if link else None


def state(row: Invitation, link: InvitationLink | None = None) -> str:
    """`open`, or a key of words.INVITATION_ENDS: why it, or this link of it, leads nowhere any more."""
    ends = {
        "accepted": row.accepted_at,
        "closed": row.org.closed_at,
        "revoked": row.revoked_at,
        "paused": row.org.suspended_at,
        "replaced": link.replaced_at if link else None,
        "expired": row.expires_at <= now(),
    }
    return next((name for name, ended in ends.items() if ended), "open")


def open_for(user: User) -> Sequence[Invitation]:
    """The open invitations to this person's proved address, from organizations that do not shut them out."""
    shut_out = {row.org_id for row in memberships.suspended(user)}
    with acting(user.actor):
        rows = session().scalars(select(Invitation).where(Invitation.expires_at > now(), *_unanswered())).all()
        return [row for row in rows if row.org.is_active and row.org_id not in shut_out]


def accept(row: Invitation, user: User) -> Membership:
    """The invited person joins, with the role of the invitation, once: whoever comes first of many at a time.

    The caller knows that the person proved the invited address. Accepting again finds the membership. Raises Expired
    when it is no longer open, Forbidden for who is suspended there.
    """
    if any(other.org_id == row.org_id for other in memberships.suspended(user)):
        raise Forbidden(f"Your access to {row.org.name} is suspended.", code="suspended")
    with acting(user.actor, row.org_id):
        lock(f"team:{row.org_id}")  # whoever is removed meanwhile takes back what they sent
        claimed = changed(
            update(Invitation)
            .where(Invitation.id == row.id, Invitation.expires_at > now(), *_unanswered())
            .values(accepted_at=now(), accepted_by=user.id)
        )
        session().refresh(row)
        if not claimed:
            mine = memberships.find(user.id) if row.accepted_by == user.id else None
            if mine is None:
                raise Expired(invitation_end(state(row), org=row.org.name), code=f"invitation-{state(row)}")
            return mine
        audit.record("invitation.accepted", subject=row.id, reason="invitation", role=row.role)
        join_requests.end_of(user)
        other = row.email if row.email_key != user.email_key else None
        return memberships.create(user, row.role, provenance="invitation", invited_as=other, by=row.invited_by)


def ask_proof(row: Invitation, user: User) -> None:
    """Mail the invited address a link by which its reader lets this person, with another login, use the invitation.

    It works in a browser where that person is signed in, so that it takes the mailbox and the login together. Raises
    TooMany beyond the limit of mails to one address.
    """
    if not throttles.take_mail("invitation-proof", row.email_key):
        sentence = "This address got several mails within the hour. Open the newest one."
        wait = throttles.seconds_left(throttles.HOUR)
        raise TooMany(sentence, code="too-many-mails", retry_after=wait)
    data = {"org": str(row.org_id), "invitation": str(row.id), "user": str(user.id)}
    url = absolute("organizations.proof", token=signing.sign("invited-elsewhere", data))
    with acting(user.actor, row.org_id):
        audit.record("invitation.proof_asked", subject=row.id, reason="other-login")
        mail.queue(
            "invitation-proof",
            row.email,
            org_name=row.org.name,
            who_name=user.name,
            who_email=user.email,
            url=url,
            hours=24,
        )


def read_proof(text: str) -> tuple[Invitation, uuid.UUID]:
    """The invitation and the id of the person that a proof link names. Raises NotFound, or Expired after PROOF_LIFE."""
    data = signing.unsign("invited-elsewhere", text, max_age=PROOF_LIFE)
    return _of_org(uuid.UUID(data["org"]), uuid.UUID(data["invitation"])), uuid.UUID(data["user"])


def renew(email_key: str) -> None:
    """Let what staff invited an address to stand anew: the mail that carried it had run out."""
    invited = Actor("person", None, email_key)
    with acting(invited):
        rows = session().scalars(select(Invitation).where(Invitation.invited_by.is_(None), *_unanswered())).all()
    for row in rows:
        with acting(invited, row.org_id):
            row.expires_at = now() + LIFE
            audit.record("invitation.sent", subject=row.id, reason="renewed", role=row.role)


def _of_org(org_id: uuid.UUID, invitation_id: uuid.UUID) -> Invitation:
    with acting(SYSTEM, org_id):
        return fetch(invitation_id)


def _unanswered() -> tuple:  # type: ignore[type-arg]
    return Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
