"""What staff say of addresses: at which domains anybody can have one, and whose holder is signed out everywhere."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.accounts import sessions, sign_ins
from partner_access.errors import Invalid
from partner_access.organizations.directory import mail_providers as rows
from partner_access.organizations.directory import organizations
from partner_access.permissions import Permission
from partner_access.staff.forms import MailProviderForm, PersonForm
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page
from partner_access.web.fields import one_line


@staff.get("/mail-providers")
@staff_page(Permission.VIEW_PROGRAMME)
def mail_providers() -> str:
    return _page(MailProviderForm())


@staff.post("/mail-providers")
@staff_page(Permission.MANAGE_ORGS)
def add_mail_provider() -> Page:
    form = MailProviderForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        name = rows.add(form.name.data or "")
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_page(form), 422))
    flash(f"{name} lets nobody in by itself any more.", "ok")
    return redirect(url_for("staff.mail_providers"), 303)


@staff.post("/mail-providers/remove")
@staff_page(Permission.MANAGE_ORGS)
def remove_mail_provider() -> Response:
    name = one_line(request.form.get("name")) or ""
    rows.remove(name)
    flash(f"{name} is no mail provider any more.", "ok")
    return redirect(url_for("staff.mail_providers"), 303)


def _page(form: MailProviderForm) -> str:
    named = [(row, organizations.name_at(row.name)) for row in rows.listing()]
    return render_template("staff/addresses/mail_providers.html", form=form, named=named)


@staff.route("/sign-person-out", methods=["GET", "POST"])
@staff_page(Permission.MANAGE_ORGS)
def sign_person_out() -> Page:
    form = PersonForm(email=request.args.get("email", ""))
    if form.validate_on_submit():
        user = sign_ins.find(form.email.address.key)
        try:
            if user is None:
                raise Invalid("Nobody has a login with this address.", code="no-such-person", field="email")
            live = sessions.end_by_staff(user, form.reason.data or "")
        except Invalid as refusal:
            form.tell(refusal)
            answer_and_undo((render_template("staff/addresses/sign_out.html", form=form), 422))
        flash(f"{user.name} is signed out on {live} device{'' if live == 1 else 's'}.", "ok")
        return redirect(url_for("staff.log", email=user.email), 303)
    return render_template("staff/addresses/sign_out.html", form=form), 422 if form.errors else 200
