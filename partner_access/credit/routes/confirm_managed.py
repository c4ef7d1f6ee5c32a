"""The client's answer to "does this partner manage your account?", from the link in a mail."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partner_access.access import public
from partner_access.credit import consents, managed
from partner_access.errors import Conflict

confirm_managed = Blueprint("confirm_managed", __name__, url_prefix="/confirm-managed")


@confirm_managed.get("/<token>")
@public(secret=True)
def page(token: str) -> str | tuple[str, int]:
    question = consents.read(token)
    if question.state == "pending":
        return render_template("confirm_managed/ask.html", question=question, token=token)
    if question.state == "active":
        return render_template("confirm_managed/active.html", question=question, token=token)
    return render_template("confirm_managed/stopped.html", question=question), 410


@confirm_managed.post("/<token>")
@public(limit="confirm-managed", secret=True)
def answer(token: str) -> Response:
    """`yes` names the claim that was chosen; `no` refuses those that the page showed."""
    account = consents.read(token).account
    with suppress(Conflict, ValueError):  # the page says what was answered meanwhile
        if "yes" in request.form:
            managed.confirm(account, uuid.UUID(request.form["yes"]))
        elif "no" in request.form:
            managed.refuse(account, map(uuid.UUID, request.form["no"].split()))
    return redirect(url_for("confirm_managed.page", token=token), 303)


@confirm_managed.post("/<token>/end")
@public(limit="confirm-managed", secret=True)
def end(token: str) -> Response:
    question = consents.read(token)
    managed.leave(question.account, question.claim.id)
    return redirect(url_for("confirm_managed.page", token=token), 303)
