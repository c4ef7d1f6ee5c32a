"""Client accounts across all organizations: found by anything known of them, moved, ended, merged, and ruled upon."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from partner_access.credit.attribution import decisions
from partner_access.credit.clients import client_accounts, search
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.insights import site_report
from partner_access.credit.lifecycle import cancellations
from partner_access.credit.lifecycle.client_merges import merge as merge_accounts
from partner_access.credit.lifecycle.client_moves import move as move_account
from partner_access.credit.managed import claims
from partner_access.credit.models import ClientAccount
from partner_access.credit.rules import settings
from partner_access.credit.rules.absences import CANCELLED, REACTIVATED
from partner_access.credit.rulings import rulings
from partner_access.db import scope
from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.keys.moments import moment
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.permissions import Permission
from partner_access.staff import client_overview, merge_preview
from partner_access.staff.forms import (
    ClientEventForm,
    FindStaysForm,
    MergeForm,
    MoveForm,
    ReasonForm,
    RulingForm,
    WhyForm,
)
from partner_access.staff.queue import sides
from partner_access.staff.queue.cases import Choice
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page
from partner_access.web.lists import cursor, cursor_after

FILTERS = {
    "credited": "Credited",
    "not-named": "Credited, not named",
    "nobody": "Nobody",
    "open": "Open question",
    "managed": "Managed",
}
OTHER = "other"


@staff.get("/clients")
@staff_page(Permission.VIEW_PROGRAMME)
def clients() -> str:
    text, only = request.args.get("q", "").strip()[: search.LONGEST], request.args.get("state", "")
    if only not in ("", *FILTERS):
        raise NotFound(code="no-such-filter")
    rows = search.listing(text, only=only, before=cursor())
    chosen: dict[str, Any] = {name: value for name, value in (("q", text), ("state", only)) if value}
    last = rows[-1] if len(rows) == search.PAGE else None
    older = last and url_for("staff.clients", before=cursor_after(last.signed_up_at, last.id), **chosen)
    return render_template(
        "staff/clients/clients.html",
        rows=search.rows(rows),
        filters=FILTERS,
        chosen=chosen,
        older=older,
        longest=search.LONGEST,
    )


@staff.get("/clients/<uuid:account_id>")
@staff_page(Permission.VIEW_PROGRAMME)
def client(account_id: uuid.UUID) -> str:
    return render_template(
        "staff/clients/client.html", shown=client_overview.overview(client_accounts.fetch(account_id))
    )


# -- to another website -----------------------------------------------------------------------------------------------


@staff.get("/clients/<uuid:account_id>/move")
@staff_page(Permission.MANAGE_CLIENTS)
def move_client(account_id: uuid.UUID) -> str:
    return _moving(_live(account_id), MoveForm(formdata=None))


@staff.post("/clients/<uuid:account_id>/move")
@staff_page(Permission.MANAGE_CLIENTS)
def move(account_id: uuid.UUID) -> Page:
    account, form = _live(account_id), MoveForm()
    if not form.validate_on_submit():
        return _moving(account, form), 422
    try:
        move_account(account, form.website.data or "", form.reason.data or "", shown=form.shown.data or "")
    except (Invalid, Conflict) as refusal:
        _show_refusal(form, refusal)
        answer_and_undo((_moving(account, form), refusal.status))
    flash(f"Moved to {display_site(client_accounts.present_site(account))}.", "ok")
    return redirect(url_for("staff.client", account_id=account_id), 303)


def _moving(account: ClientAccount, form: MoveForm) -> str:
    form.shown.data = client_accounts.present_site(account)
    site = display_site(form.shown.data)
    return render_template("staff/clients/move.html", account=account, form=form, site=site)


# -- cancelled, or back -----------------------------------------------------------------------------------------------


@staff.get("/clients/<uuid:account_id>/events/<kind>")
@staff_page(Permission.MANAGE_CLIENTS)
def client_event(account_id: uuid.UUID, kind: str) -> str:
    return _telling(_live(account_id), kind, ClientEventForm(formdata=None))


@staff.post("/clients/<uuid:account_id>/events/<kind>")
@staff_page(Permission.MANAGE_CLIENTS)
def tell_client_event(account_id: uuid.UUID, kind: str) -> Page:
    account, form = _live(account_id), ClientEventForm()
    if kind not in (CANCELLED, REACTIVATED) or not form.validate_on_submit():
        return _telling(account, kind, form), 422
    try:
        at = moment(form.at.data or "", "at")
        is_new = cancellations.tell(account.external_id, kind, at, form.reason.data or "")
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_telling(account, kind, form), refusal.status))
    flash("Recorded. Whose credit it changes is mailed." if is_new else "This was known already.", "ok")
    return redirect(url_for("staff.client", account_id=account_id), 303)


def _telling(account: ClientAccount, kind: str, form: ClientEventForm) -> str:
    if kind not in (CANCELLED, REACTIVATED):
        raise NotFound(code="no-such-event")
    return render_template("staff/clients/event.html", account=account, kind=kind, form=form)


# -- into another account ---------------------------------------------------------------------------------------------


@staff.get("/clients/<uuid:account_id>/merge")
@staff_page(Permission.MANAGE_CLIENTS)
def merge_client(account_id: uuid.UUID) -> Page:
    account, find = _live(account_id), FindStaysForm(request.args)
    if "into" not in request.args:
        return _merging(account, find, MergeForm(formdata=None))
    shown = find.validate() and _preview(account, find)
    form = MergeForm(formdata=None, stays=find.into.data)
    return _merging(account, find, form, shown or None), 200 if shown else 422


@staff.post("/clients/<uuid:account_id>/merge")
@staff_page(Permission.MANAGE_CLIENTS)
def merge(account_id: uuid.UUID) -> Page:
    account, form = client_accounts.fetch(account_id), MergeForm()
    stays = client_accounts.find(form.stays.data or "")
    if stays is None:
        raise NotFound("There is no account of that external id.", code="no-such-account")
    find = FindStaysForm(formdata=None, into=stays.external_id)
    if not form.validate_on_submit():
        return _merging(account, find, form, _preview(account, find)), 422
    try:
        merge_accounts(account, stays, form.reason.data or "", as_shown=True)
    except (Invalid, Conflict) as refusal:
        _show_refusal(form, refusal)
        shown = _preview(account, find) if isinstance(refusal, Invalid) else None
        answer_and_undo((_merging(account, find, form, shown), refusal.status))
    flash(f"{account.external_id} was merged into {stays.external_id}.", "ok")
    return redirect(url_for("staff.client", account_id=stays.id), 303)


def _preview(account: ClientAccount, find: FindStaysForm) -> merge_preview.MergePreview | None:
    """What the merger would do; None when there is none to be shown, which the form then says."""
    try:
        stays = client_accounts.find(find.into.data or "")
        if stays is None:
            raise Invalid("There is no account of that external id.", field="into")
        return merge_preview.preview(account, stays)
    except Invalid as refusal:
        find.into.errors = [refusal.sentence]
        return None


def _merging(
    account: ClientAccount, find: FindStaysForm, form: MergeForm, shown: merge_preview.MergePreview | None = None
) -> str:
    return render_template("staff/clients/merge.html", account=account, find=find, form=form, shown=shown)


# -- who is credited --------------------------------------------------------------------------------------------------


@staff.get("/clients/<uuid:account_id>/ruling")
@staff_page(Permission.MANAGE_CLIENTS)
def rule_client(account_id: uuid.UUID) -> str:
    account = _live(account_id)
    family = client_accounts.family(account)
    return _ruling(account, family, RulingForm(formdata=None, choice=sides.by_the_rules(account, family)[0]))


@staff.post("/clients/<uuid:account_id>/ruling")
@staff_page(Permission.MANAGE_CLIENTS)
def rule(account_id: uuid.UUID) -> Page:
    account, form = _live(account_id), RulingForm()
    family = client_accounts.family(account)
    form.offer(_choices(claims.with_a_part(account, family)), readers=sides.READERS)
    if not form.validate_on_submit():
        return _ruling(account, family, form), 422
    try:
        org_id = _credited(form)
        rulings.rule(account, org_id, form.reason.data or "", scope().actor, shown=form.shown.data or "")
    except (Invalid, Conflict) as refusal:
        _show_refusal(form, refusal)
        as_it_is_now = client_accounts.family(account)  # what refused may be a merger that was made meanwhile
        answer_and_undo((_ruling(account, as_it_is_now, form), refusal.status))
    flash(f"Ruled: {account.company} is credited to {_name(org_id)}. Everybody concerned is mailed.", "ok")
    return redirect(url_for("staff.client", account_id=account_id), 303)


def _choices(org_ids: Sequence[uuid.UUID]) -> list[Choice]:
    *orgs, nobody = sides.choices(org_ids)
    return [*orgs, Choice(OTHER, "Credit another organization"), nobody]


def _credited(form: RulingForm) -> uuid.UUID | None:
    if form.choice.data != OTHER:
        return sides.chosen(form.choice.data)
    org = organizations.find(form.slug.data or "")
    if org is None:
        raise Invalid("There is no organization of that name in its address.", code="no-such-org", field="slug")
    return org.id


def _name(org_id: uuid.UUID | None) -> str:
    return organizations.fetch(org_id).name if org_id else "nobody"


def _ruling(account: ClientAccount, family: Family, form: RulingForm) -> str:
    org_ids = claims.with_a_part(account, family)
    form.offer(_choices(org_ids), readers=sides.READERS)
    last = rulings.latest(family)
    form.shown.data = str(last.id) if last else ""
    shown = [sides.side(account, None, org_id) for org_id in org_ids]
    return render_template(
        "staff/clients/rule.html",
        account=account,
        form=form,
        sides=shown,
        why=sides.by_the_rules(account, family)[1],
        subject=sides.client(account, family, decisions.latest(account)),
    )


# -- all of them ------------------------------------------------------------------------------------------------------


def _live(account_id: uuid.UUID) -> ClientAccount:
    account = client_accounts.fetch(account_id)
    if account.merged_into:
        goes_on = client_accounts.survivor(account)
        raise Conflict(f"This account was merged into {goes_on.external_id}: decide about that one.", code="merged")
    return account


def _show_refusal(form: ReasonForm, refusal: Invalid | Conflict) -> None:
    """Say what was refused: beside its field, or on top what somebody else decided meanwhile."""
    form.tell(refusal if isinstance(refusal, Invalid) else Invalid(refusal.sentence))


@staff.get("/why")
@staff_page(Permission.VIEW_PROGRAMME)
def why() -> Page:
    form, found = WhyForm(request.args), None
    if form.site.data:
        try:
            found = site_report.of_site(form.site.data)
        except Invalid as refusal:
            form.site.errors = [refusal.sentence]
    page = render_template("staff/insights/why.html", form=form, found=found, labelled_values=settings.labelled_values)
    return (page, 422) if form.site.errors else page
