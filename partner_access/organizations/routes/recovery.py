"""Recovering the ownership of an organization whose owners are gone, and an owner's objection."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access import audit
from partner_access.accounts import current as visitor
from partner_access.db import acting
from partner_access.errors import Conflict, TooMany
from partner_access.organizations import current
from partner_access.organizations.domains import dns_rules
from partner_access.organizations.ownership import recoveries
from partner_access.organizations.routes.blueprints import organizations
from partner_access.permissions import Permission
from partner_access.web.access import Page, org_page, public


@organizations.get("/orgs/<slug>/recover-ownership")
@org_page(Permission.RECOVER_OWNERSHIP)
def recover() -> str:
    now = recoveries.standing(current.org(), visitor.person())
    row = now.row if now.code in ("may-prove", "waiting") else None
    record = (dns_rules.challenge_name(row.domain), dns_rules.challenge_value(row.token)) if row else None
    told = dns_rules.explain(row.answer, domain=row.domain, seen=row.seen_at or "") if row and row.answer else None
    return render_template("organizations/ownership/recover.html", now=now, record=record, told=told)


@organizations.post("/orgs/<slug>/recover-ownership")
@org_page(Permission.RECOVER_OWNERSHIP)
def ask_recovery() -> Response:
    try:
        recoveries.ask(current.org(), visitor.person(), request.form.get("domain", ""))
    except Conflict as refusal:
        _refused(refusal)
    return redirect(url_for("organizations.recover"), 303)


@organizations.post("/orgs/<slug>/recover-ownership/check")
@org_page(Permission.RECOVER_OWNERSHIP)
def check_recovery() -> Response:
    row = recoveries.find_open(visitor.person())
    try:
        if row is not None and recoveries.check(current.org(), row) != "proved":
            flash("The check is done. The record was not found where it belongs.", "wait")
    except Conflict as refusal:
        _refused(refusal)
    except TooMany as refusal:
        flash(refusal.sentence, "wait")
    return redirect(url_for("organizations.recover"), 303)


@organizations.post("/orgs/<slug>/recover-ownership/withdraw")
@org_page(Permission.RECOVER_OWNERSHIP)
def withdraw_recovery() -> Response:
    row = recoveries.find_open(visitor.person())
    if row is not None:
        recoveries.withdraw(row)
        flash("Withdrawn. Everything stays as it is.", "ok")
    return redirect(url_for("organizations.recover"), 303)


@organizations.route("/object-recovery/<token>", methods=["GET", "POST"])
@public(limit="verify", secret=True)
def object_recovery(token: str) -> Page:
    row, owner = recoveries.read_objection(token)
    if request.method == "POST":
        with acting(owner, row.org_id):
            recoveries.object_to(row)
        return redirect(request.path, 303)
    return render_template("organizations/ownership/object_recovery.html", row=row)


def _refused(refusal: Conflict) -> None:
    """Say why not, and keep the reason."""
    audit.record("ownership.recovery_refused", reason=refusal.code)
    flash(refusal.sentence, "wait")
