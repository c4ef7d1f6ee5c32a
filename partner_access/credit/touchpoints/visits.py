"""Visits: one opening of a referral link by a browser, tied to a later sign-up by a cookie and by a form token."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from partner_access import signing
from partner_access.clock import now
from partner_access.credit.models import ReferralCode, Visit, VisitDay
from partner_access.credit.rules import versions
from partner_access.credit.touchpoints import openings, visit_retention, visit_rows
from partner_access.credit.touchpoints.openings import OpeningEvidence
from partner_access.db import scope, session
from partner_access.organizations.directory import mergers

COOKIE = "visitor"
A_DAY = timedelta(days=1)


def cookie_life() -> timedelta:
    """For how long a browser remembers what it opened: as long as that can count by the present rules."""
    return timedelta(days=versions.present().window_days)


def record(
    link: ReferralCode,
    browser_secret: str,
    evidence: OpeningEvidence | None = None,
    network: bytes | None = None,
) -> str:
    """Store an opening; the token by which the form, or the vendor's sign-up page, names it."""
    token = signing.new_secret()
    row = visit_rows.row(link, token, browser_secret, evidence or OpeningEvidence(), network)
    visit_rows.store([row])
    return token


def find(token: str) -> Visit | None:
    """The visit of a token, or None for any other text."""
    if not openings.SECRET.fullmatch(token):
        return None
    return session().scalar(select(Visit).where(Visit.token_fingerprint == signing.short_fingerprint(token)))


def of_numbers(numbers: Iterable[int]) -> Sequence[Visit]:
    """The visits of these numbers that are still kept."""
    wanted = list(numbers)
    return session().scalars(select(Visit).where(Visit.number.in_(wanted))).all() if wanted else ()


def of_browser(browser_secret: str | None) -> Sequence[Visit]:
    """The visits of one browser within the window of the cookie, newest first, at most 50."""
    if not browser_secret:
        return []
    mine = Visit.browser_fingerprint == signing.short_fingerprint(browser_secret)
    statement = select(Visit).where(mine, Visit.opened_at >= now() - cookie_life())
    return session().scalars(statement.order_by(Visit.number.desc()).limit(50)).all()


def opened(since: datetime, until: datetime) -> tuple[int, datetime | None]:
    """How often the bound organization's links were opened in a time, and when last; by any browser.

    Of whole days the kept counts are summed: a link that is opened often costs no more than another.
    """
    org_id = scope().org_id
    ids = mergers.family(org_id) if org_id else []
    mine = Visit.org_id.in_(ids), Visit.opened_at >= since, Visit.opened_at <= until
    last = session().scalar(select(func.max(Visit.opened_at)).where(*mine))
    morning, evening = _midnight(since) + A_DAY, _midnight(until)
    if evening <= morning:
        return _count(*mine), last
    parts = _count(*mine, Visit.opened_at < morning), _count(*mine, Visit.opened_at >= evening)
    return sum(parts) + _whole_days(ids, morning, evening), last


def _count(*only: ColumnElement[bool]) -> int:
    return session().scalars(select(func.count()).select_from(Visit).where(*only)).one()


def _whole_days(ids: Sequence[uuid.UUID], since: datetime, until: datetime) -> int:
    days = VisitDay.org_id.in_(ids), VisitDay.day >= since.date(), VisitDay.day < until.date()
    return session().scalar(select(func.sum(VisitDay.visits)).where(*days)) or 0


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def wrong_counts() -> Iterator[tuple[str, int, int]]:
    """The counts that are not what they count: whose links or which day, the count, and how many there are.

    The openings of an organization's links are those of its days; and the visits of a day are there, while visits are
    kept.
    """
    by_day = dict(session().execute(select(VisitDay.org_id, func.sum(VisitDay.visits)).group_by(VisitDay.org_id)).all())
    by_link = select(ReferralCode.org_id, func.sum(ReferralCode.visits)).group_by(ReferralCode.org_id)
    for org_id, counted in session().execute(by_link):
        if counted != by_day.get(org_id, 0):
            yield f"links of {org_id}", counted, by_day.get(org_id, 0)
    yield from _wrong_days()


def _wrong_days() -> Iterator[tuple[str, int, int]]:
    since = visit_retention.kept_since(now(), versions.present().visit_months)
    kept = select(VisitDay.org_id, VisitDay.day, VisitDay.visits).where(VisitDay.day >= since.date())
    counts = {(org_id, day): visits for org_id, day, visits in session().execute(kept)}
    there = Counter[tuple[uuid.UUID, date]]()
    rows = select(Visit.org_id, Visit.opened_at).where(Visit.opened_at >= since)
    for org_id, opened_at in session().execute(rows, execution_options={"yield_per": 1000}):
        there[org_id, opened_at.astimezone(UTC).date()] += 1
    for org_id, day in sorted(counts.keys() | there.keys()):
        if counts.get((org_id, day), 0) != there[org_id, day]:
            yield f"{day} of {org_id}", counts.get((org_id, day), 0), there[org_id, day]
