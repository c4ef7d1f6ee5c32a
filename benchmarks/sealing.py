"""Seals the rows of a programme that was written past the ORM, and closes the seals in segments, as the worker does."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import insert, select

from partner_access.db import SYSTEM, OrgOwned, acting, session
from partner_access.organizations.directory import organizations
from partner_access.seals import seals, segments, verification
from partner_access.seals.models import Seal

AT_ONCE = 5000


def seal_all() -> int:
    """Seal every row but the first rules, which the schema came with; how many seals there are."""
    written = 0
    orgs = list(organizations.slugs())
    for model in verification.models():
        if seals.kind_of(model) == "rule_set":
            continue
        for org_id in orgs if issubclass(model, OrgOwned) else [None]:
            with acting(SYSTEM, org_id):
                written += _seal(model)
        session().commit()
    with acting(SYSTEM):
        while segments.close_due():
            session().commit()
    return written


def _seal(model: type[Any]) -> int:
    columns = seals.columns_of(model)
    key, written = getattr(model, columns[0]), 0
    last: uuid.UUID | None = None
    while True:
        statement = select(*(getattr(model, name) for name in columns)).order_by(key).limit(AT_ONCE)
        rows = session().execute(statement if last is None else statement.where(key > last)).all()
        if not rows:
            return written
        found = [seals.of_row(model, dict(zip(columns, row, strict=True))) for row in rows]
        session().connection().execute(insert(Seal), found)
        last, written = rows[-1][0], written + len(rows)
