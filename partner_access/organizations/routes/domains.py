"""An organization's e-mail domains: adding one, proving it by DNS, who gets in by it, letting it go."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.errors import Conflict, Invalid, TooMany
from partner_access.organizations.domains import dns_rules, policies
from partner_access.organizations.domains import domains as rows
from partner_access.organizations.domains.policies import PolicyChange
from partner_access.organizations.forms import DomainForm, PolicyForm
from partner_access.organizations.models import Domain, DomainClaim
from partner_access.organizations.routes.blueprints import organizations
from partner_access.organizations.words import POLICIES, POLICY_LABELS
from partner_access.permissions import Permission
from partner_access.web.access import Page, org_page


@organizations.get("/orgs/<slug>/domains")
@org_page(Permission.VIEW_DOMAINS)
def domains() -> str:
    return _listing(DomainForm())


@organizations.post("/orgs/<slug>/domains")
@org_page(Permission.MANAGE_DOMAINS)
def add_domain() -> Page:
    form = DomainForm()
    if form.validate_on_submit():
        try:
            row = rows.claim(form.name.key)
            return redirect(url_for("organizations.domain", domain_id=row.id), 303)
        except Invalid as refusal:
            form.tell(refusal)
    return _listing(form), 422


@organizations.get("/orgs/<slug>/domains/<uuid:domain_id>")
@org_page(Permission.VIEW_DOMAINS)
def domain(domain_id: uuid.UUID) -> str:
    now = rows.standing(rows.fetch(domain_id))
    row = now.claim
    told = dns_rules.explain(row.answer, domain=row.name, seen=row.seen_at or "") if row.answer else None
    return render_template(
        "organizations/domains/domain.html",
        now=now,
        state=dns_rules.STATES[now.state],
        record=(dns_rules.challenge_name(row.name), dns_rules.challenge_value(row.token)),
        told=told,
        form=_policy_form(now.domain) if now.domain else None,
        policies=POLICIES,
        needs_proof=policies.needs_proof(now.domain) if now.domain and not now.domain.may_be_auto else "",
    )


@organizations.post("/orgs/<slug>/domains/<uuid:domain_id>/check")
@org_page(Permission.MANAGE_DOMAINS)
def check_domain(domain_id: uuid.UUID) -> Response:
    row = rows.fetch(domain_id)
    try:
        reading = rows.check(row)
        flash(*_outcome(rows.standing(row).state, reading))
    except TooMany as refusal:
        flash(refusal.sentence, "wait")
    return redirect(url_for("organizations.domain", domain_id=domain_id), 303)


@organizations.get("/orgs/<slug>/domains/<uuid:domain_id>/policy")
@org_page(Permission.MANAGE_DOMAINS)
def preview_policy(domain_id: uuid.UUID) -> Page:
    row = rows.fetch(domain_id)
    proved = rows.proved(row)
    if proved is None:
        return _not_proved(row)
    asked = {name: request.args.get(name, "") for name in ("policy", "include_subdomains")}
    form = PolicyForm(None, data=asked, meta={"csrf": False}) if asked["policy"] in POLICIES else _policy_form(proved)
    return _preview(row, proved, form)


@organizations.post("/orgs/<slug>/domains/<uuid:domain_id>/policy")
@org_page(Permission.MANAGE_DOMAINS)
def save_policy(domain_id: uuid.UUID) -> Page:
    row, form = rows.fetch(domain_id), PolicyForm()
    proved = rows.proved(row)
    if proved is None:
        return _not_proved(row)
    if not form.validate_on_submit():
        return _preview(row, proved, _policy_form(proved), status=422)
    try:
        done = policies.save(proved, _change(form), seen=form.seen.data or "")
    except (Conflict, Invalid) as refusal:
        flash(refusal.sentence, "wait")
        return _preview(row, proved, form, status=refusal.status)
    flash(f"Saved. {_done(done)}", "ok")
    return redirect(url_for("organizations.domain", domain_id=domain_id), 303)


@organizations.post("/orgs/<slug>/domains/<uuid:domain_id>/remove")
@org_page(Permission.MANAGE_DOMAINS)
def remove_domain(domain_id: uuid.UUID) -> Response:
    row = rows.fetch(domain_id)
    rows.remove(row)
    flash(f"{row.name} is removed. Everybody who is in stays in.", "ok")
    return redirect(url_for("organizations.domains"), 303)


def _listing(form: DomainForm) -> str:
    listed = [(now, dns_rules.STATES[now.state]) for now in rows.listing()]
    return render_template("organizations/domains/domains.html", listed=listed, form=form, policies=POLICIES)


def _outcome(state: str, reading: dns_rules.DnsReading) -> tuple[str, str]:
    """What a check came to, in a line, and its colour; the page says the rest."""
    if reading.code != "proved" and reading.code not in dns_rules.DEFINITE:
        return "The check is done, and brought no clear answer. See below.", "wait"
    if reading.code != "proved":
        return "The check is done. The record was not found where it belongs.", "wait"
    if state == "dns":
        return "The domain is proved.", "ok"
    return "The record is there, but another organization has proved this domain too.", "wait"


def _policy_form(proved: Domain) -> PolicyForm:
    now = {"policy": proved.policy, "include_subdomains": proved.include_subdomains}
    form = PolicyForm(None, data=now, meta={"csrf": False})
    form.policy.choices = [choice for choice in POLICY_LABELS.items() if choice[0] != "auto" or proved.may_be_auto]
    return form


def _change(form: PolicyForm) -> PolicyChange:
    return PolicyChange(form.policy.data, bool(form.include_subdomains.data))


def _preview(row: DomainClaim, proved: Domain, form: PolicyForm, *, status: int = 200) -> tuple[str, int]:
    try:
        preview = policies.preview_change(proved, _change(form))
    except Invalid as refusal:
        form, status = _policy_form(proved), refusal.status
        preview = policies.preview_change(proved, _change(form))
        form.tell(refusal)
    page = render_template(
        "organizations/domains/policy.html", row=row, proved=proved, form=form, preview=preview, policies=POLICIES
    )
    return page, status


def _not_proved(row: DomainClaim) -> Response:
    flash(f"{row.name} is not proved as yours, so it lets nobody in yet.", "wait")
    return redirect(url_for("organizations.domain", domain_id=row.id), 303)


def _done(preview: policies.PolicyPreview) -> str:
    told = [
        (preview.admitted, "let in"),
        (preview.cut_off, "told to ask for an invitation"),
        (preview.asking, "asked to wait for you"),
        (preview.offered, "offered to join"),
    ]
    said = [f"{len(people)} {'person' if len(people) == 1 else 'people'} {what}" for people, what in told if people]
    return f"{', '.join(said)}.".capitalize() if said else "It changes nothing for anybody who is waiting."
