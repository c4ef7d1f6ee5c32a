"""Rulings: staff decide who brought a client, with a reason that every side reads."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_

from partner_access import audit, events, mail
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit.attribution import credit_holds, decisions, source_credits
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.managed import claims
from partner_access.credit.models import ClientAccount, Dispute, Ruling
from partner_access.db import Actor, acting, found, fresh, scope, session
from partner_access.errors import Conflict
from partner_access.keys import text
from partner_access.organizations.directory import mergers, organizations
from partner_access.organizations.team import anonymity
from partner_access.transactions import lock

AGAIN_WITHIN = timedelta(days=90)
"""How long after a ruling a side may ask for another look, once."""
LONGEST = 2000
"""Characters of what a side writes at once, and of a ruling's reason."""


def lock_family(account: ClientAccount) -> Family:
    """Let one transaction at a time ask or rule about an account, move or merge it; its family, as it is from then on.

    While we waited the account may have been merged into another one, which is then the one to lock.
    """
    lock(f"client:{account.id}")
    account = fresh(select(ClientAccount).where(ClientAccount.id == account.id)).one()
    return lock_family(client_accounts.survivor(account)) if account.merged_into else client_accounts.family(account)


def rule(
    asked: Dispute | ClientAccount, org_id: uuid.UUID | None, reason: str, staff: Actor, *, shown: str | None = None
) -> Ruling:
    """Staff decide who is credited for a client account, None for nobody, whether or not anybody asked.

    The reason is read by every side. Raises Invalid when it is missing or tells one side who another is, Conflict when
    somebody else has answered meanwhile. shown: id of the last ruling that whoever rules knows of, "" for none; without
    it, the one that there is now.
    """
    reason = text.checked(reason.strip(), "reason", LONGEST, missing="Give the reason; every side reads it.")
    org_id = mergers.survivor_id(org_id) if org_id else None
    account = client_accounts.fetch(asked.client_account_id) if isinstance(asked, Dispute) else asked
    seen = _id_of(latest(client_accounts.family(account))) if shown is None else shown
    family = lock_family(account)
    account = family.head
    dispute = disputes.find_open(account.id) or _unanswered(asked)
    sides = set(dispute_sides.parties(dispute)) if dispute else set()
    decisions.prepare([family], orgs=sides | ({org_id} if org_id else set()))
    _check_still_open(asked, latest(family), dispute, seen)
    readers = sides | decisions.had_a_part(family) | ({org_id} if org_id else set())
    known = readers | claims.concerned([account])
    anonymity.check_names_none(reason, known if len(readers) > 1 else known - readers)
    with acting(staff):
        held = source_credits.holder(account.id)
        ruling = _write(account, dispute, org_id, reason, staff)
        decisions.again([family])
        if dispute and not dispute.lapsed_at:
            disputes.close(dispute, reason, mails=False)
        credit_holds.activate_due(only=account)
        concerned = sides | {org for org in (held, org_id) if org}
        _mail_sides(account, ruling, concerned)
        _tell_sides(account, ruling, concerned)
    return ruling


def _unanswered(asked: Dispute | ClientAccount) -> Dispute | None:
    """The dispute that staff answer though its time is over: the rules' answer stood until then, and no longer."""
    return asked if isinstance(asked, Dispute) and asked.lapsed_at else None


def _write(
    account: ClientAccount, dispute: Dispute | None, org_id: uuid.UUID | None, reason: str, staff: Actor
) -> Ruling:
    """The ruling is a fact from now on; the dispute is closed first, so that deciding anew finds none to follow."""
    if dispute:
        dispute.closed_at = dispute.closed_at or now()
    ruling = Ruling(
        client_account_id=account.id,
        org_id=org_id,
        reason=reason,
        decided_by=staff.user_id,
        dispute_id=dispute.id if dispute else None,
        at=now(),
    )
    session().add(ruling)
    session().flush()
    audit.record("ruling.made", subject=account.id, reason=dispute.kind if dispute else "unasked")
    return ruling


def _id_of(ruling: Ruling | None) -> str:
    return str(ruling.id) if ruling else ""


def _check_still_open(asked: Dispute | ClientAccount, last: Ruling | None, dispute: Dispute | None, seen: str) -> None:
    is_asked = isinstance(asked, Dispute)
    is_newer = last is not None and (_id_of(last) != seen or (is_asked and last.dispute_id == asked.id))
    if not is_newer and (not is_asked or (dispute is not None and dispute.id == asked.id)):
        return
    if last is None or not is_newer:
        raise Conflict("The question fell away meanwhile. Look at the account again.", code="not-open")
    name = organizations.fetch(last.org_id).name if last.org_id else "nobody"
    by = session().scalar(select(User.name).where(User.id == last.decided_by)) if last.decided_by else None
    raise Conflict(
        f"{by or 'Another of the staff'} ruled on {day(last.at)}: credited to {name}. “{last.reason}”",
        code="ruled-meanwhile",
    )


def _mail_sides(account: ClientAccount, ruling: Ruling, org_ids: Iterable[uuid.UUID]) -> None:
    """Mail every side, and whose credit came or went."""
    for client, person, values in dispute_sides.letters_to(set(org_ids), account, ruling.dispute_id):
        with acting(scope().decider, client.org_id):
            mail.queue(
                "ruling",
                person.email,
                reason=ruling.reason,
                ask_until=ruling.at + AGAIN_WITHIN,
                dedupe=f"ruling:{ruling.id}:{client.id}:{person.id}",
                **values,
            )


def _tell_sides(account: ClientAccount, ruling: Ruling, org_ids: Iterable[uuid.UUID]) -> None:
    """Tell the programs of every side, and of whose credit came or went."""
    for org_id in sorted(org_ids):
        with acting(scope().decider, org_id):
            client = found(clients.of_account(account.id))
            told = clients.told(client, account) | {"ruling_id": ruling.id, "is_credited": client.is_won}
            events.tell("dispute.ruled", org_id, **told)


def of_family(family: Family) -> Sequence[Ruling]:
    """All rulings about these accounts, oldest first."""
    statement = select(Ruling).where(Ruling.client_account_id.in_(family.ids)).order_by(Ruling.number)
    return session().scalars(statement).all()


def on_dispute(dispute: Dispute) -> Ruling | None:
    """The ruling that answered a dispute, or None where it fell away or is open."""
    return session().scalar(select(Ruling).where(Ruling.dispute_id == dispute.id).order_by(Ruling.number).limit(1))


def listing(*, most: int, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[Ruling]:
    """Rulings about whatever accounts, newest first; `before`: key of the last one seen. For staff."""
    statement = select(Ruling).order_by(Ruling.at.desc(), Ruling.id.desc()).limit(most)
    if before is not None:
        statement = statement.where(tuple_(Ruling.at, Ruling.id) < tuple_(*before))
    return session().scalars(statement).all()


def latest(family: Family) -> Ruling | None:
    """The ruling that holds for these accounts, or None."""
    return next(reversed(of_family(family)), None)
