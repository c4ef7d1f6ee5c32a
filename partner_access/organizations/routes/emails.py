"""Changing one's e-mail address: asking, proving the new mailbox, and undoing it from the old one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from partner_access.accounts import current, email_changes, sign_ins
from partner_access.accounts.forms import ChangeEmailForm, CodeForm
from partner_access.accounts.models import EmailChange
from partner_access.db import acting
from partner_access.errors import NotFound, TooMany
from partner_access.mail import undelivered
from partner_access.organizations.routes.blueprints import arrivals
from partner_access.organizations.team import memberships
from partner_access.web.access import Page, public, signed_in

TAKEN = "That address has a login of its own by now, so yours stays as it is."


@arrivals.route("/me/email", methods=["GET", "POST"])
@signed_in
def change_email() -> Page:
    user, form = current.person(), ChangeEmailForm()
    if form.validate_on_submit():
        try:
            if form.email.address.key == user.email_key:
                form.refuse_same()
            elif not sign_ins.knows_password(user, form.current.data or ""):
                form.refuse()
            else:
                email_changes.ask(user, form.email.address)
                return redirect(url_for("arrivals.change_email"), 303)
        except TooMany as refusal:
            form.email.errors = [refusal.sentence]
            raise refusal.on(_asking(form)[0]) from None
    return _asking(form)


@arrivals.post("/me/email/code")
@signed_in
def email_code() -> Page:
    row, form = email_changes.find_open(current.person()), CodeForm()
    if row is None:
        return redirect(url_for("arrivals.change_email"), 303)
    if form.validate_on_submit():
        outcome = email_changes.try_code(row, form.code.data or "")
        if outcome == "right":
            return _confirm(row)
        form.refuse(outcome)
    return _asking(ChangeEmailForm(formdata=None), code=form)


@arrivals.post("/me/email/cancel")
@signed_in
def cancel_email() -> Response:
    row = email_changes.find_open(current.person())
    if row is not None:
        email_changes.discard(row)
        flash("Your address stays as it is.", "ok")
    return redirect(url_for("arrivals.change_email"), 303)


@arrivals.route("/confirm-email/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def confirm_email(token: str) -> Page:
    row = _fetch(email_changes.find_by_link(token))
    state, is_asker = email_changes.state(row), current_user.is_authenticated and current_user.id == row.user_id
    if state == "open" and is_asker and request.method == "POST":
        return _confirm(row)
    if request.method == "POST":
        return redirect(request.path, 303)
    page = render_template("organizations/emails/confirm.html", asked=row, state=state, is_asker=is_asker, token=token)
    return page, 200 if state in ("open", "confirmed") else 410


@arrivals.post("/confirm-email/<token>/discard")
@public(limit="verify", secret=True)
def discard_email(token: str) -> Response:
    email_changes.discard(_fetch(email_changes.find_by_link(token)))
    return redirect(url_for("arrivals.confirm_email", token=token), 303)


@arrivals.route("/undo-email/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def undo_email(token: str) -> Page:
    row = _fetch(email_changes.find_by_undo(token))
    if request.method == "POST":
        with acting(row.user.actor):
            outcome = email_changes.undo(row)
            if outcome == "undone":
                memberships.readdress(row.user)
        if outcome == "taken":
            flash("The old address has a login of its own by now. Write to us, and we sort it out.", "wait")
        return redirect(request.path, 303)
    undoable = email_changes.is_undoable(row)
    page = render_template(
        "organizations/emails/undo.html", change=row, undoable=undoable, life=email_changes.UNDO_LIFE
    )
    return page, 200 if undoable or row.undone_at else 410


def _asking(form: ChangeEmailForm, *, code: CodeForm | None = None) -> tuple[str, int]:
    asked = email_changes.find_open(current.person())
    page = render_template(
        "organizations/emails/change.html",
        form=code if code and code.errors else form,
        address=form,
        code=code or CodeForm(formdata=None),
        asked=asked,
        undelivered=undelivered.address(asked.id) if asked else "",
    )
    return page, 422 if form.errors or (code and code.errors) else 200


def _confirm(row: EmailChange) -> Response:
    user, present = current.person(), current.sign_in_row()
    outcome = email_changes.confirm(row, keep_session=present and present.id)
    if outcome == "changed":
        memberships.readdress(user)
    if outcome in ("changed", "already"):
        flash("Your address is changed. You sign in with it from now on; your other devices are signed out.", "ok")
    else:
        flash(TAKEN if outcome == "taken" else "This change has stopped. Ask for it again.", "wait")
    return redirect(url_for("accounts.me"), 303)


def _fetch(row: EmailChange | None) -> EmailChange:
    if row is None:
        raise NotFound("This link is not known here. Open it from the mail once more, whole.", code="link-unknown")
    return row
