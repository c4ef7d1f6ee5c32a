"""The versions of the rules, what other ones would have decided, and saving the next one."""

from __future__ import annotations

from dataclasses import asdict

from flask import flash, redirect, render_template, request, url_for

from partner_access.access import staff_page
from partner_access.credit import rule_sets, rule_settings, simulations
from partner_access.credit.evidence import Rules
from partner_access.errors import Conflict, Invalid
from partner_access.permissions import Permission
from partner_access.staff.forms import RulesForm, SaveRulesForm
from partner_access.staff.routes.blueprint import Page, answer_and_undo, staff


@staff.get("/rules")
@staff_page(Permission.VIEW_PROGRAMME)
def rules() -> str:
    return _page(RulesForm(formdata=None, data=asdict(rule_sets.newest().rules)))


@staff.get("/rules/simulate")
@staff_page(Permission.VIEW_PROGRAMME)
def simulate_rules() -> Page:
    """What the settings in the address would have decided; it writes nothing."""
    form = _typed()
    if not form.validate():
        return _page(form), 422
    tried, newest = form.settings(), rule_sets.newest()
    saving = SaveRulesForm(formdata=None, seen=newest.number)
    found = None if rule_settings.is_same(tried, newest.rules) else simulations.simulate(tried)
    return _simulated(tried, saving, found)


@staff.post("/rules")
@staff_page(Permission.CHANGE_RULES)
def save_rules() -> Page:
    form, saving = RulesForm(), SaveRulesForm()
    if not form.validate():
        return _page(form), 422
    if not saving.validate():
        return _simulated(form.settings(), saving), 422
    try:
        saved = rule_sets.change(form.settings(), saving.reason.data or "", _number(saving.seen.data or ""))
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
    return RulesForm(request.args, data=asdict(rule_sets.newest().rules))


def _page(form: RulesForm) -> str:
    saved = rule_sets.listing()
    before = [*saved[1:], saved[-1]]
    history = [
        (row, rule_settings.changed(old.rules, row.rules)) for row, old in zip(saved, before, strict=True)
    ]  # fmt: skip
    present = rule_sets.present()
    return render_template(
        "staff/rules.html", form=form, present=present, told=rule_settings.told(present), history=history,
        bounds=rule_settings.BOUNDS,
    )  # fmt: skip


def _simulated(tried: Rules, form: SaveRulesForm, found: simulations.Simulation | None = None) -> str:
    """What would flip, and the form to save. Without `found` the page offers to look anew: a write is under way."""
    newest = rule_sets.newest()
    chosen = {name: getattr(tried, name) for name in rule_settings.LABELS}
    return render_template(
        "staff/simulation.html", form=form, found=found, settings=chosen, newest=newest, kinds=simulations.KINDS,
        changed=rule_settings.changed(newest.rules, tried), most=simulations.LISTED,
    )  # fmt: skip
