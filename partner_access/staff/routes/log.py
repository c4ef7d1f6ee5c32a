"""The audit log as staff read it: a page with filters, a file, and what staff decided."""

from __future__ import annotations

from flask import Response, render_template, request, url_for

from partner_access import audit
from partner_access.permissions import Permission
from partner_access.staff import log as rows
from partner_access.staff.forms import LogForm
from partner_access.staff.log_words import KINDS
from partner_access.staff.queue import decided
from partner_access.staff.routes.blueprint import staff
from partner_access.web import event_lists
from partner_access.web.access import staff_page
from partner_access.web.lists import cursor, cursor_after, download


@staff.get("/audit")
@staff_page(Permission.VIEW_PROGRAMME)
def log() -> tuple[str, int]:
    return event_lists.page(
        "staff/log/log.html",
        LogForm(request.args),
        lambda: rows.listing(rows.choose(request.args), before=cursor()),
        who="email",
        most=audit.PAGE,
        kinds=KINDS,
    )


@staff.get("/audit.csv")
@staff_page(Permission.VIEW_PROGRAMME)
def log_file() -> Response:
    return download(rows.table(rows.choose(request.args)), "audit")


@staff.get("/audit/decisions")
@staff_page(Permission.VIEW_PROGRAMME)
def decisions() -> str:
    found = decided.listing(before=cursor())
    last = found[-1] if len(found) == audit.PAGE else None
    older = last and url_for("staff.decisions", before=cursor_after(last.at, last.id))
    return render_template("staff/log/decisions.html", rows=found, older=older)
