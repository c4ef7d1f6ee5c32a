"""How visits are stored: the rows, the counts that are kept with them, and many of them in one transaction."""

from __future__ import annotations

import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.sql import Insert, insert

from partner_access import signing
from partner_access.clock import now
from partner_access.credit.models import ReferralCode, Visit, VisitDay
from partner_access.credit.touchpoints.openings import OpeningEvidence
from partner_access.db import session

Row = dict[str, Any]
"""The columns of a Visit but its number, which the database gives."""

INSERT = insert(Visit)
COUNT = update(ReferralCode).where(ReferralCode.code == bindparam("of_code"))
COUNT = COUNT.values(visits=ReferralCode.visits + bindparam("times"))


def _count_day(dialect: Any) -> Insert:
    statement = dialect.insert(VisitDay)
    more = {"visits": VisitDay.visits + statement.excluded.visits}
    added: Insert = statement.on_conflict_do_update(index_elements=["org_id", "day"], set_=more)
    return added


COUNT_DAY = {"sqlite": _count_day(sqlite), "postgresql": _count_day(postgresql)}


@dataclass(frozen=True)
class OpenedLink:
    """Whose link was opened."""

    org_id: uuid.UUID
    code: str


def row(
    link: OpenedLink | ReferralCode, token: str, browser_secret: str, evidence: OpeningEvidence, network: bytes | None
) -> Row:
    """An opening, now. token: by which a form names it; browser_secret: what the cookie holds."""
    return {
        "org_id": link.org_id,
        "code": link.code,
        "opened_at": now(),
        "token_fingerprint": signing.short_fingerprint(token),
        "browser_fingerprint": signing.short_fingerprint(browser_secret),
        "network": network,
        "referrer_host": evidence.referrer_host,
        "names_source": evidence.names_source,
        "fetch_destination": evidence.fetch_destination,
    }


def store(rows: Sequence[Row]) -> None:
    """Store openings in the present transaction."""
    session().flush()
    _store(session().connection(), rows)


def _store(connection: Connection, rows: Sequence[Row]) -> None:
    """The rows, and the counts that pages show: each row of a count is written once, however many openings there are.

    Counts are taken in one order by everybody, so that of two groups none waits for the other.
    """
    codes: Counter[str] = Counter(opening["code"] for opening in rows)
    days: Counter[tuple[uuid.UUID, date]] = Counter((one["org_id"], one["opened_at"].date()) for one in rows)
    connection.execute(INSERT, rows)
    connection.execute(COUNT, [{"of_code": code, "times": codes[code]} for code in sorted(codes)])
    counted = [{"org_id": org_id, "day": day, "visits": days[org_id, day]} for org_id, day in sorted(days)]
    connection.execute(COUNT_DAY[connection.dialect.name], counted)


class _Waiting:
    """An opening that is to be stored, and what became of it."""

    __slots__ = ("error", "is_stored", "row")

    def __init__(self, opening: Row) -> None:
        self.row, self.is_stored = opening, False
        self.error: BaseException | None = None


class VisitGroups:
    """Stores the openings of several threads in one transaction each time: a durable commit costs as much as a request.

    There is no thread that writes: whoever comes first commits for all who wait, and meanwhile the next ones gather. So
    nothing has to be started, or stopped, and whoever is answered has been stored.
    """

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._waiting: deque[_Waiting] = deque()
        self._turn = threading.Lock()

    def store(self, opening: Row) -> None:
        """Store an opening; when this returns it is committed. Raises what the database did not take of its group."""
        mine = _Waiting(opening)
        self._waiting.append(mine)
        with self._turn:
            if not (mine.is_stored or mine.error):
                self._commit([self._waiting.popleft() for _ in range(len(self._waiting))])
        if mine.error:
            raise mine.error

    def _commit(self, group: list[_Waiting]) -> None:
        try:
            with self._engine().begin() as connection:
                _store(connection, [waiting.row for waiting in group])
        except BaseException as error:
            for waiting in group:
                waiting.error = error
        else:
            for waiting in group:
                waiting.is_stored = True
