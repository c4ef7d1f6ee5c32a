"""The client's answer to "does this partner manage your account?", from the link in a mail."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.credit.managed import client_answers, consent_mails
from partner_access.errors import Conflict
from partner_access.web.access import public

confirm_managed = Blueprint("confirm_managed", __name__, url_prefix="/confirm-managed")


@confirm_managed.get("/<token>")
@public(secret=True)
def page(token: str) -> str | tuple[str, int]:
    asked = consent_mails.read(token)
    if asked.state == "pending":
        return render_template("credit/client_pages/managed_consent/ask.html", asked=asked, token=token)
    if asked.state == "active":
        return render_template("credit/client_pages/managed_consent/active.html", asked=asked, token=token)
    return render_template("credit/client_pages/managed_consent/stopped.html", asked=asked), 410


@confirm_managed.post("/<token>")
@public(limit="confirm-managed", secret=True)
def answer(token: str) -> Response:
    """`yes` names the claim that was chosen; `no` refuses those that the page showed."""
    account = consent_mails.read(token).account
    with suppress(Conflict, ValueError):  # the page says what was answered meanwhile
        if "yes" in request.form:
            client_answers.confirm(account, uuid.UUID(request.form["yes"]))
        elif "no" in request.form:
            client_answers.refuse(account, map(uuid.UUID, request.form["no"].split()))
    return redirect(url_for("confirm_managed.page", token=token), 303)


@confirm_managed.post("/<token>/end")
@public(limit="confirm-managed", secret=True)
def end(token: str) -> Response:
    asked = consent_mails.read(token)
    with suppress(Conflict):
        client_answers.leave(asked.account, asked.claim.id)
    return redirect(url_for("confirm_managed.page", token=token), 303)
