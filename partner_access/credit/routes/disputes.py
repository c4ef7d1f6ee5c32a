"""Asking the programme's staff for another look at a client."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partner_access.accounts import current as who
from partner_access.credit.clients import clients
from partner_access.credit.insights import ladder, list_rows
from partner_access.credit.models import Client
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.forms import AnotherLookForm
from partner_access.credit.rulings import another_look as another_looks
from partner_access.credit.rulings import summaries
from partner_access.errors import Conflict, Invalid
from partner_access.permissions import Permission
from partner_access.web.access import org_page


@credit.get("/clients/<uuid:client_id>/another-look")
@org_page(Permission.ASK_AGAIN)
def another_look(client_id: uuid.UUID) -> Response | str:
    row = clients.fetch(client_id)
    review = summaries.of_client(row)
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
            side = another_looks.raise_for_client(row, who.person(), form.words.data or "")
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
        "credit/rulings/another_look.html",
        client=row,
        form=form,
        review=summaries.of_client(row),
        rungs=ladder.ladder(row, list_rows.submitters([row])),
    )
