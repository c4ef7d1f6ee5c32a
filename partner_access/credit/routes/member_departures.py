"""Going, or being removed: what is open is listed first, and handed over to a colleague."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partner_access.credit.lifecycle import member_departures
from partner_access.credit.lifecycle.member_departures import OpenWork
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.forms import HeirForm
from partner_access.errors import Conflict, Invalid
from partner_access.organizations import current
from partner_access.organizations.models import Membership
from partner_access.organizations.team import memberships
from partner_access.permissions import Permission
from partner_access.web.access import Page, org_page


@credit.route("/team/<uuid:membership_id>/remove", methods=["GET", "POST"])
@org_page(Permission.MANAGE_TEAM)
def remove_member(membership_id: uuid.UUID) -> Page:
    row = memberships.fetch(membership_id)
    done = f"{row.user.name} is removed, and sees nothing of the portal any more."
    onward = url_for("organizations.member", membership_id=row.id)
    return _go(row, "credit/lifecycle/remove_member.html", member_departures.remove, (done, onward))


@credit.route("/team/leave", methods=["GET", "POST"])
@org_page(Permission.LEAVE)
def leave() -> Page:
    row = current.membership()
    assert row is not None, "an organization's page has a member"
    done = f"You have left {row.org.name}."
    return _go(row, "credit/lifecycle/leave.html", member_departures.leave, (done, url_for("organizations.join")))


@credit.post("/team/<uuid:membership_id>/not-one-of-us")
@org_page(Permission.MANAGE_TEAM)
def not_one_of_us(membership_id: uuid.UUID) -> Response:
    row, heir = memberships.fetch(membership_id), current.membership()
    try:
        if not memberships.can_be_undone(row):
            raise Conflict("This joining cannot be undone any more. You can remove the person.", code="too-late")
        member_departures.remove(row, heir.id if heir else None, reason="not-one-of-us")
        flash(f"Undone. {row.user.name} sees nothing of the portal any more.", "ok")
    except Conflict as refusal:
        flash(refusal.sentence, "wait")
    return redirect(url_for("organizations.team"), 303)


Act = Callable[[Membership, uuid.UUID | None], OpenWork]


def _go(row: Membership, template: str, act: Act, then: tuple[str, str]) -> Page:
    """Show what is open; on POST do it, with the note and the address of `then`."""
    form = HeirForm([(str(heir.id), heir.user.name) for heir in member_departures.heirs(row)])
    if form.validate_on_submit():
        done, onward = then
        try:
            given = act(row, uuid.UUID(form.heir.data) if form.heir.data else None)
            flash(done + (f" Handed over: {given.summary}." if given.summary else ""), "ok")
            return redirect(onward, 303)
        except Invalid as refusal:
            form.tell(refusal)
        except Conflict as refusal:
            flash(refusal.sentence, "wait")
            return redirect(url_for("organizations.team"), 303)
    page = render_template(template, row=row, form=form, open=member_departures.open_work(row))
    return page, 422 if form.errors else 200
