"""No page reads more because its organization, or the programme, has become larger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from benchmarks import data, flat, worlds
from partner_access.db import database

pytestmark = pytest.mark.slow
SHARE, SMALL, LARGE = 0.5, 2_400, 8_000  # both have more clients than any page counts (lead_bounds.MOST_MORE)


@pytest.fixture(scope="module")
def portals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Flask]]:
    """Two programmes whose first organization has 1,200 and 4,000 client accounts, on SQLite."""
    folder: Path = tmp_path_factory.mktemp("programmes")
    apps = [data.portal(f"sqlite:///{folder / f'{accounts}.sqlite3'}") for accounts in (SMALL, LARGE)]
    for app, accounts in zip(apps, (SMALL, LARGE), strict=True):
        data.fill(app, accounts, SHARE)
    yield apps
    for app in apps:
        with app.app_context():
            database.engine.dispose()


def test_every_page_takes_the_same_statements_and_steps_in_a_large_organization(portals):
    pages = flat.compare(*(worlds.build(app, "agency-0") for app in portals))
    assert len({page.name.split()[0] for page in pages}) > 70
    assert not {page.name: found for page in pages if (found := list(page.faults()))}


def test_a_page_that_walks_through_all_clients_is_found(portals):
    with portals[1].app_context(), database.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_client_org_id_state_signed_up_at_id")
    (page,) = flat.compare(*(worlds.build(app, "agency-0") for app in portals), only="credit.clients state=pending")
    assert [fault for fault in page.faults() if "steps of the database" in fault]
