"""Refusals as pages: one template for every status, with what to do next; calls of the API get problem details."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from partner_access.accounts import current, throttles
from partner_access.errors import PortalError, TooMany
from partner_access.web import kept_forms, problems

log = logging.getLogger(__name__)

TITLES = {
    400: "This did not arrive whole",
    403: "You may not open this page",
    404: "There is nothing at this address",
    405: "This address cannot be opened this way",
    409: "Somebody was faster",
    410: "This link has stopped working",
    413: "That is too large",
    422: "This cannot be used",
    429: "Too many tries",
    500: "Something broke on our side",
    503: "The portal is not available right now",
}
SENTENCES = {
    400: "Go back and try again.",
    404: "The address may be mistyped, the page may be gone, or you may not be a member of its organization.",
    405: "Go to the page and use its buttons.",
    410: "Ask for a new one.",
    413: "Send less at once.",
    500: "It was written down for us. What you were doing was not saved.",
    503: "Try again in a minute. Nothing was lost.",
}


FOR_NOW = {429, 500, 503}
"""Statuses after which the same form may be taken later."""
TOO_OLD = "This was not sent: the page was open too long, or you signed in or out elsewhere. Check it, then send it."
SIGNED_OUT = "You were signed out, so this was not sent. Sign in, and what you typed is shown again."


def init_app(app: Flask) -> None:
    app.register_error_handler(PortalError, _refused)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _broken)


def page(status: int, sentence: str = "", *, retry_after: int | None = None) -> ResponseReturnValue:
    """The page of a refusal; `retry_after` in seconds. It needs no database: layout.py asks nothing once `failed`."""
    if problems.are_wanted():
        return problems.answer(status, sentence, headers={"Retry-After": str(retry_after)} if retry_after else {})
    g.failed = True
    html = render_template(
        "pages/error.html",
        code=status,
        title=TITLES.get(status, "This did not work"),
        sentence=sentence or SENTENCES.get(status, ""),
        next_steps=[
            ("Go to the start page", url_for("public.home")),
            ("Read the answers", url_for("public.help_page")),
        ],
        wait=_minutes_or_hours(retry_after) if retry_after else "",
        kept=kept_forms.keep(_who()) if status in FOR_NOW else "",
    )
    return html, status, {"Retry-After": str(retry_after)} if retry_after else {}


def _minutes_or_hours(seconds: int) -> str:
    unit, length = ("hour", 3600) if seconds > 2 * 3600 else ("minute", 60)
    number = -(-seconds // length)
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _refused(error: PortalError) -> ResponseReturnValue:
    if problems.are_wanted():
        return problems.of(error)
    retry_after = error.retry_after if isinstance(error, TooMany) else None
    if error.page is not None:
        return error.page, error.status, {"Retry-After": str(retry_after)} if retry_after else {}
    return page(error.status, error.sentence, retry_after=retry_after)


def _form_too_old(error: CSRFError) -> ResponseReturnValue:
    _log_refused("form", f"{request.endpoint}: {error.description}")
    again = form_again() if _is_own_form() else None
    if again is not None:
        return again
    sentence = "The page was open for too long, or cookies are switched off. Open it again, then send it once more."
    return page(400, sentence)


def form_again() -> Response | None:
    """The form that was refused, filled, with a fresh token; where its page asks to sign in, that, with it inside."""
    path = kept_forms.path_of_form()
    if not path:
        return None
    response = kept_forms.fill(path, kept_forms.typed(), TOO_OLD)
    if response.status_code == 303 and response.location.startswith(url_for("accounts.sign_in")):
        return sign_in_first()
    if response.status_code == 200:
        response.status_code = 400
    # a second sign-in tab of a signed-in person goes on; any other way on would hide that nothing was sent
    goes_on = response.status_code == 400 or request.endpoint == "accounts.sign_in"
    return response if goes_on else None


def sign_in_first() -> Response | None:
    """The page to sign in, which carries the form that was refused; None where it is not known whose that is."""
    who = current.last_person()
    sealed = kept_forms.keep(who) if who else ""
    if not sealed:
        return None
    path = url_for("accounts.sign_in", next=kept_forms.path_of_form())
    response = kept_forms.fill(path, MultiDict({kept_forms.FIELD: sealed}), SIGNED_OUT)
    response.status_code = 401 if response.status_code == 200 else response.status_code
    return response


def _is_own_form() -> bool:
    """Whether a page of ours sent it: what another site sent is not shown with our button below."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    own = {"null", current_app.config["BASE_URL"], f"{request.scheme}://{request.host}"}
    return request.headers.get("Origin", "null") in own


def _who() -> object:
    """Whose form it is that is kept: of a page that anybody may open, nobody's who is not signed in."""
    row = current.sign_in_row()
    access = getattr(current_app.view_functions.get(request.endpoint or ""), "access", None)
    return row.user_id if row else None if access is None or access.kind == "public" else current.last_person()


def _foreign_host(_error: SecurityError) -> tuple[str, int]:
    """A name that is not ours gets no page: every address on it would be that of somebody else's host."""
    _log_refused("host", request.environ.get("HTTP_HOST", ""))
    return "This portal does not answer to that host name.", 400


def _log_refused(what: str, told: str) -> None:
    """To the server's log, not to the database: anybody can send these without end, and they cost no statement."""
    log.warning("Refused %s %.120r from %s", what, told, throttles.network(request.remote_addr or ""))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    answer = make_response(page(error.code))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # RFC 9110, 15.5.6
    return answer


def _database_away(error: OperationalError) -> ResponseReturnValue:
    """The database is away, or too busy to take it; the transaction that met this has left nothing behind."""
    log.error("The database did not take a request: %s", error.orig)
    return page(503, retry_after=60)


def _broken(error: Exception) -> ResponseReturnValue:
    log.exception("A request broke", exc_info=error)
    return page(500)
