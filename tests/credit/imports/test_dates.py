"""Says how offices write dates, and when a file has to say which order it means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from partner_access.credit.imports import dates
from partner_access.errors import Invalid

THIRD = datetime(2026, 10, 3, tzinfo=UTC)
MORNING = THIRD.replace(hour=9, minute=15)
DAYS = [
    "2026-10-03", "20261003", "2026/10/03", "2026.10.3", "03.10.2026", "3. 10. 2026", "03/10/2026", "3-10-2026",
    "03.10.26", "3 Oct 2026", "3-Oct-2026", "3. Oktober 2026", "Oct 3, 2026", "Saturday, October 3, 2026",
    "Sat 3 Oct 2026", "3rd October 2026", "3 octobre 2026", "3 de octubre de 2026", " 03.10.2026\u200b", "46298",
]  # fmt: skip
MOMENTS = [
    "2026-10-03T09:15:00Z", "2026-10-03 11:15:00+02:00", "2026-10-03 9:15", "2026-10-03 09:15:00 UTC",
    "2026-10-03 09:15:00 +0000", "03.10.2026 09:15", "03.10.2026, 09:15 Uhr", "3.10.2026 9.15", "03/10/2026 9:15 AM",
    "03/10/2026 9:15:00\u202fAM", "3/10/2026 11:15 +02:00", "Sat, 03 Oct 2026 09:15:00 +0000", "Oct 3, 2026, 9:15 am",
    "Sat, 3 Oct 2026 09:15:00 GMT", "46298.385416666664", "1791018900", "1791018900000", "2026-10-03T09:15:00.000Z",
]  # fmt: skip
NONE = ["", "soon", "n/a", "2026-02-30", "31/31/2026", "26/10/03", "3 Foo 2026", "03/10/2026 13:15 PM", "2026", "10:00",
        "03/10/2026 09:15 CET", "03/10/20261", "9" * 400, "٣/١٠/٢٠٢٦ x"]  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read_as_offices_write_it(text: str) -> None:
    assert dates.read(text) == (THIRD, True)


@pytest.mark.parametrize("text", MOMENTS)
def test_a_moment_is_read_as_offices_write_it(text: str) -> None:
    assert dates.read(text) == (MORNING, False)


def test_the_month_comes_first_where_that_was_said() -> None:
    assert dates.read("10/03/2026", "mdy") == dates.read("10-3-2026 0:00", "mdy")._replace(is_day=True) == (THIRD, True)
    assert dates.read("10/3/2026 9:15 AM", "mdy") == (MORNING, False)
    assert dates.read("12/31/26 12:00 AM", "mdy").at == datetime(2026, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_date_is_refused(text: str) -> None:
    for order in dates.ORDERS:
        with pytest.raises(Invalid) as caught:
            dates.read(text, order)
        assert caught.value.code == "time-unreadable"


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["2026-10-03", "", "soon"], "dmy"),
        (["03/10/2026", "13/10/2026"], "dmy"),
        (["10/03/2026 9:15", "10/13/2026"], "mdy"),
        (["03.10.2026"], "dmy"),
        (["10/10/2026"], "dmy"),
        (["2026-10-03", "2026-10-04", "10/3/26"], dates.EACH),
    ],
)
def test_one_decisive_date_says_the_order_of_all(cells: list[str], order: str) -> None:
    assert dates.order_of(enumerate(cells, 2)) == order


def test_a_file_that_can_be_read_in_two_ways_is_refused_with_both() -> None:
    with pytest.raises(Invalid, match="line 3 says 03/10/2026, which is 3 October 2026 or 10 March 2026") as caught:
        dates.order_of([(2, "2026-10-03"), (3, "03/10/2026")])
    assert "--dates dmy" in caught.value.sentence and "--dates mdy" in caught.value.sentence
    with pytest.raises(Invalid, match="first in line 2, 13/10/2026, and the month in line 3, 10/13/2026"):
        dates.order_of([(2, "13/10/2026"), (3, "10/13/2026")])


def test_a_single_date_of_two_readings_is_rejected_by_itself() -> None:
    with pytest.raises(Invalid, match="This can be 10 March 2026 or 3 October 2026") as caught:
        dates.read("10/3/26", dates.EACH)
    assert caught.value.code == "time-ambiguous"
    assert dates.read("13/10/2026", dates.EACH).at == dates.read("10/13/2026", dates.EACH).at
