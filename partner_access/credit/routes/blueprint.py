"""The blueprint of an organization's pages of credit, how their lists page by key, and how they become files."""

from __future__ import annotations

from flask import Blueprint

credit = Blueprint("credit", __name__, url_prefix="/orgs/<slug>")
