"""The pages of webhooks: of an organization for its owners and admins, and the same ones of the programme for staff."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from partner_access.clock import now
from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.events import TYPES
from partner_access.integrations.webhooks import endpoints, queues
from partner_access.integrations.webhooks.forms import EndpointForm, RangeForm, SecretForm
from partner_access.integrations.webhooks.models import WebhookEndpoint
from partner_access.permissions import Permission
from partner_access.web.access import Page, View, org_page, staff_page
from partner_access.web.lists import cursor, cursor_after

webhooks = Blueprint("webhooks", __name__, url_prefix="/orgs/<slug>/integrations/webhooks")
programme_webhooks = Blueprint("programme_webhooks", __name__, url_prefix="/staff/integrations/webhooks")
LABELS: tuple[tuple[Blueprint, Callable[[View], View]], ...] = (
    (webhooks, org_page(Permission.MANAGE_INTEGRATIONS)),
    (programme_webhooks, staff_page(Permission.MANAGE_PROGRAMME_WEBHOOKS)),
)
SHOWN_DAYS = timedelta(days=3)


def _of_both(rule: str, method: str) -> Callable[[View], View]:
    """The view is one page of an organization and one of the programme, each with its own label.

    Nothing else is different: the guard binds an organization or none, and what is beneath reads that.
    """

    def register(view: View) -> View:
        for blueprint, label in LABELS:
            blueprint.add_url_rule(rule, view.__name__, label(_copy(view)), methods=[method])
        return view

    return register


def _copy(view: View) -> View:
    @wraps(view)
    def copied(**arguments: Any) -> Any:
        return view(**arguments)

    return copied


@_of_both("", "GET")
def listed() -> str:
    return _list(EndpointForm.showing())


@_of_both("", "POST")
def add() -> Page:
    """The secret stands on the answer itself and nowhere else: neither in an address nor in a cookie."""
    form = EndpointForm()
    if form.validate():
        try:
            return _list(EndpointForm.showing(), made=endpoints.add(form.url.data or "", form.types.data or ()))
        except Invalid as refusal:
            form.tell(refusal)
    return _list(form), 422


@_of_both("/<uuid:endpoint_id>", "GET")
def endpoint(endpoint_id: uuid.UUID) -> str:
    return _shown(endpoints.fetch(endpoint_id))


@_of_both("/<uuid:endpoint_id>", "POST")
def change(endpoint_id: uuid.UUID) -> Page:
    row, form = endpoints.fetch(endpoint_id), EndpointForm()
    if form.validate():
        try:
            changed = endpoints.change(row.id, form.url.data or "", form.types.data or ())
            return _back(row.id, "Saved." if changed else "Nothing was different, so nothing was changed.")
        except Invalid as refusal:
            form.tell(refusal)
    return _shown(row, form=form), 422


@_of_both("/<uuid:endpoint_id>/secret", "POST")
def replace_secret(endpoint_id: uuid.UUID) -> Page:
    try:
        row = endpoints.replace_secret(endpoint_id, seen=SecretForm().number())
    except (Conflict, Invalid) as refusal:
        return _back(endpoint_id, refusal.sentence, "wait")
    return _shown(row, made=row)


@_of_both("/<uuid:endpoint_id>/switch-on", "POST")
def switch_on(endpoint_id: uuid.UUID) -> Page:
    endpoints.switch_on(endpoint_id)
    return _back(endpoint_id, "It is on. What happened meanwhile can be sent below.")


@_of_both("/<uuid:endpoint_id>/switch-off", "POST")
def switch_off(endpoint_id: uuid.UUID) -> Page:
    endpoints.switch_off(endpoint_id)
    return _back(endpoint_id, "It is off. Nothing more is posted.")


@_of_both("/<uuid:endpoint_id>/remove", "POST")
def remove(endpoint_id: uuid.UUID) -> Page:
    endpoints.remove(endpoint_id)
    flash("The webhook is removed.", "ok")
    return redirect(url_for(".listed"), 303)


@_of_both("/<uuid:endpoint_id>/ping", "POST")
def ping(endpoint_id: uuid.UUID) -> Page:
    return _queue(endpoint_id, lambda: queues.ping(endpoint_id), "A ping is on its way. Reload to see the answer.")


@_of_both("/<uuid:endpoint_id>/resend", "POST")
def resend_range(endpoint_id: uuid.UUID) -> Page:
    row, form = endpoints.fetch(endpoint_id), RangeForm()
    if not form.validate():
        return _shown(row, range_form=form), 422
    try:
        count = queues.resend_range(row.id, *form.moments())
    except Conflict as refusal:
        return _back(row.id, refusal.sentence, "wait")
    more = " There may be more: send again when they have arrived." if count == queues.MOST_RESENT else ""
    return _back(row.id, f"{count} event{'s are' if count != 1 else ' is'} on the way.{more}")


@_of_both("/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>", "GET")
def delivery(endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> str:
    row, sent = endpoints.fetch(endpoint_id), queues.fetch(delivery_id)
    if sent.endpoint_id != row.id:
        raise NotFound
    return render_template("integrations/webhooks/delivery.html", row=row, sent=sent)


@_of_both("/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/resend", "POST")
def resend(endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> Page:
    if queues.fetch(delivery_id).endpoint_id != endpoint_id:
        raise NotFound
    return _queue(endpoint_id, lambda: queues.resend(delivery_id), "It is on its way again, under its old id.")


def _queue(endpoint_id: uuid.UUID, act: Callable[[], object], done: str) -> Page:
    try:
        act()
    except Conflict as refusal:
        return _back(endpoint_id, refusal.sentence, "wait")
    return _back(endpoint_id, done)


def _back(endpoint_id: uuid.UUID, told: str, kind: str = "ok") -> Page:
    flash(told, kind)
    return redirect(url_for(".endpoint", endpoint_id=endpoint_id), 303)


def _list(form: EndpointForm, *, made: WebhookEndpoint | None = None) -> str:
    rows = [(row, endpoints.host_of(row)) for row in endpoints.listing()]
    return render_template("integrations/webhooks/webhooks.html", form=form, made=made, rows=rows, types=TYPES)


def _shown(
    row: WebhookEndpoint,
    *,
    form: EndpointForm | None = None,
    range_form: RangeForm | None = None,
    made: WebhookEndpoint | None = None,
) -> str:
    before = cursor()
    rows = queues.log(row.id, before=before[1] if before else None)
    last = rows[-1] if len(rows) == queues.PAGE else None
    today = now().date()
    change_form = form or EndpointForm.showing(row)
    range_form = range_form or RangeForm(formdata=None, since=today - SHOWN_DAYS, until=today)
    return render_template(
        "integrations/webhooks/endpoint.html",
        row=row,
        host=endpoints.host_of(row),
        why_off=endpoints.OFF.get(row.off_reason or ""),
        form=range_form if range_form.errors else change_form,
        change_form=change_form,
        range_form=range_form,
        made=made,
        rows=rows,
        types=TYPES,
        older=last and url_for(".endpoint", endpoint_id=row.id, before=cursor_after(last.created_at, last.id)),
        is_first_page="before" not in request.args,
    )
