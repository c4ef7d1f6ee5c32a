"""Asking the programme's staff for another look at a client."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partner_access.access import org_page
from partner_access.accounts import current as who
from partner_access.credit import clients, disputes, explain, reviews
from partner_access.credit.forms import AnotherLookForm
from partner_access.credit.models import Client
from partner_access.credit.routes.blueprint import credit
from partner_access.errors import Conflict, Invalid
from partner_access.permissions import Permission


@credit.get("/clients/<uuid:client_id>/another-look")
@org_page(Permission.ASK_AGAIN)
def another_look(client_id: uuid.UUID) -> Response | str:
    row = clients.fetch(client_id)
    review = reviews.of_client(row)
    if not review.may_ask:
        flash(review.refusal or "This client is credited to you already.", "wait")
        return redirect(url_for("credit.client", client_id=client_id), 303)
    return _page(row, AnotherLookForm())


@credit.post("/clients/<uuid:client_id>/another-look")
@org_page(Permission.ASK_AGAIN)
def ask_again(client_id: uuid.UUID) -> Response | tuple[str, int]:
    form, row = AnotherLookForm(), clients.fetch(client_id)
    if form.validate():
        try:
            side = disputes.ask_again(row, who.person(), form.words.data or "")
        except Invalid as refusal:
            form.tell(refusal)
        except Conflict as refusal:
            flash(refusal.sentence, "wait")
            return redirect(url_for("credit.client", client_id=client_id), 303)
        else:
            flash("The programme’s staff have your words. You are mailed when they have answered.", "ok")
            return redirect(url_for("credit.client", client_id=side.client_id), 303)
    return _page(row, form), 422


def _page(row: Client, form: AnotherLookForm) -> str:
    return render_template(
        "credit/another_look.html", client=row, form=form, review=reviews.of_client(row),
        rungs=explain.ladder(row, explain.submitters([row])),
    )  # fmt: skip
