"""Lists of events: one event in words, what they are filtered by, and the page and the file that show them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from flask import render_template, request, url_for
from wtforms import StringField

from partner_access.errors import Invalid
from partner_access.web.fields import TellingForm, one_line
from partner_access.web.lists import cursor_after


@dataclass(frozen=True)
class EventRow:
    """One event in words. about: what it happened to; details: from what to what, for whom; code: of the reason.

    page: which kind of page shows what it happened to, '' for none, and subject: the id of that. is_refusal: it tells
    somebody of a page they may not open, so the code helps them.
    """

    id: uuid.UUID
    at: datetime
    who: str
    what: str
    about: str
    details: str
    code: str | None
    reason: str = ""
    is_refusal: bool = False
    page: str = ""
    subject: uuid.UUID | None = None


class EventFilterForm(TellingForm):
    """What events are filtered by, besides what there is to choose from; it is part of the address."""

    class Meta:
        csrf = False

    since = StringField("From", filters=[one_line])
    until = StringField("To", filters=[one_line])
    code = StringField("Reason code", filters=[one_line])


def page(
    template: str, form: EventFilterForm, find: Callable[[], Sequence[EventRow]], *, who: str, most: int, **told: Any
) -> tuple[str, int]:
    """The page of the events that are found, 422 with the refusal at its field where `find` raises Invalid.

    who: the name of the filter that says who did it; most: so many events a page; told: what else its template wants.
    """
    form.validate()
    rows: Sequence[EventRow] = ()
    try:
        rows = find()
    except Invalid as refusal:
        form.tell(refusal)
    filters: dict[str, Any] = {name: request.args.get(name) or None for name in ("kind", who, "since", "until", "code")}
    last = rows[-1] if len(rows) == most else None
    older = last and url_for(request.endpoint or "", before=cursor_after(last.at, last.id), **filters)
    html = render_template(template, form=form, rows=rows, filters=filters, older=older, **told)
    return html, 422 if form.errors else 200


def table(columns: Sequence[str], pages: Iterable[Iterable[EventRow]]) -> Iterator[Sequence[str | None]]:
    """The rows of a CSV file with these columns, of those named here, and the events of all the pages."""
    yield columns
    for row in chain.from_iterable(pages):
        cells = {
            "date": f"{row.at:%Y-%m-%d %H:%M:%S}",
            "who": row.who,
            "what": row.what,
            "about": row.about,
            "details": row.details,
            "reason": row.reason,
            "reason code": row.code,
        }
        yield [cells[column] for column in columns]
