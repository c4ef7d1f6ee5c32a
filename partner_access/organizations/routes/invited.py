"""What an invited person opens: the link of the mail, whoever holds it, and the proof of the invited address."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from partner_access.accounts import account_requests, current, passwords
from partner_access.errors import Expired, NotFound, TooMany
from partner_access.keys.addresses import address
from partner_access.organizations.entry import invitations
from partner_access.organizations.forms import InvitedForm
from partner_access.organizations.models import Invitation, InvitationLink
from partner_access.organizations.routes.blueprints import back_to, home_or_offer, organizations
from partner_access.organizations.words import as_role, invitation_end
from partner_access.transactions import release
from partner_access.web.access import Page, public


@organizations.route("/invitations/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def invitation(token: str) -> Page:
    row, link = _fetch(token)
    stopped = _stopped(row, link)
    if stopped:
        return stopped
    if not current_user.is_authenticated:
        return _first_login(row)
    is_theirs = current_user.email_key == row.email_key
    if request.method != "POST":
        page = "for_you" if is_theirs else "for_another"
        return render_template(f"organizations/entry/invitations/{page}.html", row=row)
    return _accept(row) if is_theirs else redirect(request.path, 303)


@organizations.post("/invitations/<token>/sign-out")
@public(limit="verify", secret=True)
def sign_out_of_another(token: str) -> Response:
    _fetch(token)
    current.sign_out()
    return back_to("organizations.invitation", token=token)


@organizations.post("/invitations/<token>/prove")
@public(limit="verify", secret=True)
def prove_invited(token: str) -> Response:
    row, link = _fetch(token)
    is_another = current_user.is_authenticated and current_user.email_key != row.email_key
    if is_another and invitations.state(row, link) == "open":
        invitations.ask_proof(row, current.person())
        flash(f"We sent a mail to {row.email}. Open its link in this browser.", "ok")
    return back_to("organizations.invitation", token=token)


@organizations.route("/invitations/proofs/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def proof(token: str) -> Page:
    row, user_id = _read_proof(token)
    is_theirs = current_user.is_authenticated and current_user.id == user_id
    stopped = _stopped(row)
    if stopped:
        return stopped
    if request.method != "POST":
        return render_template("organizations/entry/invitations/proof.html", row=row, is_theirs=is_theirs)
    return _accept(row) if is_theirs else redirect(request.path, 303)


def _fetch(token: str) -> tuple[Invitation, InvitationLink]:
    found = invitations.find(token)
    if found is None:
        raise NotFound(
            "This link is not known here. Open it from the mail once more, whole, or ask who invited you for a new "
            "one.",
            code="link-unknown",
        )
    return found


def _read_proof(token: str) -> tuple[Invitation, object]:
    try:
        return invitations.read_proof(token)
    except NotFound:
        raise NotFound(
            "This link is not known here. Open it from the mail once more, whole.", code="link-unknown"
        ) from None
    except Expired:
        raise Expired(
            "It worked for 24 hours. Open your invitation and ask for another.", code="link-expired"
        ) from None


def _stopped(row: Invitation, link: InvitationLink | None = None) -> Page | None:
    """Why this invitation leads nowhere any more; who accepted it is taken in. None while it is open."""
    state = invitations.state(row, link)
    if state == "open":
        return None
    if current_user.is_authenticated and row.accepted_by == current_user.id:
        return redirect(url_for("organizations.join"), 303)
    if request.method == "POST":
        return redirect(request.path, 303)
    page = render_template(
        "organizations/entry/invitations/stopped.html", told=invitation_end(state, org=row.org.name), state=state
    )
    return page, 200 if state == "accepted" else 410


def _first_login(row: Invitation) -> Page:
    """Ask for a login for the invited address: the way on is the same as for everybody, through the mailbox."""
    form = InvitedForm([row.email])
    if not form.validate_on_submit():
        return _asking(row, form), 422 if form.errors else 200
    release()
    hashed = passwords.hash_password(form.password.data or "")
    asked = account_requests.RequestedAccount(form.name.data or "", address(row.email), hashed, current.browser())
    try:
        account_requests.ask(asked, current.new_browser_secret())
    except TooMany as refusal:
        form.form_errors.append(refusal.sentence)
        raise refusal.on(_asking(row, form)) from None
    return back_to("arrivals.check_mailbox")


def _asking(row: Invitation, form: InvitedForm) -> str:
    return render_template("organizations/entry/invitations/first_login.html", row=row, form=form)


def _accept(row: Invitation) -> Response:
    user = current.person()
    membership = invitations.accept(row, user)
    flash(f"Welcome to {row.org.name}. You were invited, so you are in, {as_role(membership.role)}.", "ok")
    return home_or_offer(user, row.org)
