"""What many tests begin with is made by the portal once for each worker; after that the same statements are sent again.

Building two agencies takes as long as half of the tests that tell stories of them; sending what it wrote does not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.engine import Engine

from partner_access.db import SYSTEM, acting, session
from partner_access.organizations.models import Organization
from tests.portal import Portal


@dataclass
class _Recording:
    """Each statement that wrote, with its values; and which rows the maker returned, the organization first."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    rows: list[tuple[type[Any], Any]] = field(default_factory=list)


_recordings: dict[Hashable, _Recording] = {}


def made(portal: Portal, key: Hashable, make: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    """What `make` returns, an organization and other rows of the programme, in a database that has none of it yet.

    `key` says all that `make` depends on.
    """
    if key not in _recordings:
        _recordings[key] = recording = _Recording()
        rows = _record(recording, make)
        recording.rows = [(type(row), inspect(row).identity) for row in rows]
        return rows
    return _send_again(portal, _recordings[key])


def _record(recording: _Recording, make: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            recording.statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        return make()
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _send_again(portal: Portal, recording: _Recording) -> tuple[Any, ...]:
    (kind, (org_id,)), *_ = recording.rows
    assert kind is Organization
    with portal.acting():
        with acting(SYSTEM, org_id):  # row-level security lets nobody write but the organization
            connection = session().connection()
            for statement, parameters in recording.statements:
                connection.exec_driver_sql(statement, parameters).close()
        return tuple(session().get_one(model, identity) for model, identity in recording.rows)
