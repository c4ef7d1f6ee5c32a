"""Every organization, one of them, and what staff do to it as a whole."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from partner_access.clock import now
from partner_access.credit.lifecycle import org_closures, org_foundings, org_mergers
from partner_access.credit.lifecycle.org_states import STATE_CHANGES
from partner_access.credit.touchpoints import lead_allowances
from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.organizations.directory import organizations, search
from partner_access.organizations.models import Organization
from partner_access.organizations.words import POLICIES
from partner_access.permissions import Permission
from partner_access.staff import org_acts, org_overview
from partner_access.staff.forms import FoundOrgForm, LeadLimitForm, OrgActForm, OwnerForm
from partner_access.staff.org_acts import OrgAct
from partner_access.staff.queue import queue
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page


@staff.get("/orgs")
@staff_page(Permission.VIEW_PROGRAMME)
def orgs() -> str:
    text, state = request.args.get("q", "").strip(), request.args.get("state", "")
    if state and state not in search.FILTERS:
        raise NotFound(code="no-such-state")
    found = search.listing(text, state, after=request.args.get("after"))
    more = found[-1].slug if len(found) == search.PAGE else None
    following = url_for("staff.orgs", q=text or None, state=state or None, after=more) if more else None
    return render_template(
        "staff/organizations/orgs.html",
        rows=found,
        text=text,
        state=state,
        filters=search.FILTERS,
        states=search.STATES,
        following=following,
    )


@staff.route("/found-org", methods=["GET", "POST"])
@staff_page(Permission.MANAGE_ORGS)
def found_org() -> Page:
    form = FoundOrgForm()
    if not form.validate_on_submit():
        return render_template("staff/organizations/found.html", form=form), 422 if form.errors else 200
    try:
        org = org_foundings.found(form.details(), form.reason.data or "")
    except Invalid as refusal:
        form.tell(refusal)
    except Conflict as refusal:
        form.domain.errors = [refusal.sentence]
    if form.errors:
        answer_and_undo((render_template("staff/organizations/found.html", form=form), 422))
    flash(f"{form.name.data} is founded.", "ok")
    return redirect(url_for("staff.org", slug=org.slug), 303)


@staff.get("/orgs/<slug>")
@staff_page(Permission.VIEW_PROGRAMME)
def org(slug: str) -> str:
    found = org_overview.overview(org_overview.fetch(slug))
    acts = {name: act for name, act in org_acts.ACTS.items() if org_acts.is_possible(act, found.org)}
    return render_template(
        "staff/organizations/org.html", view=found, acts=acts, policies=POLICIES, kinds=queue.KINDS, now=now()
    )


@staff.route("/orgs/<slug>/acts/<act>", methods=["GET", "POST"])
@staff_page(Permission.MANAGE_ORGS)
def act_on_org(slug: str, act: str) -> Page:
    found, chosen = org_overview.fetch(slug), org_acts.fetch(act)
    form = OrgActForm(seen=org_overview.newest(found))
    if not form.validate_on_submit():
        return _confirm(found, chosen, form), 422 if form.errors else 200
    try:
        STATE_CHANGES[chosen.outcome](found, form.reason.data or "", seen=form.seen_decision())
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_confirm(found, chosen, form), 422))
    except Conflict as refusal:
        answer_and_undo((_confirm(found, chosen, form, late=refusal.sentence), 409))
    flash(f"{found.name} {chosen.done}. Those whom it concerns are mailed.", "ok")
    return redirect(url_for("staff.org", slug=slug), 303)


@staff.route("/orgs/<slug>/owner", methods=["GET", "POST"])
@staff_page(Permission.MANAGE_ORGS)
def invite_owner(slug: str) -> Page:
    found = org_overview.fetch(slug)
    form = OwnerForm(seen=org_overview.newest(found))
    if not form.validate_on_submit():
        return _ask_owner(found, form), 422 if form.errors else 200
    try:
        org_foundings.invite_owner(found, form.email.address, form.reason.data or "", seen=form.seen_decision())
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_ask_owner(found, form), 422))
    except Conflict as refusal:
        answer_and_undo((_ask_owner(found, form, late=refusal.sentence), 409))
    flash(f"{form.email.address.email} is asked to become an owner of {found.name}, or is one now.", "ok")
    return redirect(url_for("staff.org", slug=slug), 303)


@staff.route("/orgs/<slug>/lead-limit", methods=["GET", "POST"])
@staff_page(Permission.MANAGE_ORGS)
def limit_leads(slug: str) -> Page:
    """How many open leads it may have at once."""
    found = org_overview.fetch(slug)
    form = LeadLimitForm(limit=found.lead_limit)
    if not form.validate_on_submit():
        return _ask_limit(found, form), 422 if form.errors else 200
    try:
        lead_allowances.set_limit(found, form.limit.data, form.reason.data or "")
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_ask_limit(found, form), 422))
    flash(f"Saved. The people of {found.name} see it in their activity.", "ok")
    return redirect(url_for("staff.org", slug=slug), 303)


@staff.route("/orgs/<slug>/merge", methods=["GET", "POST"])
@staff_page(Permission.MANAGE_ORGS)
def merge_org(slug: str) -> Page:
    gone, into = org_overview.fetch(slug), request.values.get("into", "").strip()
    stays, form = organizations.find(into), OrgActForm(seen=org_overview.newest(gone))
    if stays is None or stays.id == gone.id:
        return _choose_heir(gone, into)
    if not form.validate_on_submit():
        return _confirm_merger(gone, stays, form), 422 if form.errors else 200
    try:
        org_mergers.merge_into(gone, stays, form.reason.data or "", seen=form.seen_decision())
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_confirm_merger(gone, stays, form), 422))
    except Conflict as refusal:
        answer_and_undo((_confirm_merger(gone, stays, form, late=refusal.sentence), 409))
    flash(f"{gone.name} is part of {stays.name} now. Those whom it concerns are mailed.", "ok")
    return redirect(url_for("staff.org", slug=stays.slug), 303)


def _choose_heir(gone: Organization, text: str) -> str:
    """Which organization it shall become part of: the active ones that match what was typed."""
    found = [row for row in search.listing(text, "active") if row.id != gone.id] if text else []
    return render_template("staff/organizations/heirs.html", subject=gone, text=text, rows=found)


def _confirm_merger(gone: Organization, stays: Organization, form: OrgActForm, late: str = "") -> str:
    form.seen.data = form.seen.data if not late else org_overview.newest(gone)
    try:
        means, refusal = org_acts.merger(gone, stays, org_mergers.preview(gone, stays)), ""
    except Conflict as conflict:
        means, refusal = [], conflict.sentence
    return render_template(
        "staff/organizations/merge.html", subject=gone, stays=stays, means=means, form=form, late=late, refusal=refusal
    )


def _confirm(org: Organization, act: OrgAct, form: OrgActForm, late: str = "") -> str:
    """What the act means, with the form; `late`: who decided what meanwhile. The form is of what is known now."""
    form.seen.data = form.seen.data if not late else org_overview.newest(org)
    means = act.means(org, org_closures.preview(org))
    return render_template(
        "staff/organizations/act.html",
        subject=org,
        act=act,
        means=means,
        form=form,
        late=late,
        possible=org_acts.is_possible(act, org),
    )


def _ask_limit(org: Organization, form: LeadLimitForm) -> str:
    return render_template(
        "staff/organizations/lead_limit.html",
        subject=org,
        form=form,
        present=org_overview.lead_bound(org),
    )


def _ask_owner(org: Organization, form: OwnerForm, late: str = "") -> str:
    form.seen.data = form.seen.data if not late else org_overview.newest(org)
    return render_template(
        "staff/organizations/owner.html", subject=org, form=form, late=late, is_active=org.closed_at is None
    )
