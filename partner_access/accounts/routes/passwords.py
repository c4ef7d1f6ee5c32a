"""A forgotten password: asking for a link, and setting a new one with it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from partner_access.accounts import current, passwords, sign_ins
from partner_access.accounts.forms import ForgotPasswordForm, NewPasswordForm
from partner_access.accounts.models import PasswordReset
from partner_access.accounts.routes.blueprint import accounts
from partner_access.transactions import release
from partner_access.web.access import Page, public


@accounts.route("/forgot-password", methods=["GET", "POST"])
@public(limit="reset")
def forgot_password() -> Page:
    form = ForgotPasswordForm()
    if not form.validate_on_submit():
        return render_template("accounts/forgot_password.html", form=form), 422 if form.errors else 200
    sign_ins.ask_reset(form.email.address)
    return redirect(url_for("accounts.reset_mailed"), 303)


@accounts.get("/forgot-password/mailed")
@public()
def reset_mailed() -> str:
    return render_template("accounts/reset_mailed.html")


@accounts.route("/reset-password/<token>", methods=["GET", "POST"])
@public(limit="reset", secret=True)
def reset_password(token: str) -> Page:
    reset = sign_ins.find_reset(token)
    if reset is None or not sign_ins.is_usable(reset):
        return _stopped(reset)
    form = NewPasswordForm(sign_ins.names_of(reset.user))
    if not form.validate_on_submit():
        return render_template("accounts/reset_password.html", form=form, reset=reset), 422 if form.errors else 200
    release()
    user = sign_ins.reset_password(reset, passwords.hash_password(form.password.data or ""))
    if user is None:
        return redirect(url_for("accounts.reset_password", token=token), 303)
    current.sign_in(user, reason="password-reset")
    flash("Your new password is set. All your other devices are signed out.", "ok")
    return redirect(url_for("organizations.join"), 303)


def _stopped(reset: PasswordReset | None) -> tuple[str, int]:
    page = render_template("accounts/reset_stopped.html", reset=reset, minutes=sign_ins.RESET_LIFE.seconds // 60)
    return page, 410 if reset else 404
