"""The blueprint of the staff console."""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, abort, make_response

from partner_access.web.access import Page

staff = Blueprint("staff", __name__, url_prefix="/staff")


def answer_and_undo(page: Page) -> NoReturn:
    """Answer with this page, and leave nothing behind of what was begun: what raises is rolled back by the guard."""
    abort(make_response(page))
