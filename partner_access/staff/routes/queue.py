"""What waits for a decision of staff, and the page where it is made."""

from __future__ import annotations

import uuid
from typing import NoReturn

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from partner_access.clock import now
from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.permissions import Permission
from partner_access.staff.forms import DecisionForm
from partner_access.staff.queue import queue as rows
from partner_access.staff.queue.cases import Case, CaseKind
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page

SOMEBODY_WAS_FASTER = {"decided-already", "decided-meanwhile", "ruled-meanwhile", "not-open", "has-an-owner"}


@staff.get("/")
@staff_page(Permission.VIEW_PROGRAMME)
def queue() -> str:
    only = request.args.get("kind", "")
    shown, counts = rows.listing(only), rows.counts()
    return render_template(
        "staff/queue/queue.html",
        rows=shown[: rows.PAGE],
        more=len(shown) - rows.PAGE,
        kinds=rows.KINDS,
        only=only,
        counts=counts,
        total=rows.total(counts),
        now=now(),
    )


@staff.get("/queue/<kind>/<uuid:item_id>")
@staff_page(Permission.DECIDE)
def case(kind: str, item_id: uuid.UUID) -> Page:
    chosen = rows.kind(kind)
    open_case = chosen.case(item_id)
    if open_case is None:
        return _decided(chosen, item_id, late="late" in request.args)
    form = DecisionForm(formdata=None, choice=open_case.answer, shown=request.args.get("shown", ""))
    return _page(open_case, form)


@staff.post("/queue/<kind>/<uuid:item_id>")
@staff_page(Permission.DECIDE)
def decide(kind: str, item_id: uuid.UUID) -> Page:
    chosen = rows.kind(kind)
    open_case, form = chosen.case(item_id), DecisionForm()
    if open_case is None:
        return _decided(chosen, item_id, late=True), 409
    form.offer(open_case.choices, readers=open_case.readers)
    if not form.validate_on_submit():
        return _page(open_case, form), 422
    try:
        chosen.decide(item_id, form.choice.data, form.reason.data or "")
    except Invalid as refusal:
        form.tell(refusal)
        answer_and_undo((_page(open_case, form), 422))
    except (Conflict, NotFound) as refusal:
        _refuse(refusal, open_case, form)
    return _onward(chosen, open_case, form)


def _refuse(refusal: Conflict | NotFound, open_case: Case, form: DecisionForm) -> NoReturn:
    """To what somebody else decided; where nobody has, the case once more, with why it cannot be decided so."""
    if isinstance(refusal, NotFound) or refusal.code in SOMEBODY_WAS_FASTER:
        there = url_for("staff.case", kind=open_case.waiting.kind, item_id=open_case.waiting.id, late=1)
        answer_and_undo(redirect(there, 303))
    form.form_errors.append(refusal.sentence)
    answer_and_undo((_page(open_case, form), refusal.status))


def _onward(chosen: CaseKind, made: Case, form: DecisionForm) -> Page:
    """To the next case, or back to the queue; to what somebody else decided, if they were faster."""
    was = chosen.done(made.waiting.id)
    if was is None or was.by_id != current_user.id:
        return _decided(chosen, made.waiting.id, late=True), 409
    flash(f"Decided: {made.waiting.title}. {was.outcome}.", "ok")
    only = form.shown.data if form.shown.data in rows.KINDS else ""
    following = rows.following(made.waiting.asked_at, made.waiting.id, only)
    if following is None or "stay" in request.form:
        return redirect(url_for("staff.queue", kind=only or None), 303)
    return redirect(url_for("staff.case", kind=following.kind, item_id=following.id, shown=only or None), 303)


def _page(open_case: Case, form: DecisionForm) -> str:
    form.offer(open_case.choices, readers=open_case.readers)
    hints = {choice.value: choice.hint for choice in open_case.choices if choice.hint}
    return render_template("staff/queue/case.html", case=open_case, form=form, hints=hints, now=now())


def _decided(chosen: CaseKind, item_id: uuid.UUID, *, late: bool) -> str:
    """What was decided, by whom and why; also the answer to whoever came second."""
    was = chosen.done(item_id)
    if was is None:
        raise NotFound("This does not wait for a decision any more.", code="not-waiting")
    mine = was.by_id == current_user.id
    return render_template("staff/queue/done.html", kind=chosen, done=was, mine=mine, late=late)
