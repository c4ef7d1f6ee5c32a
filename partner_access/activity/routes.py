"""Who of the team did what: the organization's audit log as a page, and as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from wtforms import StringField

from partner_access.activity import log as acts
from partner_access.activity.words import KINDS
from partner_access.audit import PAGE
from partner_access.credit.routes.blueprint import credit
from partner_access.errors import Invalid
from partner_access.organizations import current
from partner_access.permissions import Permission
from partner_access.web.access import org_page
from partner_access.web.fields import TellingForm, one_line
from partner_access.web.lists import cursor, cursor_after, download


@credit.get("/activity")
@org_page(Permission.VIEW_TEAM)
def activity() -> str | tuple[str, int]:
    form = ActivityForm(request.args, meta={"csrf": False})
    form.validate()
    try:
        rows = acts.listing(acts.choose(request.args), before=cursor())
    except Invalid as refusal:
        form.tell(refusal)
        return _page(form, []), 422
    return _page(form, rows)


@credit.get("/activity.csv")
@org_page(Permission.VIEW_TEAM)
def activity_file() -> Response:
    return download(acts.table(acts.choose(request.args)), f"activity-{current.org().slug}")


def _page(form: ActivityForm, rows: list[acts.EventRow]) -> str:
    filters: dict[str, Any] = {name: request.args.get(name) or None for name in acts.FILTERS}
    last = rows[-1] if len(rows) == PAGE else None
    older = last and url_for("credit.activity", before=cursor_after(last.at, last.id), **filters)
    return render_template(
        "activity/activity.html", form=form, rows=rows, filters=filters, kinds=KINDS, actors=acts.actors(), older=older
    )


class ActivityForm(TellingForm):
    """What activity is filtered by, besides what there is to choose from; it is part of the address."""

    since = StringField("From", filters=[one_line])
    until = StringField("To", filters=[one_line])
    code = StringField("Reason code", filters=[one_line])
