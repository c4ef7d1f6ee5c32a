"""Says in plain words what became of a lead or a client: the same sentences on row, page and ladder."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from partner_access.clock import day, now
from partner_access.credit import clients, leads, rule_sets
from partner_access.credit.evidence import FAILED, FOR_EVERYBODY, NOT_NEEDED, NOTED, SUGGESTED, WON, Finding, Rules
from partner_access.credit.models import Client, Lead
from partner_access.credit.reasons import REASONS
from partner_access.credit.statuses import STATUSES, Status
from partner_access.db import session
from partner_access.organizations import naming
from partner_access.sites import display_site


@dataclass(frozen=True)
class Row:
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


@dataclass(frozen=True)
class Rung:
    """One rule on the evidence ladder; mark: hit, miss, stop or ask; subject: the id of the fact that it looked at."""

    mark: str
    title: str
    text: str
    rule: str = ""
    subject: str = ""


MARKS = {WON: "hit", NOT_NEEDED: "miss", FAILED: "stop", SUGGESTED: "ask", NOTED: "miss"}
SOURCES = {"ruling": "Ruling", "lead": "Lead", "behalf": "Created by you", "link": "Your link",
           "managed": "Managed"}  # fmt: skip
R0_CODES = {
    "own-use", "own-site", "org-not-active", "org-paused", "client-went-without", "existing-client", "moved-client",
    "merged-account",
}  # fmt: skip


def submitters(rows: Iterable[Client]) -> dict[str, str]:
    """Who registered the leads in these clients' findings, by lead id; people who left are marked as such."""
    ids = {uuid.UUID(rung["subject"]) for row in rows for rung in row.trace if rung["rule"] == "R2"}
    found = session().scalars(select(Lead).where(Lead.id.in_(ids))).all() if ids else []
    return {str(lead.id): name for lead, name in zip(found, people(found), strict=True)}


def people(rows: Sequence[Lead]) -> list[str]:
    """The submitters' names, in order."""
    former = naming.former({lead.submitted_by for lead in rows}) if rows else set()
    return [f"{lead.submitter.name}{' (former teammate)' if lead.submitted_by in former else ''}" for lead in rows]


def client_rows(rows: Sequence[Client]) -> list[Row]:
    """Clients as list rows."""
    who = submitters(rows)
    return [client_row(row, who) for row in rows]


def client_row(client: Client, who: Mapping[str, str]) -> Row:
    """A client as a list row: why it is credited or not, and while something is open, whom we wait for until when."""
    findings = clients.findings(client)
    decisive = next((finding for finding in findings if finding.code == client.reason), None)
    reason, managed = REASONS[client.reason], REASONS.get(client.managed_reason or "")
    told = [(reason.short, _filled(reason.sentence, decisive, who))]
    if managed:
        told.append((managed.short, managed.sentence.format(date=day(client.managed_at))))
        if client.state == "none":  # the organization had no part in bringing this client
            told, reason = told[1:], managed
    (short, sentence), standing = told[0], _standing(client)
    parts = (sentence, *(f"{word} {rest}" for word, rest in told[1:]), standing.waiting)
    return Row(
        client.id, client.company, display_site(client.site), STATUSES[standing.status], short,
        " ".join(part for part in parts if part), standing.next_step or reason.next_step,
        SOURCES.get(client.basis or ("managed" if client.managed else ""), "–"), standing.date_label, standing.date,
    )  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """A client's status word, whom we wait for until when in a sentence, the date that matters now, and what to do now
    if that is more than the reason says."""

    status: str
    waiting: str
    date_label: str
    date: datetime
    next_step: str = ""


def _standing(client: Client) -> Standing:
    if client.review_by:
        waiting = f"The programme’s staff look at it and answer by {day(client.review_by)}."
        return Standing("in-review", waiting, "Answer by", client.review_by, "You are mailed when they have answered.")
    if client.state == "pending" and client.hand_over_by:
        late = client.hand_over_by <= now()
        waiting = (
            f"The client was to accept the account by {day(client.hand_over_by)} and has not: send it again."
            if late else f"Waiting for the client to accept the account, by {day(client.hand_over_by)}."
        )  # fmt: skip
        ask = "Ask the client whether they got the mail; you can send it again."
        return Standing("pending", waiting, "Accept by", client.hand_over_by, ask)
    if client.state == "pending" and client.hold_until:
        hold = f"Waiting for the hold after the sign-up to end on {day(client.hold_until)}; nobody has to do anything."
        return Standing("pending", hold, "Active on", client.hold_until)
    if client.state == "active":
        return Standing("active", "", "Since", client.active_from or client.signed_up_at)
    if client.managed in ("pending", "active") or (client.managed and client.state == "none"):
        labels = {"pending": "Answer by", "active": "Since", "ended": "Until"}
        return Standing(client.managed, "", labels[client.managed], client.managed_at or client.decided_at)
    return Standing("declined", "", "Signed up", client.signed_up_at)


def ladder(client: Client, who: Mapping[str, str]) -> list[Rung]:
    """Every rule in its order, also those that did not matter, with what it found (PRODUCT.md section 5)."""
    return rungs(client, who, rule_sets.version(client.rule_version))


def rungs(client: Client, who: Mapping[str, str], decided: Rules) -> list[Rung]:
    """The same, in the order of the rules that decided."""
    findings = clients.findings(client)
    barred = None if client.is_credited else next((f for f in findings if f.code in R0_CODES), None)
    first = (
        Rung("stop", "Eligible", sentence(barred, who)) if barred
        else Rung("hit", "Eligible", "Your organization was active, and this is not its own website or address.")
    )  # fmt: skip
    merged = [f for f in findings if f.result == NOTED]
    found = [first, *(Rung("miss", "Merged", sentence(f, who)) for f in merged)]
    for rule in ("R1", *decided.sequence, "R6"):
        title, none = RULES[rule]
        own = [f for f in findings if f.rule == rule]
        if rule == "R6" and client.state == "none":
            none = "Nothing was decided for your team, which had no part in bringing this client."
        found += [rung(f, title, who) for f in own] or [Rung("miss", title, none, rule)]
    return found


def rung(finding: Finding, title: str, who: Mapping[str, str]) -> Rung:
    """One finding on the ladder, in the words that its organization reads."""
    mark = "stop" if finding.rule == "R6" else MARKS[finding.result]
    return Rung(mark, title, sentence(finding, who), finding.rule, finding.subject or "")


TOUCHES = {
    "R2": "your lead of {date}", "R3": "creating the account for the client",
    "R4": "the opening of your link of {date}", "R5": "the owner’s e-mail address",
}  # fmt: skip
RULES = {
    "R1": ("Ruling", "The programme’s staff have not ruled."),
    "R2": ("Lead", "Your team has no lead for this website."),
    "R3": ("Created for the client", "Your team did not create this account."),
    "R4": ("Link", "No opening of your link led to the sign-up."),
    "R5": ("E-mail address", "Not asked: an owner’s e-mail address at your domain never decides by itself."),
    "R6": ("Nobody", "One of the rules above has decided."),
}
"""Each rule's title, and what it says where it found nothing."""


def sentence(finding: Finding, who: Mapping[str, str]) -> str:
    """What one finding says, whole; `who`: the names of whoever registered the leads, by lead id."""
    if finding.result == NOT_NEEDED and finding.code in FOR_EVERYBODY:  # its date is the touch's own, not the reason's
        return f"Not needed: {TOUCHES[finding.rule].format(date=day(finding.at))} could not decide here."
    reason = REASONS[finding.code]
    return f"{reason.short} {_filled(reason.sentence, finding, who)}"


def _filled(sentence: str, finding: Finding | None, who: Mapping[str, str]) -> str:
    if finding is None:
        return sentence
    return sentence.format(
        date=day(finding.at), until=day(finding.until), code=finding.link or "",
        who=who.get(finding.subject or "", "a teammate"),
    )  # fmt: skip


def lead_rows(rows: Sequence[Lead]) -> list[Row]:
    """Leads as list rows."""
    return [lead_row(lead, name) for lead, name in zip(rows, people(rows), strict=True)]


def lead_row(lead: Lead, submitter: str) -> Row:
    """A lead as a list row."""
    short, sentence, next_step = _lead_words(lead)
    label, date = ("Held until", lead.held_until) if lead.held_until else ("Registered", lead.submitted_at)
    if lead.free_at and lead.held_until is None and lead.ended_at is None:
        label, date = "Free on", lead.free_at
    if lead.ended_at:
        label, date = "Ended", lead.ended_at
    return Row(
        lead.id, lead.company, display_site(lead.site), STATUSES[leads.status(lead)], short, sentence, next_step,
        f"Lead by {submitter}", label, date,
    )  # fmt: skip


def _lead_words(lead: Lead) -> tuple[str, str, str]:
    ended = day(lead.ended_at)
    if lead.end_reason is None and lead.held_from:
        renew = " You can renew it once." if lead.renewed_at is None else " It was renewed once."
        return "Held for you", f"until {day(lead.held_until)}. The client has not signed up yet.{renew}", ""
    if lead.end_reason is None:
        free = (
            f"free on {day(lead.free_at)}, unless the client signs up before."
            if lead.free_at
            else "you are next in line."
        )
        return "Already registered", f"by another partner; {free}", "Nothing to do: you are mailed when it is yours."
    return {
        "won": ("Won", f"because the client signed up on {ended}.", ""),
        "expired": ("Expired", f"on {ended}, without a sign-up.", "Register it again if it is free."),
        "withdrawn": ("Withdrawn", f"on {ended}.", "Register it again if it is free."),
        "lost": (
            "Ended",
            "because the client signed up and another registration or rule decided.",
            "Look at the client.",
        ),
        "too-late": ("Ended", "because the website is an existing client’s, or has become that.", ""),
    }[lead.end_reason]
