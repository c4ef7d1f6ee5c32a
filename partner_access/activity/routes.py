"""Who of the team did what: the organization's audit log as a page, and as a file."""

from __future__ import annotations

from flask import Response, request

from partner_access import audit
from partner_access.activity import log as acts
from partner_access.activity.words import KINDS
from partner_access.credit.routes.blueprint import credit
from partner_access.organizations import current
from partner_access.permissions import Permission
from partner_access.web import event_lists
from partner_access.web.access import org_page
from partner_access.web.lists import cursor, download


@credit.get("/activity")
@org_page(Permission.VIEW_TEAM)
def activity() -> tuple[str, int]:
    return event_lists.page(
        "activity/activity.html",
        event_lists.EventFilterForm(request.args),
        lambda: acts.listing(acts.choose(request.args), before=cursor()),
        who="by",
        most=audit.PAGE,
        kinds=KINDS,
        actors=acts.actors(),
    )


@credit.get("/activity.csv")
@org_page(Permission.VIEW_TEAM)
def activity_file() -> Response:
    return download(acts.table(acts.choose(request.args)), f"activity-{current.org().slug}")
