"""What the vendor told of client accounts: kept under the sign-up's lock, also before that is known, and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from partner_access import audit, jobs
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts
from partner_access.credit.models import ClientAccount, ClientEvent, ClientSite, ProvisionalSignUp
from partner_access.credit.rules import absences
from partner_access.credit.rules.absences import REACTIVATED, Absence, EventFact
from partner_access.db import scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys import codes, text
from partner_access.seals import seals
from partner_access.transactions import insert_once, lock

LONGEST_ID = 200
PLAN_CHANGED, SITE_CHANGED, MERGED_INTO, MANAGED_BY = "plan_changed", "site_changed", "merged_into", "managed_by"
SHOWN = 50


@dataclass(frozen=True)
class EventDetails:
    """What an event says besides its kind and time: see ClientEvent."""

    target: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    interval: str | None = None


def check(
    external_id: str,
    kind: str,
    at: datetime,
    reason: str,
    event_id: str | None = None,
    *,
    details: EventDetails | None = None,
) -> ClientEvent:
    """An event as it was told. event_id: the teller's own; without it the same event is told by the same words.

    Raises Invalid with a reason code and the name of the field at fault.
    """
    external_id = codes.identity(external_id)
    text.checked(external_id, "external_id", LONGEST_ID, missing="The external id is missing.")
    if at.year < 1970:
        raise Invalid("The time is before 1970.", code="time-too-early", field="at")
    if at > now():
        raise Invalid("The time is in the future.", code="time-in-future", field="at")
    return ClientEvent(
        event_id=event_id or f"{kind} {external_id} {at.astimezone(UTC).isoformat()}",
        external_id=external_id,
        kind=kind,
        occurred_at=at,
        reason=audit.checked(reason),
        told_by=scope().actor.user_id,
        **asdict(details or EventDetails()),
    )


def lock_sign_up(external_id: str) -> None:
    """Let one transaction at a time record the sign-up of this account, or what is told of it."""
    lock(f"sign-up:{external_id}")


def keep(event: ClientEvent) -> bool:
    """Keep an event, once; whether it is a new one. Raises Conflict for another one under the same id."""
    is_new = insert_once(event)
    kept = session().scalars(select(ClientEvent).where(ClientEvent.event_id == event.event_id)).one()
    if is_new:
        seals.add(kept)
        return True
    if any(getattr(kept, name) != getattr(event, name) for name in SAID):
        raise Conflict("Another event has this id.", code="event-id-taken")
    return False


SAID = ("external_id", "kind", "occurred_at", "target", "amount_minor", "currency", "interval")
"""What makes it the same event when its id comes again."""


def is_newest(event: ClientEvent) -> bool:
    """Whether nothing of this kind was told of the account that happened later: that would hold instead."""
    same = is_of(event.external_id), ClientEvent.kind == event.kind
    newest = (
        select(ClientEvent.event_id).where(*same).order_by(ClientEvent.occurred_at.desc(), ClientEvent.event_id.desc())
    )
    return session().scalar(newest.limit(1)) == event.event_id


def pending_for(account: ClientAccount) -> Sequence[ClientEvent]:
    """What is to be done with an account because of what was told, also what was told of others that become part of it,
    in the order in which it happened."""
    done = and_(is_of(account.external_id), ClientEvent.kind.in_([SITE_CHANGED, MERGED_INTO, MANAGED_BY]))
    into = and_(ClientEvent.kind == MERGED_INTO, ClientEvent.target == account.external_id)
    order = ClientEvent.occurred_at, ClientEvent.kind, ClientEvent.event_id
    return session().scalars(select(ClientEvent).where(or_(done, into)).order_by(*order)).all()


def wake(account: ClientAccount) -> None:
    """An account has signed up: what was told of it before is done soon, outside of the sign-up's transaction."""
    if pending_for(account):
        jobs.enqueue(deadlines.CLIENT_EVENTS, account.id, dedupe=f"client-events:{account.id}")


def without_sign_up(before: datetime) -> Sequence[ClientEvent]:
    """What was told before a moment of accounts that nobody has signed up, the oldest first, SHOWN at most."""
    known = select(ClientAccount.id).where(ClientAccount.external_id == ClientEvent.external_id).exists()
    form = select(ProvisionalSignUp.id).where(ProvisionalSignUp.external_id == ClientEvent.external_id).exists()
    lost = select(ClientEvent).where(ClientEvent.received_at < before, ~known, ~form)
    return session().scalars(lost.order_by(ClientEvent.number).limit(SHOWN)).all()


def is_of(external_id: str | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether an event was told of this account, also by an id that it had before the vendor named it."""
    named = aliased(ClientAccount)
    before = select(ProvisionalSignUp.external_id).join(named, named.id == ProvisionalSignUp.account_id)
    aliases = before.where(named.external_id == external_id)
    return or_(ClientEvent.external_id == external_id, ClientEvent.external_id.in_(aliases))


def of_external_id(external_id: str) -> Sequence[ClientEvent]:
    """Everything told of an account, in the order in which it happened."""
    mine = select(ClientEvent).where(is_of(external_id))
    return session().scalars(mine.order_by(ClientEvent.occurred_at, ClientEvent.kind, ClientEvent.event_id)).all()


def absences_of(account: ClientAccount, comeback_days: int | None) -> tuple[Absence, ...]:
    """When the client was away, and what each time means for a credit under rules with so many comeback days.

    Of accounts that were merged, only what is told of the one that goes on counts.
    """
    rows = of_external_id(account.external_id)
    if not rows:
        return ()
    facts = [EventFact(row.kind, row.occurred_at, row.event_id, _is_taken(account, row)) for row in rows]
    return absences.absences_of(facts, account.signed_up_at, comeback_days)


def cancelled_since(external_id: str, signed_up_at: datetime, at: datetime | None = None) -> datetime | None:
    """Since when an account was cancelled at a moment (now), whatever we hear of and in whatever order; None: not."""
    moment = at or now()
    facts = [EventFact(row.kind, row.occurred_at, row.event_id) for row in of_external_id(external_id)]
    away = absences.absences_of(facts, signed_up_at, None)
    return next((absence.since for absence in away if absence.holds(moment)), None)


def _is_taken(account: ClientAccount, event: ClientEvent) -> bool:
    """Whether another account, which was not cancelled itself, had one of its websites when it came back."""
    if event.kind != REACTIVATED:
        return False
    at, family = max(event.occurred_at, account.signed_up_at), client_accounts.family(account)
    sites = {row.site for row in client_accounts.sites_of(account) if _is_had(row, at)}
    others = (pair for site in sites for pair in client_accounts.times_of(site) if pair[0].id not in family.ids)
    return any(
        _is_had(time, at)
        and not (other.merged_at and other.merged_at <= at)
        and cancelled_since(other.external_id, other.signed_up_at, at) is None
        for other, time in others
    )


def _is_had(time: ClientSite, at: datetime) -> bool:
    """Whether an account had a site at a moment and had not moved away from it."""
    return time.since <= at and (time.until is None or time.until - client_accounts.ALIAS > at)


def neighbours(account: ClientAccount) -> Sequence[ClientAccount]:
    """The other accounts that have or had the site of this one, and of which something was told."""
    told = select(ClientEvent.number).where(is_of(ClientAccount.external_id)).exists()
    there = select(ClientSite.client_account_id).where(ClientSite.site == account.site)
    others = ClientAccount.id.in_(there), ClientAccount.id != account.id
    return session().scalars(select(ClientAccount).where(*others, told)).all()
