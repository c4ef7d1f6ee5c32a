"""What every page shows around its content: the programme, the person’s organizations, the present one and its link."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for

from partner_access.accounts import current, sign_ins
from partner_access.credit.statuses import STATUSES
from partner_access.credit.touchpoints import links
from partner_access.keys import text
from partner_access.organizations import current as org_current
from partner_access.organizations.team import memberships


def init_app(app: Flask) -> None:
    app.context_processor(_everywhere)
    app.jinja_env.globals.update(may=org_current.may, statuses=STATUSES)
    app.jinja_env.filters["initials"] = text.initials


def _is_console() -> bool:
    """Whether the page is one of the programme's staff, as its label says."""
    access = getattr(current_app.view_functions.get(request.endpoint or ""), "access", None)
    return access.kind == "staff" if access else request.blueprint == "staff"


def _everywhere() -> dict[str, Any]:
    row, org = current.sign_in_row(), org_current.find_org()
    shell: dict[str, Any] = {"orgs": [], "referral_url": None, "staff_console": None, "console": False}
    if row and "failed" not in g:
        is_staff = sign_ins.staff_role(row.user) is not None
        shell["staff_console"] = url_for("staff.queue") if is_staff else None
        shell["console"] = is_staff and _is_console()
        shell["orgs"] = [membership.org for membership in memberships.of_person(row.user)]
    if org and "failed" not in g:
        shell["referral_url"] = links.primary_url()
    return shell | {
        "programme": current_app.config["PROGRAMME_NAME"],
        "support": current_app.config["SUPPORT"],
        "base_url": current_app.config["BASE_URL"],
        "demo": current_app.config["DEMO"],
        "org": org,
        "staff_reading": org_current.reading(),
    }
