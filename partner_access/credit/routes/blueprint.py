"""The blueprint of an organization's pages of credit."""

from __future__ import annotations

from flask import Blueprint

credit = Blueprint("credit", __name__, url_prefix="/orgs/<slug>")
