"""Pages that need no organization: the front door, help, privacy, health, and the demo's mailbox."""

from __future__ import annotations

import uuid

from flask import Blueprint, current_app, render_template

from partner_access.credit.rules import versions
from partner_access.mail import listing
from partner_access.transactions import answers
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
