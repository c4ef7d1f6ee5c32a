"""The blueprint of people's pages."""

from __future__ import annotations

from flask import Blueprint

accounts = Blueprint("accounts", __name__)
