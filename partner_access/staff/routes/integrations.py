"""The programme's integrations: its tokens of the API, and a test sign-up that stores nothing."""

from __future__ import annotations

import uuid

from flask import render_template, url_for

from partner_access.clock import now
from partner_access.credit.attribution import referrals, signups
from partner_access.credit.insights import decision_report
from partner_access.db import new_id
from partner_access.errors import Invalid
from partner_access.integrations import routes, tokens
from partner_access.integrations.forms import TokenForm
from partner_access.permissions import Permission
from partner_access.staff.forms import TestSignUpForm
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page


@staff.get("/integrations", endpoint="integrations")
@staff_page(Permission.MANAGE_PROGRAMME_TOKENS)
def shown() -> str:
    return _page(TokenForm(formdata=None))


@staff.post("/integrations/tokens")
@staff_page(Permission.MANAGE_PROGRAMME_TOKENS)
def create_token() -> Page:
    return routes.created(_page)


@staff.post("/integrations/tokens/<uuid:token_id>/rotate")
@staff_page(Permission.MANAGE_PROGRAMME_TOKENS)
def rotate_token(token_id: uuid.UUID) -> Page:
    return routes.rotated(token_id, _page, url_for("staff.integrations"))


@staff.post("/integrations/tokens/<uuid:token_id>/revoke")
@staff_page(Permission.MANAGE_PROGRAMME_TOKENS)
def revoke_token(token_id: uuid.UUID) -> Page:
    return routes.revoked(token_id, url_for("staff.integrations"))


@staff.post("/integrations/test-sign-up")
@staff_page(Permission.MANAGE_CLIENTS)
def test_sign_up() -> Page:
    """Decide a sign-up as it would be decided now, and undo it, as `dry_run` does in the API."""
    form = TestSignUpForm()
    if form.validate():
        try:
            tested = _test(form)
        except Invalid as refusal:
            form.tell(refusal)
        else:
            answer_and_undo(_page(TokenForm(formdata=None), test_form=form, tested=tested))
    return _page(TokenForm(formdata=None), test_form=form), 422


def _test(form: TestSignUpForm) -> dict[str, object]:
    signup = signups.check(
        external_id=f"test-{new_id()}",
        company="",
        website=form.website.data or "",
        email="",
        signed_up_at=now(),
        referral=form.referral.data or "",
        came_by="api",
    )
    account = signups.record(signup).account
    note = referrals.note(signup.referral, signup.signed_up_at)
    return {"decision": decision_report.of_first_delivery(account), "referral": note}


def _page(
    form: TokenForm,
    made: tokens.NewToken | None = None,
    *,
    test_form: TestSignUpForm | None = None,
    tested: dict[str, object] | None = None,
) -> str:
    test_form = test_form or TestSignUpForm(formdata=None)
    return render_template(
        "staff/integrations/integrations.html",
        form=test_form if test_form.errors else form,
        token_form=form,
        test_form=test_form,
        made=made,
        tested=tested,
        rows=tokens.listing(),
    )
