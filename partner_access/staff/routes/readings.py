"""Reading an organization's pages as one of staff: why, for an hour, and no longer than wanted."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partner_access.accounts import current
from partner_access.db import found
from partner_access.errors import Invalid
from partner_access.organizations.directory import organizations, staff_readings
from partner_access.permissions import Permission
from partner_access.staff.forms import ReasonForm
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page


@staff.get("/orgs/<slug>/read")
@staff_page(Permission.READ_ORG)
def read_org(slug: str) -> str:
    return _page(slug, ReasonForm(formdata=None))


@staff.post("/orgs/<slug>/read")
@staff_page(Permission.READ_ORG)
def start_reading(slug: str) -> Page:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(slug, form), 422
    try:
        staff_readings.start(found(organizations.find(slug)), current.person(), form.reason.data or "")
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_page(slug, form), 422))
    return redirect(url_for("credit.home", slug=slug), 303)


@staff.post("/readings/<uuid:reading_id>/stop")
@staff_page(Permission.READ_ORG)
def stop_reading(reading_id: uuid.UUID) -> Response:
    row = staff_readings.fetch(reading_id)
    staff_readings.end(row)
    flash(f"You read the pages of {row.org.name} no longer.", "ok")
    return redirect(url_for("staff.org", slug=row.org.slug), 303)


def _page(slug: str, form: ReasonForm) -> str:
    org = found(organizations.find(slug))
    form.reason.description = f"{org.name} reads it in its activity, with the pages that you open."
    return render_template(
        "staff/readings/read_org.html", asked=org, form=form, minutes=staff_readings.LIFE.seconds // 60
    )
