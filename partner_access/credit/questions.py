"""Open questions about a client account, for staff to answer by a date: one open at a time, each side sees its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from partner_access import audit
from partner_access.clock import now
from partner_access.credit import clients
from partner_access.credit.evidence import Decision
from partner_access.credit.models import Client, DisputeSide
from partner_access.credit.programme import ClientAccount, Dispute, DisputeParty
from partner_access.db import acting, insert_once, scope, session

ANSWER_WITHIN = timedelta(days=7)
MOOT = "The question fell away: we learned of an earlier account of this client, and the rules decide by themselves."


def follow(account: ClientAccount, decision: Decision, orgs: Iterable[str]) -> None:
    """Open what the decision asks staff (PRODUCT.md section 5), or close what it asks no more."""
    if decision.question:
        asked = {decision.contender or decision.suggested, decision.winner} - {None}
        ask(account, decision.question, [uuid.UUID(org) for org in sorted(set(orgs) & asked)])
    elif (dispute := open_one(account.id)) and dispute.kind != "dispute":
        close(dispute, MOOT)


def ask(account: ClientAccount, kind: str, orgs: Iterable[uuid.UUID]) -> Dispute:
    """The open question about an account, with these organizations as its sides; there is only one at a time."""
    fresh = Dispute(client_account_id=account.id, kind=kind, opened_at=now(), answer_by=now() + ANSWER_WITHIN)
    insert_once(fresh)
    dispute = open_one(account.id)
    assert dispute is not None, "it was inserted a moment ago, if it was not there"
    for org_id in orgs:
        with acting(scope().actor, org_id):
            side(dispute, account)
    return dispute


def open_one(account_id: uuid.UUID) -> Dispute | None:
    """The open question about an account, or None."""
    mine = Dispute.client_account_id == account_id, Dispute.closed_at.is_(None)
    return session().scalar(select(Dispute).where(*mine))


def close(dispute: Dispute, answer: str) -> None:
    """The question is answered, with the same words to every side."""
    dispute.closed_at = now()
    session().flush()
    for org_id in parties(dispute):
        with acting(scope().actor, org_id):
            row = session().scalars(select(DisputeSide).where(DisputeSide.dispute_id == dispute.id)).one()
            client = clients.fetch(row.client_id)
            row.closed_at, row.answer, row.is_credited = now(), answer, client.is_credited
            client.review_by = None
            audit.record("dispute.closed", subject=client.id, reason=dispute.kind)


def parties(dispute: Dispute) -> list[uuid.UUID]:
    """The organizations that are sides of a question, in order."""
    mine = DisputeParty.dispute_id == dispute.id
    return list(session().scalars(select(DisputeParty.org_id).where(mine).order_by(DisputeParty.org_id)))


def side(dispute: Dispute, account: ClientAccount) -> DisputeSide:
    """The bound organization's side of a question; opened when there is none yet."""
    row = session().scalar(select(DisputeSide).where(DisputeSide.dispute_id == dispute.id))
    if row is None:
        client = clients.of_account(account.id) or clients.open_view(account, "no-touch")
        row = DisputeSide(dispute_id=dispute.id, client_id=client.id, opened_at=now())
        session().add(row)
        insert_once(DisputeParty(dispute_id=dispute.id, org_id=client.org_id))
        client.review_by = dispute.answer_by
        session().flush()
        audit.record("dispute.opened", subject=client.id, reason=dispute.kind)
    return row


def sides(client: Client) -> list[DisputeSide]:
    """The bound organization's sides of all questions about a client, the newest first."""
    mine = DisputeSide.client_id == client.id
    return list(session().scalars(select(DisputeSide).where(mine).order_by(DisputeSide.opened_at.desc())))
