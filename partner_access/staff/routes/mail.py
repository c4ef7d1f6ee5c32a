"""The mails of the programme: what waits, what failed and why, what was sent; never what they say."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from partner_access import mail
from partner_access.clock import now
from partner_access.errors import Conflict, NotFound
from partner_access.mail import listing
from partner_access.permissions import Permission
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page
from partner_access.web.lists import cursor, cursor_after

LABELS = {"queued": "Queued", "failed": "Failed", "sent": "Sent"}


@staff.get("/mail", endpoint="mail")
@staff_page(Permission.VIEW_PROGRAMME)
def shown() -> str:
    return _page()


@staff.post("/mail/<uuid:outbox_id>/resend")
@staff_page(Permission.SEND_MAIL)
def resend_mail(outbox_id: uuid.UUID) -> Page:
    try:
        mail.resend(outbox_id)
    except Conflict as refusal:
        answer_and_undo((_page(refusal.sentence), 409))
    flash("Queued again. It is sent within a minute, under its old Message-ID.", "ok")
    return redirect(url_for("staff.mail", **_filters()), 303)


def _filters() -> dict[str, Any]:
    """The filters in the address, those that are set."""
    to = request.args.get("to", "").replace("\x00", "").strip()[:254]
    chosen = {"state": request.args.get("state", ""), "to": to}
    if chosen["state"] not in ("", *LABELS):
        raise NotFound(code="no-such-filter")
    return {name: value for name, value in chosen.items() if value}


def _page(refusal: str = "") -> str:
    chosen, before = _filters(), cursor()
    rows = listing.outlines(**chosen, before=before[1] if before else None)
    last = rows[-1] if len(rows) == listing.PAGE else None
    older = last and url_for("staff.mail", before=cursor_after(last.created_at, last.id), **chosen)
    return render_template(
        "staff/mail/mail.html",
        rows=rows,
        labels=LABELS,
        counts=listing.counts(),
        chosen=chosen,
        older=older,
        now=now(),
        refusal=refusal,
        wrong_setting=listing.wrong_setting(),
    )
