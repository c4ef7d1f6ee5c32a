"""Lines pasted to claim managed accounts: each is read, looked up, claimed and answered by itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit.clients import answer_pace, client_accounts, client_events, occupants
from partner_access.credit.managed import claim_states, claims, late_claims
from partner_access.credit.managed.claim_states import ClaimedClient
from partner_access.credit.models import ClientAccount, LateClaim, Lead
from partner_access.credit.statuses import Status
from partner_access.db import session
from partner_access.errors import Invalid, TooMany
from partner_access.keys import pasted
from partner_access.keys.mistakes import REFUSALS, Refused
from partner_access.keys.sites import display_site, site_key, trim
from partner_access.organizations.directory import own_names
from partner_access.organizations.models import Organization

MOST_LINES = 50
NO_SUCH_ID = "No client account has this id. For a website, enter the whole name, like example.com."
MERGED = "This account was merged into another one just now. Send this line once more."
STATUSES: dict[str, Status] = {
    "asked": Status("Pending", "wait", "clock", "Claimed. The client has a mail and can confirm until {date}."),
    "staff": Status(
        "Pending", "wait", "clock",
        "Claimed. We cannot ask this client by mail, so the programme’s staff answer by {date}.",
    ),
    "held": Status(
        "Pending", "wait", "clock",
        "Another partner manages this account today. The client has a mail and can say until {date} that you do now.",
    ),
    "held-staff": Status(
        "Pending", "wait", "clock",
        "Another partner manages this account today. The programme’s staff answer by {date} whether you do now.",
    ),
    "waiting": Status("Pending", "wait", "clock", "Already claimed by you, waiting for an answer until {date}."),
    "yours": Status("Active", "ok", "check", "Already managed by you, since {date}."),
    "later": Status("Not now", "bad", "cross", "You claimed this account before. You can claim it again on {date}."),
    "cancelled": Status("Cancelled", "mute", "dash", "This account is cancelled. Claim it when they are back."),
    "found": Status("A client now", "info", "info", "They have signed up meanwhile: send this line once more."),
    "no-client": Status("Not a client", "mute", "flag", "They have not signed up yet. Register them before they do."),
    "lead": Status("Registered", "mute", "flag", "Not a client yet. Your lead holds the website until {date}."),
    "queued": Status("Queued", "mute", "clock", "Not a client yet. Another partner registered the website before you."),
    "not-used": Status("Not used", "bad", "cross", "{why}"),
    "taken": Status("Taken", "mute", "clock", "Taken {why}"),
}  # fmt: skip
"""What became of a line, by the code of its answer; {date} is the day that counts."""


@dataclass(frozen=True)
class BulkAnswer:
    """A line as it was typed, the code of its answer, and what that speaks of. text: without what stands around it."""

    text: str
    code: str
    site: str = ""
    date: datetime | None = None
    why: str = ""
    client_id: uuid.UUID | None = None
    lead_id: uuid.UUID | None = None

    @property
    def status(self) -> Status:
        """The word, colour and icon of the answer."""
        return STATUSES[self.code]

    @property
    def sentence(self) -> str:
        """The answer in words."""
        date = day(self.date)
        return self.status.definition.format(date=date, why=self.why)

    @property
    def stays(self) -> bool:
        """Whether the line is for the person to change or to send again."""
        return self.code in ("not-used", "found")


@dataclass(frozen=True)
class _PastedLine:
    text: str
    account: ClientAccount | None = None
    site: str = ""
    why: str = ""


def split(text: str) -> list[str]:
    """The websites and ids of a paste, each once."""
    return list(dict.fromkeys(filter(None, map(trim, pasted.websites(text)))))


def claim(org: Organization, person: User, lines: Sequence[str]) -> list[BulkAnswer]:
    """Claim whatever can be claimed, in the order of the lines; what was claimed before is only answered.

    After as many answers as the organization gets within the hour, a line is taken with its time, and claimed when it
    is answered. Raises Invalid, and claims nothing, for more than MOST_LINES lines.
    """
    if len(lines) > MOST_LINES:
        raise Invalid(
            f"These are {len(lines)} lines. Send up to {MOST_LINES} at once: nothing was claimed yet.",
            code="too-many-lines",
            field="lines",
        )
    read = [(line, None if _known(line) else answer_pace.answer_at(org)) for line in _read_all(org, lines)]
    claims.lock([line.account for line, later in read if line.account and later is None])
    return [_take(person, line, later) if later else _waiting(line) or _answer(person, line) for line, later in read]


def answer_due(org: Organization) -> Sequence[LateClaim]:
    """Claim the bound organization's lines whose answer is due, as of the time at which each was sent."""
    rows = late_claims.due()
    read = _read_all(org, [row.line for row in rows])
    claims.lock([line.account for line in read if line.account])
    for row, line in zip(rows, read, strict=True):
        answer = _answer(row.claimer, line, row.taken_at)
        row.answered_at, row.code, row.site = now(), answer.code, answer.site
        row.date, row.why, row.client_id = answer.date, answer.why, answer.client_id
    return rows


def later_answers() -> list[BulkAnswer]:
    """What became of the bound organization's lines that were taken lately to be answered later."""
    return [later_answer(row) for row in late_claims.listing()]


def later_answer(row: LateClaim) -> BulkAnswer:
    """What became of a line that was taken to be answered later: that it was taken, until it is answered."""
    if row.code is None:
        return BulkAnswer(row.line, "taken", why=answer_pace.taken_sentence(row.taken_at))
    return BulkAnswer(row.line, row.code, row.site or "", row.date, row.why or "", row.client_id)


def _take(person: User, line: _PastedLine, later: datetime) -> BulkAnswer:
    return later_answer(late_claims.take(line.text, person, later))


def _answer(person: User, line: _PastedLine, sent_at: datetime | None = None) -> BulkAnswer:
    return _own_answer(line) or _settled_answer(line) or _claim(person, line, sent_at)


def look(org: Organization, lines: Sequence[str]) -> list[BulkAnswer]:
    """How the lines stand now; nothing is claimed."""
    read = _read_all(org, lines)
    return [_known(line) or _settled_answer(line) or BulkAnswer(line.text, "found", line.site) for line in read]


def _read_all(org: Organization, lines: Sequence[str]) -> list[_PastedLine]:
    own = own_names.present_sites(org.id)
    return [_read(line, own) for line in lines]


def _read(text: str, own: Collection[str]) -> _PastedLine:
    """What a line means: the account of this id, else the account that has this website, else the website alone."""
    if "\x00" in text:  # PostgreSQL cannot look for it
        return _PastedLine(text, why=REFUSALS["bad-characters"])
    account = client_accounts.find(text)
    if account:
        account = client_accounts.survivor(account)
        return _PastedLine(text, why=REFUSALS["own-site"]) if account.site in own else _PastedLine(text, account)
    try:
        site = site_key(text, own_domains=own)
    except Refused as refusal:
        return _PastedLine(text, why=NO_SUCH_ID if refusal.code == "single-label" else refusal.sentence)
    occupied = occupants.occupant(site)
    return _PastedLine(
        text, client_accounts.survivor(client_accounts.fetch(occupied.account_id)) if occupied else None, site
    )


def _known(line: _PastedLine) -> BulkAnswer | None:
    """The answer to a line that counts as none: it tells the organization nothing new."""
    return _waiting(line) or _own_answer(line)


def _waiting(line: _PastedLine) -> BulkAnswer | None:
    row = late_claims.waiting(line.text)
    return later_answer(row) if row else None


def _own_answer(line: _PastedLine) -> BulkAnswer | None:
    """The answer to a line by what is wrong with it, or by what the organization has itself; None without either."""
    if line.why and line.why != NO_SUCH_ID:
        return BulkAnswer(line.text, "not-used", why=line.why)
    lead = _open_lead(line)
    if lead and lead.answer_at and lead.answer_at > now():
        return BulkAnswer(line.text, "taken", line.site, why=answer_pace.taken_sentence(lead.submitted_at))
    live = claim_states.of_account(line.account.id) if line.account else None
    if live is None:
        return None
    code, date = ("yours", live.active_from) if live.active_from else ("waiting", live.answer_by)
    return BulkAnswer(line.text, code, line.site, date, client_id=live.client_id)


def _settled_answer(line: _PastedLine) -> BulkAnswer | None:
    """The answer to a line that there is nothing to claim for; None for one that can be claimed."""
    if line.why:
        return BulkAnswer(line.text, "not-used", why=line.why)
    if line.account is None:
        return _lead(line)
    if line.account.merged_into:
        return BulkAnswer(line.text, "not-used", line.site, why=MERGED)
    if client_events.cancelled_since(line.account.external_id, line.account.signed_up_at):
        return BulkAnswer(line.text, "cancelled", line.site)
    later = claim_states.again_from(line.account)
    return BulkAnswer(line.text, "later", line.site, later) if later else None


def _open_lead(line: _PastedLine) -> Lead | None:
    return session().scalar(select(Lead).where(Lead.site == line.site, Lead.ended_at.is_(None)))


def _lead(line: _PastedLine) -> BulkAnswer:
    lead = _open_lead(line)
    if lead is None:
        return BulkAnswer(line.text, "no-client", line.site)
    return BulkAnswer(line.text, "lead" if lead.held_from else "queued", line.site, lead.held_until, lead_id=lead.id)


def _claim(person: User, line: _PastedLine, sent_at: datetime | None) -> BulkAnswer:
    assert line.account is not None, "there is an answer already to a line without an account"
    try:
        typed = ClaimedClient(display_site(line.site) or line.text, line.site)
        row = claims.claim(line.account, person, typed, sent_at)
    except TooMany as refusal:
        return BulkAnswer(line.text, "not-used", line.site, why=refusal.sentence)
    held = claims.is_held_by_another(line.account)
    code = {(False, True): "asked", (False, False): "staff", (True, True): "held", (True, False): "held-staff"}
    return BulkAnswer(line.text, code[held, bool(row.asked_at)], line.site, row.answer_by, client_id=row.client_id)
