"""An organization's settings: what it is called, what a new domain begins with, and who gets which mails."""

from __future__ import annotations

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from partner_access.errors import Conflict, Invalid, NotFound
from partner_access.organizations import current
from partner_access.organizations.directory import settings as values
from partner_access.organizations.forms import RecipientsForm, SettingsForm
from partner_access.organizations.routes.blueprints import back_to, organizations
from partner_access.organizations.team import recipients
from partner_access.organizations.team.topics import TOPICS, Topic
from partner_access.organizations.words import POLICIES, POLICY_LABELS
from partner_access.permissions import Permission
from partner_access.web.access import Page, org_page

MEANWHILE = "Somebody else saved meanwhile, so nothing of yours is saved yet. It is still here: look, then save again."


@organizations.get("/orgs/<slug>/settings")
@org_page(Permission.VIEW_SETTINGS)
def settings() -> str:
    return _page()


@organizations.post("/orgs/<slug>/settings")
@org_page(Permission.MANAGE_SETTINGS)
def save_settings() -> Page:
    form, org, status = SettingsForm(), current.org(), 422
    if form.validate_on_submit():
        try:
            changed = values.save(org, form.values(), seen=form.shown_settings())
            flash("Saved." if changed else "Nothing was different, so nothing was changed.", "ok")
            return back_to("organizations.settings")
        except Invalid as refusal:
            form.tell(refusal)
        except Conflict:
            flash(f"{MEANWHILE} {form.renew(values.read(org))}", "wait")
            status = 409
    return _page(settings_form=form), status


@organizations.post("/orgs/<slug>/settings/mails")
@org_page(Permission.MANAGE_SETTINGS)
def save_recipients() -> Page:
    form = RecipientsForm()
    if form.validate_on_submit():
        try:
            flash(*_note(recipients.choose(form.ticked(), seen=form.known())))
            return back_to("organizations.settings")
        except Invalid as refusal:
            form.tell(refusal)
    return _page(mails_form=form), 422


@organizations.post("/orgs/<slug>/settings/own-mails")
@org_page(Permission.VIEW_SETTINGS)
def save_own_mails() -> Response:
    topic, is_on = _asked_topic(), request.form.get("on") == "yes"
    row = current.membership()
    assert row is not None, "an organization's page has a member"
    try:
        recipients.want(row.id, topic, is_on=is_on)
        flash(f"{TOPICS[topic].label}: you get these mails{'' if is_on else ' no longer'}.", "ok")
    except (Conflict, Invalid) as refusal:
        flash(refusal.sentence, "wait")
    return back_to("organizations.settings")


def _asked_topic() -> Topic:
    try:
        return Topic(request.form.get("topic", ""))
    except ValueError:
        raise NotFound(code="no-such-topic") from None


def _note(saved: recipients.SavedChoice) -> tuple[str, str]:
    if not saved.changed:
        return "Nothing was different, so nothing was changed.", "ok"
    about = ", ".join(TOPICS[topic].label for topic in saved.changed)
    if saved.is_later:
        return f"Saved: {about}. Somebody else has chosen meanwhile too; below is what stands now.", "wait"
    return f"Saved: {about}.", "ok"


def _page(*, settings_form: SettingsForm | None = None, mails_form: RecipientsForm | None = None) -> str:
    present, row = recipients.lines(), current.membership()
    settings_form = settings_form or SettingsForm.showing(values.read(current.org()))
    mails_form = mails_form or RecipientsForm.showing(recipients.ticks(present))
    return render_template(
        "organizations/directory/settings.html",
        form=settings_form if settings_form.errors else mails_form,
        settings_form=settings_form,
        mails_form=mails_form,
        lines=present,
        mine=next((line for line in present if row and line.row.id == row.id), None),
        topics=[(topic, about, recipients.reached(present, topic)) for topic, about in TOPICS.items()],
        policies=POLICIES,
        policy_labels=POLICY_LABELS,
    )
