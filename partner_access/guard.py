"""Who asks, may they, and for which organization; commits what returns, rolls back what raises, renders refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, g, make_response, redirect, request, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from partner_access import audit
from partner_access.accounts import current, sessions, sign_ins, throttles
from partner_access.accounts.browsers import own_browsers
from partner_access.accounts.models import User
from partner_access.db import SYSTEM, Actor, PortalSession, acting
from partner_access.db import session as database_session
from partner_access.errors import Forbidden, NotFound, PortalError, TooMany
from partner_access.integrations import callers
from partner_access.organizations import current as org_current
from partner_access.organizations.directory import mergers, org_lock, organizations, staff_acts, staff_readings
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from partner_access.pages import refusals
from partner_access.permissions import READABLE, Permission, allows, holders
from partner_access.transactions import reading
from partner_access.web import proxies, urls
from partner_access.web.access import Access

SAFE = {"GET", "HEAD", "OPTIONS"}
LIMITS: dict[str, tuple[int, timedelta]] = {
    "request-account": (300, timedelta(hours=1)),
    "verify": (600, timedelta(hours=1)),
    "sign-in": (600, timedelta(hours=1)),
    "reset": (60, timedelta(hours=1)),
    "client-sign-up": (120, timedelta(hours=1)),
    "confirm-managed": (120, timedelta(hours=1)),
}
"""How many POSTs one network may send to what a stranger can call; a whole office signs up behind one address."""
EACH_WRITTEN, REFUSALS_WINDOW = 20, timedelta(hours=1)
"""So many refusals of one person or network for one reason are written down each, then how many they have become."""


def init_app(app: Flask) -> None:
    """Put the guard around every view of the application."""
    inner = app.dispatch_request
    app.dispatch_request = lambda: _guarded(inner)  # type: ignore[method-assign]
    # A cookie is sent only when it changed: else the slower of two clicks puts the cookie from before signing in back.
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.url_defaults(_fill_in_slug)
    app.after_request(_headers)
    current.init_app(app)
    refusals.init_app(app)


def _guarded(inner: Callable[[], Any]) -> Any:
    if elsewhere := urls.to_page_meant():
        return elsewhere
    if request.routing_exception is not None or request.endpoint == "static":
        return inner()
    access: Access | None = getattr(current_app.view_functions[request.endpoint or ""], "access", None)
    try:
        if access is None:
            raise Forbidden("This page does not say who may open it.", code="no-access-label")
        _check_origin()
        if access.by_token:
            _identify_caller()
        else:
            _identify()
            _count(access)
        return _run(access, inner)
    except PortalError as refusal:
        _write_down(refusal)
        raise


def _run(access: Access, inner: Callable[[], Any]) -> BaseResponse:
    """One transaction: admit, act, commit; whatever raises leaves nothing behind."""
    current_session = database_session()
    with ExitStack() as stack:
        if request.method in SAFE and not access.writes:
            stack.enter_context(reading())
        try:
            turned_away = _admit(access, stack)
            response = turned_away or make_response(inner())
            stack.close()
            current_session.commit()
            _note_reading(response)
            return response
        except BaseException:
            _undo(current_session)
            raise


def _note_reading(response: BaseResponse) -> None:
    """Which pages staff have looked at is written down, in a transaction of its own, for the organization to read."""
    row = org_current.reading()
    if row is not None and response.status_code < 400 and staff_readings.note(row, request.endpoint or ""):
        database_session().commit()


def _undo(current_session: PortalSession) -> None:
    """Roll back; what was loaded stays readable, so that the page of the refusal asks for nobody again."""
    if not current_session.is_active:  # a flush failed, which has expired every row: the page does without a person
        current.forget()
        g.pop("membership", None)
        g.pop("reading", None)
    current_session.expunge_all()
    current_session.rollback()
    current_session.info["scope"] = None


def _check_origin() -> None:
    """Refuse a write that another site's page sent; the CSRF token is the lock, this is the fence before it."""
    if request.method in SAFE:
        return
    sent = request.headers.get("Origin", "null")
    own = {proxies.origin(current_app.config["BASE_URL"]), proxies.origin(f"{request.scheme}://{request.host}")}
    if request.headers.get("Sec-Fetch-Site") == "cross-site" or (sent != "null" and proxies.origin(sent) not in own):
        raise Forbidden("This came from another website, so nothing was done.", code="other-origin")


def _identify() -> None:
    """Ask who is there, before anything else does, in a short transaction of its own; note that the session is used."""
    with reading():
        row = current.sign_in_row() if current_user.is_authenticated else None
        database_session().commit()
    if row is None:
        logout_user()  # a cookie that leads to no live session any more is not looked up again
    elif sessions.touch(row):
        database_session().commit()


def _identify_caller() -> None:
    """Find the token of a call and count it, in a transaction of its own; also one too many stays counted."""
    try:
        callers.identify()
    except PortalError:
        database_session().commit()
        raise
    database_session().commit()


def _count(access: Access) -> None:
    if not access.limit or request.method in SAFE:
        return
    limit, window = LIMITS[access.limit]
    # Whoever has signed in here before counts by themselves: one colleague, or a stranger in the same network, who
    # sends too much does not shut the office out.
    who = own_browsers.newest() or throttles.network(request.remote_addr or "")
    allowed = throttles.take(f"{access.limit}:{who}", limit, window)
    database_session().commit()
    if not allowed:
        wait = throttles.seconds_left(window)
        raise TooMany("Too many tries from your network.", code="throttled", retry_after=wait)


def _admit(access: Access, stack: ExitStack) -> BaseResponse | None:
    """Bind who acts and for whom. A redirect for somebody who must sign in first; raises for who may not."""
    if access.by_token:
        callers.admit(access, stack)
        return None
    if access.kind == "public":
        stack.enter_context(acting(current_user.actor if current_user.is_authenticated else Actor("visitor")))
        return None
    if not current_user.is_authenticated:
        back = request.full_path.rstrip("?") if request.method in SAFE else None
        if back is None and (again := refusals.sign_in_first()):
            return again
        return redirect(url_for("accounts.sign_in", next=back), 303)
    user = current.person()
    if access.kind == "signed_in":
        stack.enter_context(acting(user.actor))
        return None
    assert access.permission is not None
    if access.kind == "staff":
        stack.enter_context(acting(_as_staff(user, access.permission)))
        return None
    return _admit_member(user, access.permission, stack)


def _admit_member(user: User, permission: Permission, stack: ExitStack) -> BaseResponse | None:
    """Bind the organization of the URL. Who comes to write comes before or after its pausing, closing or merging."""
    assert request.view_args is not None
    if request.method not in SAFE:
        org_lock.lock_shared()
    org = organizations.find(request.view_args.pop("slug"))
    if org is None:
        raise NotFound(code="no-such-organization")
    g.asked_slug = org.slug
    if org.closed_at and (there := _where_it_went(org, user)):
        return there
    stack.enter_context(acting(user.actor, org.id))
    membership = memberships.find(user.id)
    if membership is None:
        _admit_reader(user, org, permission, stack)
        return None
    if not org.is_active:
        raise Forbidden(staff_acts.why_shut(org), code=f"org-{org.state}")
    g.membership = membership
    if not allows(membership.role_name, permission):
        roles = " and ".join(f"{role}s" for role in holders(permission))
        raise Forbidden(f"This is for {roles} of {org.name}.", code="role-too-low")
    return None


def _admit_reader(user: User, org: Organization, permission: Permission, stack: ExitStack) -> None:
    """One of staff who has said why may look, and nothing more; for everybody else the organization does not exist."""
    row = staff_readings.find(user.id, org.id) if sign_ins.staff_role(user) else None
    if row is None:
        raise NotFound(code="not-a-member")
    stack.enter_context(acting(staff_readings.reader(row), org.id))
    g.reading = row
    if request.method not in SAFE or permission not in READABLE:
        raise Forbidden("Staff read an organization’s pages; they change nothing there.", code="staff-only-read")


def _where_it_went(org: Organization, user: User) -> BaseResponse | None:
    """The same page of the organization that this one has become part of, for who is a member there."""
    goes_on = organizations.fetch(mergers.survivor_id(org.id))
    with acting(user.actor, goes_on.id):
        if goes_on.id == org.id or memberships.find(user.id) is None:
            return None
    path = url_for(request.endpoint or "", slug=goes_on.slug, **(request.view_args or {}))
    query = request.query_string.decode("latin-1")
    return redirect(f"{path}?{query}" if query else path, 308)


def _as_staff(user: User, permission: Permission) -> Actor:
    """This person as one of the programme's staff; to everybody else the page does not exist."""
    role = sign_ins.staff_role(user)
    if role is None:
        raise NotFound(code="not-staff")
    if not allows(role, permission):
        raise Forbidden("Your role as one of the programme’s staff does not include this.", code="role-too-low")
    return Actor("staff", user.id, user.email_key)


def _write_down(refusal: PortalError) -> None:
    """Every refusal to a signed-in person, and every refused write of anybody, stays in the audit log.

    A member's own stands in the organization's, where the team reads it; a stranger's is none of its business. Nobody
    fills the log by being refused: beyond EACH_WRITTEN an hour a line says each time that their number has doubled.
    """
    # Whoever is refused before _identify() stays unknown: a form of another website is not its victim's act.
    row, reading_row = current.sign_in_row(), org_current.reading()
    user, caller = row.user if row else None, callers.find()
    is_looking = request.method in SAFE and not (caller and refusal.status == Forbidden.status)
    if user is None and is_looking:
        return
    who = user.id if user else caller.id if caller else throttles.network(request.remote_addr or "")
    number = throttles.count(f"refused:{refusal.code}:{who}", REFUSALS_WINDOW)
    if is_written(number):
        org = caller.org if caller else org_current.find_org()
        known = staff_readings.reader(reading_row) if reading_row else user.actor if user else SYSTEM
        actor = callers.actor() if caller else known
        told: dict[str, Any] = {"slug": g.get("asked_slug")} | ({"count": number} if number > EACH_WRITTEN else {})
        told |= {} if user or caller else {"network": who}
        with acting(actor, org.id if org else None):
            audit.record(
                "page.refused", subject=refusal.subject, reason=refusal.code, endpoint=request.endpoint, **told
            )
    database_session().commit()


def is_written(number: int) -> bool:
    """Whether this refusal within the hour gets a line: each of the first EACH_WRITTEN, then the 40th, 80th, 160th …"""
    doublings, rest = divmod(number, EACH_WRITTEN)
    return number <= EACH_WRITTEN or (rest == 0 and doublings.bit_count() == 1)


def _fill_in_slug(endpoint: str, values: dict[str, Any]) -> None:
    """Links of an organization's page lead to the same organization without saying so each time."""
    org = org_current.find_org()
    expects_one = endpoint.partition(".")[0] != "staff" and current_app.url_map.is_endpoint_expecting(endpoint, "slug")
    if org is not None and expects_one:
        values.setdefault("slug", org.slug)


def _headers(response: Response) -> Response:
    """What a page says beyond the headers of all answers (web/headers.py): what may be kept of it, and told of it."""
    access: Access | None = getattr(current_app.view_functions.get(request.endpoint or ""), "access", None)
    if access and access.secret:
        response.headers["Referrer-Policy"] = "no-referrer"
    # What a call of the API reads may be kept by whoever reads it, and is asked for again by its ETag.
    response.headers["Cache-Control"] = "private, no-cache" if response.headers.get("ETag") else "no-store"
    return response
