"""Queues mails, each with the job that sends it; takes them back, and queues them once more."""

from __future__ import annotations

import uuid
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update

from partner_access import audit, jobs
from partner_access.clock import now
from partner_access.db import changed, found, fresh, new_id, session
from partner_access.errors import Conflict
from partner_access.jobs import Kind
from partner_access.jobs.models import Job
from partner_access.mail import refusals
from partner_access.mail.models import OutboxMail
from partner_access.transactions import insert_once

DELIVERY = Kind("mail", "deliver-mail")


def queue(
    name: str,
    to: str,
    /,
    *,
    about: uuid.UUID | None = None,
    dedupe: str | None = None,
    not_before: datetime | None = None,
    **values: Any,
) -> None:
    """Queue the mail `templates/mail/<name>/` to one address, in the present transaction.

    about: the row that waits for whoever gets it, and shows when it could not be delivered (undelivered.py).
    dedupe: a text that lets the mail exist only once, for mails that a threshold or a schedule causes.
    not_before: it is not sent before, so that whoever caused it can take it back (take_back).
    """
    values |= {
        "no_more_mail_url": refusals.link(to) if name in refusals.UNASKED else "",
        "programme": current_app.config["PROGRAMME_NAME"],
        "base_url": current_app.config["BASE_URL"],
        "support": parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1],
    }
    templates = current_app.jinja_env  # not render_template: a mail has nothing of the page around it
    subject, text, html = (
        templates.get_template(f"mail/{name}/{part}").render(values)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    bound = session().scope
    row = OutboxMail(
        id=new_id(),
        name=name,
        to=to,
        org_id=bound.org_id if bound else None,
        about_id=about,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        dedupe=dedupe,
    )
    if refusals.holds(name, to):
        row.state, row.last_error, row.text, row.html = "failed", refusals.REASON, "", ""
    if dedupe is None:
        session().add(row)
    elif not insert_once(row):
        return
    if row.state == "failed":
        return
    jobs.enqueue(DELIVERY, row.id, job_id=row.id, org_id=row.org_id, due_at=not_before)


def take_back(dedupe: str, *, unless_due: bool = False) -> None:
    """Drop a mail that nobody has tried to send yet; unless_due: only while it waits for its `not_before`."""
    named = select(OutboxMail.id).where(OutboxMail.dedupe == dedupe)
    untried = [Job.id.in_(named), Job.attempts == 0]
    if unless_due:
        untried.append(Job.due_at > now())
    taken = session().execute(delete(Job).where(*untried).returning(Job.id)).scalars().all()
    session().execute(delete(OutboxMail).where(OutboxMail.id.in_(taken)))


def resend(mail_id: uuid.UUID) -> None:
    """Queue a failed mail once more for staff, as new and under its old Message-ID; one that waits is left alone.

    Raises NotFound, and Conflict for one that was sent or whose text is not kept any more.
    """
    mine = OutboxMail.id == mail_id
    failed = mine, OutboxMail.state == "failed", OutboxMail.text != ""
    again = update(OutboxMail).where(*failed).values(state="queued", attempts=0, last_error=None)
    if changed(again.execution_options(synchronize_session=False)):
        row = found(session().scalar(select(OutboxMail).where(mine)))
        jobs.enqueue(DELIVERY, mail_id, job_id=mail_id, org_id=row.org_id)
        audit.record("mail.resent", subject=mail_id, reason="staff")
        return
    row = found(fresh(select(OutboxMail).where(mine)).first())
    if row.state == "sent":
        raise Conflict("This mail has not failed: it was sent. Nothing was done.", code="not-failed")
    if row.state == "failed":
        raise Conflict("The text of this mail is not kept any more, so it cannot be sent again.", code="text-dropped")
