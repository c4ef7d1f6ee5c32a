"""Says in plain words what became of a lead or a client: the same sentences on row, page and ladder."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit.clients import answer_pace, clients
from partner_access.credit.handovers import handovers
from partner_access.credit.insights import ladder
from partner_access.credit.models import Client, Lead
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules.absences import AWAY
from partner_access.credit.statuses import STATUSES, Status
from partner_access.credit.touchpoints import leads
from partner_access.db import session
from partner_access.keys.sites import display_site
from partner_access.organizations.team import display_names


@dataclass(frozen=True)
class ListRow:
    """A lead or client as lists show it. `date_label` and `date` are the date that matters now."""

    id: uuid.UUID
    company: str
    site: str
    status: Status
    short: str
    sentence: str
    next_step: str
    source: str
    date_label: str
    date: datetime


AGAIN = "Look whether your team can register it again."
SOURCES = {"ruling": "Ruling", "lead": "Lead", "behalf": "Created by you", "link": "Your link", "managed": "Managed"}


def submitters(rows: Iterable[Client]) -> dict[str, str]:
    """Who registered the leads in these clients' findings, by lead id; people who left are marked as such."""
    ids = {uuid.UUID(rung["subject"]) for row in rows for rung in row.trace if rung["rule"] == "R2"}
    found = session().scalars(select(Lead).where(Lead.id.in_(ids))).all() if ids else []
    return {str(lead.id): name for lead, name in zip(found, people(found), strict=True)}


def people(rows: Sequence[Lead]) -> list[str]:
    """The submitters' names, in order; what no person registered was "the API"."""
    ids = {lead.submitted_by for lead in rows if lead.submitted_by}
    former = display_names.former(ids) if ids else set()
    return [_name(lead.submitter, former) for lead in rows]


def _name(person: User | None, former: set[uuid.UUID]) -> str:
    if person is None:
        return "the API"
    return f"{person.name} (former teammate)" if person.id in former else person.name


def client_rows(rows: Sequence[Client]) -> list[ListRow]:
    """Clients as list rows."""
    who = submitters(rows)
    unreached = handovers.undelivered_to([row.id for row in rows if row.state == "pending" and row.hand_over_by])
    return [client_row(row, who, unreached.get(row.id, "")) for row in rows]


def client_row(client: Client, who: Mapping[str, str], unreached: str = "") -> ListRow:
    """A client as a list row: why it is credited or not, and while something is open, whom we wait for until when.

    unreached: the address that the mail about the hand-over could not be delivered to, or ''.
    """
    findings = clients.findings(client)
    decisive = next((finding for finding in findings if finding.code == client.reason), None)
    reason, managed = REASONS[client.reason], REASONS.get(client.managed_reason or "")
    told = [(reason.short, ladder.filled(reason.sentence, decisive, who))]
    if client.end_reason:  # that it has ended comes before why it was credited
        reason = REASONS[client.end_reason]
        told.insert(0, (reason.short, _dated(reason.sentence, client.ended_at, client.comeback_at)))
    if managed:
        told.append((managed.short, managed.sentence.format(date=day(client.managed_at))))
        if client.state == "none":  # the organization had no part in bringing this client
            told, reason = told[1:], managed
    (short, sentence), standing = told[0], _client_status(client, unreached)
    parts = (sentence, *(f"{word} {rest}" for word, rest in told[1:]), standing.waiting)
    return ListRow(
        client.id,
        client.company,
        display_site(client.site),
        STATUSES[standing.status],
        short,
        " ".join(part for part in parts if part),
        standing.next_step or reason.next_step,
        SOURCES.get(client.basis or ("managed" if client.managed else ""), "–"),
        standing.date_label,
        standing.date,
    )


def _dated(sentence: str, date: datetime | None, until: datetime | None) -> str:
    return sentence.format(date=day(date), until=day(until))


@dataclass(frozen=True)
class ClientStatus:
    """A client's status word, whom we wait for until when in a sentence, the date that matters now, and what to do now
    if that is more than the reason says."""

    status: str
    waiting: str
    date_label: str
    date: datetime
    next_step: str = ""


def _client_status(client: Client, unreached: str) -> ClientStatus:
    if client.review_by:
        waiting = f"The programme’s staff look at it and answer by {day(client.review_by)}."
        return ClientStatus(
            "in-review", waiting, "Answer by", client.review_by, "You are mailed when they have answered."
        )
    if client.state == "pending" and client.hand_over_by:
        late = client.hand_over_by <= now()
        waiting = (
            f"The client was to accept the account by {day(client.hand_over_by)} and has not: send it again."
            if late
            else f"Waiting for the client to accept the account, by {day(client.hand_over_by)}."
        )
        ask = "Ask the client whether they got the mail; you can send it again."
        if unreached:
            waiting = f"The mail could not be delivered to {unreached}."
            ask = "Change the address on the client’s page: a new mail goes there."
        return ClientStatus("pending", waiting, "Accept by", client.hand_over_by, ask)
    if client.state == "pending" and client.hold_until:
        hold = f"Waiting for the hold after the sign-up to end on {day(client.hold_until)}; nobody has to do anything."
        return ClientStatus("pending", hold, "Active on", client.hold_until)
    if client.state == "ended":
        return ClientStatus("ended", _comeback(client), "Until", client.ended_at or client.decided_at)
    if client.state == "active":
        return ClientStatus("active", "", "Since", client.active_from or client.signed_up_at)
    if client.managed in ("pending", "active") or (client.managed and client.state == "none"):
        labels = {"pending": "Answer by", "active": "Since", "ended": "Until"}
        return ClientStatus(client.managed, "", labels[client.managed], client.managed_at or client.decided_at)
    return ClientStatus("declined", "", "Signed up", client.signed_up_at)


def _comeback(client: Client) -> str:
    """Until when a credit that has ended goes on by itself if the client comes back; '' where it does not any more."""
    if client.end_reason != AWAY or client.comeback_at is None or client.comeback_at < now():
        return ""
    return f"If they come back by {day(client.comeback_at)}, the credit goes on by itself."


def lead_rows(rows: Sequence[Lead]) -> list[ListRow]:
    """Leads as list rows."""
    return [lead_row(lead, name) for lead, name in zip(rows, people(rows), strict=True)]


def lead_row(lead: Lead, submitter: str) -> ListRow:
    """A lead as a list row."""
    short, sentence, next_step = _lead_words(lead)
    label, date = ("Held until", lead.held_until) if lead.held_until else ("Registered", lead.submitted_at)
    if lead.is_taken:
        label, date = "Answer by", lead.submitted_at + answer_pace.WITHIN
    elif lead.free_at and lead.held_until is None and lead.ended_at is None:
        label, date = "Free on", lead.free_at
    if lead.ended_at:
        label, date = "Ended", lead.ended_at
    return ListRow(
        lead.id,
        lead.company,
        display_site(lead.site),
        STATUSES[leads.status(lead)],
        short,
        sentence,
        next_step,
        f"Lead by {submitter}",
        label,
        date,
    )


def _lead_words(lead: Lead) -> tuple[str, str, str]:
    ended = day(lead.ended_at)
    if lead.is_taken:
        return "Taken", answer_pace.taken_sentence(lead.submitted_at), "Nothing to do: you are mailed when it is there."
    if lead.end_reason is None and lead.held_from:
        renew = " You can renew it once." if lead.renewed_at is None else " It was renewed once."
        return "Held for you", f"until {day(lead.held_until)}. The client has not signed up yet.{renew}", ""
    if lead.end_reason is None:
        free = (
            f"free on {day(lead.free_at)}, unless the client signs up before."
            if lead.free_at
            else "you are next in line."
        )
        if lead.passed_on_at:
            passed = f"since {day(lead.passed_on_at)}: your organization was paused, and another partner waited; {free}"
            return "In line again", passed, "Nothing to do: you are mailed when it is yours."
        return "Already registered", f"by another partner; {free}", "Nothing to do: you are mailed when it is yours."
    return {
        "won": ("Won", f"because the client signed up on {ended}.", ""),
        "expired": ("Expired", f"on {ended}, without a sign-up.", AGAIN),
        "withdrawn": ("Withdrawn", f"on {ended}.", AGAIN),
        "lost": (
            "Ended",
            "because the client signed up and another registration or rule decided.",
            "Look at the client.",
        ),
        "too-late": ("Ended", "because the website is an existing client’s, or has become that.", ""),
    }[lead.end_reason]
