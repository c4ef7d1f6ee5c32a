"""Sign-ups from the portal's own form: those that wait for the client, and saying that the programme knows one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, url_for

from partner_access.clock import now
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.models import ProvisionalSignUp
from partner_access.credit.provisional import confirmations, requests
from partner_access.db import found
from partner_access.errors import Conflict, Invalid
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import mergers, organizations
from partner_access.permissions import Permission
from partner_access.staff.forms import ReasonForm
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page

LOST_AFTER = timedelta(days=30)
"""How long what was told of an account may wait for its sign-up before staff are shown it."""


@dataclass(frozen=True)
class WaitingRow:
    """A sign-up that waits for the client; partner: whose page it was, or '' where the client went without."""

    external_id: str
    site: str
    partner: str
    asked_at: datetime
    until: datetime


@staff.get("/sign-ups")
@staff_page(Permission.VIEW_PROGRAMME)
def sign_ups() -> str:
    rows = [_row(row) for row in requests.waiting()]
    lost = client_events.without_sign_up(now() - LOST_AFTER)
    return render_template("staff/sign_ups/sign_ups.html", rows=rows, most=requests.SHOWN, lost=lost)


def _row(row: ProvisionalSignUp) -> WaitingRow:
    partner = "" if row.is_without else organizations.fetch(mergers.survivor_id(row.org_id)).name
    return WaitingRow(row.external_id, display_site(row.site), partner, row.asked_at, row.expires_at)


@staff.get("/sign-ups/<external_id>/confirm")
@staff_page(Permission.MANAGE_CLIENTS)
def confirm_sign_up(external_id: str) -> str:
    return _confirming(external_id, ReasonForm(formdata=None))


@staff.post("/sign-ups/<external_id>/confirm")
@staff_page(Permission.MANAGE_CLIENTS)
def take_sign_up(external_id: str) -> Page:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _confirming(external_id, form), 422
    try:
        account = confirmations.confirm_by_staff(external_id, form.reason.data or "")
    except (Invalid, Conflict) as refusal:
        form.tell(refusal if isinstance(refusal, Invalid) else Invalid(refusal.sentence))
        answer_and_undo((_confirming(external_id, form), refusal.status))
    flash(f"{account.external_id} is an account that the programme knows. It counts in full.", "ok")
    return redirect(url_for("staff.client", account_id=account.id), 303)


def _confirming(external_id: str, form: ReasonForm) -> str:
    account = client_accounts.find(external_id)
    site = display_site(account.site if account else found(requests.find_by_id(external_id)).site)
    return render_template(
        "staff/sign_ups/confirm.html", external_id=external_id, account=account, site=site, form=form
    )
