"""Disputes about who brought a client: what opens the one of an account, its end, and staff, who are to answer it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select

from partner_access import mail
from partner_access.accounts import sign_ins
from partner_access.clock import day, now
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts
from partner_access.credit.disputes import dispute_sides
from partner_access.credit.disputes.dispute_sides import ANOTHER_LOOK
from partner_access.credit.models import ClientAccount, Dispute, DisputeParty
from partner_access.credit.rules import versions
from partner_access.credit.rules.decision import Decision
from partner_access.db import SYSTEM, acting, found, fresh, session
from partner_access.keys.sites import display_site
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute

ANSWER_WITHIN, A_DAY = timedelta(days=7), timedelta(days=1)
MOOT = "The question fell away: we learned more about this client’s accounts, and the rules decide by themselves."
LAPSED = (
    "The programme’s staff had not answered by {day}, so what the rules say stands. Whoever is not credited can ask "
    "for another look."
)
MERGED = "The account was merged into another one, and the question ended with it. You can ask about that one."


def follow_decision(account: ClientAccount, decision: Decision) -> None:
    """Open what the decision asks staff (docs/rules.md), and let go whom it asks no more.

    A side that has said something stays until staff answer it, and with it whoever has the credit now.
    """
    dispute = find_open(account.id)
    asked_kind, wanted = decision.dispute_kind, decision.asked
    spoken = {str(org_id) for org_id in dispute_sides.who_spoke(dispute)} if dispute else set()
    if spoken:
        wanted |= spoken | ({decision.winner} if decision.winner else set())
    if not wanted:
        if dispute:
            close(dispute, MOOT)
        return
    kind = ANOTHER_LOOK if dispute and dispute.kind == ANOTHER_LOOK else asked_kind or ANOTHER_LOOK
    dispute = open_dispute(account, kind, [uuid.UUID(org) for org in sorted(wanted)])
    dispute.kind = kind
    for org_id in set(dispute_sides.parties(dispute)) - {uuid.UUID(org) for org in wanted}:
        dispute_sides.release_side(dispute, org_id, MOOT, mails=True)


def open_dispute(account: ClientAccount, kind: str, orgs: Iterable[uuid.UUID]) -> Dispute:
    """The open dispute about an account, with these organizations as its sides; there is only one at a time."""
    days = versions.at(account.signed_up_at).dispute_days
    ends_at = now() + timedelta(days=days) if days else None
    begun = {"opened_at": now(), "answer_by": now() + ANSWER_WITHIN, "ends_at": ends_at}
    insert_once(Dispute(client_account_id=account.id, kind=kind, **begun))
    dispute = find_open(account.id)
    assert dispute is not None, "it was inserted a moment ago, if it was not there"
    dispute_sides.open_sides(dispute, account, orgs)
    return dispute


def find_open(account_id: uuid.UUID) -> Dispute | None:
    """The open dispute about an account, or None."""
    mine = Dispute.client_account_id == account_id, Dispute.closed_at.is_(None)
    return fresh(select(Dispute).where(*mine)).first()


def close(dispute: Dispute, answer: str, *, mails: bool = True) -> None:
    """The dispute is answered, with the same words to every side. mails: whether its sides are mailed from here."""
    dispute.closed_at = dispute.closed_at or now()
    deadlines.clear(dispute.id)
    session().flush()
    dispute_sides.close_sides(dispute, answer, mails=mails)


def end_overdue(account_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """End the questions about these accounts that nobody has answered in time, when they were due; about which they
    were. What counts is the time, not when the worker came by; what follows is for decisions.py.
    """
    open_ones = Dispute.client_account_id.in_(list(account_ids)), Dispute.closed_at.is_(None)
    overdue = fresh(select(Dispute).where(*open_ones, Dispute.ends_at <= now())).all()
    for dispute in overdue:
        dispute.closed_at = dispute.lapsed_at = dispute.ends_at
        close(dispute, lapsed_sentence(dispute))
    return {dispute.client_account_id for dispute in overdue}


def answer(dispute: Dispute) -> str:
    """What the sides of a closed dispute read that no ruling has answered."""
    return dispute_sides.answer(dispute) or MOOT


def lapsed_sentence(dispute: Dispute) -> str:
    """What the sides of a dispute read that ended unanswered."""
    return LAPSED.format(day=day(dispute.ends_at))


def lapsed(account_ids: Iterable[uuid.UUID]) -> Sequence[Dispute]:
    """The questions about these accounts that ended unanswered, the oldest first."""
    ended = Dispute.client_account_id.in_(list(account_ids)), Dispute.lapsed_at.is_not(None)
    return session().scalars(select(Dispute).where(*ended).order_by(Dispute.lapsed_at, Dispute.id)).all()


def of_org(org_id: uuid.UUID) -> list[Dispute]:
    """The open disputes in which an organization is a side, the oldest first."""
    mine = select(DisputeParty.dispute_id).where(DisputeParty.org_id == org_id)
    statement = select(Dispute).where(Dispute.id.in_(mine), Dispute.closed_at.is_(None)).order_by(Dispute.id)
    return list(session().scalars(statement))


def fetch(dispute_id: uuid.UUID) -> Dispute:
    """One dispute. Raises NotFound."""
    return found(session().scalar(select(Dispute).where(Dispute.id == dispute_id)))


def listing() -> Sequence[Dispute]:
    """The open disputes, in the order in which they are to be answered, so that what is overdue comes first."""
    statement = select(Dispute).where(Dispute.closed_at.is_(None)).order_by(Dispute.answer_by, Dispute.id)
    return session().scalars(statement).all()


def remind(dispute: Dispute) -> None:
    """Tell staff that a dispute is overdue, each day anew, and when it ends by itself."""
    account, days = client_accounts.fetch(dispute.client_account_id), (now() - dispute.answer_by) // A_DAY
    following = dispute.answer_by + (days + 1) * A_DAY
    deadlines.schedule(dispute.id, deadlines.DISPUTE, min(following, dispute.ends_at or following))
    with acting(SYSTEM):
        for person in sign_ins.staff():
            mail.queue(
                "review-overdue",
                person.email,
                company=account.company,
                site=display_site(account.site),
                answer_by=dispute.answer_by,
                ends_at=dispute.ends_at,
                dedupe=f"review-overdue:{dispute.id}:{days}:{person.id}",
                case_url=absolute("staff.case", kind=dispute.kind, item_id=dispute.id),
            )
