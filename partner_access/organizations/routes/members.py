"""One person of the team: how they came, and what owners and admins decide about them."""

from __future__ import annotations

import uuid

from flask import render_template
from werkzeug.wrappers import Response

from partner_access.organizations import current
from partner_access.organizations.forms import RoleForm
from partner_access.organizations.models import Membership
from partner_access.organizations.routes.blueprints import attempt, back_to, organizations
from partner_access.organizations.team import memberships
from partner_access.organizations.words import MEMBER_STATES, ROLES, how_it_came
from partner_access.permissions import Permission, Role
from partner_access.web.access import Page, org_page


@organizations.get("/orgs/<slug>/team/<uuid:membership_id>")
@org_page(Permission.VIEW_TEAM)
def member(membership_id: uuid.UUID) -> Page:
    row = memberships.fetch(membership_id)
    return _page(row, RoleForm(memberships.giveable(), data={"role": row.role}))


@organizations.post("/orgs/<slug>/team/<uuid:membership_id>/role")
@org_page(Permission.MANAGE_TEAM)
def change_role(membership_id: uuid.UUID) -> Page:
    row = memberships.fetch(membership_id)
    form = RoleForm(list(Role))
    if not form.validate_on_submit():
        return _page(row, form), 422
    role = Role(form.role.data)
    attempt(lambda: memberships.change_role(row, role), f"The role of {row.user.name} is now {role}.")
    return back_to("organizations.member", membership_id=row.id)


@organizations.post("/orgs/<slug>/team/<uuid:membership_id>/suspend")
@org_page(Permission.MANAGE_TEAM)
def suspend_member(membership_id: uuid.UUID) -> Response:
    row = memberships.fetch(membership_id)
    attempt(
        lambda: memberships.suspend(row), f"{row.user.name} is suspended, and sees nothing of the portal from now on."
    )
    return back_to("organizations.member", membership_id=row.id)


@organizations.post("/orgs/<slug>/team/<uuid:membership_id>/resume")
@org_page(Permission.MANAGE_TEAM)
def resume_member(membership_id: uuid.UUID) -> Response:
    row = memberships.fetch(membership_id)
    attempt(lambda: memberships.resume(row), f"{row.user.name} is back, with the same role as before.")
    return back_to("organizations.member", membership_id=row.id)


def member_context(row: Membership) -> dict[str, object]:
    """What a page says of a membership: the row, its status word, how it came to be, whether it can be undone."""
    by = row.admitter.name if row.admitter else ""
    return {
        "row": row,
        "status": MEMBER_STATES[row.state],
        "how": how_it_came(row.provenance, via=row.via or "", by=by),
        "can_be_undone": memberships.can_be_undone(row),
    }


def _page(row: Membership, form: RoleForm) -> str:
    is_self = row.id == getattr(current.membership(), "id", None)
    decides = row.is_present and row.role_name in memberships.giveable()
    return render_template(
        "organizations/team/member.html",
        member=member_context(row),
        form=form,
        hints=ROLES,
        is_self=is_self,
        decides=decides,
        undo_until=row.created_at + memberships.UNDO_LIFE,
    )
