"""The audit log as staff read it: a page with filters, a file, and what staff decided."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for

from partner_access import audit
from partner_access.errors import Invalid
from partner_access.permissions import Permission
from partner_access.staff import log as rows
from partner_access.staff.forms import LogForm
from partner_access.staff.log_words import KINDS
from partner_access.staff.queue import decided
from partner_access.staff.routes.blueprint import Page, staff
from partner_access.web.access import staff_page
from partner_access.web.lists import cursor, cursor_after, download


@staff.get("/audit")
@staff_page(Permission.VIEW_PROGRAMME)
def log() -> Page:
    form = LogForm(request.args, meta={"csrf": False})
    form.validate()
    try:
        found = rows.listing(rows.choose(request.args), before=cursor())
    except Invalid as refusal:
        form.tell(refusal)
        return _page(form, []), 422
    return _page(form, found)


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


def _page(form: LogForm, found: list[rows.LogRow]) -> str:
    filters: dict[str, Any] = {name: request.args.get(name) or None for name in rows.FILTERS}
    last = found[-1] if len(found) == audit.PAGE else None
    older = last and url_for("staff.log", before=cursor_after(last.at, last.id), **filters)
    return render_template("staff/log/log.html", form=form, rows=found, filters=filters, kinds=KINDS, older=older)
