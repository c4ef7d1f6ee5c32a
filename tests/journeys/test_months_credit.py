"""A partner takes the month's credit into the books: three clicks from home, and the sums are the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.factories import make_sign_up
from tests.journeys.conftest import Town
from tests.journeys.test_client_signs_up import sign_in
from tests.servers.browser import open_page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])
def test_the_months_credit_is_three_clicks_away_and_its_sums_are_those_of_the_file(
    town: Town, chromium: Browser, tmp_path: Path, width: int, javascript: bool
) -> None:
    for number in range(3):
        make_sign_up(town.portal, f"books-{width}-{number}.example", referral="acme")
    with open_page(chromium, width=width, javascript=javascript) as page:
        sign_in(page, town, "ana@acme.example")
        if width < 960:
            page.get_by_role("button", name="Menu").click()
        page.get_by_role("navigation", name="Acme").get_by_role("link", name="Credit").click()
        page.get_by_role("navigation", name="Months").get_by_role("link").first.click()
        shown = _numbers(page)
        with page.expect_download() as download:
            page.get_by_role("main").get_by_role("link", name="Download").first.click()
        download.value.save_as(tmp_path / "credit.csv")
    opening, *lines, closing = csv.DictReader(io.StringIO((tmp_path / "credit.csv").read_text("utf-8-sig")))
    for column, name in enumerate(("pending", "active", "managed")):
        first, *changes, last = [row[column] for row in shown]
        assert first == int(opening[f"{name} balance"]) and last == int(closing[f"{name} balance"])
        assert first + sum(changes) == first + sum(int(line[name]) for line in lines) == last
    assert len(lines) >= 3


def _numbers(page: Page) -> list[tuple[int, ...]]:
    """The rows of the sum: what there was, the changes by kind, what there is."""
    rows = page.get_by_role("region", name="Summary").get_by_role("row").all()[1:]
    return [tuple(int(text.replace("−", "-")) for text in row.locator("td.end").all_inner_texts()) for row in rows]
