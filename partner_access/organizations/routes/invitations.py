"""Inviting people by address: one, or a pasted list, and what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, render_template
from werkzeug.wrappers import Response

from partner_access.errors import Invalid
from partner_access.mail import undelivered
from partner_access.organizations.entry import invitations as rows
from partner_access.organizations.forms import InvitationsForm
from partner_access.organizations.models import Invitation
from partner_access.organizations.routes.blueprints import back_to, organizations
from partner_access.organizations.team import memberships
from partner_access.organizations.words import ROLES
from partner_access.permissions import Permission, Role
from partner_access.web.access import Page, org_page


@organizations.get("/orgs/<slug>/invitations")
@org_page(Permission.MANAGE_TEAM)
def invitations() -> str:
    return _page(InvitationsForm(memberships.giveable(), data={"role": Role.MEMBER.value}))


@organizations.post("/orgs/<slug>/invitations")
@org_page(Permission.MANAGE_TEAM)
def send_invitations() -> Page:
    form = InvitationsForm(list(Role))
    if form.validate_on_submit():
        answers = rows.invite_all(form.lines(), Role(form.role.data))
        refused = [(answer.text, answer.refusal) for answer in answers if answer.refusal]
        invited = [answer.text for answer in answers if not answer.refusal]
        if invited:
            flash(f"Invited: {invited[0] if len(invited) == 1 else f'{len(invited)} addresses'}.", "ok")
        if not refused:
            return back_to("organizations.invitations")
        form.keep(refused)
    return _page(form), 422


@organizations.post("/orgs/<slug>/invitations/<uuid:invitation_id>/send-again")
@org_page(Permission.MANAGE_TEAM)
def send_invitation_again(invitation_id: uuid.UUID) -> Response:
    row = rows.fetch(invitation_id)
    return _do(rows.send_again, row, f"Sent again to {row.email}. The link of the earlier mail has stopped.")


@organizations.post("/orgs/<slug>/invitations/<uuid:invitation_id>/take-back")
@org_page(Permission.MANAGE_TEAM)
def revoke_invitation(invitation_id: uuid.UUID) -> Response:
    row = rows.fetch(invitation_id)
    return _do(rows.revoke, row, f"Taken back. The link that {row.email} got has stopped.")


def _do(act: Callable[[Invitation], None], row: Invitation, done: str) -> Response:
    try:
        act(row)
        flash(done, "ok")
    except Invalid as refusal:
        flash(refusal.sentence, "wait")
    return back_to("organizations.invitations")


def _page(form: InvitationsForm) -> str:
    gives = memberships.giveable()
    waiting = rows.listing()
    missed = undelivered.addresses([row.id for row in waiting])
    listed = [(row, rows.state(row) == "open", row.role in gives, row.id in missed) for row in waiting]
    form.offer(gives)
    return render_template("organizations/entry/invitations/invitations.html", form=form, hints=ROLES, listed=listed)
