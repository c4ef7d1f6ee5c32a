"""Claiming the accounts that an organization manages for its clients, and ending that."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access import signing
from partner_access.accounts import current as who
from partner_access.credit.clients import clients
from partner_access.credit.managed import bulk_claims, claims
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.forms import EndManagedForm, ManagedForm
from partner_access.credit.touchpoints import registrations
from partner_access.errors import Conflict, Expired, Invalid, NotFound
from partner_access.keys.sites import display_site
from partner_access.organizations import current
from partner_access.permissions import Permission
from partner_access.web.access import org_page

ANSWERED_FOR = timedelta(hours=1)
MOST_SHOWN = 200
"""So many answered lines the page keeps in view while others are sent."""


@credit.get("/managed/add")
@org_page(Permission.CLAIM_CLIENTS)
def add_managed() -> str:
    form = ManagedForm(formdata=None, lines=request.args.get("websites", ""))
    return _render(form, [])


@credit.post("/managed/add")
@org_page(Permission.CLAIM_CLIENTS)
def claim_managed() -> tuple[str, int]:
    """Answered with the page itself, not a redirect: sent again, by reloading, it claims nothing twice."""
    form = ManagedForm()
    answers: list[bulk_claims.BulkAnswer] = []
    if form.validate():
        try:
            answers = bulk_claims.claim(current.org(), who.person(), bulk_claims.split(form.lines.data or ""))
        except Invalid as refusal:
            form.tell(refusal)
        else:
            form.keep([answer.text for answer in answers if answer.stays])
    return _page(form, answers), 422 if form.errors else 200


@credit.post("/managed/add/lead")
@org_page(Permission.SUBMIT_LEADS)
def register_line() -> tuple[str, int]:
    """Register one line that is no client yet as a lead; the page stays as it is."""
    form = ManagedForm()
    website = request.form.get("website", "")
    try:
        registrations.submit(
            current.org(), who.person(), registrations.LeadDetails(display_site(website)[:200], website)
        )
    except Invalid as refusal:
        form.form_errors.append(refusal.sentence)
    return _page(form, []), 422 if form.errors else 200


def _page(form: ManagedForm, answers: list[bulk_claims.BulkAnswer]) -> str:
    """The form with the lines that are left, and under it what became of all others."""
    new = {answer.text for answer in answers}
    shown = [line for line in _answered(form.shown.data or "") if line not in new][:MOST_SHOWN]
    answers = answers + bulk_claims.look(current.org(), shown)
    kept = {"org": str(current.org().id), "lines": [answer.text for answer in answers if not answer.stays]}
    form.shown.data = signing.sign("answered-lines", kept)
    return _render(form, answers)


def _answered(kept: str) -> list[str]:
    """The lines that the page has answered lately; signed, so that nobody has others looked at, uncounted."""
    try:
        data = signing.unsign("answered-lines", kept, max_age=ANSWERED_FOR)
    except (NotFound, Expired):
        return []
    return data["lines"] if data["org"] == str(current.org().id) else []


def _render(form: ManagedForm, answers: list[bulk_claims.BulkAnswer]) -> str:
    later = bulk_claims.later_answers()
    return render_template("credit/managed/bulk_claims.html", form=form, answers=answers, later=later)


@credit.post("/clients/<uuid:client_id>/managed/end")
@org_page(Permission.CLAIM_CLIENTS)
def end_managed(client_id: uuid.UUID) -> Response:
    row = clients.fetch(client_id)
    state = EndManagedForm().state.data or ""
    try:
        claims.end(row, while_state=state)
        flash("The claim is withdrawn." if state == "pending" else "Ended. The client has a mail that says so.", "ok")
    except Conflict as refusal:
        flash(refusal.sentence, "wait")
    return redirect(url_for("credit.client", client_id=client_id), 303)
