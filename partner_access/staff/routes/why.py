"""Why? Everything about one website: its accounts, every side, its leads, and what a sign-up now would come to."""

from __future__ import annotations

from flask import render_template, request

from partner_access.credit.insights import site_report
from partner_access.credit.rules import settings
from partner_access.errors import Invalid
from partner_access.permissions import Permission
from partner_access.staff.forms import WhyForm
from partner_access.staff.routes.blueprint import staff
from partner_access.web.access import Page, staff_page


@staff.get("/why")
@staff_page(Permission.VIEW_PROGRAMME)
def why() -> Page:
    form, found = WhyForm(request.args), None
    if form.site.data:
        try:
            found = site_report.of_site(form.site.data)
        except Invalid as refusal:
            form.site.errors = [refusal.sentence]
    page = render_template("staff/insights/why.html", form=form, found=found, labelled_values=settings.labelled_values)
    return (page, 422) if form.site.errors else page
