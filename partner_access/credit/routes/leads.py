"""Registering a client as a lead, and what becomes of it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.access import org_page
from partner_access.accounts import current as who
from partner_access.credit import clients, explain, leads, links
from partner_access.credit.forms import LeadForm
from partner_access.credit.routes.blueprint import credit, cursor, cursor_after
from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.organizations import current
from partner_access.permissions import Permission

FILTERS = {"live": True, "ended": False}


@credit.get("/leads", endpoint="leads")
@org_page(Permission.VIEW_ORG)
def listing() -> str:
    state = request.args.get("state") or None
    if state not in (None, *FILTERS):
        raise NotFound(code="no-such-filter")
    rows = leads.listing(live=FILTERS[state] if state else None, before=cursor())
    last = rows[-1] if len(rows) == leads.PAGE else None
    older = last and url_for("credit.leads", state=state, before=cursor_after(last.submitted_at, last.id))
    return render_template("credit/leads.html", rows=explain.lead_rows(rows), state=state, older=older)


@credit.get("/leads/new")
@org_page(Permission.SUBMIT_LEADS)
def new_lead() -> str:
    return render_template("credit/new_lead.html", form=LeadForm())


@credit.post("/leads/new")
@org_page(Permission.SUBMIT_LEADS)
def submit_lead() -> Response | tuple[str, int]:
    form = LeadForm()
    if form.validate():
        details = form.details()
        try:
            submitted = leads.submit(current.org(), who.person(), details)
        except Invalid as refusal:
            form.tell(refusal)
        else:
            flash(*_told(submitted))
            return redirect(url_for("credit.lead", lead_id=submitted.lead.id), 303)
    return render_template("credit/new_lead.html", form=form), 422


def _told(submitted: leads.Submitted) -> tuple[str, str]:
    """The note on the next page, and its kind."""
    lead, day = submitted.lead, explain.day
    if submitted.outcome == "already-yours":
        return f"Already yours, by {lead.submitter.name} on {day(lead.submitted_at)}.", "wait"
    if submitted.outcome == "queued":
        return f"Already registered; free on {day(lead.free_at)} unless won. You are in line for it.", "wait"
    return f"Registered. {lead.company} is held for you until {day(lead.held_until)}.", "ok"


@credit.get("/leads/<uuid:lead_id>")
@org_page(Permission.VIEW_ORG)
def lead(lead_id: uuid.UUID) -> str:
    row = leads.fetch(lead_id)
    submitter = explain.people([row])[0]
    return render_template(
        "credit/lead.html",
        lead=row,
        row=explain.lead_row(row, submitter),
        submitter=submitter,
        link_url=links.url(links.of_lead(row.id).code),
        client=clients.of_lead(row),
        can_renew=leads.can_renew(row),
    )


@credit.post("/leads/<uuid:lead_id>/renew")
@org_page(Permission.MANAGE_LEADS)
def renew_lead(lead_id: uuid.UUID) -> Response:
    row = leads.fetch(lead_id)
    try:
        leads.renew(row)
        flash(f"Renewed. {row.company} is held for you until {explain.day(row.held_until)}.", "ok")
    except Conflict as refusal:
        flash(refusal.sentence, "bad")
    return redirect(url_for("credit.lead", lead_id=lead_id), 303)


@credit.post("/leads/<uuid:lead_id>/withdraw")
@org_page(Permission.MANAGE_LEADS)
def withdraw_lead(lead_id: uuid.UUID) -> Response:
    leads.withdraw(leads.fetch(lead_id))
    flash("Withdrawn. The site is free for others now.", "ok")
    return redirect(url_for("credit.lead", lead_id=lead_id), 303)
