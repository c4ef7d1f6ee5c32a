"""An organization's integrations: its tokens of the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for

from partner_access.errors import Conflict, Invalid
from partner_access.integrations import tokens
from partner_access.integrations.forms import TokenForm
from partner_access.integrations.tokens import NewToken
from partner_access.permissions import Permission
from partner_access.web.access import Page, org_page

integrations = Blueprint("integrations", __name__, url_prefix="/orgs/<slug>/integrations")


Show = Callable[[TokenForm, NewToken | None], str]
"""The page of tokens, with a form and the token that was made just now."""


@integrations.get("")
@org_page(Permission.MANAGE_INTEGRATIONS)
def show() -> str:
    return _page(TokenForm())


@integrations.post("/tokens")
@org_page(Permission.MANAGE_INTEGRATIONS)
def create_token() -> Page:
    return created(_page)


@integrations.post("/tokens/<uuid:token_id>/rotate")
@org_page(Permission.MANAGE_INTEGRATIONS)
def rotate_token(token_id: uuid.UUID) -> Page:
    return rotated(token_id, _page, url_for("integrations.show"))


@integrations.post("/tokens/<uuid:token_id>/revoke")
@org_page(Permission.MANAGE_INTEGRATIONS)
def revoke_token(token_id: uuid.UUID) -> Page:
    return revoked(token_id, url_for("integrations.show"))


def _page(form: TokenForm, made: NewToken | None = None) -> str:
    return render_template("integrations/integrations.html", form=form, made=made, rows=tokens.listing())


# -- what both pages of tokens do; the guard has bound whose they are --------------------------------------------------


def created(show: Show) -> Page:
    """The secret stands on the answer itself and nowhere else: neither in an address nor in a cookie."""
    form = TokenForm()
    if form.validate():
        try:
            return show(TokenForm(formdata=None), form.create())
        except Invalid as refusal:
            form.tell(refusal)
    return show(form, None), 422


def rotated(token_id: uuid.UUID, show: Show, back: str) -> Page:
    """The new secret, likewise on the answer alone."""
    try:
        return show(TokenForm(formdata=None), tokens.rotate(token_id))
    except Conflict as refusal:
        flash(refusal.sentence, "wait")
        return redirect(back, 303)


def revoked(token_id: uuid.UUID, back: str) -> Page:
    """Back to the page, which says so."""
    flash(f"“{tokens.revoke(token_id).name}” is revoked. Whatever used it is refused from now on.", "ok")
    return redirect(back, 303)
