"""A person's own pages: details, password, signed-in devices."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partner_access.accounts import current, passwords, sign_ins
from partner_access.accounts import sessions as rows
from partner_access.accounts.forms import ChangePasswordForm, DetailsForm, EndSessionsForm
from partner_access.accounts.routes.blueprint import accounts
from partner_access.errors import TooMany
from partner_access.web.access import Page, signed_in


@accounts.route("/me", methods=["GET", "POST"])
@signed_in
def me() -> Page:
    user = current.person()
    form = DetailsForm(data={"name": user.name})
    if not form.validate_on_submit():
        return render_template("accounts/me.html", form=form), 422 if form.errors else 200
    sign_ins.change_name(user, form.name.data or "")
    flash("Your details are saved.", "ok")
    return redirect(url_for("accounts.me"), 303)


@accounts.route("/me/security", methods=["GET", "POST"])
@signed_in
def security() -> Page:
    user = current.person()
    form = ChangePasswordForm(sign_ins.names_of(user))
    if form.validate_on_submit():
        try:
            if sign_ins.knows_password(user, form.current.data or ""):
                return _changed(passwords.hash_password(form.password.data or ""))
        except TooMany as refusal:
            form.current.errors = [refusal.sentence]
            raise refusal.on(render_template("accounts/security.html", form=form)) from None
        form.refuse()
    return render_template("accounts/security.html", form=form), 422 if form.errors else 200


def _changed(new_hash: str) -> Response:
    row = current.sign_in_row()
    sign_ins.change_password(current.person(), new_hash, keep_session=row and row.id)
    flash("Your password is changed. All your other devices are signed out.", "ok")
    return redirect(url_for("accounts.security"), 303)


@accounts.get("/me/sessions")
@signed_in
def sessions() -> str:
    return _devices(EndSessionsForm())


@accounts.post("/me/sessions/<uuid:session_id>/revoke")
@signed_in
def revoke_session(session_id: uuid.UUID) -> Page:
    row = current.sign_in_row()
    if row and row.id == session_id:
        return _signed_out("You are signed out on this device.")
    form = EndSessionsForm()
    if not _is_confirmed(form):
        return _devices(form), 422
    rows.revoke(current.person(), session_id)
    flash("That device is signed out.", "ok")
    return redirect(url_for("accounts.sessions"), 303)


@accounts.post("/me/sessions/revoke-all")
@signed_in
def revoke_all_sessions() -> Page:
    form = EndSessionsForm()
    if not _is_confirmed(form):
        return _devices(form), 422
    rows.end_everywhere(current.person())
    return _signed_out("You are signed out everywhere.")


def _is_confirmed(form: EndSessionsForm) -> bool:
    """Whether the password was given; what is wrong stands at its field. Raises TooMany with the page."""
    if not form.validate_on_submit():
        return False
    try:
        if sign_ins.knows_password(current.person(), form.current.data or ""):
            return True
    except TooMany as refusal:
        form.current.errors = [refusal.sentence]
        raise refusal.on(_devices(form)) from None
    form.refuse()
    return False


def _signed_out(told: str) -> Response:
    current.sign_out()
    flash(told, "ok")
    return redirect(url_for("public.home"), 303)


def _devices(form: EndSessionsForm) -> str:
    mine = rows.listing(current.person())
    return render_template("accounts/sessions.html", rows=mine, present=current.sign_in_row(), form=form)
