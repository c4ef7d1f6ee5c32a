"""An organization's people: who is in and how, which domains let people in, who waits."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import render_template
from werkzeug.wrappers import Response

from partner_access.errors import Conflict
from partner_access.organizations import current
from partner_access.organizations.directory import organizations as orgs
from partner_access.organizations.entry import join_requests
from partner_access.organizations.entry.rules import explain
from partner_access.organizations.forms import DeclineForm
from partner_access.organizations.models import JoinRequest
from partner_access.organizations.routes.blueprints import attempt, back_to, organizations
from partner_access.organizations.routes.members import member_context
from partner_access.organizations.team import display_names, memberships
from partner_access.organizations.words import POLICIES
from partner_access.permissions import Permission
from partner_access.web.access import Page, org_page
from partner_access.web.urls import absolute

UNDO_NOTE = "They are mailed in 10 minutes; until then you can undo it below."


@organizations.get("/orgs/<slug>/team")
@org_page(Permission.VIEW_TEAM)
def team() -> str:
    return _page()


@organizations.post("/orgs/<slug>/team/requests/<uuid:request_id>/approve")
@org_page(Permission.MANAGE_TEAM)
def approve_request(request_id: uuid.UUID) -> Response:
    row = join_requests.fetch(request_id)
    _answer(row, lambda: join_requests.approve(row), f"{row.user.name} is in, as a member. {UNDO_NOTE}")
    return back_to("organizations.team")


@organizations.post("/orgs/<slug>/team/requests/<uuid:request_id>/decline")
@org_page(Permission.MANAGE_TEAM)
def decline_request(request_id: uuid.UUID) -> Page:
    row = join_requests.fetch(request_id)
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(declining=form, row=row), 422
    answer = form.reason.data or ""
    _answer(row, lambda: join_requests.decline(row, answer=answer), f"Declined, with your reason. {UNDO_NOTE}")
    return back_to("organizations.team")


@organizations.post("/orgs/<slug>/team/requests/<uuid:request_id>/undo")
@org_page(Permission.MANAGE_TEAM)
def undo_decision(request_id: uuid.UUID) -> Response:
    row = join_requests.fetch(request_id)
    attempt(lambda: join_requests.undo(row), f"Undone. {row.user.name} waits again, and was not mailed.")
    return back_to("organizations.team")


def _answer(row: JoinRequest, act: Callable[[], bool], done: str) -> None:
    """Note what was done, or who was faster with the same answer."""

    def first() -> None:
        if not act():
            by = display_names.of({row.decided_by}).get(row.decided_by) if row.decided_by else None
            raise Conflict(f"{by or 'Somebody'} has answered alike before: {row.outcome}.", code="decided-already")

    attempt(first, done)


def _page(*, declining: DeclineForm | None = None, row: JoinRequest | None = None) -> str:
    org = current.org()
    waiting = [_asked(other, declining if row and row.id == other.id else None) for other in join_requests.waiting()]
    return render_template(
        "organizations/team/team.html",
        people=[member_context(row) for row in memberships.listing()],
        domains=orgs.domains_of(org.id),
        waiting=waiting,
        decided=[(row, row.decided_at + join_requests.UNDO) for row in join_requests.undoable() if row.decided_at],
        form=declining,
        policies=POLICIES,
        join_url=absolute("accounts.request_account"),
    )


def _asked(row: JoinRequest, form: DeclineForm | None) -> dict[str, object]:
    """Who waits, what they were told, and a form to decline; ids on the page are told apart by the request's."""
    form = form or DeclineForm(formdata=None)
    form.reason.id = f"reason-{row.id}"
    told = explain(row.reason, org=row.org.name, domain=row.user.email_domain)
    return {"row": row, "told": told, "form": form}
