"""What a team does for an account that it created for a client: send the link again, elsewhere, or cancel it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partner_access.clock import day
from partner_access.credit.clients import clients
from partner_access.credit.handovers import handovers
from partner_access.credit.models import Handover
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.forms import AddressForm
from partner_access.errors import Conflict, Invalid, TooMany
from partner_access.permissions import Permission
from partner_access.web.access import org_page


@credit.post("/hand-overs/<uuid:hand_over_id>/send")
@org_page(Permission.CREATE_CLIENTS)
def send_hand_over(hand_over_id: uuid.UUID) -> Response:
    return _act(hand_over_id, handovers.resend, "Sent again to {row.email}. The client has until {due} to accept.")


@credit.post("/hand-overs/<uuid:hand_over_id>/cancel")
@org_page(Permission.CREATE_CLIENTS)
def cancel_hand_over(hand_over_id: uuid.UUID) -> Response:
    return _act(hand_over_id, handovers.cancel, "The link is cancelled. The account stays; you can send a new link.")


@credit.route("/hand-overs/<uuid:hand_over_id>/address", methods=["GET", "POST"])
@org_page(Permission.CREATE_CLIENTS)
def hand_over_address(hand_over_id: uuid.UUID) -> Response | tuple[str, int]:
    row = handovers.fetch(hand_over_id)
    form = AddressForm()
    if form.validate_on_submit():
        try:
            return _act(
                hand_over_id,
                lambda row_id: handovers.change_address(row_id, form.contact_email.data or ""),
                "Sent to {row.email}. The client has until {due} to accept.",
            )
        except Invalid as refusal:
            form.tell(refusal)
        except TooMany as refusal:
            form.tell(refusal)
            raise refusal.on(_address_page(form, row)) from None
    return _address_page(form, row), 422 if form.errors else 200


def _address_page(form: AddressForm, row: Handover) -> str:
    client = clients.fetch(row.client_id)
    return render_template("credit/handovers/address.html", form=form, client=client, row=row)


def _act(hand_over_id: uuid.UUID, act: Callable[[uuid.UUID], Handover], told: str) -> Response:
    """Do it, and say on the client's page what was done, or why not."""
    row = handovers.fetch(hand_over_id)
    try:
        act(row.id)
        flash(told.format(row=row, due=day(row.due_at)), "ok")
    except Conflict as refusal:
        flash(refusal.sentence, "wait")
    return redirect(url_for("credit.client", client_id=row.client_id), 303)
