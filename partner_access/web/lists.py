"""Lists as pages and as files: the key after which a page begins, and a CSV file to keep."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from flask import Response, request

from partner_access.errors import NotFound
from partner_access.web import cells


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


def download(rows: Iterable[Iterable[str | int | None]], name: str) -> Response:
    """A CSV file to keep. name: of the file, of letters, digits and hyphens alone."""
    headers = {"Content-Disposition": f"attachment; filename={name}.csv"}
    return Response(cells.file(rows), mimetype="text/csv", headers=headers)
