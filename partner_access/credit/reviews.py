"""What an organization reads of the questions about a client: what is open, what was answered, may it ask again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_

from partner_access.clock import day, now
from partner_access.credit import client_accounts, clients, questions
from partner_access.credit.models import Client, DisputeSide
from partner_access.credit.programme import ClientAccount, Dispute, Ruling
from partner_access.db import session

AGAIN_WITHIN = timedelta(days=90)


@dataclass(frozen=True)
class Answer:
    """What staff answered, as one side reads it; is_credited is None when the question fell away."""

    at: datetime
    words: str
    is_credited: bool | None


@dataclass(frozen=True)
class Review:
    """What a client's page says of questions: the open one, the answers, newest first, and whether to ask (again).

    what: what staff are asked, side: the team's own side of it. ask_until: when a ruling allows to ask once more.
    refusal: why the team cannot ask (again), in a sentence; empty when it can, and when there is nothing to ask.
    """

    answers: Sequence[Answer]
    what: str = ""
    side: DisputeSide | None = None
    answer_by: datetime | None = None
    ask_until: datetime | None = None
    may_ask: bool = False
    refusal: str = ""


def of_client(client: Client) -> Review:
    """What the page of a client of the bound organization says of questions."""
    account = client_accounts.survivor(client_accounts.fetch(client.client_account_id))
    answers, last = _answers(client, account), last_ruling(account)
    ask_until = last.at + AGAIN_WITHIN if last else None
    dispute, row = questions.open_one(account.id), open_side(account)
    if dispute and row:
        what = questions.what_is_asked(dispute, row, client)
        return Review(answers, what, row, dispute.answer_by, ask_until, may_ask=True)
    if client.is_credited:
        return Review(answers)
    why_not = refusal(account, last)
    return Review(answers, ask_until=ask_until, may_ask=not why_not, refusal=why_not)


def refusal(account: ClientAccount, last: Ruling | None) -> str:
    """Why a team cannot ask for another look after a ruling, or an empty text."""
    if last is None:
        return ""
    if now() > last.at + AGAIN_WITHIN:
        until = day(last.at + AGAIN_WITHIN)
        return f"The programme’s staff ruled on {day(last.at)}; you could ask again until {until}."
    own = clients.of_account(account.id)
    asked = [
        row for row in (questions.sides(own) if own else ())
        if row.asked_by and row.opened_at >= last.at and row.dispute_id != last.dispute_id
    ]  # fmt: skip
    return f"You asked again after the ruling of {day(last.at)}, which can be done once." if asked else ""


def _answers(client: Client, account: ClientAccount) -> list[Answer]:
    """Every ruling that the bound organization has a part in, and what it was told when a question fell away."""
    sides = questions.sides(client)
    took_part = bool(sides) or any(finding["rule"] == "R1" for finding in client.trace)
    ruled = rulings(account) if took_part else []
    answers = [Answer(row.at, row.reason, row.org_id == client.org_id) for row in ruled]
    by_ruling = {row.dispute_id for row in ruled}
    answers += [
        Answer(row.closed_at, row.answer, None)
        for row in sides if row.closed_at and row.answer and row.dispute_id not in by_ruling
    ]  # fmt: skip
    return sorted(answers, key=lambda answer: answer.at, reverse=True)


def open_side(account: ClientAccount) -> DisputeSide | None:
    """The bound organization's side of the open question about an account, or None."""
    dispute = questions.open_one(account.id)
    row = questions.of_dispute(dispute) if dispute else None
    return row if row and row.closed_at is None else None


def rulings(account: ClientAccount) -> Sequence[Ruling]:
    """All rulings about an account and those merged with it, oldest first."""
    ids = [row.id for row in client_accounts.family(account)]
    statement = select(Ruling).where(Ruling.client_account_id.in_(ids)).order_by(Ruling.at, Ruling.id)
    return session().scalars(statement).all()


def ruling_on(dispute: Dispute) -> Ruling | None:
    """The ruling that answered a question, or None where it fell away or is open."""
    return session().scalar(select(Ruling).where(Ruling.dispute_id == dispute.id).order_by(Ruling.id).limit(1))


def ruling_page(*, most: int, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[Ruling]:
    """Rulings about whatever accounts, newest first; `before`: key of the last one seen. For staff."""
    statement = select(Ruling).order_by(Ruling.at.desc(), Ruling.id.desc()).limit(most)
    if before is not None:
        statement = statement.where(tuple_(Ruling.at, Ruling.id) < tuple_(*before))
    return session().scalars(statement).all()


def last_ruling(account: ClientAccount) -> Ruling | None:
    """The ruling that holds for an account and those merged with it, or None."""
    return next(reversed(rulings(account)), None)
