"""An organization's integrations: its tokens of the API."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for

from partner_access.errors import Conflict, Invalid
from partner_access.integrations import tokens
from partner_access.integrations.forms import TokenForm
from partner_access.permissions import Permission
from partner_access.web.access import Page, org_page

integrations = Blueprint("integrations", __name__, url_prefix="/orgs/<slug>/integrations")


@integrations.get("")
@org_page(Permission.MANAGE_INTEGRATIONS)
def show() -> str:
    return _page(TokenForm())


@integrations.post("/tokens")
@org_page(Permission.MANAGE_INTEGRATIONS)
def create_token() -> Page:
    """The secret stands on the answer itself and nowhere else: neither in an address nor in a cookie."""
    form = TokenForm()
    if form.validate():
        try:
            return _page(TokenForm(formdata=None), form.create())
        except Invalid as refusal:
            form.tell(refusal)
    return _page(form), 422


@integrations.post("/tokens/<uuid:token_id>/rotate")
@org_page(Permission.MANAGE_INTEGRATIONS)
def rotate_token(token_id: uuid.UUID) -> Page:
    try:
        return _page(TokenForm(formdata=None), tokens.rotate(token_id))
    except Conflict as refusal:
        flash(refusal.sentence, "wait")
        return redirect(url_for("integrations.show"), 303)


@integrations.post("/tokens/<uuid:token_id>/revoke")
@org_page(Permission.MANAGE_INTEGRATIONS)
def revoke_token(token_id: uuid.UUID) -> Page:
    flash(f"“{tokens.revoke(token_id).name}” is revoked. Whatever used it is refused from now on.", "ok")
    return redirect(url_for("integrations.show"), 303)


def _page(form: TokenForm, made: tokens.NewToken | None = None) -> str:
    return render_template("integrations/integrations.html", form=form, made=made, rows=tokens.listing())
