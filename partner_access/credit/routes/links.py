"""An organization's referral links: to copy, to print as a QR code, to see as clients see them."""

from __future__ import annotations

import io
import uuid

import segno
from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.forms import LinkForm
from partner_access.credit.rules import versions
from partner_access.credit.touchpoints import links
from partner_access.errors import Invalid
from partner_access.permissions import Permission
from partner_access.web.access import org_page


@credit.get("/referral-links")
@org_page(Permission.VIEW_ORG)
def referral_links() -> str:
    return _page(LinkForm())


@credit.post("/referral-links")
@org_page(Permission.CREATE_LINKS)
def create_link() -> Response | tuple[str, int]:
    form = LinkForm()
    if form.validate():
        try:
            link = links.create(form.label.data or "")
        except Invalid as refusal:
            form.tell(refusal)
        else:
            flash(f"Your link “{link.label}” is ready to share.", "ok")
            return redirect(url_for("credit.referral_links"), 303)
    return _page(form), 422


def _page(form: LinkForm) -> str:
    rows = links.listing()
    opened = links.visits(rows)
    shown = [{"link": row, "url": links.url(row.code), "opened": opened.get(row.code, 0)} for row in rows]
    return render_template("credit/touchpoints/referral_links.html", form=form, rows=shown, rules=versions.in_words())


@credit.get("/referral-links/<uuid:link_id>.svg")
@org_page(Permission.VIEW_ORG)
def link_qr(link_id: uuid.UUID) -> FlaskResponse:
    picture = io.BytesIO()
    segno.make(links.url(links.fetch(link_id).code), error="m").save(
        picture, kind="svg", scale=6, border=4, light="#fff"
    )
    return FlaskResponse(picture.getvalue(), mimetype="image/svg+xml")
