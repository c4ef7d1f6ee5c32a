"""Which of an organization's people read the mailbox of somebody who arrives with a login of its own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_, select

from partner_access.accounts.models import EmailChange, User
from partner_access.db import acting, session
from partner_access.organizations.models import Membership


def others(user: User, org_id: uuid.UUID) -> Sequence[Membership]:
    """The memberships of other logins with the same mailbox: the address is the same but for its `+tag`.

    Of whoever was removed an address they had before counts too: else a change of address would wash a tombstone off.
    """
    changed = and_(EmailChange.user_id == Membership.user_id, EmailChange.confirmed_at.is_not(None))
    earlier = and_(Membership.removed_at.is_not(None), _is_of(user, func.lower(EmailChange.old_email)))
    statement = select(Membership).join(User, User.id == Membership.user_id).outerjoin(EmailChange, changed)
    statement = statement.where(Membership.user_id != user.id, or_(_is_of(user, User.email_key), earlier))
    with acting(user.actor, org_id):
        return session().scalars(statement).all()


def _is_of(user: User, address: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Whether an address in lower case leads to this person's mailbox."""
    local, _, domain = user.email_key.rpartition("@")
    plain = local.partition("+")[0]
    tagged = address.startswith(f"{plain}+", autoescape=True), address.endswith(f"@{domain}", autoescape=True)
    return or_(address == f"{plain}@{domain}", and_(*tagged))
