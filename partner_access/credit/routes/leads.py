"""Registering a client, as a lead or by creating their account, and what becomes of a lead."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access import signing
from partner_access.accounts import current as who
from partner_access.clock import day
from partner_access.credit.clients import answer_pace, clients
from partner_access.credit.handovers import creation
from partner_access.credit.insights import list_rows
from partner_access.credit.models import Lead
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.forms import ClientForm, RenewForm
from partner_access.credit.rules import settings, versions
from partner_access.credit.rules.settings import amount
from partner_access.credit.touchpoints import lead_allowances, leads, links, registrations, site_holds
from partner_access.errors import Conflict, Invalid, NotFound, TooMany
from partner_access.organizations import current
from partner_access.permissions import Permission
from partner_access.web.access import org_page
from partner_access.web.lists import cursor, cursor_after

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
    return render_template(
        "credit/touchpoints/leads.html",
        rows=list_rows.lead_rows(rows),
        state=state,
        older=older,
        rules=versions.in_words(),
        bound=lead_allowances.bound(current.org()),
    )


@credit.route("/clients/new", methods=["GET", "POST"])
@org_page(Permission.CREATE_CLIENTS)
def new_client() -> Response | tuple[str, int]:
    """Register a client; `?as=` chooses where they are today, `?website=` fills in their website."""
    asked = request.args.get("as", "")
    kind = asked if asked in ClientForm.KINDS else "lead"
    form = ClientForm(data={"kind": kind, "website": request.args.get("website"), "form_id": signing.new_secret()})
    if form.validate_on_submit():
        try:
            return redirect(REGISTER[form.kind.data](form), 303)
        except Invalid as refusal:
            form.tell(refusal)
        except TooMany as refusal:
            form.tell(refusal)
            raise refusal.on(_new_client_page(form)) from None
    return _new_client_page(form), 422 if form.errors else 200


def _new_client_page(form: ClientForm) -> str:
    bound = lead_allowances.bound(current.org())
    return render_template("credit/touchpoints/new_client.html", form=form, rules=versions.in_words(), bound=bound)


@credit.route("/leads/new", methods=["GET", "POST"])
@org_page(Permission.SUBMIT_LEADS)
def new_lead() -> Response:
    """Where the page was before."""
    return redirect(url_for("credit.new_client"), 308)


def _as_lead(form: ClientForm) -> str:
    """Register the client as a lead; where to go then."""
    submitted = registrations.submit(current.org(), who.person(), form.details())
    flash(*_note(submitted))
    return url_for("credit.lead", lead_id=submitted.lead.id)


def _on_behalf(form: ClientForm) -> str:
    """Create the client's account for them; where to go then."""
    once = form.form_id.data or signing.new_secret()
    created = creation.create(current.org(), who.person(), form.details(), once)
    flash(*_account_note(created))
    return url_for("credit.client", client_id=created.client.id)


def _as_managed(form: ClientForm) -> str:
    return url_for("credit.add_managed", websites=form.website.data)


REGISTER = {"lead": _as_lead, "behalf": _on_behalf, "managed": _as_managed}
"""What the form does for each answer to where the client is today."""


def _account_note(created: creation.CreatedAccount) -> tuple[str, str]:
    """The note on the next page, and its kind; of another partner's lead it says that there is one, never whose."""
    row = created.row
    if created.outcome == "already-yours":
        return f"Already yours, created by {row.begun_by} on {day(row.created_at)}.", "wait"
    sent = f"The account is created. We mailed {row.email}; the client has until {day(row.due_at)} to accept it."
    if created.client.is_credited:
        return sent, "ok"
    return f"{sent} Another partner had registered this website before: see below what that means.", "wait"


def _note(submitted: registrations.SubmittedLead) -> tuple[str, str]:
    """The note on the next page, and its kind."""
    lead = submitted.lead
    if submitted.outcome == "already-yours":
        return f"Already yours, by {list_rows.people([lead])[0]} on {day(lead.submitted_at)}.", "wait"
    if submitted.outcome == "taken":
        return f"Taken {answer_pace.taken_sentence(lead.submitted_at)} You are mailed when it is there.", "wait"
    if submitted.outcome == "queued":
        return f"Already registered; free on {day(lead.free_at)} unless won. You are in line for it.", "wait"
    return f"Registered. {lead.company} is held for you until {day(lead.held_until)}.", "ok"


@credit.get("/leads/<uuid:lead_id>")
@org_page(Permission.VIEW_ORG)
def lead(lead_id: uuid.UUID) -> str:
    return _lead_page(leads.fetch(lead_id), RenewForm(formdata=None))


def _lead_page(row: Lead, form: RenewForm) -> str:
    submitter = list_rows.people([row])[0]
    return render_template(
        "credit/touchpoints/lead.html",
        lead=row,
        row=list_rows.lead_row(row, submitter),
        submitter=submitter,
        link_url=links.url(links.of_lead(row.id).code),
        client=clients.of_lead(row),
        form=form,
        can_renew=registrations.can_renew(row),
        cooldown=settings.in_words(versions.at(row.submitted_at)).cooldown,
        term=amount(site_holds.length(row.submitted_at).days, "day"),
    )


@credit.post("/leads/<uuid:lead_id>/renew")
@org_page(Permission.MANAGE_LEADS)
def renew_lead(lead_id: uuid.UUID) -> Response | tuple[str, int]:
    row, form = leads.fetch(lead_id), RenewForm()
    if not form.validate():
        return _lead_page(row, form), 422
    try:
        registrations.renew(row, form.progress.data or "")
        flash(f"Renewed. {row.company} is held for you until {day(row.held_until)}.", "ok")
    except Conflict as refusal:
        flash(refusal.sentence, "bad")
    return redirect(url_for("credit.lead", lead_id=lead_id), 303)


@credit.post("/leads/<uuid:lead_id>/withdraw")
@org_page(Permission.MANAGE_LEADS)
def withdraw_lead(lead_id: uuid.UUID) -> Response:
    registrations.withdraw(leads.fetch(lead_id))
    flash("Withdrawn. The site is free for others now.", "ok")
    return redirect(url_for("credit.lead", lead_id=lead_id), 303)
