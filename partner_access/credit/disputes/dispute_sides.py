"""The sides of a dispute: each organization sees its own, with the question, what it wrote and what it was answered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from partner_access import audit, events, mail
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.models import Client, ClientAccount, Dispute, DisputeParty, DisputeSide, Handover
from partner_access.credit.touchpoints import leads
from partner_access.db import acting, found, scope, session
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.organizations.team import recipients
from partner_access.transactions import insert_once
from partner_access.web.urls import absolute

ANOTHER_LOOK = "another-look"
WHAT_IS_ASKED = {
    "conflict": "More than one partner has evidence for {company}, so the programme’s staff decide who brought them.",
    "suggestion": "Something ties your team to {company}, but no rule credits you for it by itself, so the programme’s "
    "staff look at it.",
    ANOTHER_LOOK: "Another partner asked for another look at who brought {company}. Your credit stays as it is until "
    "the programme’s staff have answered.",
    "day": "Only the day on which {company} signed up is known, and what came first within it decides, so the "
    "programme’s staff look at it.",
    "how": "The programme’s staff look at how {company} signed up. Your credit waits until they have answered.",
    "own": "The programme’s staff look at {company} once more, with what your team wrote.",
}


def open_sides(dispute: Dispute, account: ClientAccount, org_ids: Iterable[uuid.UUID]) -> None:
    """These organizations are sides of a dispute; those that were not before are mailed."""
    for org_id in org_ids:
        with acting(scope().decider, org_id):
            open_side(dispute, account)


def open_side(dispute: Dispute, account: ClientAccount, *, asker: User | None = None) -> DisputeSide:
    """The bound organization's side of a dispute; opened when there is none yet, and mailed unless they ask it."""
    row = find_side(dispute)
    if row is not None and row.closed_at is None:
        return row
    client = clients.ensure_view(account, "no-touch")
    row = row or DisputeSide(dispute_id=dispute.id, client_id=client.id, opened_at=now())
    row.closed_at = row.answer = row.is_credited = None
    row.asked_by = asker.id if asker else None
    session().add(row)
    insert_once(DisputeParty(dispute_id=dispute.id, org_id=client.org_id))
    deadlines.schedule(dispute.id, deadlines.DISPUTE, dispute.answer_by)
    client.review_by = dispute.answer_by
    session().flush()
    audit.record("dispute.opened", subject=client.id, reason=dispute.kind)
    events.tell("dispute.opened", client.org_id, **_told(dispute, client, account), answer_by=dispute.answer_by)
    if asker is None:
        _mail_opened(dispute, row, client)
    return row


def _told(dispute: Dispute, client: Client, account: ClientAccount) -> dict[str, Any]:
    return clients.told(client, account) | {"dispute_id": dispute.id, "kind": dispute.kind}


def _mail_opened(dispute: Dispute, row: DisputeSide, client: Client) -> None:
    for person, values in letters(client, row):
        mail.queue(
            "review-opened",
            person.email,
            what=asked_sentence(dispute, row, client),
            answer_by=dispute.answer_by,
            dedupe=f"review:{dispute.id}:{client.id}:{person.id}",
            **values,
        )


def asked_sentence(dispute: Dispute, row: DisputeSide, client: Client) -> str:
    """What staff are asked, in a sentence for one side; it names nobody."""
    kind = dispute.kind
    if kind == ANOTHER_LOOK and not client.is_won:
        kind = "own" if row.asked_by else "conflict"
    elif any(finding["code"] == "day-decides" for finding in client.trace):
        kind = "day"
    elif kind == "suggestion" and client.is_won:
        kind = "conflict" if len(parties(dispute)) > 1 else "how"
    return WHAT_IS_ASKED[kind].format(company=client.company)


def release_side(dispute: Dispute, org_id: uuid.UUID, answer: str, *, mails: bool = False) -> None:
    """The dispute goes on without this side, which reads this answer."""
    _close(dispute, org_id, answer, mails=mails)
    mine = DisputeParty.dispute_id == dispute.id, DisputeParty.org_id == org_id
    session().execute(delete(DisputeParty).where(*mine))


def close_sides(dispute: Dispute, answer: str, *, mails: bool) -> None:
    """Every side of the dispute is answered, with what it has now; mails: whether they are mailed from here."""
    for org_id in parties(dispute):
        _close(dispute, org_id, answer, mails=mails)


def _close(dispute: Dispute, org_id: uuid.UUID, answer: str, *, mails: bool) -> None:
    with acting(scope().decider, org_id):
        row = find_side(dispute)
        assert row is not None, "every party has its own row"
        client = clients.fetch(row.client_id)
        row.closed_at, row.answer, row.is_credited = dispute.closed_at or now(), answer, client.is_won
        client.review_by = None
        audit.record("dispute.closed", subject=client.id, reason=dispute.kind)
        told = _told(dispute, client, client_accounts.fetch(dispute.client_account_id))
        events.tell("dispute.closed", org_id, **told, is_credited=client.is_won)
        for person, values in letters(client, row) if mails else ():
            dedupe = f"review-closed:{dispute.id}:{client.id}:{person.id}"
            mail.queue("review-closed", person.email, answer=answer, dedupe=dedupe, **values)


def letters_to(
    org_ids: Iterable[uuid.UUID], account: ClientAccount, dispute_id: uuid.UUID | None
) -> list[tuple[Client, User, dict[str, Any]]]:
    """Each organization's client, with whom to mail about it and what the mail says, as letters() finds them.

    dispute_id: of the dispute in which one of them may have asked.
    """
    found_letters = []
    for org_id in sorted(org_ids):
        with acting(scope().decider, org_id):
            client = found(clients.of_account(account.id))
            row = next((row for row in sides_of(client) if row.dispute_id == dispute_id), None)
            found_letters += [(client, person, values) for person, values in letters(client, row)]
    return found_letters


def letters(client: Client, row: DisputeSide | None = None) -> list[tuple[User, dict[str, Any]]]:
    """Whom of the bound organization to mail about a client, and what every such mail says of it.

    That is who asked, or is in charge of the client; when they have left, whom the team has chosen.
    """
    url = absolute("credit.client", slug=organizations.fetch(client.org_id).slug, client_id=client.id)
    values = {
        "company": client.company,
        "site": display_site(client.site),
        "is_credited": client.is_won,
        "url": url,
    }
    people = recipients.for_client(row.asker if row else None, *_who_brought(client))
    return [(person, values) for person in people]


def _who_brought(client: Client) -> list[User | None]:
    ids = [uuid.UUID(finding["subject"]) for finding in client.trace if finding["rule"] == "R2"]
    created = session().scalar(select(Handover).where(Handover.client_id == client.id))
    brought = [leads.fetch(lead_id).submitter for lead_id in ids]
    return [*brought, *([created.in_charge] if created else [])]


def parties(dispute: Dispute) -> list[uuid.UUID]:
    """The organizations that are sides of a dispute, in order."""
    mine = DisputeParty.dispute_id == dispute.id
    return list(session().scalars(select(DisputeParty.org_id).where(mine).order_by(DisputeParty.org_id)))


def find_side(dispute: Dispute) -> DisputeSide | None:
    """The bound organization's side of a dispute, or None."""
    return session().scalar(select(DisputeSide).where(DisputeSide.dispute_id == dispute.id))


def who_spoke(dispute: Dispute) -> set[uuid.UUID]:
    """The sides that said something; nobody answers for them but staff."""
    return {org_id for org_id in parties(dispute) if _words(dispute, org_id)}


def answer(dispute: Dispute) -> str | None:
    """What its sides read at its end: the same words, in every one's own row."""
    for org_id in parties(dispute):
        with acting(scope().decider, org_id):
            if (row := find_side(dispute)) and row.answer:
                return row.answer
    return None


def _words(dispute: Dispute, org_id: uuid.UUID) -> str | None:
    with acting(scope().decider, org_id):
        row = find_side(dispute)
        return row.words if row else None


def sides_of(client: Client) -> list[DisputeSide]:
    """The bound organization's sides of all disputes about a client, the newest first."""
    mine = DisputeSide.client_id == client.id
    statement = select(DisputeSide).where(mine).order_by(DisputeSide.opened_at.desc(), DisputeSide.id.desc())
    return list(session().scalars(statement))
