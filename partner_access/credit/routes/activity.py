"""Who of the team did what: the organization's audit log as a page, and as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for

from partner_access.access import org_page
from partner_access.audit import PAGE
from partner_access.audit.words import KINDS
from partner_access.credit import activity as acts
from partner_access.credit.routes.blueprint import credit, cursor, cursor_after, download
from partner_access.organizations import current
from partner_access.permissions import Permission


@credit.get("/activity")
@org_page(Permission.VIEW_TEAM)
def activity() -> str:
    chosen = _chosen()
    rows = acts.listing(chosen, before=cursor())
    last = rows[-1] if len(rows) == PAGE else None
    filters: dict[str, Any] = {"kind": chosen.kind or None, "by": chosen.by or None}
    older = last and url_for("credit.activity", before=cursor_after(last.at, last.id), **filters)
    return render_template(
        "credit/activity.html", rows=rows, chosen=chosen, filters=filters, kinds=KINDS, actors=acts.actors(),
        older=older,
    )  # fmt: skip


@credit.get("/activity.csv")
@org_page(Permission.VIEW_TEAM)
def activity_file() -> Response:
    return download(acts.table(_chosen()), f"activity-{current.org().slug}")


def _chosen() -> acts.Chosen:
    return acts.choose(request.args.get("kind", ""), request.args.get("by", ""))
