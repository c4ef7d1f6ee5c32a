"""What a client sees: the landing page of a referral link, and signing up from it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access import signing
from partner_access.credit.client_pages import confirm_sign_up, fast_path, sign_up_browsers
from partner_access.credit.client_pages.forms import ClientSignUpForm
from partner_access.credit.models import ReferralCode
from partner_access.credit.provisional import requests
from partner_access.credit.provisional.requests import FormGiven
from partner_access.credit.touchpoints import links, networks, openings, visits
from partner_access.errors import Expired, Invalid, NotFound, TooMany
from partner_access.extensions import csrf
from partner_access.organizations.directory import mergers, organizations
from partner_access.organizations.models import Organization
from partner_access.web.access import Page, public

landing = Blueprint("landing", __name__, url_prefix="/r")


@landing.get("/<code>")
@public(writes=True)
def open_link(code: str) -> Response:
    link, org = _find(code)
    if not openings.is_visit(request.environ):
        return make_response(_page(_new_form(), link, org))
    secret = openings.known_secret(sign_up_browsers.visitor()) or signing.new_secret()
    key = networks.present_key()
    form = _new_form(_record(link, secret, key))
    response = make_response(_page(form, link, org))
    sign_up_browsers.remember(response, secret)
    own = {fast_path.TOKEN: form.visit.data or "", fast_path.FORM: form.form_id.data or "", fast_path.BROWSER: secret}
    own[fast_path.CSRF] = g.get(current_app.config["WTF_CSRF_FIELD_NAME"], "")
    fast_path.offer(request.environ, link, key, own)
    return response


def _new_form(token: str = "") -> ClientSignUpForm:
    """An empty form. Where clients sign up elsewhere it is not shown, and nobody needs the session of its token."""
    shown = {"csrf": not _elsewhere()}
    return ClientSignUpForm(formdata=None, visit=token, form_id=signing.new_secret(), meta=shown)


def _record(link: ReferralCode, secret: str, key: bytes) -> str:
    evidence = openings.evidence(request.environ)
    return visits.record(link, secret, evidence, networks.fingerprint(key, request.remote_addr or ""))


def _page(form: ClientSignUpForm, link: ReferralCode, org: Organization) -> str:
    return render_template(
        "credit/client_pages/landing/open.html",
        form=form,
        partner=org,
        code=link.code,
        preview=openings.is_preview(request.environ),
        elsewhere=_elsewhere(),
    )


@landing.get("/<code>/get-started")
@public()
def get_started(code: str) -> Response | str:
    """The form by itself, without the partner if the client wants that; or the way to the vendor's own page."""
    link, org = _find(code)
    token = request.args.get("visit", "")
    if _elsewhere():
        return redirect(_way_on(link, token), 303)
    without = "1" if "without" in request.args else ""
    form = ClientSignUpForm(formdata=None, visit=token, form_id=signing.new_secret(), without=without)
    return _started(form, link, org)


def _way_on(link: ReferralCode, token: str) -> str:
    """The vendor's own sign-up page, told of the visit; of the link alone where that is an old or another one's."""
    if "without" in request.args:
        return _elsewhere()
    visit = visits.find(token)
    known = token if visit and sign_up_browsers.is_fresh(visit, link) else link.code
    return _elsewhere() + ("&" if "?" in _elsewhere() else "?") + urlencode({"referral": known})


@landing.post("/<code>/get-started")
@csrf.exempt  # type: ignore[untyped-decorator]  # nobody's rights are used: a browser without cookies may sign up
@public(limit="client-sign-up")
def sign_up(code: str) -> Page:
    """Keep what was typed and mail the address; nothing counts before that mailbox is proved."""
    link, org = _find(code)
    if _elsewhere():
        raise NotFound("Clients sign up on another page. Open the partner’s link to get there.", code="no-form-here")
    form = ClientSignUpForm()
    if not form.validate():
        return _started(form, link, org), 422
    try:
        requests.ask(link, _given(form), sign_up_browsers.given(link, form.visit.data or ""))
    except Invalid as refusal:
        form.tell(refusal)
        return _started(form, link, org), 422
    except TooMany as refusal:
        form.tell(refusal)
        raise refusal.on(_started(form, link, org)) from None
    response = redirect(url_for("confirm_sign_up.check_mailbox"), 303)
    confirm_sign_up.remember(response, form.form_id.data or "")
    return response


def _given(form: ClientSignUpForm) -> FormGiven:
    form.form_id.data = form.form_id.data or signing.new_secret()
    return FormGiven(
        form_id=form.form_id.data,
        company=form.company.data or "",
        website=form.website.data or "",
        email=form.email.data or "",
        name=form.name.data or "",
        is_without=bool(form.without.data),
    )


def _started(form: ClientSignUpForm, link: ReferralCode, org: Organization) -> str:
    without = bool(form.without.data)
    return render_template(
        "credit/client_pages/landing/get_started.html", form=form, partner=org, code=link.code, without=without
    )


def _find(code: str) -> tuple[ReferralCode, Organization]:
    link = links.find_code(code)
    if link is None:
        raise NotFound("This link is no partner’s. Check the address, or ask whoever sent it.", code="no-such-link")
    org = organizations.fetch(mergers.survivor_id(link.org_id))
    if not org.is_active:
        when = "any more" if org.closed_at else "at the moment"
        raise Expired(f"This link is not in use {when}. Ask whoever sent it.", code=f"org-{org.state}")
    return link, org


def _elsewhere() -> str:
    return str(current_app.config["SIGNUP_URL"])
