"""What a client sees of an account that a partner created for them: whose it is, and two buttons."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.access import public
from partner_access.credit import transfers
from partner_access.credit.forms import AcceptForm
from partner_access.sites import display_site

transfer = Blueprint("transfer", __name__, url_prefix="/transfer")


@transfer.route("/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def show(token: str) -> Response | tuple[str, int]:
    """The account and its two buttons; sending the form accepts it."""
    opened = transfers.open_link(token)
    if request.method == "POST" and opened.state != "open":
        return redirect(request.path, 303)
    if opened.state in ("open", "accepted"):
        form = AcceptForm(data={"name": opened.row.name})
        if form.validate_on_submit():
            transfers.accept(opened, form.name.data or "")
            return redirect(request.path, 303)
        template = "transfer/accepted.html" if opened.state == "accepted" else "transfer/open.html"
        page = render_template(template, opened=opened, form=form, site=display_site(opened.client.site))
        return page, 422 if form.errors else 200
    return render_template("transfer/stopped.html", opened=opened), 200 if opened.state == "refused" else 410


@transfer.post("/<token>/refuse")
@public(limit="verify", secret=True)
def refuse(token: str) -> Response:
    transfers.refuse(transfers.open_link(token))
    return redirect(url_for("transfer.show", token=token), 303)


@transfer.post("/<token>/ask")
@public(limit="verify", secret=True)
def ask(token: str) -> Response:
    opened = transfers.open_link(token)
    transfers.ask_again(opened)
    flash(f"We have told {opened.org.name} that you would like a new link.", "ok")
    return redirect(url_for("transfer.show", token=token), 303)
