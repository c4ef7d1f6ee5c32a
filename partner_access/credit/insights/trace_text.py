"""A client's whole trace as plain text, to paste into a mail or a question. Pure: what the page shows, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from partner_access.clock import day
from partner_access.credit.insights.ladder import Rung
from partner_access.credit.insights.list_rows import ListRow
from partner_access.credit.models import Client, CreditEntry

MARKS = {"hit": "matched", "miss": "not needed", "stop": "did not count", "ask": "staff look at it"}
MINUS = "\N{MINUS SIGN}"


def trace_text(client: Client, row: ListRow, rungs: Sequence[Rung], entries: Sequence[CreditEntry], url: str) -> str:
    """The text, lines ended by a line feed. `url`: where the page is that it was copied from."""
    lines = [
        f"{client.company} ({row.site})",
        f"{row.status.label}. {row.short} {row.sentence}".strip(),
        *([f"What next? {row.next_step}"] if row.next_step else []),
        "",
        f"The rules, version {client.rule_version}",
        *(f"{rung.rule or 'R0'} {rung.title} – {MARKS[rung.mark]}: {rung.text}" for rung in rungs),
        "",
        "The facts",
        f"Website: {row.site}",
        *([f"Signed up: {_signed_up(client)}"] if client.reason != "unconfirmed" else []),
        f"Decided: {_moment(client.decided_at)}",
        *([f"Ended: {_moment(client.ended_at)}"] if client.ended_at else []),
        *([f"Pending until: {_moment(client.hold_until)}"] if client.hold_until else []),
        "",
        "In the ledger",
        *(f"Line {entry.seq}, {_days(entry)}: {changes(entry)}" for entry in entries),
        *([] if entries else ["No line: a client who is not credited changes no count."]),
        "",
        url,
    ]
    return "\n".join(lines) + "\n"


def changes(entry: CreditEntry) -> str:
    """What a line of the ledger changes, "+1 active" for example."""
    counts = (("pending", entry.pending), ("active", entry.active), ("managed", entry.managed))
    told = ", ".join(f"{'+' if count > 0 else MINUS}{abs(count)} {word}" for word, count in counts if count)
    return told or "taken back when it counted no more"


def _days(entry: CreditEntry) -> str:
    return f"{day(entry.effective_at)}, posted {day(entry.at)}" if entry.is_late else day(entry.effective_at)


def _signed_up(client: Client) -> str:
    return day(client.signed_up_at) if client.is_day else _moment(client.signed_up_at)


def _moment(at: datetime) -> str:
    return f"{day(at)}, {at:%H:%M} UTC"
