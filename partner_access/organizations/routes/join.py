"""What happens after a mailbox is proved: being let in, waiting, applying, and an owner's "not one of us"."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.accounts import current
from partner_access.db import acting
from partner_access.organizations.entry import admissions, applications, join_requests, status
from partner_access.organizations.forms import ApplicationForm
from partner_access.organizations.models import Application
from partner_access.organizations.routes.blueprints import home_or_offer, onward, organizations
from partner_access.organizations.team import memberships, undo_links
from partner_access.organizations.words import PROVENANCES
from partner_access.web.access import Page, public, signed_in


@organizations.get("/join")
@signed_in
def join() -> Page:
    now = status.where_is(current.person())
    if now.page == "home":
        return redirect(url_for("credit.home", slug=now.memberships[0].org.slug), 303)
    if now.page == "staff":
        return redirect(url_for("staff.queue"), 303)
    if now.page == "apply":
        return redirect(url_for("organizations.apply"), 303)
    return render_template(f"organizations/entry/status/{now.page}.html", now=now)


@organizations.get("/me/organizations")
@signed_in
def mine() -> str:
    return render_template("organizations/entry/mine.html", now=status.everything(current.person()))


@organizations.post("/join/<uuid:org_id>")
@signed_in
def take_invitation(org_id: uuid.UUID) -> Response:
    org = admissions.choose(current.person(), org_id)
    flash(f"Welcome to {org.name}. You are in.", "ok")
    return home_or_offer(current.person(), org)


@organizations.post("/join/again")
@signed_in
def ask_again() -> Response:
    user = current.person()
    entry = status.ask_again(user)
    if entry is None:
        return redirect(url_for("organizations.join"), 303)
    asked = {"requested": "You have asked.", "apply": "You can apply now."}
    return onward(user, entry, otherwise=asked.get(entry.outcome) or admissions.why(user, entry))


@organizations.post("/join/withdraw")
@signed_in
def withdraw_request() -> Response:
    join_requests.withdraw(current.person())
    flash("Your request is withdrawn.", "ok")
    return redirect(url_for("organizations.join"), 303)


@organizations.route("/apply", methods=["GET", "POST"])
@signed_in
def apply() -> Page:
    row = applications.find_open(current.person())
    if row is None:
        return redirect(url_for("organizations.join"), 303)
    form = ApplicationForm(data=_first_values(row))
    if form.validate_on_submit():
        applications.complete(
            row, org_name=form.org_name.data or "", website=form.website.site, note=form.note.data or None
        )
        flash("Your application is with us.", "ok")
        return redirect(url_for("organizations.join"), 303)
    page = render_template("organizations/entry/apply.html", form=form, asked=row, reason=status.why_apply(row))
    return page, 422 if form.errors else 200


@organizations.post("/apply/withdraw")
@signed_in
def withdraw_application() -> Response:
    row = applications.find_open(current.person())
    if row is not None:
        applications.withdraw(row)
        flash("Your application is withdrawn.", "ok")
    return redirect(url_for("organizations.join"), 303)


@organizations.route("/undo-join/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def undo_join(token: str) -> Page:
    row, owner = undo_links.read(token)
    if request.method == "POST":
        with acting(owner.user.actor, row.org_id):
            memberships.remove(row, reason="not-one-of-us")
        return redirect(request.path, 303)
    return render_template("organizations/team/undo_join.html", row=row, how=PROVENANCES[row.provenance])


def _first_values(row: Application) -> dict[str, str | None]:
    """What the form shows at first: the guess at a name stands only once the applicant has said it."""
    guessed = row.completed_at is None and not row.domain_is_public
    return {"org_name": None if guessed else row.org_name, "website": row.website, "note": row.note}
