"""How visits are stored: the rows, the counts that are kept with them, and many of them in one transaction."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy.engine import Engine

from partner_access import signing
from partner_access.clock import now
from partner_access.credit.models import ReferralCode
from partner_access.credit.touchpoints.openings import OpeningEvidence
from partner_access.db import session


class VisitRow(NamedTuple):
    """The columns of a Visit but its number, which the database gives."""

    opened_at: datetime
    org_id: uuid.UUID
    code: str
    token_fingerprint: bytes
    browser_fingerprint: bytes
    referrer_host: str | None
    names_source: bool
    fetch_destination: str | None
    network: bytes | None


@dataclass(frozen=True)
class OpenedLink:
    """Whose link was opened."""

    org_id: uuid.UUID
    code: str


@dataclass(frozen=True)
class _Statements:
    """What a database is told. It is said in its own words: to build a statement costs more than to carry it out."""

    visit: str
    code: str
    day: str

    @classmethod
    def of(cls, number: str, value: str) -> _Statements:
        """number: the next one, as models/numbers.py has it; value: how the driver marks a value."""
        names, values = ", ".join(VisitRow._fields), ", ".join([value] * len(VisitRow._fields))
        more = "ON CONFLICT (org_id, day) DO UPDATE SET visits = visit_day.visits + excluded.visits"
        return cls(
            f"INSERT INTO visit (number, {names}) VALUES ({number}, {values})",  # noqa: S608  (names and marks alone)
            f"UPDATE referral_code SET visits = visits + {value} WHERE code = {value}",  # noqa: S608
            f"INSERT INTO visit_day (org_id, day, visits) VALUES ({value}, {value}, {value}) {more}",  # noqa: S608
        )


STATEMENTS = {
    "sqlite": _Statements.of("(SELECT coalesce(max(number), 0) + 1 FROM visit)", "?"),
    "postgresql": _Statements.of("nextval('row_number')", "%s"),
}
Execute = Callable[[str, list[tuple[Any, ...]]], object]
"""Carries out a statement for each of many tuples of values."""


def row(
    link: OpenedLink | ReferralCode, token: str, browser_secret: str, evidence: OpeningEvidence, network: bytes | None
) -> VisitRow:
    """An opening, now. token: by which a form names it; browser_secret: what the cookie holds."""
    return VisitRow(
        opened_at=now(),
        org_id=link.org_id,
        code=link.code,
        token_fingerprint=signing.short_fingerprint(token),
        browser_fingerprint=signing.short_fingerprint(browser_secret),
        referrer_host=evidence.referrer_host,
        names_source=evidence.names_source,
        fetch_destination=evidence.fetch_destination,
        network=network,
    )


def store(rows: Sequence[VisitRow]) -> None:
    """Store openings in the present transaction."""
    session().flush()
    connection = session().connection()
    _store(connection.exec_driver_sql, connection.dialect.name, rows)


def _store(execute: Execute, dialect: str, rows: Sequence[VisitRow]) -> None:
    """The rows, and the counts that pages show: each row of a count is written once, however many openings there are.

    Counts are taken in one order by everybody, so that no two transactions wait for each other.
    """
    told, (value_of_id, value_of_moment) = STATEMENTS[dialect], VALUES[dialect]
    codes = Counter(opening.code for opening in rows)
    days = Counter((value_of_id(one.org_id), f"{one.opened_at.astimezone(UTC):%Y-%m-%d}") for one in rows)
    execute(told.visit, [(value_of_moment(one[0]), value_of_id(one[1]), *one[2:]) for one in rows])
    execute(told.code, [(codes[code], code) for code in sorted(codes)])
    execute(told.day, [(*key, days[key]) for key in sorted(days)])


VALUES: dict[str, tuple[Callable[[uuid.UUID], Any], Callable[[datetime], Any]]] = {
    "sqlite": (lambda value: value.hex, lambda value: f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"),
    "postgresql": (lambda value: value, lambda value: value),
}
"""How ids and moments are kept, where a driver does not know: as SQLAlchemy keeps them."""


GATHERING = 0.001
"""Seconds for which a group waits for more: a transaction of four costs little more than a transaction of one."""


class NotStored(Exception):
    """The database did not take a group of openings."""


class _Waiting:
    """An opening that is to be stored. Its thread waits for `turn`: then it was stored, or failed, or is to lead."""

    __slots__ = ("error", "is_stored", "row", "turn")

    def __init__(self, opening: VisitRow) -> None:
        self.row, self.is_stored = opening, False
        self.error: BaseException | None = None
        self.turn = threading.Event()


class VisitGroups:
    """Stores the openings of several threads in one transaction each time: a durable commit costs as much as a request.

    There is no thread that writes: whoever comes first leads, which is to commit for all who wait, and the first of
    those who have come meanwhile leads next. So nothing has to be started, or stopped, and whoever is answered has been
    stored.
    """

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._waiting: list[_Waiting] = []
        self._is_led = False
        self._lock = threading.Lock()

    def store(self, opening: VisitRow) -> None:
        """Store an opening; when this returns it is committed. Raises NotStored, with all of its group."""
        mine = _Waiting(opening)
        with self._lock:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.turn.wait()
        if not (mine.is_stored or mine.error):
            self._lead()
        if mine.error:
            raise NotStored from mine.error

    def _lead(self) -> None:
        time.sleep(GATHERING)
        with self._lock:
            group, self._waiting = self._waiting, []
        self._commit(group)
        with self._lock:
            following = self._waiting[:1]
            self._is_led = bool(following)
        for waiting in [*following, *group]:
            waiting.turn.set()

    def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            _store_group(self._engine(), [waiting.row for waiting in group])
        except BaseException as error:
            for waiting in group:
                waiting.error = error
        else:
            for waiting in group:
                waiting.is_stored = True


def _store_group(engine: Engine, rows: Sequence[VisitRow]) -> None:
    """Store openings in a transaction of their own; what is not committed the pool rolls back."""
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        if engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")  # else two processes can have begun to read before one of them writes
        _store(cursor.executemany, engine.dialect.name, rows)
        connection.commit()
