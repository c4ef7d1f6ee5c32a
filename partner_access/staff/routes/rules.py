"""The versions of the rules, what other ones would have decided, and saving the next one."""

from __future__ import annotations

from dataclasses import asdict

from flask import flash, redirect, render_template, request, url_for

from partner_access.credit.rules import settings, simulation, versions
from partner_access.credit.rules.settings import Rules
from partner_access.errors import Conflict, Invalid
from partner_access.permissions import Permission
from partner_access.staff.forms import RulesForm, SaveRulesForm
from partner_access.staff.routes.blueprint import answer_and_undo, staff
from partner_access.web.access import Page, staff_page


@staff.get("/rules")
@staff_page(Permission.VIEW_PROGRAMME)
def rules() -> str:
    return _page(RulesForm(formdata=None, data=asdict(versions.newest().rules)))


@staff.get("/rules/simulate")
@staff_page(Permission.VIEW_PROGRAMME)
def simulate_rules() -> Page:
    """What the settings in the address would have decided; it writes nothing."""
    form = _typed()
    if not form.validate():
        return _page(form), 422
    tried, newest = form.settings(), versions.newest()
    saving = SaveRulesForm(formdata=None, seen=newest.number)
    found = None if settings.is_same(tried, newest.rules) else simulation.simulate(tried)
    return _simulated(tried, saving, found)


@staff.post("/rules")
@staff_page(Permission.CHANGE_RULES)
def save_rules() -> Page:
    form, saving = RulesForm(data=asdict(versions.newest().rules)), SaveRulesForm()
    if not form.validate():
        return _page(form), 422
    if not saving.validate():
        return _simulated(form.settings(), saving), 422
    try:
        saved = versions.change(form.settings(), saving.reason.data or "", _number(saving.seen.data or ""))
    except Invalid as refusal:
        saving.tell(refusal)
        answer_and_undo((_simulated(form.settings(), saving), 422))
    except Conflict as refusal:
        saving.form_errors.append(refusal.sentence)
        answer_and_undo((_simulated(form.settings(), saving), 409))
    flash(f"Saved as version {saved.number}. It decides whoever signs up from now on.", "ok")
    return redirect(url_for("staff.rules"), 303)


def _number(text: str) -> int:
    """The version that the page was made with; 0, which there is none of, for any other text."""
    return int(text) if len(text) < 9 and text.isdecimal() else 0


def _typed() -> RulesForm:
    """What the address says; where it says nothing, the newest rules."""
    return RulesForm(request.args, data=asdict(versions.newest().rules))


def _page(form: RulesForm) -> str:
    saved = versions.listing()
    before = [*saved[1:], saved[-1]]
    history = [(row, settings.changed(old.rules, row.rules)) for row, old in zip(saved, before, strict=True)]
    present = versions.present()
    return render_template(
        "staff/rules/rules.html",
        form=form,
        present=present,
        told=settings.labelled_values(present),
        history=history,
        bounds=settings.BOUNDS,
        may_be_off=settings.MAY_BE_OFF,
    )


def _simulated(tried: Rules, form: SaveRulesForm, found: simulation.Simulation | None = None) -> str:
    """What would flip, and the form to save. Without `found` the page offers to look anew: a write is under way."""
    newest = versions.newest()
    chosen = {name: "" if (value := getattr(tried, name)) is None else value for name in settings.LABELS}
    return render_template(
        "staff/rules/simulation.html",
        form=form,
        found=found,
        settings=chosen,
        newest=newest,
        kinds=simulation.KINDS,
        changed=settings.changed(newest.rules, tried),
        most=simulation.LISTED,
    )
