"""What a client sees: the landing page of a referral link, and signing up from it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access import signing
from partner_access.clock import now
from partner_access.credit.attribution import signups
from partner_access.credit.client_pages.forms import ClientSignUpForm
from partner_access.credit.models import ReferralCode
from partner_access.credit.touchpoints import links, visits
from partner_access.errors import Expired, Invalid, NotFound
from partner_access.organizations.directory import mergers, organizations
from partner_access.organizations.models import Organization
from partner_access.web.access import public

landing = Blueprint("landing", __name__, url_prefix="/r")


@landing.get("/<code>")
@public(writes=True)
def open_link(code: str) -> Response:
    link, org = _find(code)
    preview, counts = "preview" in request.args, _counts()
    secret = request.cookies.get(visits.COOKIE) or signing.new_secret()
    token = visits.record(link, secret) if counts else ""
    form = ClientSignUpForm(formdata=None, visit=token, form_id=signing.new_secret())
    page = render_template(
        "credit/client_pages/landing/open.html",
        form=form,
        partner=org,
        code=link.code,
        preview=preview,
        elsewhere=_elsewhere(),
    )
    response = make_response(page)
    if counts:
        _remember(response, secret)
    return response


def _remember(response: Response, secret: str) -> None:
    """Let this browser be known again when its client signs up."""
    response.set_cookie(
        visits.COOKIE,
        secret,
        max_age=visits.cookie_life(),
        path="/r",
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def _counts() -> bool:
    """Whether this opening is a visit: a person's, not a preview, a prefetch or a crawler."""
    is_opened = request.method == "GET" and "preview" not in request.args and not _is_prefetch()
    return is_opened and not visits.is_bot(request.user_agent.string)


@landing.get("/<code>/get-started")
@public()
def get_started(code: str) -> Response | str:
    """The form by itself, without the partner if the client wants that; or the way to the vendor's own page."""
    link, org = _find(code)
    without = "without" in request.args
    token = request.args.get("visit", "")
    if _elsewhere():
        joint = "&" if "?" in _elsewhere() else "?"
        known = token if visits.find(token) else link.code
        return redirect(_elsewhere() + ("" if without else joint + urlencode({"referral": known})), 303)
    form = ClientSignUpForm(formdata=None, visit=token, form_id=signing.new_secret(), without="1" if without else "")
    return render_template(
        "credit/client_pages/landing/get_started.html", form=form, partner=org, code=link.code, without=without
    )


@landing.post("/<code>/get-started")
@public(limit="client-sign-up")
def sign_up(code: str) -> Response | tuple[str, int]:
    link, org = _find(code)
    form = ClientSignUpForm()
    without = bool(form.without.data)
    if form.validate():
        try:
            _record(form, link, org)
            return redirect(url_for("landing.signed_up", code=link.code, without=1 if without else None), 303)
        except Invalid as refusal:
            form.tell(refusal)
    return render_template(
        "credit/client_pages/landing/get_started.html", form=form, partner=org, code=link.code, without=without
    ), 422


@landing.get("/<code>/signed-up")
@public()
def signed_up(code: str) -> str:
    link, org = _find(code)
    return render_template(
        "credit/client_pages/landing/signed_up.html", partner=org, code=link.code, without="without" in request.args
    )


def _record(form: ClientSignUpForm, link: ReferralCode, org: Organization) -> None:
    """Record the sign-up once a form: sent twice, it is the same sign-up."""
    once = form.form_id.data or form.visit.data or signing.new_secret()
    signup = signups.check(
        external_id=f"web-{signing.fingerprint(once)[:24]}",
        company=form.company.data or "",
        website=form.website.data or "",
        email=form.email.data or "",
        signed_up_at=now(),
        referral="" if form.without.data else link.code,
        came_by="landing",
    )
    signup = replace(signup, owner_name=form.name.data or None)
    by_form = visits.find(form.visit.data or "")
    tied = {visit.id: visit for visit in [*visits.of_browser(request.cookies.get(visits.COOKIE)), by_form] if visit}
    refused = [org.id] if form.without.data else []
    signups.record(signup, visits=list(tied.values()), refused=refused)


def _find(code: str) -> tuple[ReferralCode, Organization]:
    link = links.find_code(code)
    if link is None:
        raise NotFound("This link is no partner’s. Check the address, or ask whoever sent it.", code="no-such-link")
    org = organizations.fetch(mergers.survivor_id(link.org_id))
    if not org.is_active:
        when = "any more" if org.closed_at else "at the moment"
        raise Expired(f"This link is not in use {when}. Ask whoever sent it.", code=f"org-{org.state}")
    return link, org


def _is_prefetch() -> bool:
    """Whether a browser only loads the page ahead, in case somebody opens it."""
    return "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")).lower()


def _elsewhere() -> str:
    return str(current_app.config["SIGNUP_URL"])
