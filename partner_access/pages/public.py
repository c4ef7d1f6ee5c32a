"""Pages that need no organization: the front door, help, privacy, health, and the demo's mailbox."""

from __future__ import annotations

import uuid

from flask import Blueprint, current_app, redirect, render_template, request

from partner_access.credit.rules import versions
from partner_access.mail import listing, refusals
from partner_access.transactions import answers
from partner_access.web.access import Page
from partner_access.web.access import public as anybody

public = Blueprint("public", __name__)
demo = Blueprint("demo", __name__)


@public.get("/")
@anybody()
def home() -> str:
    return render_template("pages/home.html", rules=versions.in_words())


@public.get("/help")
@anybody()
def help_page() -> str:
    return render_template("pages/help.html", rules=versions.in_words())


@public.get("/help/matching")
@anybody()
def matching() -> str:
    return render_template("pages/matching.html", rules=versions.in_words())


@public.get("/privacy")
@anybody()
def privacy() -> str:
    return render_template("pages/privacy.html", rules=versions.in_words())


@public.route("/no-more-mail/<token>", methods=["GET", "POST"])
@anybody(secret=True, limit="verify")
def no_more_mail(token: str) -> Page:
    """Ask whether an address is to be mailed no more; sending the form does it, `again` takes it back."""
    email_key = refusals.read(token)
    if request.method == "POST":
        refusals.allow(email_key) if "again" in request.form else refusals.refuse(email_key)
        return redirect(request.path, 303)
    return render_template("pages/no_more_mail.html", email=email_key, is_refused=refusals.is_refused(email_key))


@public.get("/healthz")
@anybody()
def health() -> tuple[str, int]:
    """200 when the database answers, else 503."""
    return ("ok", 200) if answers() else ("the database does not answer", 503)


@demo.get("/demo/mail")
@anybody()
def mails() -> str:
    return render_template("pages/demo/mails.html", mails=listing.latest(), kept=not current_app.config["MAIL_SERVER"])


@demo.get("/demo/mail/<uuid:mail_id>")
@anybody(secret=True)
def mail(mail_id: uuid.UUID) -> str:
    return render_template("pages/demo/mail.html", mail=listing.fetch(mail_id))
