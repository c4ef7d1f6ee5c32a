"""What a client sees of an account that a partner created for them: whose it is, and two buttons."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.credit.client_pages.forms import AcceptForm
from partner_access.credit.handovers import acceptance
from partner_access.keys.sites import display_site
from partner_access.web.access import public

transfer = Blueprint("transfer", __name__, url_prefix="/transfer")


@transfer.route("/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def show(token: str) -> Response | tuple[str, int]:
    """The account and its two buttons; sending the form accepts it."""
    opened = acceptance.open_link(token)
    if request.method == "POST" and opened.state != "open":
        return redirect(request.path, 303)
    if opened.state in ("open", "accepted"):
        form = AcceptForm(data={"name": opened.row.name})
        if form.validate_on_submit():
            acceptance.accept(opened, form.name.data or "")
            return redirect(request.path, 303)
        template = (
            "credit/client_pages/handover/accepted.html"
            if opened.state == "accepted"
            else "credit/client_pages/handover/open.html"
        )
        page = render_template(template, opened=opened, form=form, site=display_site(opened.client.site))
        return page, 422 if form.errors else 200
    return render_template(
        "credit/client_pages/handover/stopped.html", opened=opened
    ), 200 if opened.state == "refused" else 410


@transfer.post("/<token>/refuse")
@public(limit="verify", secret=True)
def refuse(token: str) -> Response:
    acceptance.refuse(acceptance.open_link(token))
    return redirect(url_for("transfer.show", token=token), 303)


@transfer.post("/<token>/ask")
@public(limit="verify", secret=True)
def ask(token: str) -> Response:
    opened = acceptance.open_link(token)
    acceptance.ask_again(opened)
    flash(f"We have told {opened.org.name} that you would like a new link.", "ok")
    return redirect(url_for("transfer.show", token=token), 303)
