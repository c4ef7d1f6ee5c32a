"""Looking a website up: whether it will count, and where the credit for it is."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.accounts import current as who
from partner_access.credit.insights import forecast, nearest_miss
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.routes.forms import AnotherLookForm, CheckForm, MissingForm, MissingLookForm
from partner_access.credit.touchpoints import links
from partner_access.errors import Conflict, Invalid, NotFound, TooMany
from partner_access.organizations import current
from partner_access.permissions import Permission
from partner_access.web.access import org_page


@credit.route("/clients/check", methods=["GET", "POST"])
@org_page(Permission.VIEW_ORG)
def check() -> tuple[str, int]:
    """The answer stands on the same page; asking is a POST because it is counted and written down."""
    form = CheckForm(data={"website": request.args.get("website")})
    found = None
    if form.validate_on_submit():
        try:
            found = forecast.of_website(current.org(), form.website.data or "", form.email.data or "")
        except Invalid as refusal:
            form.tell(refusal)
        except TooMany as refusal:
            form.tell(refusal)
            raise refusal.on(
                render_template("credit/insights/forecast.html", form=form, found=None, lead_url=None)
            ) from None
    lead_url = links.url(links.of_lead(found.lead.id).code) if found and found.lead else None
    page = render_template("credit/insights/forecast.html", form=form, found=found, lead_url=lead_url)
    return page, 422 if form.errors else 200


@credit.route("/clients/missing", methods=["GET", "POST"])
@org_page(Permission.VIEW_ORG)
def missing() -> tuple[str, int]:
    """The same for what was expected and is not there."""
    form = MissingForm(data={"website": request.args.get("website")})
    return _missing(form, AnotherLookForm(formdata=None), form.validate_on_submit())


@credit.post("/clients/missing/another-look")
@org_page(Permission.ASK_AGAIN)
def look_for_missing() -> Response | tuple[str, int]:
    """Ask for another look at a client account that is not on the organization's list."""
    form = MissingLookForm()
    if not form.validate():
        return _missing(form, form, not form.website.errors)
    try:
        side = nearest_miss.ask(current.org(), who.person(), form.website.data or "", form.words.data or "")
    except Invalid as refusal:
        form.tell(refusal)
        return _missing(form, form, not form.website.errors)
    except (Conflict, NotFound) as refusal:
        flash(refusal.sentence, "bad")
        return redirect(url_for("credit.missing", website=form.website.data), 303)
    flash("The programme’s staff have your words. You are mailed when they have answered.", "ok")
    return redirect(url_for("credit.client", client_id=side.client_id), 303)


def _missing(form: MissingForm, look: AnotherLookForm | MissingLookForm, is_asked: bool) -> tuple[str, int]:
    found = _search(form) if is_asked else None
    errors = form.errors or look.errors
    return render_template(
        "credit/insights/nearest_miss.html", form=form, look=look, found=found
    ), 422 if errors else 200


def _search(form: MissingForm) -> nearest_miss.NearestMiss | None:
    try:
        return nearest_miss.search(current.org(), form.website.data or "", form.day())
    except Invalid as refusal:
        form.tell(refusal)
        return None
    except TooMany as refusal:
        form.tell(refusal)
        look = AnotherLookForm(formdata=None)
        raise refusal.on(
            render_template("credit/insights/nearest_miss.html", form=form, look=look, found=None)
        ) from None
