"""Credit by month: what was there, what changed, what is there; the page, its file and the ledger say the same."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest

from partner_access import clock
from partner_access.credit.attribution import credit_holds
from partner_access.credit.clients import clients
from partner_access.credit.insights import ledger_lines
from partner_access.credit.ledger import entries, months, periods
from partner_access.db import SYSTEM
from partner_access.errors import NotFound
from partner_access.organizations.team import display_names
from tests.credit.agencies import Agency
from tests.factories import make_member, make_org, make_sign_up
from tests.portal import Browser, Portal

BALANCES = ("pending", "active", "managed")


def on(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2025, month, day, hour, tzinfo=UTC)


@pytest.fixture
def acme(portal: Portal) -> Agency:
    """Three clients in September, active at once or in October; one more in December; nothing in November."""
    acme, bolt = Agency(portal, "Acme"), Agency(portal, "Bolt")
    link = acme.link()
    for month, day, site in ((9, 10, "a"), (9, 29, "b"), (9, 30, "c"), (10, 3, ""), (12, 2, "d"), (12, 20, "")):
        with clock.at(on(month, day)):
            _activate(portal)
            make_sign_up(portal, f"{site or day}.example", referral=link if site else bolt.link())
    return acme


def _activate(portal: Portal) -> None:
    with portal.acting():
        credit_holds.activate_due()


def period(agency: Agency, month: int) -> periods.Period:
    with agency.portal.acting(SYSTEM, agency.org.id), clock.at(on(12, 24)):
        return periods.of(periods.first_of(f"2025-{month:02}"))


@pytest.mark.parametrize(
    ("month", "opening", "closing"),
    [
        (8, (0, 0, 0), (0, 0, 0)),
        (9, (0, 0, 0), (1, 2, 0)),
        (10, (1, 2, 0), (0, 3, 0)),
        (11, (0, 3, 0), (0, 3, 0)),
        (12, (0, 3, 0), (0, 4, 0)),
    ],
)
def test_a_months_opening_and_its_lines_add_up_to_its_closing(acme, month, opening, closing):
    found = period(acme, month)
    assert tuple(getattr(found.opening, name) for name in BALANCES) == opening
    assert tuple(getattr(found.closing, name) for name in BALANCES) == closing
    with acme.portal.acting(SYSTEM, acme.org.id):
        rows, changes = periods.lines(found), months.of(on(month, 1, 0))
    for name in BALANCES:
        change = getattr(found.closing, name) - getattr(found.opening, name)
        assert change == sum(getattr(row, name) for row in rows) == sum(getattr(row, name) for row in changes)
    assert [row.seq for row in rows] == list(range(found.closing.seq, found.opening.seq, -1))


def test_each_line_is_in_exactly_one_month_and_each_month_opens_as_the_one_before_closed(acme):
    periods = [period(acme, month) for month in range(8, 13)]
    assert [later.opening for later in periods[1:]] == [earlier.closing for earlier in periods[:-1]]
    assert periods[0].opening.seq == 0 and periods[-1].closing.seq == acme.totals().entries


@pytest.mark.parametrize(
    ("moment", "month"),
    [(datetime(2025, 9, 30, 23, 59, 59, 999999, tzinfo=UTC), 9), (datetime(2025, 10, 1, tzinfo=UTC), 10)],
)
def test_a_month_ends_at_midnight_utc(portal, moment, month):
    acme = Agency(portal, "Acme")
    with clock.at(moment):
        make_sign_up(portal, referral=acme.link())
    assert [n for n in (9, 10) if (found := period(acme, n)).closing.seq > found.opening.seq] == [month]


def test_a_clock_that_steps_back_takes_no_line_into_the_month_before(portal):
    acme = Agency(portal, "Acme")
    for number, moment in enumerate((on(9, 30), on(10, 1), on(9, 30, 13))):
        with clock.at(moment):
            make_sign_up(portal, f"client{number}.example", referral=acme.link())
    found = [period(acme, month) for month in (9, 10)]
    assert [(row.opening.seq, row.closing.seq) for row in found] == [(0, 1), (1, 3)]
    with portal.acting(SYSTEM, acme.org.id):
        assert [[row.lines for row in months.of(on(month, 1, 0))] for month in (9, 10)] == [[1], [2]]


def test_the_months_that_have_lines_are_those_of_the_year_and_the_nearest_outside(acme):
    with clock.at(datetime(2026, 2, 1, tzinfo=UTC)):
        make_sign_up(acme.portal, "e.example", referral=acme.link())
    with clock.at(datetime(2027, 5, 1, tzinfo=UTC)):
        make_sign_up(acme.portal, "f.example", referral=acme.link())
    with acme.portal.acting(SYSTEM, acme.org.id):
        shown = {year: [f"{month:%Y-%m}" for month in periods.with_lines(year)] for year in (2024, 2025, 2026, 2028)}
    assert shown == {
        2024: ["2025-09"],
        2025: ["2026-02", "2025-12", "2025-10", "2025-09"],
        2026: ["2027-05", "2026-02", "2025-12"],
        2028: ["2027-05"],
    }


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-0", "2025-9", "september", "2026-01", "0000-01", "2025-09-01", "٢٠٢٥-٠٩"]
)
def test_a_month_that_is_none_or_is_still_to_come_is_not_found(text):
    with clock.at(on(12, 24)), pytest.raises(NotFound):
        periods.first_of(text)


def test_the_months_before_and_after_cross_the_year():
    assert periods.following(datetime(2025, 12, 1, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)
    assert periods.preceding(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2025, 12, 1, tzinfo=UTC)
    assert periods.preceding(datetime(2025, 12, 1, tzinfo=UTC)) == datetime(2025, 11, 1, tzinfo=UTC)


# -- the page and the file --------------------------------------------------------------------------------------------


@pytest.fixture
def page(acme: Agency) -> Browser:
    return acme.portal.sign_in(acme.person.email)


def table(html: str) -> list[tuple[int, int, int]]:
    """Every row of three numbers on the page: the balances, the changes by kind, then the lines."""
    cells = [
        int(text.replace("−", "-")) for text in re.findall(r'<td role="cell" class="end"[^>]*>([+−]?\d+)</td>', html)
    ]
    return list(zip(*[iter(cells)] * 3, strict=True))


def rows(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))


def test_page_and_file_of_a_month_show_the_same_sums(page):
    assert page.get("/orgs/acme/credit?month=2025-09").status_code == 200
    assert page.heading == "Credit in September 2025"
    opening, *changes, closing = (shown := table(page.page.text))[:4]
    lines = shown[4:]
    assert opening == (0, 0, 0) and closing == (1, 2, 0) and len(lines) == 5
    assert [sum(column) for column in zip(opening, *changes, strict=True)] == list(closing)
    assert [sum(column) for column in zip(opening, *lines, strict=True)] == list(closing)
    answer = page.get("/orgs/acme/credit.csv?month=2025-09")
    assert answer.headers["Content-Disposition"] == "attachment; filename=credit-acme-2025-09.csv"
    assert answer.mimetype == "text/csv" and answer.data.startswith(b"\xef\xbb\xbfline,date,client,")
    first, *middle, last = rows(answer.data)
    assert [first["what"], last["what"]] == ["Opening balance", "Closing balance"]
    for name, before, after in zip(BALANCES, opening, closing, strict=True):
        assert int(first[f"{name} balance"]) == before and int(last[f"{name} balance"]) == after
        assert before + sum(int(row[name]) for row in middle) == after
    assert [tuple(int(row[name]) for name in BALANCES) for row in reversed(middle)] == lines


def test_the_file_of_the_whole_ledger_holds_every_line_once(acme, page):
    answer = page.get("/orgs/acme/credit.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=credit-acme.csv"
    first, *lines, last = rows(answer.data)
    assert [(row["line"], row["hash"]) for row in lines] == [(str(row.seq), row.hash) for row in acme.entries()]
    assert (first["active balance"], last["active balance"], last["hash"]) == ("0", "4", acme.totals().head)


def test_a_line_says_for_whom_what_why_and_by_whom(page):
    page.get("/orgs/acme/credit?month=2025-12")
    assert "Client Line 8 Activated Your link 20 December 2025 Automatic −1 +1 0" in page.text
    assert "Credited because the sign-up came with the code of your link" in page.text
    line = rows(page.get("/orgs/acme/credit.csv?month=2025-12").data)[1]
    assert (line["what"], line["basis"], line["by"]) == ("Pending", "Your link", "Automatic")
    assert (line["pending"], line["active"], line["reason code"]) == ("1", "0", "credited-code")


def test_a_month_without_lines_says_so_and_still_shows_what_there_is(page):
    page.get("/orgs/acme/credit?month=2025-11")
    assert "Nothing changed in November 2025" in page.text
    assert table(page.page.text) == [(0, 3, 0), (0, 3, 0)]
    opening, closing = rows(page.get("/orgs/acme/credit.csv?month=2025-11").data)
    assert opening["active balance"] == closing["active balance"] == "3"


def test_without_a_month_it_is_this_one_and_the_others_that_have_lines_are_a_click_away(page):
    with clock.at(on(12, 24)):
        page.get("/orgs/acme/credit")
    assert page.heading == "Credit in December 2025"
    shown = re.findall(r'href="/orgs/acme/credit\?month=([\d-]+)"', page.page.text)
    assert shown == ["2025-12", "2025-10", "2025-09"]


@pytest.mark.parametrize(
    "query", ["month=2025-13", "month=9999-12", "before=last", "before=-1", "before=99999999999999"]
)
@pytest.mark.parametrize("path", ["credit", "credit.csv"])
def test_a_filter_that_we_never_made_is_not_found(page, path, query):
    if path == "credit.csv" and "before" in query:
        pytest.skip("a file has no pages")
    assert page.get(f"/orgs/acme/{path}?{query}").status_code == 404


def test_a_long_month_is_paged_with_the_balances_carried_over(acme, page, monkeypatch):
    monkeypatch.setattr(periods, "PAGE", 3)
    page.get("/orgs/acme/credit?month=2025-09")
    shown, found = table(page.page.text), []
    assert len(shown) == 4 + 3 + 1 and shown[-1] == (0, 1, 0) and "Before these lines" in page.text
    found += shown[4:7]
    page.get(re.search(r'href="([^"]+)" rel="next"', page.page.text)[1].replace("&amp;", "&"))
    shown = table(page.page.text)
    assert shown[4] == (0, 1, 0) and "Carried from the newer lines After line 2" in page.text
    assert len(shown) == 7 and 'rel="next"' not in page.page.text
    assert [sum(column) for column in zip(*found, *shown[5:], strict=True)] == [1, 2, 0]


def test_cells_of_the_file_are_no_formulas_but_numbers_stay_numbers(portal):
    acme, company = Agency(portal, "Acme"), '=HYPERLINK("https://evil.example","x")'
    make_sign_up(portal, referral=acme.link(), company=company)
    row = rows(portal.sign_in(acme.person.email).get("/orgs/acme/credit.csv").data)[1]
    assert row["client"] == f"'{company}" and row["pending"] == "1"


@pytest.mark.parametrize(
    ("kind", "change", "reason", "words"),
    [
        ("managed", 1, "managed-confirmed", "Managed by you since 6 October 2025, because the client confirmed it."),
        ("managed-ended", -1, "managed-ended", "No longer managed since 6 October 2025, because your team ended it."),
    ],
)
def test_a_line_of_managed_credit_has_its_own_date_in_its_reason(portal, kind, change, reason, words):
    acme = Agency(portal, "Acme")
    make_sign_up(portal, referral=acme.link())
    with clock.at(on(10, 6)), portal.acting(SYSTEM, acme.org.id):
        entries.post(clients.listing()[0], kind, managed=change, basis="managed", reason=reason)
    with portal.acting(SYSTEM, acme.org.id):
        assert ledger_lines.lines(acme.entries())[-1].reason == words


def test_whoever_is_not_of_the_team_is_not_named(portal):
    """A line that a person of elsewhere caused, who signed up as a client while signed in, names nobody."""
    acme = Agency(portal, "Acme")
    other = make_member(portal, make_org(portal, "Bolt"), name="Bob Ritter")
    with portal.acting(SYSTEM, acme.org.id):
        people = display_names.of({other.id, acme.person.id})
    assert people == {acme.person.id: "Acme Owner"}
    assert display_names.called("person", other.id, people) == display_names.called("visitor", None, people)
    assert display_names.called("staff", other.id, people) == "The programme’s staff"
    assert display_names.called("system", None, people) == "Automatic"
