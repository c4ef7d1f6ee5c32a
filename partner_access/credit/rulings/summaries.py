"""What an organization reads of the disputes about a client: what is open, what was answered, may it ask again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access.clock import day, now
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.models import Client, ClientAccount, DisputeSide, Ruling
from partner_access.credit.rulings import rulings
from partner_access.credit.rulings.rulings import AGAIN_WITHIN


@dataclass(frozen=True)
class DisputeAnswer:
    """What staff answered, as one side reads it; is_credited is None when the dispute fell away."""

    at: datetime
    words: str
    is_credited: bool | None


@dataclass(frozen=True)
class DisputeSummary:
    """What a client's page says of disputes: the open one, the answers, newest first, and whether to ask (again).

    what: what staff are asked, side: the team's own side of it; ends_at: when it ends unanswered, if so. ask_until:
    when a ruling allows to ask once more. refusal: why the team cannot ask (again), in a sentence; empty when it can,
    and when there is nothing to ask.
    """

    answers: Sequence[DisputeAnswer]
    what: str = ""
    side: DisputeSide | None = None
    answer_by: datetime | None = None
    ends_at: datetime | None = None
    ask_until: datetime | None = None
    may_ask: bool = False
    refusal: str = ""


def of_client(client: Client) -> DisputeSummary:
    """What the page of a client of the bound organization says of disputes."""
    family = client_accounts.family(client_accounts.fetch(client.client_account_id))
    account, ruled = family.head, rulings.of_family(family)
    answers, last = _answers(client, ruled), ruled[-1] if ruled else None
    ask_until = last.at + AGAIN_WITHIN if last else None
    dispute, row = disputes.find_open(account.id), open_side(account)
    if dispute and row:
        what = dispute_sides.asked_sentence(dispute, row, client)
        return DisputeSummary(answers, what, row, dispute.answer_by, dispute.ends_at, ask_until, may_ask=True)
    if client.is_won:
        return DisputeSummary(answers)
    why_not = why_not_again(account, last)
    return DisputeSummary(answers, ask_until=ask_until, may_ask=not why_not, refusal=why_not)


def why_not_again(account: ClientAccount, last: Ruling | None) -> str:
    """Why a team cannot ask for another look after a ruling, or an empty text."""
    if last is None:
        return ""
    if now() > last.at + AGAIN_WITHIN:
        until = day(last.at + AGAIN_WITHIN)
        return f"The programme’s staff ruled on {day(last.at)}; you could ask again until {until}."
    own = clients.of_account(account.id)
    asked = [
        row
        for row in (dispute_sides.sides_of(own) if own else ())
        if row.asked_by and row.opened_at >= last.at and row.dispute_id != last.dispute_id
    ]
    return f"You asked again after the ruling of {day(last.at)}, which can be done once." if asked else ""


def _answers(client: Client, ruled: Sequence[Ruling]) -> list[DisputeAnswer]:
    """Every ruling that the bound organization has a part in, and what it was told when a dispute fell away."""
    sides = dispute_sides.sides_of(client)
    took_part = bool(sides) or any(finding["rule"] == "R1" for finding in client.trace)
    ruled = ruled if took_part else ()
    answers = [DisputeAnswer(row.at, row.reason, row.org_id == client.org_id) for row in ruled]
    by_ruling = {row.dispute_id for row in ruled}
    answers += [
        DisputeAnswer(row.closed_at, row.answer, None)
        for row in sides
        if row.closed_at and row.answer and row.dispute_id not in by_ruling
    ]
    return sorted(answers, key=lambda answer: answer.at, reverse=True)


def open_side(account: ClientAccount) -> DisputeSide | None:
    """The bound organization's side of the open dispute about an account, or None."""
    dispute = disputes.find_open(account.id)
    row = dispute_sides.find_side(dispute) if dispute else None
    return row if row and row.closed_at is None else None
