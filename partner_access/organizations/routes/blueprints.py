"""The blueprints of arriving and of organizations, and the way on that their pages share."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from partner_access.accounts.models import User
from partner_access.errors import Conflict
from partner_access.organizations.directory.organizations import fetch
from partner_access.organizations.entry import admissions
from partner_access.organizations.entry.rules import EntryDecision
from partner_access.organizations.models import Organization

arrivals = Blueprint("arrivals", __name__)
organizations = Blueprint("organizations", __name__)


def onward(user: User, entry: EntryDecision, *, otherwise: str) -> Response:
    """To the organization for who is in, with what happened and why; else to "what happens now", with `otherwise`."""
    if entry.outcome not in ("joined", "invited") or entry.org is None:
        flash(otherwise, "ok")
        return redirect(url_for("organizations.join"), 303)
    org = fetch(uuid.UUID(entry.org))
    flash(f"Welcome to {org.name}. {admissions.why(user, entry)}", "ok")
    return home_or_offer(user, org)


def home_or_offer(user: User, org: Organization) -> Response:
    """To the organization that somebody has just joined; first to what their e-mail domain opens, if that is another's.

    An invitation wins over the domain, whoever sent it, so nobody may have been told of their own organization.
    """
    if admissions.elsewhere(user):
        return redirect(url_for("organizations.mine"), 303)
    return redirect(url_for("credit.home", slug=org.slug), 303)


def attempt(act: Callable[[], object], done: str) -> None:
    """Do it and note `done`; note instead why not, when somebody was faster or a rule of the team stands against it."""
    try:
        act()
        flash(done, "ok")
    except Conflict as refusal:
        flash(refusal.sentence, "wait")


def back_to(endpoint: str, **values: Any) -> Response:
    """The page to see after an act."""
    return redirect(url_for(endpoint, **values), 303)
