"""The jobs of the portal: how long the queues are, and what was set aside because it failed too often."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for

from partner_access.credit import deadlines
from partner_access.integrations.webhooks import queues
from partner_access.jobs import listing
from partner_access.mail import DELIVERY
from partner_access.organizations.entry import join_requests
from partner_access.organizations.ownership import recoveries
from partner_access.permissions import Permission
from partner_access.staff.routes.blueprint import staff
from partner_access.web.access import Page, staff_page

QUEUES = {"mail": "Mail", "deadlines": "Reminders and deadlines", "webhooks": "Webhooks"}
KINDS = {
    DELIVERY: "Send a mail",
    deadlines.CLAIM: "Remind of a managed account that nobody has confirmed, or end the claim",
    deadlines.HANDOVER: "Remind of a hand-over that nobody has accepted",
    deadlines.DISPUTE: "Remind staff of an overdue dispute, or end it",
    deadlines.SIGN_UP: "Remind a client to confirm their sign-up, or end it",
    deadlines.ANSWERS: "Answer leads and claims that came after too many others",
    deadlines.CLIENT_EVENTS: "Do what was told of a client account before its sign-up",
    join_requests.REMINDER: "Remind owners of a join request",
    join_requests.ESCALATION: "Pass a join request on to staff",
    join_requests.END: "End a join request that nobody has answered",
    queues.POSTING: "Post the next event to a webhook",
    recoveries.DUE: "Make somebody owner of an organization without owners",
}


@staff.get("/jobs", endpoint="jobs")
@staff_page(Permission.VIEW_PROGRAMME)
def shown() -> str:
    kinds = {kind.name: words for kind, words in KINDS.items()}
    lengths = listing.lengths(list(QUEUES))
    return render_template("staff/jobs/jobs.html", queues=lengths, names=QUEUES, kinds=kinds, rows=listing.set_aside())


@staff.post("/jobs/<uuid:job_id>/try-again")
@staff_page(Permission.RUN_JOBS)
def try_job_again(job_id: uuid.UUID) -> Page:
    listing.try_again(job_id)
    flash("It is tried again within a minute.", "ok")
    return redirect(url_for("staff.jobs"), 303)
