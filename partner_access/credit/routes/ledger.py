"""An organization's credit by month: what it had, what changed and why, what it has; and the same as a file."""

from __future__ import annotations

from datetime import datetime

from flask import Response, render_template, request, url_for

from partner_access.clock import now
from partner_access.credit.insights import ledger_lines
from partner_access.credit.ledger import months, periods
from partner_access.credit.ledger.periods import Period
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.statuses import KINDS
from partner_access.errors import NotFound
from partner_access.organizations import current
from partner_access.permissions import Permission
from partner_access.web.access import org_page
from partner_access.web.lists import download


@credit.get("/credit")
@org_page(Permission.VIEW_ORG)
def ledger() -> str:
    first = periods.first_of(request.args.get("month"))
    period, sums, before = periods.of(first), months.of(first), _before()
    rows = ledger_lines.lines(periods.lines(period, before=before))
    last = rows[-1].entry if rows else None
    more = last is not None and last.seq > period.opening.seq + 1
    return render_template(
        "credit/ledger/ledger.html",
        period=period,
        first=first,
        is_over=periods.following(first) <= now(),
        changes=[(KINDS.get(row.kind, row.kind), row) for row in sums],
        late=sum(row.late for row in sums),
        rows=rows,
        carried=periods.after(rows[0].entry) if rows and before else None,
        older=url_for("credit.ledger", month=f"{first:%Y-%m}", before=last.seq) if last and more else None,
        left=periods.before(last) if last and more else None,
        shown=_shown(first),
    )


def _shown(first: datetime) -> list[datetime]:
    """The months to choose from, newest first: this one, the one looked at, and those that have lines."""
    return sorted({*periods.with_lines(first.year), first, periods.first_of(None)}, reverse=True)


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
    period: Period = periods.of(periods.first_of(text)) if text else periods.whole()
    name = "-".join(filter(None, ("credit", current.org().slug, text)))
    return download(ledger_lines.table(period), name)
