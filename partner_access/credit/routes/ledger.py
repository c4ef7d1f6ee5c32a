"""An organization's credit by month: what it had, what changed and why, what it has; and the same as a file."""

from __future__ import annotations

from datetime import datetime

from flask import Response, render_template, request, url_for

from partner_access.access import org_page
from partner_access.clock import now
from partner_access.credit import entries, months
from partner_access.credit.months import Period
from partner_access.credit.routes.blueprint import credit, download
from partner_access.credit.statuses import KINDS
from partner_access.errors import NotFound
from partner_access.organizations import current
from partner_access.permissions import Permission


@credit.get("/credit")
@org_page(Permission.VIEW_ORG)
def ledger() -> str:
    first = months.first_of(request.args.get("month"))
    period, before = months.of(first), _before()
    rows = entries.lines(months.lines(period, before=before))
    last = rows[-1].entry if rows else None
    more = last is not None and last.seq > period.opening.seq + 1
    return render_template(
        "credit/ledger.html",
        period=period,
        first=first,
        is_over=months.following(first) <= now(),
        changes=[(KINDS.get(row.kind, row.kind), row) for row in months.changes(period)],
        rows=rows,
        carried=months.after(rows[0].entry) if rows and before else None,
        older=url_for("credit.ledger", month=f"{first:%Y-%m}", before=last.seq) if last and more else None,
        left=months.before(last) if last and more else None,
        shown=_shown(first),
    )


def _shown(first: datetime) -> list[datetime]:
    """The months to choose from, newest first: this one, the one looked at, and those that have lines."""
    return sorted({*months.with_lines(first.year), first, months.first_of(None)}, reverse=True)


def _before() -> int | None:
    text = request.args.get("before")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(code="bad-cursor")
    return int(text)


@credit.get("/credit.csv")
@org_page(Permission.VIEW_ORG)
def ledger_file() -> Response:
    """The lines of a month, or of the whole ledger when none is named."""
    text = request.args.get("month")
    period: Period = months.of(months.first_of(text)) if text else months.whole()
    name = "-".join(filter(None, ("credit", current.org().slug, text)))
    return download(entries.table(period), name)
