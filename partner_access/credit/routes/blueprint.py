"""The blueprint of an organization's pages of credit, and how their lists page by key."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import Blueprint, request

from partner_access.errors import NotFound

credit = Blueprint("credit", __name__, url_prefix="/orgs/<slug>")


def cursor() -> tuple[datetime, uuid.UUID] | None:
    """The key after which this page of a list begins, from `?before=`. Raises NotFound for one we never made."""
    text = request.args.get("before")
    if not text:
        return None
    try:
        at, _, row_id = text.partition("_")
        moment = datetime.fromisoformat(at.replace(" ", "+"))
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment, uuid.UUID(row_id)
    except ValueError:
        raise NotFound(code="bad-cursor") from None


def cursor_after(at: datetime, row_id: uuid.UUID) -> str:
    """The `?before=` of the page that follows this row."""
    return f"{at.isoformat()}_{row_id}"
