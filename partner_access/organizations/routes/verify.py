"""Proving a mailbox: the page to wait at, the code, and the three doors of a mailed link (docs/access.md)."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from partner_access.accounts import account_requests, current, passwords
from partner_access.accounts.forms import CodeForm, NewPasswordForm, OwnPasswordForm
from partner_access.accounts.models import AccountRequest
from partner_access.errors import NotFound, TooMany
from partner_access.mail import undelivered
from partner_access.organizations.entry import admissions, invitations
from partner_access.organizations.routes.blueprints import arrivals, onward
from partner_access.transactions import release
from partner_access.web.access import Page, public


@arrivals.route("/verify", methods=["GET", "POST"])
@public(limit="verify")
def check_mailbox() -> Page:
    row = account_requests.find_by_browser(current.browser_secret())
    if row is None:
        onward_to = "organizations.join" if current_user.is_authenticated else "accounts.request_account"
        return redirect(url_for(onward_to), 303)
    form = CodeForm()
    if form.validate_on_submit():
        outcome = account_requests.try_code(row, form.code.data or "")
        proved = _by_code(row) if outcome == "right" else None
        if proved:
            return proved
        form.refuse("expired" if outcome == "right" else outcome)
    return _waiting(row, form), 422 if form.errors else 200


@arrivals.post("/verify/again")
@public(limit="verify")
def send_again() -> Response:
    row = account_requests.find_by_browser(current.browser_secret())
    if row is None:
        return redirect(url_for("accounts.request_account"), 303)
    try:
        return _repeat(row)
    except TooMany as refusal:
        form = CodeForm(formdata=None)
        form.form_errors.append(refusal.sentence)
        raise refusal.on(_waiting(row, form)) from None


def _waiting(row: AccountRequest, form: CodeForm) -> str:
    """The page of who has asked and has yet to open the mail, or to type its code."""
    code_until = row.created_at + account_requests.CODE_LIFE
    missed = undelivered.address(row.id)
    return render_template(
        "organizations/entry/check_mailbox.html", form=form, asked=row, code_until=code_until, undelivered=missed
    )


@arrivals.route("/verify/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def verify(token: str) -> Page:
    row = _fetch(token)
    if account_requests.state(row) != "open":
        return _stopped(row)
    if account_requests.is_one_click(row, current.browser_secret()):
        if request.method == "POST":
            return _prove(row, door="same-browser") or redirect(request.path, 303)
        return render_template("organizations/entry/confirm.html", asked=row)
    return _own_password(row)


@arrivals.post("/verify/<token>/discard")
@public(limit="verify", secret=True)
def discard(token: str) -> Response:
    account_requests.discard(_fetch(token))
    return redirect(url_for("arrivals.verify", token=token), 303)


@arrivals.post("/verify/<token>/again")
@public(limit="verify", secret=True)
def another_link(token: str) -> Response:
    row = _fetch(token)
    if account_requests.state(row) == "confirmed":
        return redirect(url_for("arrivals.verify", token=token), 303)
    if account_requests.is_vouched(row):
        invitations.renew(row.email_key)
    return _repeat(row)


def _fetch(token: str) -> AccountRequest:
    row = account_requests.find_by_link(token)
    if row is None:
        raise NotFound(
            "This link is not known here. Open it from the mail once more, whole, or request an account anew.",
            code="link-unknown",
        )
    return row


def _repeat(row: AccountRequest) -> Response:
    account_requests.repeat(row, current.new_browser_secret(), current.browser())
    return redirect(url_for("arrivals.check_mailbox"), 303)


def _stopped(row: AccountRequest) -> Page:
    """Why this link leads nowhere any more, and what does."""
    state = account_requests.state(row)
    if request.method == "POST":
        return redirect(request.path, 303)
    if state == "confirmed" and current_user.is_authenticated and current_user.email_key == row.email_key:
        return redirect(url_for("organizations.join"), 303)
    page = render_template("organizations/entry/stopped.html", asked=row, state=state)
    return page, 200 if state == "confirmed" else 410


def _own_password(row: AccountRequest) -> Page:
    """The door for a browser that did not ask: whoever reads the mailbox chooses the password."""
    names = [row.name, row.email]
    vouched = account_requests.is_vouched(row)
    form = OwnPasswordForm(names, data={"name": row.name}) if vouched else NewPasswordForm(names)
    if not form.validate_on_submit():
        return render_template(
            "organizations/entry/own_password.html", form=form, asked=row
        ), 422 if form.errors else 200
    release()
    hashed = passwords.hash_password(form.password.data or "")
    name = form.name.data if vouched else None
    return _prove(row, door="elsewhere", password_hash=hashed, name=name) or redirect(request.path, 303)


def _by_code(row: AccountRequest) -> Response | None:
    """The right code in the browser that asked; one that has no password yet goes on to choose it."""
    if row.password_hash is None:
        return redirect(url_for("arrivals.verify", token=account_requests.new_link(row)), 303)
    return _prove(row, door="code")


def _prove(
    row: AccountRequest, *, door: str, password_hash: str | None = None, name: str | None = None
) -> Response | None:
    """Confirm, let the person in and sign them in here. None when somebody else was faster or the link has stopped."""
    user = account_requests.confirm(row, door=door, password_hash=password_hash, name=name)
    if user is None:
        return None
    entry = admissions.enter(user)
    current.sign_in(user, reason="mailbox-proved")
    return onward(user, entry, otherwise="Your e-mail address is confirmed, and you have a login.")
