"""Asking for an account, signing in, signing out."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from partner_access.accounts import account_requests, current, passwords, sign_ins
from partner_access.accounts.forms import RequestAccountForm, SignInForm
from partner_access.accounts.models import User
from partner_access.accounts.routes.blueprint import accounts
from partner_access.errors import TooMany
from partner_access.extensions import csrf
from partner_access.web import kept_forms
from partner_access.web.access import Page, public

OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
"""A path of this site: browsers read //host, /\\host and a tab between the slashes as another site's address."""


@accounts.route("/request-account", methods=["GET", "POST"])
@public(limit="request-account")
def request_account() -> Page:
    form = RequestAccountForm()
    if not form.validate_on_submit():
        return _page("accounts/request_account.html", form)
    hashed = passwords.hash_password(form.password.data or "")
    asked = account_requests.RequestedAccount(form.name.data or "", form.email.address, hashed, current.browser())
    try:
        account_requests.ask(asked, current.new_browser_secret())
    except TooMany as refusal:
        form.email.errors = [refusal.sentence]
        raise refusal.on(_page("accounts/request_account.html", form)[0]) from None
    return redirect(url_for("arrivals.check_mailbox"), 303)


@accounts.route("/sign-in", methods=["GET", "POST"])
@public(limit="sign-in")
def sign_in() -> Page:
    form = SignInForm()
    if form.validate_on_submit():
        user = _known(form)
        if user:
            current.sign_in(user, reason="password")
            # 307: the browser sends the sealed form along, to the page that shows it
            return redirect(url_for("accounts.kept_form"), 307) if form.kept.data else redirect(_onward(), 303)
        form.refuse()
    elif current_user.is_authenticated and not form.is_submitted():
        return redirect(_onward(), 303)
    return _page("accounts/sign_in.html", form)


def _known(form: SignInForm) -> User | None:
    try:
        return sign_ins.sign_in(form.email.data or "", form.password.data or "", ip=request.remote_addr or "")
    except TooMany as refusal:
        form.password.errors = [refusal.sentence]
        raise refusal.on(_page("accounts/sign_in.html", form)[0]) from None


@accounts.post("/kept-form")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
@public(limit="sign-in")
def kept_form() -> Response:
    """Show a form that was refused, filled; it writes nothing, and what it shows only this person could seal."""
    row = current.sign_in_row()
    note = "This was not sent yet. What you typed is here again: check it, then send it."
    page = kept_forms.show(request.form.get(kept_forms.FIELD, ""), row and row.user_id, note)
    return page or redirect(url_for("organizations.join"), 303)


@accounts.post("/sign-out")
@public()
def sign_out() -> Response:
    current.sign_out()
    flash("You are signed out.", "ok")
    return redirect(url_for("public.home"), 303)


def own_path(text: str) -> str | None:
    """The path that `?next=` names, if it is one of this site, else None."""
    return text if len(text) <= 2048 and OWN_PATH.fullmatch(text) else None


def _onward() -> str:
    return own_path(request.args.get("next", "")) or url_for("organizations.join")


def _page(template: str, form: RequestAccountForm | SignInForm) -> tuple[str, int]:
    return render_template(template, form=form), 422 if form.errors else 200
