"""Source credit ends when the client cancels, and goes on when they come back in time: the ledger says each of both.

What is due is worked out anew from all that the vendor has told (rules/absences.py) and held against what the holder's
ledger says. A line that turns out otherwise, because we heard late of something earlier, is taken back by a new one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from sqlalchemy import or_, select

from partner_access import audit, events, mail
from partner_access.clock import day
from partner_access.credit.attribution import credit_holds, source_credits
from partner_access.credit.clients import client_accounts, client_events, clients
from partner_access.credit.disputes import dispute_sides
from partner_access.credit.ledger import entries
from partner_access.credit.models import (
    Client,
    ClientAccount,
    ClientEvent,
    CreditEntry,
    ManagedSeat,
    SourceCredit,
    StoredDecision,
)
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules import absences, versions
from partner_access.credit.rules.absences import ENDED, Absence, CreditStep
from partner_access.credit.rules.settings import Rules
from partner_access.db import SYSTEM, acting, scope, session

HEARD_LATER = "heard-later"


def follow(account: ClientAccount, rules: Rules, *, mails: bool = True) -> None:
    """End or resume the account's source credit as is due. rules: by which it was decided; mails: tell the holder."""
    row, away = source_credits.of_account(account.id), client_events.absences_of(account, rules.comeback_days)
    if row is None or not away:
        return
    with acting(scope().decider, row.org_id):
        client = clients.of_account(account.id)
        assert client is not None, "who has the credit has a view of the account"
        was = client.state, client.end_reason
        _tell(client, list(absences.steps(away)), entries.told_ends(client))
        _mark(client, row, account, away)
        session().flush()
        if was != (client.state, client.end_reason) and ENDED in (was[0], client.state):
            _tell_programs(client, account)
            if mails:
                _mail(client)


def _tell(client: Client, due: Sequence[CreditStep], told: Sequence[CreditEntry]) -> None:
    """Write the lines that are missing; those that turned out otherwise are taken back first, the newest first."""
    right = agreed(due, told)
    for line in reversed(told[right:]):
        _turn(client, CreditStep("reversed", line.effective_at, HEARD_LATER), reverses=line.seq)
    for step in due[right:]:
        _turn(client, step)
        event = "credit.ended" if step.kind == ENDED else "credit.resumed"
        audit.record(event, subject=client.id, reason=step.code)


def agreed(due: Sequence[CreditStep], told: Sequence[CreditEntry]) -> int:
    """How many of the lines, from the first one on, say what was due."""
    pairs = zip(due, told, strict=False)
    return len(list(takewhile(lambda pair: (pair[0].kind, pair[0].at) == (pair[1].kind, pair[1].effective_at), pairs)))


def _turn(client: Client, step: CreditStep, *, reverses: int | None = None) -> None:
    """The credit ends, or what has ended goes on: as active where it had been active, else it waits on."""
    pending, active = -(client.state == "pending"), -(client.state == "active")
    if client.state == ENDED:
        client.state = "active" if client.active_from else "pending"
        client.ended_at = client.end_reason = None
        pending, active = int(client.state == "pending"), int(client.state == "active")
    else:
        client.state, client.ended_at, client.end_reason = ENDED, step.at, step.code
    entries.post(
        client,
        step.kind,
        pending=pending,
        active=active,
        reason=step.code,
        effective_at=step.at,
        reverses=reverses,
    )


def _mark(client: Client, row: SourceCredit, account: ClientAccount, away: Sequence[Absence]) -> None:
    """The rows say what the ledger says, and why."""
    row.state, client.comeback_at = client.state, None
    if end := absences.end_of(away):
        client.ended_at, client.end_reason, client.comeback_at = end.since, end.code, end.back or end.back_by
    elif client.active_from:
        client.active_from = credit_holds.active_from(row, account, away)


def _tell_programs(client: Client, account: ClientAccount) -> None:
    told = clients.told(client, account)
    if client.state == ENDED:
        ended = {"reason": client.end_reason, "ended_at": client.ended_at}
        events.tell("credit.ended", client.org_id, **told, **ended)
    else:
        events.tell("credit.resumed", client.org_id, **told)


def _mail(client: Client) -> None:
    """Tell who is in charge of the client that the credit ended, goes on, or stays ended though they are back."""
    is_back = client.end_reason != absences.AWAY
    reason = REASONS[client.end_reason or absences.BACK]
    for person, values in dispute_sides.letters(client):
        values |= {"why": reason.sentence.format(date=day(client.ended_at), until=day(client.comeback_at))}
        if client.state == ENDED:
            until = None if is_back else client.comeback_at
            mail.queue("credit-ended", person.email, is_back=is_back, until=until, **values)
        else:
            mail.queue("credit-resumed", person.email, **values)


# -- whether all of it was told ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EndFault:
    """What is wrong with the end of an account's credit, and who has that."""

    account: ClientAccount
    org_id: uuid.UUID
    wrong: str


def verify() -> Iterator[EndFault]:
    """Hold the ledger and the pages of every holder against all that the vendor has told; only reads."""
    told = select(ClientEvent.number).where(client_events.is_of(ClientAccount.external_id)).exists()
    over = SourceCredit.client_account_id == ClientAccount.id, SourceCredit.state == ENDED
    ended = select(SourceCredit.org_id).where(*over).exists()
    for account_id in session().scalars(select(ClientAccount.id).where(or_(told, ended)).order_by(ClientAccount.id)):
        yield from _faults(client_accounts.fetch(account_id))
        session().expunge_all()


def _faults(account: ClientAccount) -> Iterator[EndFault]:
    row = source_credits.of_account(account.id)
    seat = session().scalar(select(ManagedSeat).where(ManagedSeat.client_account_id == account.id))
    if row is not None:
        version = (
            session().scalars(select(StoredDecision.rule_version).where(StoredDecision.id == row.decision_id)).one()
        )
        away = client_events.absences_of(account, versions.version(version).comeback_days)
        with acting(SYSTEM, row.org_id):
            client = clients.of_account(account.id)
            wrong = _wrong(client, row, away) if client else ()
        yield from (EndFault(account, row.org_id, sentence) for sentence in wrong)
    since = client_events.cancelled_since(account.external_id, account.signed_up_at) if seat else None
    if seat and since:
        yield EndFault(account, seat.org_id, f"the client cancelled on {day(since)}, and is managed")


def _wrong(client: Client, row: SourceCredit, away: Sequence[Absence]) -> list[str]:
    due, told, end = list(absences.steps(away)), entries.told_ends(client), absences.end_of(away)
    right, found = agreed(due, told), []
    if right < len(due):
        step = due[right]
        found.append(f"no line says that client {client.id} {step.kind} on {day(step.at)}")
    if right < len(told):
        found.append(f"line {told[right].seq} tells of an end or a comeback of client {client.id} that was none")
    if (row.state == ENDED) != (end is not None):
        found.append(f"by what the vendor told it {'has ended' if end else 'goes on'}, and it is {row.state}")
    if (client.ended_at, client.end_reason) != ((end.since, end.code) if end else (None, None)):
        found.append(f"client {client.id} does not read why it ended")
    return found
