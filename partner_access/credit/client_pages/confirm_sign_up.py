"""What a client sees after signing up: the page to wait at, the code, and the mailed link with its two buttons."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access import signing
from partner_access.credit.client_pages.forms import SignUpCodeForm
from partner_access.credit.models import ProvisionalSignUp
from partner_access.credit.provisional import confirmations, requests
from partner_access.keys.sites import display_site
from partner_access.mail import undelivered
from partner_access.organizations.directory import mergers, organizations
from partner_access.web import cookies
from partner_access.web.access import Page, public

COOKIE, PATH = "sign-up", "/confirm-sign-up"
confirm_sign_up = Blueprint("confirm_sign_up", __name__, url_prefix=PATH)
DONE = ("confirmed", "named")


def remember(response: Response, secret: str) -> None:
    """Let this browser be known as the one that signed up."""
    cookies.keep(response, COOKIE, secret, path=PATH, life=requests.LIFE)


@confirm_sign_up.route("", methods=["GET", "POST"])
@public(limit="verify")
def check_mailbox() -> Page:
    """The page to wait at, and what became of the sign-up; sending the form tries the code."""
    row, form = requests.find_by_browser(cookies.read(COOKIE, PATH)), SignUpCodeForm()
    if row is None or requests.state(row) != "waiting":
        return redirect(request.path, 303) if request.method == "POST" else _ended(row)
    if form.validate_on_submit():
        outcome = confirmations.try_code(row, form.code.data or "")
        if outcome == "right":
            return redirect(request.path, 303)
        form.refuse(outcome)
    code_until = row.asked_at + confirmations.CODE_LIFE
    page = render_template(
        "credit/client_pages/confirm_sign_up/check_mailbox.html",
        form=form,
        asked=row,
        code_until=code_until,
        undelivered=undelivered.address(row.id),
    )
    return page, 422 if form.errors else 200


@confirm_sign_up.route("/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def show(token: str) -> Page:
    """What was asked, and its buttons; sending the form confirms it. In the browser that asked one button is enough."""
    row = confirmations.open_link(token)
    is_own = row.browser_fingerprint == signing.fingerprint(cookies.read(COOKIE, PATH))
    if request.method == "POST":
        confirmations.confirm(row, door="same-browser" if is_own else "elsewhere")
        return redirect(request.path, 303)
    if requests.state(row) != "waiting":
        return _ended(row)
    return render_template(
        "credit/client_pages/confirm_sign_up/confirm.html", asked=row, is_own=is_own, token=token, **_about(row)
    )


@confirm_sign_up.post("/<token>/refuse")
@public(limit="verify", secret=True)
def refuse(token: str) -> Response:
    confirmations.refuse(confirmations.open_link(token))
    return redirect(url_for("confirm_sign_up.show", token=token), 303)


def _ended(row: ProvisionalSignUp | None) -> Page:
    """What became of a sign-up; None: this browser has made none."""
    if row is None:
        return render_template("credit/client_pages/confirm_sign_up/no_sign_up.html")
    state = requests.state(row)
    if state in DONE:
        return render_template("credit/client_pages/confirm_sign_up/signed_up.html", asked=row, **_about(row))
    page = render_template("credit/client_pages/confirm_sign_up/stopped.html", asked=row, state=state, **_about(row))
    return page, 410 if state == "lapsed" else 200


def _about(row: ProvisionalSignUp) -> dict[str, str]:
    partner = organizations.fetch(mergers.survivor_id(row.org_id))
    return {"site": display_site(row.site), "partner": partner.name}
